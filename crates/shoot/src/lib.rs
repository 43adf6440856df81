//! One function walks the whole line from scene to take.
