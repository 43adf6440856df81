//! A generated frame to the exposure and colour of the set's.
//!
//! A video model keeps neither: its brightness and tint drift from window to window. The set's finished frame is physical and
//! does not drift, so its low frequencies replace the generated frame's, thing by thing, by a smooth gain a channel; texture,
//! which is what the model is asked for, stays. So may what a thing is painted in the whole shot (`paint`): that is no drift. Light
//! that the display curve could not hold comes back where both frames agree that there is some.

use maquette_conditioning::Plane;

use super::gain::{Things, log_gain};
use super::{DISPLAY_LIMIT, GuideFrame, Paint};
use crate::Error;

/// At an outline the blur sees one side only and a gain found once falls short of a slope there; each further pass finds what
/// is left.
const PASSES: usize = 3;
/// Natural logarithms of the least and the largest gain of a cube root; of light they are 1/64 and 16. So black is not turned
/// into noise.
const LIMITS: (f32, f32) = (-1.386, 0.924);

/// A gain spreads over an outline by this fraction of the picture's shorter side.
const FEATHER: usize = 160;

/// `generated` (scene-linear, exposed, as [`super::decode`] gives it) with the set's low frequencies at `strength` 0 to 1; at 0
/// it is returned as it is. What `paint` holds stays. Every frame by itself: equal frames give equal results.
///
/// Errors: a picture of another size than the guide.
pub(crate) fn relock(
    generated: &Plane<[f32; 3]>,
    guide: &GuideFrame,
    paint: &Paint,
    strength: f32,
) -> Result<Plane<[f32; 3]>, Error> {
    check(generated, guide)?;
    if strength == 0.0 {
        return Ok(generated.clone());
    }
    let physical = guide.light();
    let things = Things::new(guide.object_id());
    let (from, mut to) = (roots(generated), roots(&physical));
    for (value, id) in to.data.iter_mut().zip(&guide.object_id.data) {
        let painted = paint.of(*id);
        (0..3).for_each(|channel| value[channel] *= painted[channel]);
    }
    let mut gain: Plane<[f32; 3]> = Plane::new(generated.width(), generated.height());
    for _ in 0..PASSES {
        let missing = log_gain(&applied(&from, &gain, 1.0), &to, &things);
        for (sum, more) in gain.data.iter_mut().flatten().zip(missing.data.as_flattened()) {
            *sum = (*sum + more).clamp(LIMITS.0, LIMITS.1);
        }
    }
    let mut relocked = applied(generated, &feathered(&gain), 3.0 * strength);
    let lights = generated.data.as_flattened().iter().zip(physical.data.as_flattened());
    for (value, (&made, &light)) in relocked.data.iter_mut().flatten().zip(lights) {
        let share = strength * highlight(made.max(*value), light);
        if share > 0.0 {
            *value *= (light / *value).powf(share);
        }
    }
    Ok(relocked)
}

/// Whether both have one size.
pub(super) fn check(generated: &Plane<[f32; 3]>, guide: &GuideFrame) -> Result<(), Error> {
    let (width, height) = (generated.width(), generated.height());
    let (expected_width, expected_height) = (guide.width(), guide.height());
    if (width, height) == (expected_width, expected_height) {
        return Ok(());
    }
    Err(Error::Size { plane: "generated", width, height, expected_width, expected_height })
}

/// Cube roots of light, as far as the display shows it. NaN counts as black.
#[expect(clippy::manual_clamp, reason = "clamp would keep NaN")]
pub(super) fn roots(light: &Plane<[f32; 3]>) -> Plane<[f32; 3]> {
    light.map(|light| light.map(|value| value.max(0.0).min(DISPLAY_LIMIT).cbrt()))
}

/// `picture` times the exponential of `factor` gains.
fn applied(picture: &Plane<[f32; 3]>, log_gain: &Plane<[f32; 3]>, factor: f32) -> Plane<[f32; 3]> {
    let mut result = picture.clone();
    for (value, gain) in result.data.iter_mut().flatten().zip(log_gain.data.as_flattened()) {
        *value *= (factor * gain).exp();
    }
    result
}

