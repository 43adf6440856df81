//! Whole scenes through `propagate`.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod decay;
mod hidden;
mod laws;
mod reference_rooms;
mod rooms;
