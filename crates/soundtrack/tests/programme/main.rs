//! Whole programmes: rooms, motion, levels, recordings and hits through `render`.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod hits;
mod levels;
mod motion;
mod recordings;
mod reference_rooms;
mod scene;
mod tails;

#[path = "../../../acoustics/tests/scenes/rooms.rs"]
#[allow(dead_code, reason = "shared with the acoustics' tests, which use all of it")]
mod rooms;
