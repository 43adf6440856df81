//! Whole programmes: rooms, motion, levels, recordings and hits through `render`.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests fail by panics and say what they skip")]

mod clicks;
mod ears;
mod hits;
mod levels;
mod motion;
mod recordings;
mod reference_rooms;
mod scene;
mod speech;
mod stems;
mod tails;

#[path = "../../../acoustics/tests/scenes/rooms.rs"]
#[allow(dead_code, reason = "shared with the acoustics' tests, which use all of it")]
mod rooms;
