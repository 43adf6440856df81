//! Path tracing of a moment, on a GPU or a CPU.
