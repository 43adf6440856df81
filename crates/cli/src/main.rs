//! The `maquette` program: arguments in, exit codes out.
//!
//! Exit codes: 0 done, 1 something failed on the way, 2 the scene or the arguments need a change.

mod arguments;
mod check;
mod console;
mod progress;
mod render;
mod summary;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check(arguments) => check::run(&arguments),
        Command::Render(arguments) => render::run(&arguments),
        Command::Schema => check::schema(),
    }
}
