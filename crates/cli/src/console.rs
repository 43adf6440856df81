//! What the program says, and how it ends.

use std::io::{Write, stderr, stdout};

/// Exit code: something failed on the way.
pub(crate) const FAILED: u8 = 1;
/// Exit code: the scene or the arguments need a change.
pub(crate) const NEEDS_CHANGE: u8 = 2;

/// Exit code: stopped by Ctrl-C, as shells count it.
pub(crate) const STOPPED: i32 = 130;

/// A line on standard output; a closed pipe is not our failure.
pub(crate) fn print(text: &str) {
    let _ = writeln!(stdout(), "{text}");
}

/// A line on standard error.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(stderr(), "{text}");
}
