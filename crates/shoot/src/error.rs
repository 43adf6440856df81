//! What can go wrong on the line.

use std::path::PathBuf;

use thiserror::Error;

/// A failure somewhere on the line, naming the stage.
#[derive(Debug, Error)]
pub enum Error {
    /// The selection names a shot that is not in the scene.
    #[error("no shot is called `{name}`; the scene has {known}")]
    UnknownShot {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// The scene has nothing to render.
    #[error("the scene has no shots; add one under `shots:`")]
    NoShots,
    /// The selection leaves no frame.
    #[error("no frame is left to render: {range} lies outside {available}")]
    NoFrames {
        /// What was asked for.
        range: String,
        /// What there is.
        available: String,
    },
    /// Training needs a shot to learn from and another to be judged by.
    #[error("training needs at least two shots in all: one to learn from, one to be judged by")]
    TooFewShots,
    /// The world could not be played.
    #[error("stage: {0}")]
    Stage(#[from] maquette_stage::Error),
    /// Light could not be traced.
    #[error("tracer: {0}")]
    Tracer(#[from] maquette_tracer::Error),
    /// The network failed.
    #[error("generator: {0}")]
    Generator(#[from] maquette_generator::Error),
    /// Sound could not be propagated.
    #[error("acoustics: {0}")]
    Acoustics(#[from] maquette_acoustics::Error),
    /// Sound could not be rendered.
    #[error("soundtrack: {0}")]
    Soundtrack(#[from] maquette_soundtrack::Error),
    /// A file could not be written.
    #[error("delivery: {0}")]
    Delivery(#[from] maquette_delivery::Error),
    /// The take's folder could not be read.
    #[error("{path}: {source}")]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
