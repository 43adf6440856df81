//! `maquette check` and `maquette schema`.

use std::{
    io::{IsTerminal, stderr},
    path::Path,
    process::ExitCode,
};

use maquette_scene::{LoadedScene, Report};

use crate::{
    arguments::{CheckArguments, Format},
    console::{NEEDS_CHANGE, complain, print},
};

/// Columns of a report: wide enough for a line of RON, narrow enough for a terminal.
const REPORT_WIDTH: usize = 110;

pub(crate) fn run(arguments: &CheckArguments) -> ExitCode {
    let result = maquette_scene::load(&arguments.scene);
    match (&result, arguments.format) {
        (Ok(loaded), Format::Text) => {
            print(&format!("{}: no mistakes. {}", arguments.scene.display(), contents(loaded)));
        }
        (Ok(_), Format::Json) => print("[]"),
        (Err(report), Format::Text) => show(report),
        (Err(report), Format::Json) => print(&format!("{:#}", report.to_json())),
    }
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(NEEDS_CHANGE) }
}

pub(crate) fn schema() -> ExitCode {
    print(&format!("{:#}", maquette_scene::schema()));
    ExitCode::SUCCESS
}

/// Loads a scene or shows what is wrong with it.
pub(crate) fn load_or_show(path: &Path) -> Result<LoadedScene, ExitCode> {
    maquette_scene::load(path).map_err(|report| {
        show(&report);
        ExitCode::from(NEEDS_CHANGE)
    })
}

fn show(report: &Report) {
    complain(&report.render(REPORT_WIDTH, stderr().is_terminal()));
}

fn contents(loaded: &LoadedScene) -> String {
    let scene = &loaded.scene;
    let seconds: f64 = scene.shots.iter().map(|shot| shot.length_s).sum();
    format!(
        "\"{}\": {} set pieces, {} lights, {} actors, {} sounds, {} shots ({seconds:.1} s).",
        scene.title,
        scene.set.len(),
        scene.lights.len(),
        scene.actors.len(),
        scene.sounds.len(),
        scene.shots.len(),
    )
}
