//! `maquette detect`: marks in files, whatever happened to everything around the pixels and samples.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use maquette_provenance::credential::Sighting;
use serde_json::{Value, json};

use crate::{
    arguments::Format,
    console::{FAILED, complain, print},
    verify::MarkFinder,
};

/// Where to look.
#[derive(Debug, Args)]
pub(crate) struct DetectArguments {
    /// Pictures, sounds or movies, with or without metadata
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How to report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

pub(crate) fn run(arguments: &DetectArguments, find_marks: &MarkFinder) -> ExitCode {
    let looked: Vec<_> = arguments.files.iter().map(|file| (file, find_marks(file))).collect();
    if let Format::Text = arguments.format {
        for (file, found) in &looked {
            match found {
                Ok(found) => print(&format!("{}: {}", file.display(), words(found))),
                Err(why) => complain(&format!("error: {}: {why}", file.display())),
            }
        }
    }
    if let Format::Json = arguments.format {
        print(&format!(
            "{:#}",
            Value::Array(looked.iter().map(|(file, found)| record(file, found)).collect())
        ));
    }
    let everywhere = looked.iter().all(|(_, found)| found.as_ref().is_ok_and(|found| !found.is_empty()));
    if everywhere { ExitCode::SUCCESS } else { ExitCode::from(FAILED) }
}

fn words(found: &[Sighting]) -> String {
    if found.is_empty() {
        return "no mark found".to_owned();
    }
    found.iter().map(Sighting::to_string).collect::<Vec<_>>().join(", ")
}

fn record(file: &std::path::Path, found: &Result<Vec<Sighting>, String>) -> Value {
    match found {
        Ok(found) => json!({ "file": file, "marks": found }),
        Err(why) => json!({ "file": file, "error": why }),
    }
}
