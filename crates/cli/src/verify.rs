//! `maquette verify`: what files say of themselves, and whether that holds.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use maquette_provenance::{
    credential::{Error, Examined, Sighting, Trust, examine, examine_folder},
    home,
};
use serde_json::{Value, json};

use crate::{
    arguments::Format,
    console::{FAILED, NEEDS_CHANGE, complain, print},
};

/// Looks for marks in a file's pixels and samples.
pub(crate) type MarkFinder = dyn Fn(&Path) -> Result<Vec<Sighting>, String>;

/// What to look into, and whom to believe.
#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// Files, or folders such as a take's
    #[arg(required = true, value_name = "FILE|FOLDER")]
    pub(crate) paths: Vec<PathBuf>,
    /// Certificates (PEM) of signers to believe, and of those who vouch for them [default: credential/trust.pem in the
    /// program's data folder]
    #[arg(long, value_name = "PEM")]
    pub(crate) trust: Option<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

pub(crate) fn run(arguments: &VerifyArguments, find_marks: &MarkFinder) -> ExitCode {
    match report(arguments, find_marks) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::from(NEEDS_CHANGE)
        }
    }
}

/// Whether everything is untouched.
fn report(arguments: &VerifyArguments, find_marks: &MarkFinder) -> Result<bool, Error> {
    let trust = Trust::of_home(home::data_folder().as_deref(), arguments.trust.as_deref())?;
    let mut records = Vec::new();
    let mut untouched = true;
    for path in &arguments.paths {
        let examined = match path.is_dir() {
            true => folder(path, &trust, arguments.format)?,
            false => vec![file(path, &trust, find_marks, arguments.format, &mut records)?],
        };
        untouched &= examined.iter().all(Examined::is_untouched) && !examined.is_empty();
        if path.is_dir() {
            records.extend(examined.iter().map(|examined| json!(examined)));
        }
    }
    if let Format::Json = arguments.format {
        print(&format!("{:#}", Value::Array(records)));
    }
    Ok(untouched)
}

/// One file in full, marks included.
fn file(
    path: &Path,
    trust: &Trust,
    find_marks: &MarkFinder,
    format: Format,
    records: &mut Vec<Value>,
) -> Result<Examined, Error> {
    let examined = examine(path, trust)?;
    let sightings = find_marks(path);
    if let Format::Text = format {
        print(&examined.story(sightings.as_deref().ok()));
        if let Err(why) = &sightings {
            print(&format!("  mark       could not be looked for: {why}"));
        }
    }
    let mut record = json!(examined);
    match sightings {
        Ok(found) => record["marks_found"] = json!(found),
        Err(why) => record["marks_not_looked_for"] = json!(why),
    }
    records.push(record);
    Ok(examined)
}

/// Every delivered file of a folder, a line each. Marks are looked for in files that are named one by one: in the
/// thousand frames of a take that would take as long as playing it.
fn folder(path: &Path, trust: &Trust, format: Format) -> Result<Vec<Examined>, Error> {
    let examined = examine_folder(path, trust)?;
    if let Format::Text = format {
        examined.iter().for_each(|examined| print(&examined.headline()));
        let untouched = examined.iter().filter(|examined| examined.is_untouched()).count();
        print(&format!("{}: {untouched} of {} files are untouched", path.display(), examined.len()));
    }
    Ok(examined)
}
