//! Automatic exposure: one value a shot, metered on its first frame.

use maquette_conditioning::{FIRST_FRAME, Moment, exposure_factor};
use maquette_stage::Stage;
use maquette_tracer::{PixelFilter, Settings, Tracer};

use crate::Error;

/// Width of the metering picture; its noise averages out over thousands of pixels.
const METER_WIDTH: usize = 96;
const METER_SAMPLES: u32 = 16;
/// Where the picture's log-average lands: 18 % grey, the tone curve's middle.
const MIDDLE_GREY: f32 = 0.18;
/// Darkest luminance the meter sees, in nits: a starlit night.
const DARKEST_NITS: f32 = 1e-4;

/// The shot's EV100: the camera's own, or else metered on the shot's first frame, whichever frames are asked for.
pub(crate) fn shot_ev100(
    stage: &mut Stage,
    tracer: &mut Tracer,
    shot: &str,
    size: (usize, usize),
    seed: u64,
) -> Result<f32, Error> {
    let first = stage.moment(shot, FIRST_FRAME)?;
    match first.camera.ev100 {
        Some(ev100) => Ok(ev100),
        None => metered(tracer, &first, size, seed),
    }
}

fn metered(tracer: &mut Tracer, moment: &Moment, size: (usize, usize), seed: u64) -> Result<f32, Error> {
    let height = (METER_WIDTH * size.1 / size.0).clamp(1, 4 * METER_WIDTH);
    let settings = Settings {
        width: METER_WIDTH,
        height,
        samples: METER_SAMPLES,
        first_sample: 0,
        seed,
        max_bounces: 4,
        filter: PixelFilter::Box,
        ..Settings::default()
    };
    let light = tracer.trace(moment, &settings)?.light.total();
    Ok(ev100_of(&light.data))
}

/// EV100 that puts the log-average luminance at mid grey.
fn ev100_of(nits: &[[f32; 3]]) -> f32 {
    let luminance = |[r, g, b]: &[f32; 3]| 0.2126 * r + 0.7152 * g + 0.0722 * b;
    let log_sum: f64 = nits.iter().map(|p| f64::from(luminance(p).max(DARKEST_NITS).log2())).sum();
    let log_mean = (log_sum / nits.len().max(1) as f64) as f32;
    log_mean - MIDDLE_GREY.log2() + exposure_factor(0.0).log2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_card_comes_out_middle_grey_and_full_sun_meters_near_ev_15() {
        let ev100 = ev100_of(&[[4096.0; 3]; 4]);
        assert!((4096.0 * exposure_factor(ev100) - 0.18).abs() < 1e-4);
        // 4096 nits is a grey card in full sun: "sunny 16" says EV 15, within the meter's tolerance of a stop.
        assert!((ev100 - 15.0).abs() < 1.0);
    }

    #[test]
    fn twice_the_light_is_one_stop_more() {
        assert!((ev100_of(&[[8.0; 3]]) - ev100_of(&[[4.0; 3]]) - 1.0).abs() < 1e-5);
        assert!(ev100_of(&[[0.0; 3]]).is_finite());
    }
}
