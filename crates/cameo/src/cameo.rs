//! A permitted recording to cards, one a frame, and to a voice.

use std::path::{Path, PathBuf};

use crate::{Card, Error, Framing, Keying, Performance, Span, Voice};

/// Who plays, from which part of which recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Casting {
    /// The part of the plate that is used; its first frame shows the person from head to foot.
    pub span: Span,
    /// How it is keyed.
    pub keying: Keying,
    /// The empty set, filmed with the same camera and setting: a movie or a still.
    pub clean_plate: Option<PathBuf>,
    /// The person's height in metres, 0.3 to 3.
    pub height_m: f32,
}

/// A person's cards, frame after frame of the scene.
pub struct Cameo {
    performance: Performance,
    framing: Framing,
    height_m: f32,
}

impl Cameo {
    /// Opens the recording at a frame counted from the span's beginning. Any beginning gives the same frames.
    pub(crate) fn open_path(path: &Path, casting: &Casting, first_frame: u64) -> Result<Self, Error> {
        let Casting { span, keying, clean_plate, height_m } = casting;
        let open = |span: &Span| Performance::open_path(path, clean_plate.as_deref(), span, keying);
        let nobody = || Error::Nobody { path: path.to_owned(), from_s: span.from_s };
        let reference = open(span)?.next().ok_or_else(nobody)??;
        let framing = Framing::measured(&reference.alpha, *height_m).ok_or_else(nobody)?;
        let later_s = first_frame as f64 * f64::from(span.fps.1) / f64::from(span.fps.0);
        let performance = open(&Span { from_s: span.from_s + later_s, ..span.clone() })?;
        Ok(Self { performance, framing, height_m: *height_m })
    }

    /// Scale and foot line of all cards.
    pub fn framing(&self) -> Framing {
        self.framing
    }
}

impl Iterator for Cameo {
    type Item = Result<Card, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let matte = self.performance.next()?;
        Some(matte.map(|matte| Card::of(&matte, self.framing, self.height_m)))
    }
}

/// The voice on a recording without its room tone, from the span's beginning on; `None` when it has no sound.
pub(crate) fn voice_of_path(path: &Path, span: &Span) -> Result<Option<Voice>, Error> {
    Voice::read(path, span.from_s)
}