/// How much of a pixel is the physical light's, 0 to 1: where that is brighter than the display curve can hold and the generated
/// light is bright, too, from a quarter of the limit on.
fn highlight(generated: f32, physical: f32) -> f32 {
    if physical <= DISPLAY_LIMIT {
        return 0.0;
    }
    let bright = ((4.0 * generated / DISPLAY_LIMIT - 1.0) / 3.0).clamp(0.0, 1.0);
    bright * bright * (3.0 - 2.0 * bright)
}

/// Blurred over a few pixels: a generated picture's outlines lie that far from the set's, and a gain that changes at once would
/// draw the set's into it.
fn feathered(plane: &Plane<[f32; 3]>) -> Plane<[f32; 3]> {
    let (width, height) = (plane.width(), plane.height());
    let radius = (width.min(height) / FEATHER).max(1) as isize;
    let along = |plane: &Plane<[f32; 3]>, across: isize, down: isize| {
        let mut soft = plane.clone();
        for (i, value) in soft.data.iter_mut().enumerate() {
            let (x, y) = ((i % width) as isize, (i / width) as isize);
            *value = [0.0; 3];
            for step in -radius..=radius {
                let column = (x + step * across).clamp(0, width as isize - 1);
                let row = (y + step * down).clamp(0, height as isize - 1);
                let from = plane.at(column as usize, row as usize);
                let weight = (radius + 1 - step.abs()) as f32 / (radius + 1).pow(2) as f32;
                (0..3).for_each(|channel| value[channel] += weight * from[channel]);
            }
        }
        soft
    };
    along(&along(plane, 1, 0), 0, 1)
}

#[cfg(test)]
mod tests {
    use super::super::frame::tests::{Shown, lit, set};
    use super::super::{decode, encode};
    use super::*;

    const SIZE: (usize, usize) = (416, 240);

    /// −1 to 1, of no period, of its own for each `seed`.
    fn noise(x: usize, y: usize, seed: u32) -> f32 {
        let mut hash = (x as u32).wrapping_mul(0x9e37_79b9)
            ^ (y as u32).wrapping_mul(0x85eb_ca6b)
            ^ seed.wrapping_mul(0xc2b2_ae35);
        for _ in 0..2 {
            hash = (hash ^ (hash >> 15)).wrapping_mul(0x2c1b_3c6d);
        }
        (hash >> 8) as f32 / 8_388_608.0 - 1.0
    }

    /// A bright wall, a dark door and a blue floor.
    fn room() -> GuideFrame {
        set(SIZE.0, SIZE.1, |x, y| {
            let door = (180..300).contains(&x) && y > 60;
            let (id, light) = match () {
                () if y >= 180 => (3, [0.05, 0.08, 0.3]),
                () if door => (2, [0.04, 0.02, 0.01]),
                () => (1, [0.9, 0.7, 0.5]),
            };
            let shade = 1.0 + 0.3 * (x as f32 / 140.0).sin() * (y as f32 / 100.0).cos();
            Shown { depth: 3.0, id, normal: [0.0, 0.0, 1.0], light: light.map(|value| shade * value) }
        })
    }

    fn times(plane: &Plane<[f32; 3]>, factor: impl Fn(usize, usize, u32) -> [f32; 3]) -> Plane<[f32; 3]> {
        let ids = room();
        let mut result = plane.clone();
        for (i, value) in result.data.iter_mut().enumerate() {
            let factor = factor(i % SIZE.0, i / SIZE.0, ids.object_id.data[i]);
            (0..3).for_each(|channel| value[channel] *= factor[channel]);
        }
        result
    }

