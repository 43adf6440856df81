//! Queries, keys and values to what each query attends to, without ever holding all scores.
//!
//! - `chunked` takes queries in chunks whose scores fit into a bound, from tensor operations alone: right on every
//!   device, and the only one that knows a bias.
//! - `flash` leaves it to burn's own kernels, which keep a running maximum and sum for each query and forget scores at
//!   once (Dao, "FlashAttention-2", 2023): quicker, where they are right.
//! - `kernel` names one of the two, and `choice` finds out at start which one a device is to use.

mod choice;
mod chunked;
mod flash;
mod kernel;

pub(crate) use choice::choose;
pub(super) use chunked::MAX_SCORES;
pub(crate) use chunked::attention;
pub(crate) use flash::{on_cpu, on_gpu};
pub(crate) use kernel::Kernel;
