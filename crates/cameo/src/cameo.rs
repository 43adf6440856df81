//! A permitted recording to cards, one for any time, and to a voice.

use std::path::{Path, PathBuf};

use maquette_provenance::consent::Permit;

use crate::{Card, Error, Framing, Keying, Matte, Performance, Span, grain};

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
    /// How light the recording's black is.
    black: f32,
    performance: Performance,
    /// The number of the matte below, counted from the recording's beginning.
    frame: u64,
    matte: Matte,
}

/// Frames that are rather skipped than sought.
const SKIPPED: u64 = 12;

impl Cameo {
    /// Opens the permitted recording and measures the person in it.
    ///
    /// # Errors
    ///
    /// A recording that cannot be read, shows no such backdrop, nobody before it, or ends before the span begins.
    pub fn open(permit: &Permit, casting: &Casting) -> Result<Self, Error> {
        Self::open_path(permit.recording(), casting)
    }

    pub(crate) fn open_path(path: &Path, casting: &Casting) -> Result<Self, Error> {
        let from_s = casting.span.from_s;
        let mut performance = opened(path, casting, from_s)?;
        let nobody = || Error::Nobody { path: path.to_owned(), from_s };
        let matte = performance.next().ok_or_else(nobody)??;
        let framing = Framing::measured(&matte.alpha, casting.height_m).ok_or_else(nobody)?;
        let (frame, black) = (frame_at(casting, from_s), grain::black(&matte.foreground, &matte.alpha));
        Ok(Self {
            path: path.to_owned(),
            casting: casting.clone(),
            framing,
            black,
            performance,
            frame,
            matte,
        })
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
        Ok(Card::of(&self.cleaned(), self.framing, self.casting.height_m))
    }