    fn worst(a: &Plane<[f32; 3]>, b: &Plane<[f32; 3]>) -> f32 {
        let pairs = a.data.as_flattened().iter().zip(b.data.as_flattened());
        pairs.map(|(a, b)| (a / b - 1.0).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn a_physical_frame_under_a_smooth_gain_and_tint_becomes_physical_again() {
        let guide = room();
        let physical = guide.light();
        let drifts: [&dyn Fn(usize, usize, u32) -> [f32; 3]; 3] = [
            &|_, _, _| [1.6, 1.1, 0.5],
            &|x, y, _| [0.7, 0.9, 1.2].map(|tint| tint * (0.002 * x as f32 - 0.0015 * y as f32).exp()),
            &|x, y, _| [1.0 + 0.3 * (x as f32 / 132.0).sin() * (y as f32 / 120.0).cos(); 3],
        ];
        for (i, drift) in drifts.into_iter().enumerate() {
            let relocked = relock(&times(&physical, drift), &guide, &Paint::default(), 1.0).unwrap();
            let worst = worst(&relocked, &physical);
            assert!(worst < 0.02, "{i}: {worst}");
        }
    }

    #[test]
    fn strength_zero_is_the_generated_frame_and_half_goes_half_the_way() {
        let guide = room();
        let generated = times(&guide.light(), |x, y, _| [1.5 + 0.2 * noise(x, y, 1), 1.2, 0.8]);
        assert!(relock(&generated, &guide, &Paint::default(), 0.0).unwrap() == generated);
        let quadrupled = times(&guide.light(), |_, _, _| [4.0; 3]);
        let halfway = relock(&quadrupled, &guide, &Paint::default(), 0.5).unwrap();
        assert!(worst(&halfway, &times(&guide.light(), |_, _, _| [2.0; 3])) < 0.02);
    }

    #[test]
    fn things_keep_their_texture_and_get_their_physical_mean() {
        let guide = room();
        let texture = |x, y| 1.0 + 0.35 * noise(x, y, 2);
        let tints = [[0.0; 3], [0.7, 0.8, 1.0], [2.0, 1.5, 3.0], [1.0, 1.5, 0.4]];
        let generated = times(&guide.light(), |x, y, id| tints[id as usize].map(|tint| tint * texture(x, y)));
        let relocked = relock(&generated, &guide, &Paint::default(), 1.0).unwrap();
        for id in 1..=3 {
            let [got, meant] = [&relocked, &guide.light()].map(|plane| mean(plane, &guide, id));
            assert!((0..3).all(|c| (got[c] / meant[c] - 1.0).abs() < 0.03), "{id}: {got:?} for {meant:?}");
        }
        let [kept, had] = [&relocked, &generated].map(|plane| grain(plane, &guide));
        assert!((0.9..1.1).contains(&(kept / had)), "{kept} of {had}");
    }

    fn mean(plane: &Plane<[f32; 3]>, guide: &GuideFrame, id: u32) -> [f32; 3] {
        let own = || {
            plane.data.iter().zip(&guide.object_id.data).filter(|&(_, &of)| of == id).map(|(value, _)| value)
        };
        std::array::from_fn(|c| own().map(|value| value[c]).sum::<f32>() / own().count() as f32)
    }

    /// Mean squared logarithm of the step from pixel to pixel within a thing.
    fn grain(plane: &Plane<[f32; 3]>, guide: &GuideFrame) -> f32 {
        let ids = &guide.object_id.data;
        let inner = (0..ids.len() - 1).filter(|&i| ids[i] == ids[i + 1] && (i + 1) % SIZE.0 != 0);
        inner.map(|i| (plane.data[i + 1][1] / plane.data[i][1]).ln().powi(2)).sum::<f32>() / ids.len() as f32
    }

    #[test]
    fn highlights_that_the_display_clipped_become_as_bright_as_they_are() {
        let lamp = |x: usize, y: usize| x.abs_diff(200) < 16 && y.abs_diff(120) < 16;
        let guide = set(SIZE.0, SIZE.1, |x, y| {
            let (id, light) = if lamp(x, y) { (2, [44.0, 30.0, 9.0]) } else { (1, [0.2; 3]) };
            Shown { depth: 3.0, id, normal: [0.0, 0.0, 1.0], light }
        });
        let physical = guide.light();
        for exposure in [1.0, 0.6, 1.5] {
            let exposed = physical.map(|light| light.map(|value| exposure * value));
            let relocked = relock(&decode(&encode(&exposed)), &guide, &Paint::default(), 1.0).unwrap();
            let lamps = relocked.data.iter().zip(&physical.data).filter(|(_, light)| light[0] > 8.0);
            for (got, meant) in lamps {
                assert!((0..3).all(|c| (got[c] / meant[c] - 1.0).abs() < 0.02), "{exposure}: {got:?}");
            }
        }
        // A wall that was made where the lamp is does not glow.
        let wall = lit(SIZE.0, SIZE.1, |_, _| [0.2; 3]).light();
        let dull = relock(&wall, &guide, &Paint::default(), 1.0).unwrap();
        assert!(dull.data.iter().all(|value| value[0] < DISPLAY_LIMIT));
    }

    #[test]
    fn black_stays_finite_on_either_side() {
        let guide = room();
        let black = Plane::new(SIZE.0, SIZE.1);
        assert!(relock(&black, &guide, &Paint::default(), 1.0).unwrap() == black);
        let night = lit(SIZE.0, SIZE.1, |_, _| [0.0; 3]);
        let dimmed = relock(&guide.light(), &night, &Paint::default(), 1.0).unwrap();
        let brightest = dimmed.data.as_flattened().iter().fold(0.0f32, |most, &value| most.max(value));
        assert!(brightest < 0.02, "{brightest}");
    }

    #[test]
    fn texture_that_changes_every_frame_hardly_moves_the_gain() {
        let guide = room();
        let frames: Vec<f32> = (0..12)
            .map(|frame| {
                let generated = times(&guide.light(), |x, y, _| [1.0 + 0.3 * noise(x / 4, y / 4, frame); 3]);
                let relocked = relock(&generated, &guide, &Paint::default(), 1.0).unwrap();
                // The gain at the middle of the door.
                relocked.at(240, 120)[1] / generated.at(240, 120)[1]
            })
            .collect();
        let mean = frames.iter().sum::<f32>() / 12.0;
        let deviation = (frames.iter().map(|gain| (gain - mean).powi(2)).sum::<f32>() / 12.0).sqrt() / mean;
        assert!(deviation < 0.03, "{frames:?}");
    }

    #[test]
    fn a_thing_that_grows_into_view_gets_its_gain_gradually() {
        let gains: Vec<f32> = (1..24)
            .map(|width| {
                let guide = set(SIZE.0, SIZE.1, |x, y| {
                    let id = if (200..200 + width).contains(&x) && y.abs_diff(120) < 8 { 2 } else { 1 };
                    Shown { depth: 3.0, id, normal: [0.0, 0.0, 1.0], light: [0.2; 3] }
                });
                let mut generated = guide.light();
                for (value, &id) in generated.data.iter_mut().zip(&guide.object_id.data) {
                    *value = if id == 2 { [0.4; 3] } else { [0.2; 3] };
                }
                relock(&generated, &guide, &Paint::default(), 1.0).unwrap().at(200 + width / 2, 120)[0] / 0.4
            })
            .collect();
        assert!(gains.windows(2).all(|pair| (pair[1] / pair[0] - 1.0).abs() < 0.14), "{gains:?}");
        assert!(gains[0] > 0.95 && gains[22] < 0.53, "{gains:?}");
    }

    #[test]
    fn equal_frames_give_equal_results_whatever_was_before() {
        let (guide, number) = (room(), 1008);
        let later = GuideFrame { number, ..guide.clone() };
        let generated = times(&guide.light(), |x, y, _| [1.4 + 0.3 * noise(x, y, 5), 0.8, 1.1]);
        let first = relock(&generated, &guide, &Paint::default(), 0.7).unwrap();
        relock(&guide.light(), &guide, &Paint::default(), 1.0).unwrap();
        assert!(relock(&generated, &later, &Paint::default(), 0.7).unwrap() == first);
    }

    #[test]
    fn a_picture_of_another_size_is_an_error() {
        let problem = relock(&Plane::new(3, 3), &room(), &Paint::default(), 1.0).unwrap_err().to_string();
        assert!(problem.contains("generated") && problem.contains("3×3"), "{problem}");
    }
}
