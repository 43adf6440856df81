//! A finished take.

use std::path::PathBuf;

/// A folder of finished files. Every path exists and is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Take {
    /// Where everything is.
    pub folder: PathBuf,
    /// Pictures in the order of the edit, display-referred PNG.
    pub pictures: Vec<PathBuf>,
    /// The edit's sound.
    pub sound: PathBuf,
    /// The edit with sound; `None` when no movie was asked for, or frames were left out.
    pub movie: Option<PathBuf>,
    /// Thumbnails of the whole edit.
    pub contact_sheet: PathBuf,
    /// What the take says of itself.
    pub receipt: PathBuf,
}
