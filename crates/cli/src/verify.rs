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
    let mut reports = Vec::new();
    for path in &arguments.paths {
        let found = match path.is_dir() {
            true => folder(path, &trust)?,
            false => vec![file(path, &trust, find_marks)?],
        };
        if let Format::Text = arguments.format {
            found.iter().for_each(|report| print(&report.text));
        }
        if path.is_dir() {
            let untouched = found.iter().filter(|report| report.examined.is_untouched()).count();
            complain(&format!("{}: {untouched} of {} files are untouched", path.display(), found.len()));
        }
        reports.extend(found);
    }
    if let Format::Json = arguments.format {
        print(&format!("{:#}", Value::from_iter(reports.iter().map(Report::record))));
    }
    Ok(!reports.is_empty() && reports.iter().all(|report| report.examined.is_untouched()))
}

/// What there is to say about one file.
struct Report {
    examined: Examined,
    /// What a detector found; null where nobody looked.
    marks_found: Option<Vec<Sighting>>,
    text: String,
}

impl Report {
    fn record(&self) -> Value {
        let mut record = json!(self.examined);
        record["marks_found"] = json!(self.marks_found);
        record
    }
}

/// One file in full, marks included.
fn file(path: &Path, trust: &Trust, find_marks: &MarkFinder) -> Result<Report, Error> {
    let examined = examine(path, trust)?;
    let found = find_marks(path);
    let mut text = examined.story(found.as_deref().ok());
    if let Err(why) = &found {
        text += &format!("\n  mark       could not be looked for: {why}");
    }
    Ok(Report { examined, marks_found: found.ok(), text })
}

/// Every delivered file of a folder, a line each. Marks are looked for in files that are named one by one: in the
/// thousand frames of a take that would take as long as playing it.
fn folder(path: &Path, trust: &Trust) -> Result<Vec<Report>, Error> {
    let examined = examine_folder(path, trust)?.into_iter();
    Ok(examined.map(|examined| Report { text: examined.headline(), examined, marks_found: None }).collect())
}
