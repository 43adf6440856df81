//! What can keep a scene from being played.

use std::path::PathBuf;

/// Why a scene cannot be staged, or a moment of it not be given.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No shot has this name.
    #[error("no shot is called `{name}`; the scene has {known}")]
    NoShot {
        /// What was asked for.
        name: String,
        /// The shots there are.
        known: String,
    },
    /// The shot does not have this frame.
    #[error("shot `{shot}` has frames {first} to {last}, not {frame}")]
    NoFrame {
        /// The shot.
        shot: String,
        /// What was asked for.
        frame: u32,
        /// Its first frame.
        first: u32,
        /// Its last frame.
        last: u32,
    },
    /// Something refers to a name that nothing has.
    #[error("`{user}` refers to {kind} `{name}`, which the scene does not have")]
    NoSuch {
        /// Who refers to it.
        user: String,
        /// What it should be: a material, an actor, a sensor.
        kind: &'static str,
        /// The name that nothing has.
        name: String,
    },
    /// A shape that cannot be built.
    #[error("`{name}`: {reason}")]
    Shape {
        /// The set piece.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A line that nobody has read yet.
    #[error("`{sound}` is to be spoken, and no synthesiser has read it")]
    Unspoken {
        /// The sound.
        sound: String,
    },
    /// A file that cannot be read.
    #[error("{}: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why it cannot be read.
        reason: String,
    },
    /// A glTF model that cannot be used.
    #[error("{}: not a usable glTF model: {reason}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A clip that a model does not have.
    #[error("{}: has no clip `{clip}`; it has {known}", path.display())]
    NoClip {
        /// The model.
        path: PathBuf,
        /// What was asked for.
        clip: String,
        /// The clips there are.
        known: String,
    },
}
