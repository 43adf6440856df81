//! One GPU device and queue for the tracer and the generator.
