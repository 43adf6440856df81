//! Noise and blacks of a plate, measured and given to a picture that has others.
//!
//! A clean card in a noisy frame looks pasted, and the other way round. Camera noise has a part that is always there
//! and one that grows with light: variance = a + b·light (Foi et al., "Practical Poissonian-Gaussian Noise Modeling", IEEE TIP
//! 17(10), 2008). Independent noises add their variances, so a match adds what is missing and takes nothing away.

use maquette_conditioning::Plane;
use rayon::prelude::*;

/// How strong a picture's noise is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Grain {
    /// Variance in the dark, by channel, linear light squared.
    pub dark: [f32; 3],
    /// Growth of the variance with light, by channel.
    pub growth: [f32; 3],
}

/// Classes of lightness that noise is measured in.
const CLASSES: usize = 12;

impl Grain {
    /// From the pixels where `weight` is 1 in a neighbourhood (bare backdrop, or the inside of a person).
    ///
    /// The second difference both ways is blind to slopes (Immerkær, "Fast Noise Variance Estimation", 1996); its median
    /// is blind to edges.
    pub fn measured(picture: &Plane<[f32; 3]>, weight: &Plane<f32>) -> Self {
        let mut grain = Self::default();
        for channel in 0..3 {
            let mut classes: [Vec<f32>; CLASSES] = Default::default();
            for y in 1..picture.height().saturating_sub(1) {
                for x in (1..picture.width().saturating_sub(1)).step_by(2) {
                    if let Some((level, deviation)) = deviation(picture, weight, x, y, channel) {
                        let class = level.max(0.0).sqrt() * CLASSES as f32;
                        classes[(class as usize).min(CLASSES - 1)].push(deviation);
                    }
                }
            }
            (grain.dark[channel], grain.growth[channel]) = line(&mut classes);
        }
        grain
    }

    /// Variance at a level of light.
    pub fn variance(&self, channel: usize, light: f32) -> f32 {
        self.dark[channel] + self.growth[channel] * light.max(0.0)
    }

    /// Gives `picture`, whose noise is `self`, as much as `target` has, where `weight` says how much (1 all). The same
    /// frame number and seed give the same grain.
    pub fn matched(
        &self,
        target: &Self,
        picture: &mut Plane<[f32; 3]>,
        weight: impl Fn(usize) -> f32 + Sync,
        frame: u32,
        seed: u64,
    ) {
        picture.data.par_iter_mut().enumerate().for_each(|(i, color)| {
            let weight = weight(i);
            for (channel, value) in color.iter_mut().enumerate().filter(|_| weight > 0.0) {
                let missing = target.variance(channel, *value) - self.variance(channel, *value);
                if missing > 0.0 {
                    let noise = gaussian(i as u64, frame, channel as u32, seed);
                    *value = (*value + weight * missing.sqrt() * noise).max(0.0);
                }
            }
        });
    }
}

/// Level and second difference of a pixel whose neighbours all count.
fn deviation(
    picture: &Plane<[f32; 3]>,
    weight: &Plane<f32>,
    x: usize,
    y: usize,
    channel: usize,
) -> Option<(f32, f32)> {
    const KERNEL: [[f32; 3]; 3] = [[1.0, -2.0, 1.0], [-2.0, 4.0, -2.0], [1.0, -2.0, 1.0]];
    let (mut sum, mut level) = (0.0, 0.0);
    for (row, factors) in KERNEL.iter().enumerate() {
        for (column, factor) in factors.iter().enumerate() {
            let i = (y + row - 1) * picture.width() + x + column - 1;
            if weight.data[i] < 1.0 {
                return None;
            }
            sum += factor * picture.data[i][channel];
            level += picture.data[i][channel];
        }
    }
    // The kernel's squares sum to 36.
    Some((level / 9.0, sum.abs() / 6.0))
}

/// Weighted least squares of variance over light, neither part negative.
fn line(classes: &mut [Vec<f32>; CLASSES]) -> (f32, f32) {
    let (mut n, mut sx, mut sy, mut sxx, mut sxy) = (0.0f64, 0.0, 0.0, 0.0, 0.0);
    for (class, deviations) in classes.iter_mut().enumerate().filter(|(_, deviations)| deviations.len() >= 50)
    {
        let weight = deviations.len() as f64;
        let light = ((class as f64 + 0.5) / CLASSES as f64).powi(2);
        // The median of a Gaussian's absolute value is 0.6745 deviations.
        let variance = (f64::from(crate::screen::quantile(deviations, 0.5)) / 0.6745).powi(2);
        n += weight;
        sx += weight * light;
        sy += weight * variance;
        sxx += weight * light * light;
        sxy += weight * light * variance;
    }
    if n == 0.0 {
        return (0.0, 0.0);
    }
    let spread = n * sxx - sx * sx;
    let slope = if spread > 1e-6 * n * n { ((n * sxy - sx * sy) / spread).max(0.0) } else { 0.0 };
    let dark = (sy - slope * sx) / n;
    match dark < 0.0 {
        true => (0.0, (sxy / sxx.max(1e-12)).max(0.0) as f32),
        false => (dark as f32, slope as f32),
    }
}

