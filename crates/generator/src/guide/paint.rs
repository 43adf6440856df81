//! What a model painted things in, over a whole shot.
//!
//! Words may turn a grey wall red; that is what the model is asked for. It is told from drift by time and place: a thing's own
//! paint is how its mean over the shot differs from the set's, less how that of most of the picture does, which is the shot's
//! exposure and tint and belongs to the set. Means are those of cube roots of light, as the eye sees it.

use std::collections::BTreeMap;

use maquette_conditioning::Plane;

use super::GuideFrames;
use super::relock::{check, roots};
use crate::Error;

/// Frames of a shot that are looked at, evenly spread.
const MOST_FRAMES: usize = 9;

/// A mean cube root below this is black and has no colour.
const BLACK: f64 = 0.004;

/// How each thing is painted beside how the set has it. The default is: as the set has it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Paint(BTreeMap<u32, [f32; 3]>);

/// Sums of cube roots of light.
#[derive(Default)]
struct Sums {
    pixels: f64,
    generated: [f64; 3],
    set: [f64; 3],
}

impl Paint {
    /// Of a shot's generated frames, `generated(index)` each; all of it at `strength` 1, nothing at 0.
    ///
    /// Errors: a picture of another size than its guide.
    pub(crate) fn of_shot(
        guides: &dyn GuideFrames,
        strength: f32,
        generated: impl Fn(usize) -> Plane<[f32; 3]>,
    ) -> Result<Self, Error> {
        if strength == 0.0 {
            return Ok(Self::default());
        }
        let mut things = BTreeMap::<u32, Sums>::new();
        let count = guides.count().min(MOST_FRAMES);
        for index in (0..count).map(|sample| sample * guides.count() / count) {
            let (guide, generated) = (guides.guide(index)?, generated(index));
            check(&generated, &guide)?;
            let (generated, set) = (roots(&generated), roots(&guide.light()));
            for ((made, set), id) in generated.data.iter().zip(&set.data).zip(&guide.object_id().data) {
                things.entry(*id).or_default().add(made, set);
            }
        }
        let all = median(&things);
        let own = |sums: &Sums| {
            let ratio = sums.ratio();
            std::array::from_fn(|channel| (ratio[channel] / all[channel]).powf(f64::from(strength)) as f32)
        };
        Ok(Self(things.iter().map(|(id, sums)| (*id, own(sums))).collect()))
    }

    /// What the cube root of a thing's light is multiplied with.
    pub(super) fn of(&self, id: u32) -> [f32; 3] {
        self.0.get(&id).copied().unwrap_or([1.0; 3])
    }
}

impl Sums {
    fn add(&mut self, generated: &[f32; 3], set: &[f32; 3]) {
        self.pixels += 1.0;
        (0..3).for_each(|channel| self.generated[channel] += f64::from(generated[channel]));
        (0..3).for_each(|channel| self.set[channel] += f64::from(set[channel]));
    }

    /// Mean of the generated over mean of the set.
    fn ratio(&self) -> [f64; 3] {
        let floor = BLACK * self.pixels;
        std::array::from_fn(|channel| (self.generated[channel] + floor) / (self.set[channel] + floor))
    }
}

/// The ratio that half of the pixels' things have at most, by channel.
fn median(things: &BTreeMap<u32, Sums>) -> [f64; 3] {
    let half = things.values().map(|sums| sums.pixels).sum::<f64>() / 2.0;
    std::array::from_fn(|channel| {
        let mut ratios: Vec<(f64, f64)> =
            things.values().map(|sums| (sums.ratio()[channel], sums.pixels)).collect();
        ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut seen = 0.0;
        let found = ratios.iter().find(|(_, pixels)| {
            seen += pixels;
            seen >= half
        });
        found.map_or(1.0, |(ratio, _)| *ratio)
    })
}

#[cfg(test)]
mod tests {
    use super::super::GuideFrame;
    use super::super::frame::tests::{Shown, set};
    use super::super::relock;
    use super::*;

    const SIZE: (usize, usize) = (416, 240);

    /// A wall with a panel on it, both grey.
    fn guide() -> GuideFrame {
        set(SIZE.0, SIZE.1, |x, y| {
            let id = if (120..280).contains(&x) && (60..180).contains(&y) { 2 } else { 1 };
            Shown { depth: 3.0, id, normal: [0.0, 0.0, 1.0], light: [0.3; 3] }
        })
    }

    /// The set with a panel painted red, under a drift of exposure.
    fn red(guide: &GuideFrame, exposure: f32) -> Plane<[f32; 3]> {
        let mut picture = guide.light();
        for (value, id) in picture.data.iter_mut().zip(&guide.object_id().data) {
            let paint = if *id == 2 { [1.2, 0.3, 0.2] } else { [1.0; 3] };
            *value = std::array::from_fn(|channel| exposure * paint[channel] * value[channel]);
        }
        picture
    }

    fn ratio(picture: &Plane<[f32; 3]>, at: (usize, usize)) -> [f32; 3] {
        picture.at(at.0, at.1).map(|value| value / 0.3)
    }

    #[test]
    fn paint_that_stays_for_the_shot_is_kept_and_drift_is_not() {
        let exposures = [0.8, 1.0, 1.25];
        let guides = vec![guide(); 3];
        let generated = |index: usize| red(&guides[index], exposures[index]);
        let paint = Paint::of_shot(&guides, 1.0, generated).unwrap();
        let panels: Vec<[f32; 3]> = (0..3)
            .map(|index| ratio(&relock(&generated(index), &guides[index], &paint, 1.0).unwrap(), (200, 120)))
            .collect();
        for panel in &panels {
            assert!((panel[0] / panel[1] - 4.0).abs() < 0.25, "red stays red: {panel:?}");
            let drift =
                (0..3).map(|channel| (panel[channel] / panels[1][channel] - 1.0).abs()).fold(0.0, f32::max);
            assert!(drift < 0.02, "no frame is brighter than another: {panels:?}");
        }
    }

    #[test]
    fn without_strength_everything_is_painted_as_the_set_has_it() {
        let guides = vec![guide()];
        let generated = |_| red(&guides[0], 1.3);
        let paint = Paint::of_shot(&guides, 0.0, generated).unwrap();
        assert_eq!(paint, Paint::default());
        let panel = ratio(&relock(&generated(0), &guides[0], &paint, 1.0).unwrap(), (200, 120));
        assert!(panel.iter().all(|value| (value - 1.0).abs() < 0.03), "{panel:?}");
    }

    #[test]
    fn the_whole_pictures_exposure_and_tint_are_no_paint() {
        let guides = vec![guide()];
        let tinted = |_| guides[0].light().map(|light| [1.5 * light[0], light[1], 0.6 * light[2]]);
        let paint = Paint::of_shot(&guides, 1.0, tinted).unwrap();
        let relocked = relock(&tinted(0), &guides[0], &paint, 1.0).unwrap();
        for at in [(20, 20), (200, 120)] {
            let light = ratio(&relocked, at);
            assert!(light.iter().all(|value| (value - 1.0).abs() < 0.02), "{light:?}");
        }
    }
}
