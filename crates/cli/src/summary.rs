//! What a person wants to know when a take is done: where it is and what it cost.

use std::{fs, path::Path};

use maquette_conditioning::Take;
use maquette_shoot::Settings;

use crate::{console, progress::Tally};

/// Prints the figures and, last, the paths.
pub(crate) fn print(take: &Take, tally: &Tally, settings: &Settings) {
    if tally.rendered > 0 {
        console::print(&figures(tally, settings));
    }
    if tally.kept > 0 {
        console::print(&format!("{} frames were complete already and were kept", tally.kept));
    }
    let line = |what: &str, path: &Path| console::print(&format!("{what:<14}{}", path.display()));
    match &take.movie {
        Some(movie) => line("clip", movie),
        None => line("pictures", &take.folder),
    }
    line("sound", &take.sound);
    line("contact sheet", &take.contact_sheet);
    line("receipt", &take.receipt);
}

fn figures(tally: &Tally, settings: &Settings) -> String {
    let frames = tally.rendered as f64;
    let (width, height) = settings.picture_size();
    let samples = (width * height) as f64 * f64::from(settings.light_samples()) * frames;
    let seconds = &tally.seconds;
    let memory = peak_memory_mib().map_or_else(String::new, |mib| format!(", peak memory {mib:.0} MiB"));
    let mut text = format!(
        "{} frames at {width}x{height}, {:.2} s each: stage {:.2}, light {:.2}, network {:.2}, files {:.2}",
        tally.rendered,
        seconds.total() / frames,
        seconds.stage / frames,
        seconds.tracer / frames,
        seconds.generator / frames,
        seconds.delivery / frames,
    );
    // Where the set was kept, nothing was traced.
    if seconds.tracer > 0.0 {
        let rays = tally.rays as f64;
        let [samples, rays] = [samples, rays].map(|count| count / seconds.tracer / 1e6);
        text += &format!("\n{samples:.2} million samples and {rays:.2} million rays a second");
    }
    text + &memory
}

/// Peak resident memory of this process, where the system tells (Linux).
fn peak_memory_mib() -> Option<f64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}
