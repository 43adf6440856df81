//! What can go wrong between a recording and a card.

use std::path::PathBuf;

/// A cameo that could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The recording could not be read.
    #[error(transparent)]
    Media(#[from] maquette_media::Error),
    /// A recording that ended before the part that was asked for.
    #[error("{}: no frame at {from_s} s: the plate ends before `plate_from_s`, or is empty", path.display())]
    TooShort {
        /// The recording.
        path: PathBuf,
        /// Where it was to begin.
        from_s: f64,
    },
    /// A clean plate of another size than the plate.
    #[error(
        "{}: the clean plate is {clean_width}×{clean_height}, the plate {width}×{height}: film both with the same \
         camera and setting",
        path.display()
    )]
    CleanPlateSize {
        /// The clean plate.
        path: PathBuf,
        /// Its width.
        clean_width: usize,
        /// Its height.
        clean_height: usize,
        /// The plate's width.
        width: usize,
        /// The plate's height.
        height: usize,
    },
    /// Too little of the picture looks like the backdrop that was named.
    #[error(
        "{}: hardly any {backdrop} backdrop to be seen ({share_percent:.1} % of the picture at {at_s:.2} s). Is \
         `backdrop` right? It must fill at least {least_percent:.0} %, and be lit",
        path.display()
    )]
    NoBackdrop {
        /// The recording.
        path: PathBuf,
        /// What was looked for.
        backdrop: &'static str,
        /// Share of the picture that looks like it, in percent.
        share_percent: f64,
        /// The share that is needed, in percent.
        least_percent: f64,
        /// When, in the plate.
        at_s: f64,
    },
    /// Nobody in the matte of the reference frame.
    #[error(
        "{}: nobody stands before the backdrop in the plate's frame at {from_s} s, from which their height is \
         measured. Begin the plate (`plate_from_s`) where they are seen from head to foot",
        path.display()
    )]
    Nobody {
        /// The recording.
        path: PathBuf,
        /// Where the reference frame is.
        from_s: f64,
    },
}