    /// The person without what their camera added.
    fn cleaned(&self) -> Matte {
        let mut matte = self.matte.clone();
        grain::take_grain(&mut matte.foreground, matte.noise);
        grain::take_black(&mut matte.foreground, self.black);
        matte
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

#[cfg(test)]
mod tests {
    use maquette_media::Ffmpeg;

    use super::*;
    use crate::{Backdrop, Voice, pattern_of};

    const FRAMES: usize = 14;

    /// A figure of 80 of 96 rows that steps a pixel to the right each frame, before green; a tone after a second of none.
    fn plate(folder: &Path, name: &str, screen: [u8; 3], words: &str) -> Option<PathBuf> {
        let (ffmpeg, path) = (Ffmpeg::of_system(), folder.join(name));
        if ffmpeg.check().is_err() {
            println!("skipped: no ffmpeg");
            return None;
        }
        let target = path.to_string_lossy().into_owned();
        let input = "-f rawvideo -pix_fmt rgb24 -s 128x96 -r 24 -i pipe:0";
        let words: Vec<&str> = input.split(' ').chain(words.split(' ')).chain([target.as_str()]).collect();
        let mut running = ffmpeg.write(&words).unwrap();
        for frame in 0..FRAMES {
            let inside = |x: usize, y: usize| (40 + frame..64 + frame).contains(&x) && (8..88).contains(&y);
            let pixel = |i: usize| if inside(i % 128, i / 128) { [200, 150, 120] } else { screen };
            running.send((0..128 * 96).map(pixel).collect::<Vec<_>>().as_flattened());
        }
        running.finish(&path).unwrap();
        Some(path)
    }

    fn casting(from_s: f64) -> Casting {
        let span = Span { fps: (24, 1), from_s, transfer: None };
        Casting { span, keying: Keying::of(Backdrop::Green), clean_plate: None, height_m: 1.6 }
    }

    const GREEN: [u8; 3] = [40, 170, 60];
    const LOSSLESS: &str = "-f lavfi -i sine=440:duration=1 -c:v ffv1 -pix_fmt bgr0 -c:a pcm_s16le -shortest";

    #[test]
    fn any_order_of_times_gives_the_same_cards() {
        let folder = tempfile::tempdir().unwrap();
        let Some(path) = plate(folder.path(), "plate.mkv", GREEN, LOSSLESS) else { return };
        let mut forward = Cameo::open_path(&path, &casting(0.0)).unwrap();
        let cards: Vec<Card> = (0..FRAMES).map(|i| forward.at(i as f64 / 24.0).unwrap()).collect();
        assert!((forward.framing().metres_per_pixel - 0.02).abs() < 1e-6);
        assert!(cards.windows(2).all(|pair| pair[0] != pair[1]), "each frame shows its own");
        let mut backward = Cameo::open_path(&path, &casting(0.0)).unwrap();
        for i in [9, 13, 2, 0, 12] {
            assert_eq!(backward.at(i as f64 / 24.0).unwrap(), cards[i], "frame {i}");
        }
    }

    #[test]
    fn the_last_frame_stands_still_after_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let Some(path) = plate(folder.path(), "plate.mkv", GREEN, LOSSLESS) else { return };
        let mut cameo = Cameo::open_path(&path, &casting(0.0)).unwrap();
        let last = cameo.at((FRAMES - 1) as f64 / 24.0).unwrap();
        assert_eq!(cameo.at(40.0).unwrap(), last);
        let mut cameo = Cameo::open_path(&path, &casting(0.0)).unwrap();
        assert_eq!(cameo.at(40.0).unwrap(), last);
    }

    #[test]
    fn numbered_pictures_play_like_a_movie() {
        let folder = tempfile::tempdir().unwrap();
        let Some(pattern) = plate(folder.path(), "maya.%04d.png", GREEN, "-start_number 1001") else {
            return;
        };
        assert_eq!(pattern_of(&folder.path().join("maya.1001.png")), Some(pattern.clone()));
        assert_eq!(pattern_of(&folder.path().join("maya.1014.png")), None);
        let mut cameo = Cameo::open_path(&pattern, &casting(0.0)).unwrap();
        let left = |card: Card| card.color.data[48 * 128..49 * 128].iter().position(|color| color[3] > 0.5);
        assert_eq!(left(cameo.at(7.0 / 24.0).unwrap()), Some(47));
    }

    #[test]
    fn mistakes_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let Some(path) = plate(folder.path(), "grey.mkv", [90, 90, 90], LOSSLESS) else { return };
        let message = |casting: &Casting| Cameo::open_path(&path, casting).err().unwrap().to_string();
        assert!(message(&casting(0.0)).contains("hardly any green backdrop"), "{}", message(&casting(0.0)));
        assert!(message(&casting(30.0)).contains("plate_from_s"), "{}", message(&casting(30.0)));
        let wrong = Casting { clean_plate: Some(folder.path().join("clean.png")), ..casting(0.0) };
        let small = "-f lavfi -i color=green:size=64x48 -frames:v 1";
        let target = folder.path().join("clean.png");
        let target_name = target.to_string_lossy().into_owned();
        let words: Vec<&str> = small.split(' ').chain([target_name.as_str()]).collect();
        Ffmpeg::of_system().write(&words).unwrap().finish(&target).unwrap();
        assert!(message(&wrong).contains("64×48"), "{}", message(&wrong));
    }

    #[test]
    fn a_voice_begins_where_the_plate_does() {
        let folder = tempfile::tempdir().unwrap();
        let Some(path) = plate(folder.path(), "plate.mkv", GREEN, LOSSLESS) else { return };
        let whole = Voice::read(&path, 0.0).unwrap().unwrap();
        let later = Voice::read(&path, 0.25).unwrap().unwrap();
        assert_eq!(whole.samples.len() - later.samples.len(), 12_000);
        assert_eq!(later.samples[..], whole.samples[12_000..]);
        let Some(silent) = plate(folder.path(), "silent.mkv", GREEN, "-c:v ffv1 -pix_fmt bgr0") else {
            return;
        };
        assert_eq!(Voice::read(&silent, 0.0).unwrap(), None);
    }
}
