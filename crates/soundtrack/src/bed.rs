//! Music and backgrounds that no room shapes, laid under the scene as they are.

use glam::Vec3;
use maquette_conditioning::{Bed, Channels, Clip, SAMPLE_RATE_HZ};

use crate::{Error, ambience::ambience, clip, dry::Dry, ears::Listening, level, slide::slide, stem::Hearing};

/// A bed over the range that is heard. Its two channels are the first two of any loudspeakers or headphones; in Ambisonics they come
/// from 30° left and right of ahead, where loudspeakers stand (ITU-R BS.775).
pub(crate) fn heard(bed: &Bed, hearing: &Hearing<'_>) -> Result<Channels, Error> {
    let pair = pair(bed)?;
    let gain = level::pair_gain(&pair, bed.level_db_spl);
    let looped = bed.looped || matches!(bed.clip, Clip::Ambience { .. });
    let mut channels = Channels::silent(hearing.listening.layout(), hearing.length);
    for (side, samples) in pair.into_iter().enumerate() {
        let samples: Vec<f32> = samples.into_iter().map(|sample| gain * sample).collect();
        let dry = Dry { samples: samples.into(), start_s: bed.start_s, looped };
        let first = ((hearing.from_s - bed.start_s) * f64::from(SAMPLE_RATE_HZ)).round() as i64;
        let window = dry.window(first, hearing.length);
        if let Listening::AmbiX | Listening::AmbiX3 = hearing.listening {
            let across = if side == 0 { -0.5 } else { 0.5 };
            hearing.listening.project(Vec3::new(across, 0.0, -(0.75f32.sqrt())), &window, &mut channels);
        } else {
            channels.channels[side] = window;
        }
    }
    Ok(channels)
}

fn pair(bed: &Bed) -> Result<[Vec<f32>; 2], Error> {
    Ok(match &bed.clip {
        Clip::File(path) => clip::load_stereo(path)?,
        Clip::Samples(samples) => {
            let samples = clip::checked(samples.to_vec(), &bed.name)?;
            [samples.clone(), samples]
        }
        // Two of a kind that are unrelated: as wide as the background itself.
        Clip::Ambience { kind, seed } => [ambience(*kind, 2 * *seed), ambience(*kind, 2 * *seed + 1)],
        Clip::Slide(rubbed) => {
            let samples = slide(rubbed, &bed.name);
            [samples.clone(), samples]
        }
    })
}
