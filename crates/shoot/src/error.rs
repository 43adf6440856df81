//! What can go wrong on the line.

use std::path::PathBuf;

use maquette_provenance::consent::Refusal;
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
    /// A video model needs frames that follow one another.
    #[error("shot {0}: a video model needs frames that follow one another; ask for a range without steps")]
    Gaps(String),
    /// A video model was named, but no shot is made by one.
    #[error(
        "`{0}` is a video model, but no shot of the selection is finished by one; add `--generator`, or `generator` in a look"
    )]
    UnusedModel(String),
    /// A picture that a look names cannot be read.
    #[error("shot {shot}, look: {source}")]
    LookPicture {
        /// The shot.
        shot: String,
        /// Which picture, and what is wrong with it.
        source: maquette_delivery::Error,
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
    /// A video model is not there, or not whole.
    #[error("{0}")]
    Models(#[from] maquette_models::Error),
    /// A picture could not be measured.
    #[error("metrics: {0}")]
    Metrics(#[from] maquette_metrics::Error),
    /// Sound could not be propagated.
    #[error("acoustics: {0}")]
    Acoustics(#[from] maquette_acoustics::Error),
    /// Sound could not be rendered.
    #[error("soundtrack: {0}")]
    Soundtrack(#[from] maquette_soundtrack::Error),
    /// No thread for acoustics.
    #[error("cannot start a thread: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// A person, or something in the scene, must not be shown. Nothing of it was published.
    #[error("{}", refusals(.0))]
    Refused(Vec<Refusal>),
    /// No folder for this installation's keys.
    #[error(
        "there is no folder for this program's keys: set HOME, or MAQUETTE_HOME to a folder that only you can read"
    )]
    NoHome,
    /// A grant or a policy could not be read.
    #[error("consent: {0}")]
    Consent(maquette_provenance::consent::Error),
    /// A recorded person could not be keyed.
    #[error("cameo: {0}")]
    Cameo(#[from] maquette_cameo::Error),
    /// A credential could not be read or made.
    #[error("credential: {0}")]
    Credential(#[from] maquette_provenance::credential::Error),
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

impl From<maquette_provenance::consent::Error> for Error {
    fn from(error: maquette_provenance::consent::Error) -> Self {
        match error {
            maquette_provenance::consent::Error::Refused(refusal) => Self::refused(refusal),
            other => Self::Consent(other),
        }
    }
}

impl Error {
    /// A single refusal.
    pub(crate) fn refused(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

/// One line each.
fn refusals(refusals: &[Refusal]) -> String {
    refusals.iter().map(Refusal::to_string).collect::<Vec<_>>().join("\n       ")
}