/// Standard normal by Box and Muller from two counter-based uniforms.
fn gaussian(pixel: u64, frame: u32, channel: u32, seed: u64) -> f32 {
    let counter =
        seed ^ pixel.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (u64::from(frame) << 32 | u64::from(channel));
    let bits = mixed(mixed(counter));
    let uniform = |bits: u64| ((bits & 0xFFFF_FFFF) as f32 + 0.5) / 4_294_967_296.0;
    (-2.0 * uniform(bits).ln()).sqrt() * (std::f32::consts::TAU * uniform(bits >> 32)).cos()
}

/// SplitMix64's finaliser (Steele, Lea, Flood 2014).
fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    value ^ (value >> 31)
}

/// The darkest a picture gets, by channel: half a percent of the pixels that `weight` counts fully are darker.
pub fn black_level(picture: &Plane<[f32; 3]>, weight: &Plane<f32>) -> [f32; 3] {
    std::array::from_fn(|channel| {
        let inside = picture.data.iter().zip(&weight.data).filter(|(_, weight)| **weight >= 1.0);
        let mut values: Vec<f32> = inside.map(|(color, _)| color[channel]).collect();
        crate::screen::quantile(&mut values, 0.005)
    })
}

/// Moves one black to another and leaves white: (c − from)/(1 − from)·(1 − to) + to.
pub fn match_black(picture: &mut Plane<[f32; 3]>, from: [f32; 3], to: [f32; 3]) {
    for color in &mut picture.data {
        *color = std::array::from_fn(|c| {
            let lifted = (color[c] - from[c]) / (1.0 - from[c]).max(0.1) * (1.0 - to[c]) + to[c];
            lifted.max(0.0)
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramp() -> Plane<[f32; 3]> {
        Plane::from_vec(240, 200, (0..48_000).map(|i| [0.05 + 0.7 * (i % 240) as f32 / 240.0; 3]).collect())
            .unwrap()
    }

    #[test]
    fn grain_that_was_added_is_measured_and_matching_reaches_the_target() {
        let everywhere = ramp().map(|_| 1.0);
        let own = Grain { dark: [1e-5; 3], growth: [4e-5; 3] };
        let target = Grain { dark: [4e-5, 4e-5, 8e-5], growth: [2e-4; 3] };
        let mut picture = ramp();
        Grain::default().matched(&own, &mut picture, |_| 1.0, 1001, 7);
        let measured = Grain::measured(&picture, &everywhere);
        own.matched(&target, &mut picture, |_| 1.0, 1001, 8);
        let matched = Grain::measured(&picture, &everywhere);
        for channel in 0..3 {
            for light in [0.1, 0.6] {
                let ratio = measured.variance(channel, light) / own.variance(channel, light);
                assert!((0.85..1.18).contains(&ratio), "own {ratio}");
                let ratio = matched.variance(channel, light) / target.variance(channel, light);
                assert!((0.85..1.18).contains(&ratio), "matched {ratio}");
            }
        }
    }

    #[test]
    fn grain_repeats_with_its_frame_and_changes_with_the_next() {
        let grain = Grain { dark: [1e-4; 3], growth: [0.0; 3] };
        let grained = |frame| {
            let mut picture = ramp();
            Grain::default().matched(&grain, &mut picture, |_| 1.0, frame, 1);
            picture
        };
        assert_eq!(grained(1001), grained(1001));
        assert_ne!(grained(1001), grained(1002));
    }

    #[test]
    fn blacks_meet_and_white_stays() {
        let mut picture = Plane::from_vec(2, 1, vec![[0.02; 3], [1.0; 3]]).unwrap();
        match_black(&mut picture, [0.02; 3], [0.005; 3]);
        assert!((picture.data[0][0] - 0.005).abs() < 1e-6 && (picture.data[1][0] - 1.0).abs() < 1e-6);
        let ramp = ramp();
        let level = black_level(&ramp, &ramp.map(|_| 1.0));
        assert!((level[0] - 0.05).abs() < 0.01, "{level:?}");
    }
}
