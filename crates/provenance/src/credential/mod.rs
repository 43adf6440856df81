//! Signed statements in and beside delivered files.
