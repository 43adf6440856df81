//! Files to the marks that are in their pixels and samples.

use std::{fmt::Display, path::Path};

use maquette_conditioning::{Frame, SAMPLE_RATE_HZ};
use maquette_delivery::{ToneMap, grade, read_exr};
use maquette_media::{PixelFormat, Reading, probe, read_frames, read_samples};
use maquette_provenance::{
    credential::{Medium, Sighting},
    home,
    mark::{InstallKey, PublicKey, audio, video::Detector},
};

/// Frames of a movie that are looked at together: twenty seconds.
const STRETCH: usize = 480;

/// Looks for marks in a picture, a movie or a sound.
pub(crate) fn find(path: &Path) -> Result<Vec<Sighting>, String> {
    let mut found = Vec::new();
    if path.extension().is_some_and(|ending| ending == "exr") {
        return Ok(light(path)?.into_iter().collect());
    }
    std::fs::metadata(path).map_err(words)?;
    let holds = probe(path).map_err(not_media)?;
    if holds.picture.is_some() {
        found.extend(picture(path)?);
    }
    if holds.sound.is_some() {
        let channels = read_samples(path, SAMPLE_RATE_HZ).map_err(words)?;
        found.extend(audio::detect(&channels, PublicKey::SOUND).map(|found| Sighting {
            medium: Medium::Sound,
            id: Some(found.id),
            likely_id: found.id,
            confidence: found.confidence,
        }));
    }
    Ok(found)
}

fn picture(path: &Path) -> Result<Option<Sighting>, String> {
    let mut frames = read_frames(path, &Reading::all(PixelFormat::Luma8)).map_err(words)?;
    let (width, height) = (frames.picture.width, frames.picture.height);
    // Stretch by stretch, as a mark may begin anywhere; the first that is found tells enough.
    loop {
        let (mut detector, mut seen) = (Detector::new(PublicKey::PICTURE), 0);
        for frame in frames.by_ref().take(STRETCH) {
            detector.add(&frame.map_err(words)?, width, height);
            seen += 1;
        }
        let found = sighting(&detector);
        if found.is_some() || seen < STRETCH {
            return Ok(found);
        }
    }
}

/// A scene-linear picture, as a screen would show it.
fn light(path: &Path) -> Result<Option<Sighting>, String> {
    let color = read_exr(path).map_err(words)?.color;
    let screen = grade(&Frame { number: 0, color, ev100: 0.0 }, ToneMap::Agx);
    let luma = |[r, g, b]: &[u8; 3]| {
        (0.2126 * f32::from(*r) + 0.7152 * f32::from(*g) + 0.0722 * f32::from(*b)).round() as u8
    };
    let mut detector = Detector::new(PublicKey::PICTURE);
    detector.add(&screen.data.iter().map(luma).collect::<Vec<u8>>(), screen.width(), screen.height());
    Ok(sighting(&detector))
}

/// The number is told as a fact where the mark stands out, or where this installation's own key confirms it.
fn sighting(detector: &Detector) -> Option<Sighting> {
    let found = detector.finish()?;
    let id = found.payload.id;
    let is_sure = found.is_read() || own_key().is_some_and(|key| found.payload.is_by(&key));
    let confidence = found.confidence;
    Some(Sighting { medium: Medium::Picture, id: is_sure.then_some(id), likely_id: id, confidence })
}

/// This installation's key, if it has one: looking for marks makes none.
fn own_key() -> Option<InstallKey> {
    let path = InstallKey::path_in(&home::data_folder()?);
    path.is_file().then(|| InstallKey::read_or_make(&path).ok())?
}

/// What keeps a file that is there from being looked at.
fn not_media(error: maquette_media::Error) -> String {
    match error {
        maquette_media::Error::Ffmpeg { .. } => {
            "not a picture, movie or sound that ffmpeg can read; only those carry marks".to_owned()
        }
        other => other.to_string(),
    }
}

fn words(error: impl Display) -> String {
    error.to_string()
}
