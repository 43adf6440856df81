//! The `maquette` program: arguments in, exit codes out.
//!
//! Exit codes: 0 done, 1 something failed on the way, 2 the scene or the arguments need a change, 130 stopped by Ctrl-C.

mod arguments;
mod check;
mod compare;
mod consent;
mod console;
mod detect;
mod listen;
mod marks;
mod models;
mod progress;
mod render;
mod summary;
mod train;
mod verify;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;

fn main() -> ExitCode {
    quiet_vulkan();
    match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Compare(arguments) => compare::run(&arguments),
        Command::Listen(arguments) => listen::run(&arguments),
        Command::Consent(arguments) => consent::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments, &marks::find),
        Command::Models(arguments) => models::run(&arguments),
        Command::Detect(arguments) => detect::run(&arguments, &marks::find),
        Command::Render(arguments) => render::run(&arguments),
        Command::Train(arguments) => train::run(&arguments),
        Command::Schema => check::schema(),
    }
}

/// Without a session, Mesa's device-select layer prints errors about a display that nobody asked for. We rank adapters
/// ourselves, so there it can go.
fn quiet_vulkan() {
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // SAFETY: the first thing the program does; no other thread exists that could read the environment.
        unsafe { std::env::set_var("NODEVICE_SELECT", "1") };
    }
}
