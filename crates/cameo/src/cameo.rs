//! A permitted recording to cards, one for any time, and to a voice.

use std::path::{Path, PathBuf};

use maquette_provenance::consent::Permit;

use crate::{Card, Error, Framing, Keying, Matte, Performance, Span};

/// Who plays, from which part of which recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Casting {
    /// The scene's frame rate, and the time in the recording that shows the person from head to foot.
    pub span: Span,
    /// How it is keyed.
    pub keying: Keying,
    /// The empty set, filmed with the same camera and setting: a movie or a still.
    pub clean_plate: Option<PathBuf>,
    /// The person's height in metres, 0.3 to 3.
    pub height_m: f32,
}

/// A person's cards. Asking for times in order is quick; going back opens the recording again.
pub struct Cameo {
    path: PathBuf,
    casting: Casting,
    framing: Framing,
    performance: Performance,
    /// The number of the matte below, counted from the recording's beginning.
    frame: u64,
    matte: Matte,
}

/// Frames that are rather skipped than sought.
const SKIPPED: u64 = 12;

impl Cameo {
    /// Opens the recording that may be shown, and measures the person in it.
    pub fn open(permit: &Permit, casting: &Casting) -> Result<Self, Error> {
        Self::open_path(permit.recording(), casting)
    }

    pub(crate) fn open_path(path: &Path, casting: &Casting) -> Result<Self, Error> {
        let from_s = casting.span.from_s;
        let mut performance = opened(path, casting, from_s)?;
        let nobody = || Error::Nobody { path: path.to_owned(), from_s };
        let matte = performance.next().ok_or_else(nobody)??;
        let framing = Framing::measured(&matte.alpha, casting.height_m).ok_or_else(nobody)?;
        let frame = frame_at(casting, from_s);
        Ok(Self { path: path.to_owned(), casting: casting.clone(), framing, performance, frame, matte })
    }

    /// The card of a time in the recording, in seconds from its beginning; the last one from its end on. The same
    /// whatever was asked for before.
    pub fn at(&mut self, plate_s: f64) -> Result<Card, Error> {
        let wanted = frame_at(&self.casting, plate_s);
        if wanted < self.frame || wanted > self.frame + SKIPPED {
            self.seek(plate_s, wanted)?;
        }
        while self.frame < wanted {
            match self.performance.next().transpose()? {
                Some(matte) => self.matte = matte,
                // The recording has ended: its last frame stands still.
                None => break,
            }
            self.frame += 1;
        }
        Ok(Card::of(&self.matte, self.framing, self.casting.height_m))
    }

    /// Scale and foot line of all cards.
    pub fn framing(&self) -> Framing {
        self.framing
    }

    fn seek(&mut self, plate_s: f64, wanted: u64) -> Result<(), Error> {
        match opened(&self.path, &self.casting, plate_s) {
            Ok(mut performance) => {
                if let Some(matte) = performance.next().transpose()? {
                    (self.matte, self.frame, self.performance) = (matte, wanted, performance);
                }
                Ok(())
            }
            // Beyond the end: walked to from where it stands.
            Err(Error::TooShort { .. }) if wanted > self.frame => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn opened(path: &Path, casting: &Casting, from_s: f64) -> Result<Performance, Error> {
    let span = Span { from_s, ..casting.span.clone() };
    Performance::open_path(path, casting.clean_plate.as_deref(), &span, &casting.keying)
}

fn frame_at(casting: &Casting, plate_s: f64) -> u64 {
    let (numerator, denominator) = casting.span.fps;
    // A shutter that opens with the frame, computed on another clock, is a hair early as often as late.
    (plate_s * f64::from(numerator) / f64::from(denominator) + 1e-6).floor().max(0.0) as u64
}
