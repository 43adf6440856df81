//! `maquette models`: weights of the video models, listed, fetched, verified.
//!
//! Nothing is ever fetched but by `maquette models fetch`, and that says licence and size first.

use std::{
    io::{IsTerminal, stderr},
    path::Path,
    process::ExitCode,
};

use clap::{Args, Subcommand};
use indicatif::{DecimalBytes, ProgressBar, ProgressStyle};
use maquette_models::{Checked, Error, Event, Hub, Installed, Model, Plan, State, catalogue, folder, verify};
use maquette_provenance::home;
use serde_json::{Value, json};

use crate::{
    arguments::Format,
    console::{FAILED, NEEDS_CHANGE, complain, print},
};

/// What to do with weights; without a step, they are listed.
#[derive(Debug, Args)]
pub(crate) struct ModelsArguments {
    #[command(subcommand)]
    step: Option<Step>,
    /// How to report
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Download a model and what it shares with others; licence and size are said first
    ///
    /// An interrupted download goes on where it stopped. A token for models that ask for one is read from the variable
    /// HF_TOKEN.
    Fetch {
        /// A name that `maquette models` lists
        name: String,
        /// A mirror of the hub [default: the variable HF_ENDPOINT, else huggingface.co]
        #[arg(long, value_name = "URL")]
        endpoint: Option<String>,
    },
    /// Hash every file and say which differ, are cut short, missing or unknown
    ///
    /// Exits with 0 when nothing speaks against any file, with 1 otherwise.
    Verify {
        /// A name that `maquette models` lists [default: every model that is there]
        name: Option<String>,
    },
}

pub(crate) fn run(arguments: &ModelsArguments) -> ExitCode {
    let Some(home) = home::data_folder() else {
        complain("there is no place for models: set the environment variable MAQUETTE_HOME to a folder");
        return ExitCode::from(NEEDS_CHANGE);
    };
    let done = match &arguments.step {
        None => Ok(list(&home, arguments.format)),
        Some(Step::Fetch { name, endpoint }) => fetch(&home, name, endpoint.as_deref(), arguments.format),
        Some(Step::Verify { name }) => verified(&home, name.as_deref(), arguments.format),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(FAILED),
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::from(if error.is_about_input() { NEEDS_CHANGE } else { FAILED })
        }
    }
}

fn list(home: &Path, format: Format) -> bool {
    if let Format::Json = format {
        print(&format!("{:#}", Value::from_iter(catalogue().iter().map(|model| record(home, model)))));
        return true;
    }
    for model in catalogue() {
        let size = match model.source {
            Some(_) => DecimalBytes(model.bytes()).to_string(),
            None => "-".to_owned(),
        };
        print(&format!("{:<15} {size:>9}  {}", model.name, model.licence.name));
        print(&format!("    {}\n    {}", model.purpose, state(home, model)));
    }
    print(&format!("Folders: {}", home.join("models").display()));
    true
}

/// Whether a model is there; else how it comes.
fn state(home: &Path, model: &Model) -> String {
    match (Installed::find(home, model.name), Plan::of(home, model)) {
        (Ok(_), _) => "installed".to_owned(),
        (_, Ok(plan)) if plan.is_empty() => "installed".to_owned(),
        (_, Ok(plan)) => {
            format!("{} to come: maquette models fetch {}", DecimalBytes(plan.bytes()), model.name)
        }
        (_, Err(Error::UserSupplied { folder, .. })) => {
            let folder = folder.join("transformer");
            format!(
                "not installed: put its transformer (config.json and .safetensors) into {}",
                folder.display()
            )
        }
        (_, Err(error)) => error.to_string().replace('\n', "\n    "),
    }
}

fn record(home: &Path, model: &Model) -> Value {
    let plan = Plan::of(home, model).ok();
    let installed = plan.as_ref().is_some_and(Plan::is_empty) || Installed::find(home, model.name).is_ok();
    json!({
        "name": model.name,
        "purpose": model.purpose,
        "licence": { "name": model.licence.name, "link": model.licence.link },
        "repository": model.source.as_ref().map(|source| source.repository),
        "revision": model.source.as_ref().map(|source| source.revision),
        "bytes": model.bytes(),
        "bytes_to_fetch": plan.map(|plan| plan.bytes()),
        "installed": installed,
        "folder": folder(home, model),
    })
}

