//! What the head is shown: how far this frame's light differs from the remembered, and how much of that is noise.
//!
//! A single pixel of a few samples says little, so differences are taken over blocks of 2 to 16 pixels and divided by
//! the noise expected there: pure noise gives values of about 1 at every scale and exposure.

use maquette_conditioning::{GBuffer, Plane};
use rayon::prelude::*;

use super::{
    pyramid::Pyramid,
    reproject::Warped,
    texel::{DIFFUSE, OTHER, SECOND, Texel, VARIANCE, luminance},
};

/// Channels of the evidence.
pub(crate) const CHANNELS: usize = 22;
/// Scales of the differences: blocks of 2, 4, 8, 16 pixels.
const LEVELS: usize = 4;
/// Least weight of the new frame, so that memory reaches back about this many frames' inverse.
const LEAST_WEIGHT: f32 = 1.0 / 40.0;
/// From this relative variance (in frames) on, the remembered second moment tells the noise.
const SETTLED: f32 = 0.26;

/// Channels of the differences over 4, 8 and 16 pixels, for each kind of light.
const SURPRISES: [[usize; 3]; 2] = [[2, 6, 8], [4, 7, 10]];
/// Inverse hyperbolic sine of 2 and of 4 standard deviations: up to here it is noise, from there on a change.
const NOISE: f32 = 1.44;
const CHANGE: f32 = 2.09;

/// The evidence at one pixel.
pub(crate) type Evidence = [f32; CHANNELS];

/// Weight of the new frame if nothing changed, for each kind of light: the one of least variance.
pub(crate) fn still_weight(now: &Texel, remembered: &Texel) -> [f32; 2] {
    [0, 1].map(|kind| {
        let (new, old) = (now[VARIANCE + kind], remembered[VARIANCE + kind]);
        (old / (new + old)).max(LEAST_WEIGHT)
    })
}

/// How far the head is heard, 0 to 1, for each kind of light: not at all where the difference is what noise makes.
///
/// Without this the head would follow the noise of its own evidence, and a still picture would flicker.
pub(crate) fn gate(evidence: &Evidence) -> [f32; 2] {
    SURPRISES.map(|channels| {
        let most = channels.iter().fold(0.0, |most: f32, &channel| most.max(evidence[channel].abs()));
        ((most - NOISE) / (CHANGE - NOISE)).clamp(0.0, 1.0)
    })
}

/// The evidence at every pixel. `scale` brings nits to about 1.
pub(crate) fn evidence(
    now: &Plane<Texel>,
    warped: &Warped,
    gbuffer: &GBuffer,
    scale: f32,
) -> Plane<Evidence> {
    let (width, height) = (now.width(), now.height());
    let spread = Pyramid::new(now.map(spread_lanes), 2);
    let noise: Vec<[f32; 2]> = (0..width * height)
        .into_par_iter()
        .map(|i| noise(&now.data[i], &warped.texels.data[i], &spread.at(2, i % width, i / width)))
        .collect();
    let mut lanes = Plane::new(width, height);
    lanes.data.par_iter_mut().enumerate().for_each(|(i, lanes)| {
        *lanes = difference_lanes(&now.data[i], &warped.texels.data[i], warped.valid.data[i], noise[i]);
    });
    let differences = Pyramid::new(lanes, LEVELS);
    let mut evidence = Plane::from_vec(width, height, vec![[0.0; CHANNELS]; width * height])
        .unwrap_or_else(|| unreachable!());
    evidence.data.par_iter_mut().enumerate().for_each(|(i, evidence)| {
        let pixel = Pixel {
            now: &now.data[i],
            warped: &warped.texels.data[i],
            valid: warped.valid.data[i],
            noise: noise[i],
            scale,
        };
        *evidence = pixel.evidence(&differences, gbuffer, [i % width, i / width]);
    });
    evidence
}

/// Mean and mean square of each luminance, for the spread inside a frame.
fn spread_lanes(texel: &Texel) -> [f32; 4] {
    let [diffuse, other] = [DIFFUSE, OTHER].map(|first| luminance(texel, first));
    [diffuse, other, diffuse * diffuse, other * other]
}

/// Variance of one frame's luminance: over time once enough is remembered, else over the neighbourhood.
fn noise(now: &Texel, remembered: &Texel, spread: &[f32; 4]) -> [f32; 2] {
    [0, 1].map(|kind| {
        let frames = remembered[VARIANCE + kind] / now[VARIANCE + kind];
        let mean = luminance(remembered, [DIFFUSE, OTHER][kind]);
        match frames <= SETTLED {
            true => (remembered[SECOND + kind] - mean * mean).max(0.0),
            false => (spread[2 + kind] - spread[kind] * spread[kind]).max(0.0),
        }
    })
}

/// Difference, its expected variance and the new light, for each kind; and whether it counts.
fn difference_lanes(now: &Texel, remembered: &Texel, valid: f32, noise: [f32; 2]) -> [f32; 7] {
    let counts = if valid > 0.0 { 1.0 } else { 0.0 };
    let lane = |kind: usize| {
        let first = [DIFFUSE, OTHER][kind];
        let (new, old) = (luminance(now, first), luminance(remembered, first));
        let frames = (remembered[VARIANCE + kind] / now[VARIANCE + kind]).min(1.0);
        [counts * (new - old), counts * noise[kind] * (1.0 + frames), new]
    };
    let ([a, b, c], [d, e, f]) = (lane(0), lane(1));
    [a, b, c, d, e, f, counts]
}

struct Pixel<'a> {
    now: &'a Texel,
    warped: &'a Texel,
    valid: f32,
    noise: [f32; 2],
    scale: f32,
}

impl Pixel<'_> {
    fn evidence(&self, differences: &Pyramid<7>, gbuffer: &GBuffer, [x, y]: [usize; 2]) -> Evidence {
        let mut evidence = [0.0; CHANNELS];
        let mut put = evidence.iter_mut();
        let mut push = |value: f32| {
            if let Some(channel) = put.next() {
                *channel = if value.is_finite() { value } else { 0.0 };
            }
        };
        for level in 1..=LEVELS {
            let lanes = differences.at(level, x, y);
            for kind in 0..2 {
                push(self.surprise(&lanes[3 * kind..], lanes[6], level));
                if level % 2 == 0 {
                    push(relative(&lanes[3 * kind..]));
                }
            }
        }
        let weights = still_weight(self.now, self.warped);
        for kind in 0..2 {
            let level = luminance(self.warped, [DIFFUSE, OTHER][kind]);
            push((self.noise[kind].sqrt() / (level + 0.1 / self.scale)).ln_1p());
            push(weights[kind]);
            push((level * self.scale).ln_1p());
        }
        let at = y * gbuffer.width() + x;
        let [dx, dy] = gbuffer.motion.data[at];
        push(self.valid);
        push(gbuffer.roughness.data[at]);
        push(gbuffer.metallic.data[at]);
        push(dx.hypot(dy).ln_1p());
        evidence
    }

    /// Mean difference over its expected standard deviation.
    fn surprise(&self, lanes: &[f32], counted: f32, level: usize) -> f32 {
        let pixels = counted * (1u32 << (2 * level)) as f32;
        let floor = (0.003 * (lanes[2] + 0.02 / self.scale)).powi(2);
        let deviation = (lanes[1] / (pixels + 1.0) + floor).sqrt();
        (lanes[0] / deviation).asinh()
    }
}

/// Mean difference over mean light, −1 to 1.
fn relative(lanes: &[f32]) -> f32 {
    lanes[0] / (lanes[0].abs() + 2.0 * lanes[2].abs() + 1e-20)
}
