//! Pictures of one frame, mixed by predicted weights.
//!
//! There are four candidates a pixel: the frame cleaned by itself, what was gathered, the last finished picture, and that
//! picture brought to the brightness of this frame's neighbourhood, for light that changes everywhere at once. Their
//! weights are a softmax over the head's answer plus what plain accumulation would take, so a head that answers zero
//! accumulates plainly.

use maquette_conditioning::Plane;
use rayon::prelude::*;

use super::{
    evidence::{DARKEST, Views, luminance},
    pyramid::Pyramid,
    shown::Shown,
};

/// Candidates: alone, gathered, shown, shown and brightened.
pub(crate) const CANDIDATES: usize = 4;
/// Blocks of 2^3 pixels are a neighbourhood: a lantern's light falls off over few of them.
const LEVEL: usize = 3;
/// The last picture is brightened or darkened by at most this factor.
const MOST_GAIN: f32 = 2.0;
/// Frames that plain accumulation reaches back.
const PLAIN_AGE: f32 = 8.0;
/// Share that keeps every candidate within the head's reach.
const LEAST: f32 = 1e-4;
/// Ages end here: nothing stays the same for longer.
const OLDEST: f32 = 32.0;

/// The candidates at every pixel.
pub(crate) fn candidates(views: &Views, shown: &Shown) -> Plane<[[f32; 3]; CANDIDATES]> {
    let (width, height) = (shown.age.width(), shown.age.height());
    let darkest = DARKEST * views.mean;
    let mut lanes = Plane::new(width, height);
    lanes.data.par_iter_mut().enumerate().for_each(|(i, lanes)| {
        *lanes = match shown.age.data[i] > 0.0 {
            true => [luminance(&views.alone.data[i]), luminance(&shown.picture.data[i])],
            false => [0.0; 2],
        };
    });
    let neighbourhood = Pyramid::new(lanes, LEVEL);
    let mut candidates = Plane::<[[f32; 3]; CANDIDATES]>::new(width, height);
    candidates.data.par_iter_mut().enumerate().for_each(|(i, candidates)| {
        let (alone, together) = (views.alone.data[i], views.together.data[i]);
        if shown.age.data[i] <= 0.0 {
            *candidates = [alone, together, alone, alone];
            return;
        }
        let [new, old] = neighbourhood.at(LEVEL, i % width, i / width);
        let gain = ((new + darkest) / (old + darkest)).clamp(1.0 / MOST_GAIN, MOST_GAIN);
        let old = shown.picture.data[i];
        *candidates = [alone, together, old, old.map(|value| value * gain)];
    });
    candidates
}

/// Logits of plain accumulation at pixel `i`. Where nothing moves or changes (`gate` 0), the gathered light alone: a mean of
/// cleaned pictures keeps what each of them smeared, a cleaned mean has the detail of all its samples. Elsewhere the
/// gathered light unless it is doubted, and the last picture by its age.
pub(crate) fn plain_logits(views: &Views, shown: &Shown, gate: f32, i: usize) -> [f32; CANDIDATES] {
    let (age, doubt) = (shown.age.data[i], views.doubt.data[i]);
    let new = 1.0 / (age.min(PLAIN_AGE) + 1.0);
    let shares =
        [new * (0.25 + 0.5 * doubt), new * (0.75 - 0.5 * doubt), 0.5 * (1.0 - new), 0.5 * (1.0 - new)];
    let quiet = (1.0 - gate) * (1.0 - doubt);
    let gathered = [0.0, 1.0, 0.0, 0.0];
    std::array::from_fn(|k| (shares[k] + quiet * (gathered[k] - shares[k]) + LEAST).ln())
}

/// Mixes by the head's answer as far as the `gate` lets it be heard, or without one as plain accumulation does.
pub(crate) fn blend(
    views: &Views,
    shown: &Shown,
    candidates: &Plane<[[f32; 3]; CANDIDATES]>,
    gate: &Plane<f32>,
    answer: Option<&Answer>,
) -> Shown {
    let width = candidates.width();
    let mut mixed = Shown::nothing((width, candidates.height()));
    let lit = mixed.picture.data.par_iter_mut().zip(&mut mixed.lamps.data);
    lit.zip(&mut mixed.age.data).enumerate().for_each(|(i, ((pixel, lamps), age))| {
        let mut logits = plain_logits(views, shown, gate.data[i], i);
        if let Some(answer) = answer {
            answer.add(&mut logits, gate.data[i], [i % width, i / width]);
        }
        let weights = softmax(logits);
        let from = &candidates.data[i];
        *pixel = std::array::from_fn(|c| from.iter().zip(weights).map(|(color, w)| w * color[c]).sum());
        let kept = weights[2] + weights[3];
        let (before, now) = (&shown.lamps.data[i], &views.lamps.data[i]);
        *lamps = std::array::from_fn(|c| now[c] + (before[c] - now[c]) * kept);
        *age = grown(shown.age.data[i], kept);
    });
    mixed
}

/// Age after a frame in which the past had the weight `kept`: one over the variance, with a frame's own as 1.
fn grown(age: f32, kept: f32) -> f32 {
    if age <= 0.0 {
        return 1.0;
    }
    1.0 / ((1.0 - kept).powi(2) + kept * kept / age.max(0.5)).max(1.0 / OLDEST)
}

/// What the head said: `CANDIDATES` planes of `size`, padded at the right and the bottom.
pub(crate) struct Answer {
    pub(crate) values: Vec<f32>,
    pub(crate) size: [usize; 2],
}

impl Answer {
    fn add(&self, logits: &mut [f32; CANDIDATES], gate: f32, [x, y]: [usize; 2]) {
        let [width, height] = self.size;
        for (candidate, logit) in logits.iter_mut().enumerate() {
            *logit += gate * self.values[(candidate * height + y) * width + x];
        }
    }
}

fn softmax(logits: [f32; CANDIDATES]) -> [f32; CANDIDATES] {
    let most = logits.iter().fold(f32::NEG_INFINITY, |most, &logit| most.max(logit));
    let shares = logits.map(|logit| (logit - most).exp());
    let total: f32 = shares.iter().sum();
    shares.map(|share| share / total)
}