fn fetch(home: &Path, name: &str, endpoint: Option<&str>, format: Format) -> Result<bool, Error> {
    let plan = Plan::of(home, Model::named(name)?)?;
    let hub = Hub::from_environment(endpoint)?;
    for model in plan.models() {
        complain(&format!("{}: licence {}, see {}", model.name, model.licence.name, model.licence.link));
    }
    if !plan.is_empty() {
        let place = home.join("models");
        complain(&format!(
            "{} to come, from {} into {}",
            DecimalBytes(plan.bytes()),
            hub.endpoint(),
            place.display()
        ));
    }
    let mut progress = Progress::new(home);
    let fetched = plan.fetch(&hub, &mut |event| progress.show(&event));
    progress.bar.finish_and_clear();
    fetched?;
    if Model::named(name)?.shares.is_some() {
        Installed::find(home, name)?;
    }
    match format {
        Format::Json => print(&format!("{:#}", json!({ "name": name, "fetched": progress.done }))),
        Format::Text => print(&format!("{name} is complete")),
    }
    Ok(true)
}

/// A bar on a terminal, lines elsewhere.
struct Progress<'a> {
    home: &'a Path,
    bar: ProgressBar,
    done: Vec<String>,
}

impl<'a> Progress<'a> {
    fn new(home: &'a Path) -> Self {
        let bar = if stderr().is_terminal() { ProgressBar::no_length() } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}");
        Self {
            home,
            bar: bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())),
            done: Vec::new(),
        }
    }

    fn show(&mut self, event: &Event<'_>) {
        match event {
            Event::File { path, bytes, has } => {
                self.bar.set_length(*bytes);
                self.bar.set_position(*has);
                let kept =
                    if *has > 0 { format!(", {} of it are here", DecimalBytes(*has)) } else { String::new() };
                self.say(&format!("{} ({}{kept})", self.short(path), DecimalBytes(*bytes)));
            }
            Event::Bytes(bytes) => self.bar.inc(*bytes),
            Event::Checking(_) => {}
            Event::Done(path) => self.done.push(path.display().to_string()),
            Event::Again { problem, after } => {
                self.say(&format!("{problem}; again in {:.0} s", after.as_secs_f64()));
            }
        }
    }

    fn short(&self, path: &Path) -> String {
        path.strip_prefix(self.home.join("models")).unwrap_or(path).display().to_string()
    }

    fn say(&self, text: &str) {
        self.bar.suspend(|| complain(text));
    }
}

fn verified(home: &Path, name: Option<&str>, format: Format) -> Result<bool, Error> {
    let models: Vec<_> = match name {
        Some(name) => Model::named(name)?.with_shared().collect(),
        None => catalogue().iter().filter(|model| folder(home, model).is_dir()).collect(),
    };
    let mut all = Vec::new();
    for model in models {
        let progress = Progress::new(home);
        progress.bar.set_length(model.bytes());
        let checked = verify(home, model, &mut |_, bytes| progress.bar.inc(bytes))?;
        progress.bar.finish_and_clear();
        if let Format::Text = format {
            checked
                .iter()
                .for_each(|file| print(&format!("{}: {}", progress.short(&file.path), words(&file.state))));
        }
        let sound = checked.iter().all(|file| file.state.is_sound());
        if !sound && model.source.is_some() {
            let is_missing = |file: &Checked| matches!(file.state, State::Missing) || file.state.is_sound();
            let first = if checked.iter().all(is_missing) { "" } else { "delete what differs, then " };
            complain(&format!("hint: {first}maquette models fetch {}", model.name));
        }
        all.extend(checked);
    }
    match format {
        Format::Json => print(&format!("{:#}", Value::from_iter(all.iter().map(checked_record)))),
        Format::Text if all.is_empty() => print("no model is installed"),
        Format::Text => {}
    }
    Ok(all.iter().all(|file| file.state.is_sound()))
}

fn words(state: &State) -> String {
    match state {
        State::Published => "as published".to_owned(),
        State::AsFirstFetched => "as first fetched; no hash of it was found published".to_owned(),
        State::Unknown(sha256) => format!("unknown, nothing to hold it against; SHA-256 {sha256}"),
        State::Differs { expected, found } => format!("DIFFERS: SHA-256 {found}, not {expected}"),
        State::CutShort { has, of } => format!("CUT SHORT: {has} bytes of {of}"),
        State::Unfinished => "UNFINISHED: fetch goes on here".to_owned(),
        State::Missing => "MISSING".to_owned(),
    }
}

fn checked_record(file: &Checked) -> Value {
    let (state, found, expected) = match &file.state {
        State::Published => ("published", Value::Null, Value::Null),
        State::AsFirstFetched => ("as_first_fetched", Value::Null, Value::Null),
        State::Unknown(sha256) => ("unknown", json!(sha256), Value::Null),
        State::Differs { expected, found } => ("differs", json!(found), json!(expected)),
        State::CutShort { has, of } => ("cut_short", json!(has), json!(of)),
        State::Unfinished => ("unfinished", Value::Null, Value::Null),
        State::Missing => ("missing", Value::Null, Value::Null),
    };
    json!({ "path": file.path, "state": state, "sound": file.state.is_sound(), "found": found, "expected": expected })
}
