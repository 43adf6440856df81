//! A mark in the luma of frames.
