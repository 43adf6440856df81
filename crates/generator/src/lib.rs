//! The neural generator: conditioning in, finished frame out.
