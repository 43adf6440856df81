//! `maquette compare`: pictures or sequences against a reference, in figures.
//!
//! 1. `sequence` finds the files on both sides and pairs them by shot and frame;
//! 2. `view` loads a file as light and as the screen shows it;
//! 3. `figures` measures a pair, `change` what happens from frame to frame;
//! 4. `report` prints both.
//!
//! One pair is in memory at a time (and the one before it), so a sequence may be as long as it likes.

mod change;
mod figures;
mod report;
mod sequence;
mod view;

use std::{path::Path, process::ExitCode};

use maquette_conditioning::Plane;
use maquette_delivery::write_png;
use maquette_metrics::heat_map;

use crate::{
    arguments::{CompareArguments, Format},
    compare::{
        change::Change,
        figures::{Comparison, Measured},
        view::Display,
    },
    console::{FAILED, NEEDS_CHANGE, complain, print},
};

/// A comparison that cannot be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The user's to mend.
    #[error("{0}")]
    Input(String),
    /// A file that cannot be read.
    #[error(transparent)]
    Read(maquette_delivery::Error),
    /// The difference picture could not be written.
    #[error(transparent)]
    Write(maquette_delivery::Error),
    /// Two pictures that cannot be measured against each other.
    #[error("{image} against {reference}: {source}")]
    Measure {
        /// The one.
        image: String,
        /// The other.
        reference: String,
        /// Why not.
        source: maquette_metrics::Error,
    },
}

pub(crate) fn run(arguments: &CompareArguments) -> ExitCode {
    match compare(arguments) {
        Ok(comparison) => {
            print(&match arguments.format {
                Format::Text => report::text(&comparison),
                Format::Json => format!("{:#}", report::json(&comparison)),
            });
            ExitCode::SUCCESS
        }
        Err(error) => {
            complain(&format!("error: {error}"));
            ExitCode::from(if matches!(error, Error::Write(_)) { FAILED } else { NEEDS_CHANGE })
        }
    }
}

fn compare(arguments: &CompareArguments) -> Result<Comparison, Error> {
    let find = |reference| sequence::pairs(&arguments.image, reference, arguments.frames);
    let pairs = find(&arguments.reference)?;
    let mut again = arguments.again.as_deref().map(find).transpose()?.map(Vec::into_iter);
    let mut comparison = Comparison::new(&arguments.image, &arguments.reference, again.is_some());
    let mut change = Change::default();
    let mut worst = Worst::default();
    for pair in &pairs {
        let image = view::load(&pair.image, arguments.as_stored)?;
        let reference = view::load(&pair.reference, arguments.as_stored)?;
        let again = again.as_mut().and_then(Iterator::next);
        let again = again.map(|again| view::load(&again.reference, arguments.as_stored)).transpose()?;
        let measure = |source| Error::Measure {
            image: pair.image.display().to_string(),
            reference: pair.reference.display().to_string(),
            source,
        };
        let display = Display::of(&reference, arguments.ev100);
        let measured = figures::measure(&image, &reference, again.as_ref(), display)?.map_err(measure)?;
        worst.see(&measured);
        comparison.add(&pair.name(), measured);
        change.add(&pair.shot, pair.number, image, reference, again).map_err(measure)?;
    }
    comparison.change = change.finish();
    if let Some(path) = &arguments.difference {
        worst.write(path)?;
        comparison.difference = Some(path.clone());
    }
    Ok(comparison)
}

/// The map of the pair that looks most different.
#[derive(Default)]
struct Worst(Option<(f64, Plane<f32>)>);

impl Worst {
    fn see(&mut self, measured: &Measured) {
        if self.0.as_ref().is_none_or(|(mean, _)| measured.flip.mean > *mean) {
            self.0 = Some((measured.flip.mean, measured.flip.map.clone()));
        }
    }

    fn write(&self, path: &Path) -> Result<(), Error> {
        let Some((_, map)) = &self.0 else { return Ok(()) };
        write_png(path, &heat_map(map)).map_err(Error::Write)
    }
}
