//! The generator from outside: against the original library, and against laws that hold for any picture.

// Clippy takes only functions marked `#[test]` for tests; their helpers are here too.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod behaviour;
mod gpu;
mod parity;
mod pictures;
