//! Frames and mixes to finished files.
