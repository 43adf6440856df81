//! The video model on burn-wgpu, on whatever adapter answers, against diffusers: `tests/devices.rs` of its module.
//!
//! A program of its own instead of the usual harness: it compiles the model for the GPU alone, and says that it skips
//! where no GPU answers. As with the usual one, `--ignored` runs what takes a software adapter minutes, most of them
//! for compiling kernels, and `--list` is understood.

#![allow(dead_code, unused_imports, unreachable_pub, clippy::unwrap_used, clippy::print_stdout)]

#[path = "../src/error.rs"]
mod error;
#[path = "../src/wan/mod.rs"]
mod wan;

pub use error::Error;
use maquette_gpu::Gpu;
use wan::tests::devices::CASES;

/// Where the model's tests compute.
mod test_backend {
    pub(crate) type TestBackend = burn_wgpu::Wgpu;
    pub(crate) use crate::wan::attention::on_gpu as flash;
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let given = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let ignored = |long: bool| given("--include-ignored") || long == given("--ignored");
    // `--format terse` is how other runners ask for a list.
    let names: Vec<_> =
        arguments.iter().filter(|argument| !argument.starts_with("--") && *argument != "terse").collect();
    let named = |claim: &str| names.is_empty() || names.iter().any(|name| claim.contains(name.as_str()));
    let chosen = CASES.iter().filter(|case| ignored(case.long) && named(case.claim));
    if given("--list") {
        return chosen.for_each(|case| println!("{}: test", case.claim));
    }
    // The kernels' timings are kept below the nearest Cargo.toml above the working folder, which is this crate's.
    std::env::set_current_dir(env!("CARGO_TARGET_TMPDIR")).unwrap();
    if Gpu::software_or_real().is_none() {
        return println!("skipped: no adapter answers");
    }
    for case in chosen {
        let start = std::time::Instant::now();
        (case.check)();
        println!("{}: ok, {:.1} s", case.claim, start.elapsed().as_secs_f64());
    }
}
