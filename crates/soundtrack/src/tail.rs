//! The late field to sound: noise, shaped to the energy that arrives in each band, bin and direction.
//!
//! Six directions, along the listener's axes, each with a noise of its own carry the field's energy and its mean
//! direction. What they add up to is a seventh noise, the omnidirectional pressure, whose energy is even over time: so
//! energy is the field's in every octave as soon as the octave can follow, and not only in the mean; in between it runs without
//! steps (`half_octave`). Each moment of the late
//! field gives six responses, through which the dry sound goes; between two moments the results are mixed. The noise is the
//! same at all moments, so what does not change sounds like one response.

use std::sync::Arc;

use glam::Vec3;
use maquette_conditioning::{Late, SAMPLE_RATE_HZ};
use rayon::prelude::*;

use crate::{
    carrier::{Carrier, KNOT},
    convolution::{BLOCK, Spectrum, Transforms},
    dry::Dry,
    half_octave::{self, BANDS},
    pan::equal_power,
};

const RATE: f64 = SAMPLE_RATE_HZ as f64;
/// Late energy is evened out over this time on both sides, by band: under a period, below which a band cannot follow and
/// would spill into others instead. More would carry energy from early to late: of a decay of 0.4 s, 6 % at twice this.
const EVEN_S: [f64; 8] = [0.006, 0.002, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
/// Knots that are worked out at a time: few enough for their gains to stay in the first cache, and each band of the carrier,
/// which is far larger, is still read in a line.
const TOGETHER: usize = 16;
/// The carrier's voice that all directions add up to.
const WHOLE: usize = DIRECTIONS.len();
/// The same for directions.
const EVEN_FLOW_S: f64 = 0.012;

/// Where the streams come from, in the listener's axes.
pub(crate) const DIRECTIONS: [Vec3; 6] = [Vec3::X, Vec3::NEG_X, Vec3::Y, Vec3::NEG_Y, Vec3::Z, Vec3::NEG_Z];

/// What is heard late of a dry sound, from `from_s` for `length` samples: pressure at the listener by direction. Nothing
/// where there is no late field.
pub(crate) fn streams(dry: &Dry, late: &[Late], from_s: f64, length: usize) -> Vec<(Vec3, Vec<f32>)> {
    if late.iter().all(|late| late.bins.is_empty()) || length == 0 {
        return Vec::new();
    }
    let transforms = Transforms::new();
    let longest = late.iter().map(response_length).max().unwrap_or(0);
    let partitions = longest.div_ceil(BLOCK);
    let blocks = length.div_ceil(BLOCK);
    let first = ((from_s - dry.start_s) * RATE).round() as i64;
    let sent: Vec<Option<Spectrum>> = (0..blocks + partitions)
        .into_par_iter()
        .map(|index| {
            let start = first + (index as i64 - partitions as i64) * BLOCK as i64;
            transforms.sent(dry, start)
        })
        .collect();
    if sent.iter().all(Option::is_none) {
        return Vec::new();
    }
    let moment = |(index, moment): (usize, &Late)| {
        let weight = Weight::new(late, index, from_s);
        let heard = heard_blocks(&sent, partitions, blocks, &weight, length);
        (!heard.is_empty() && !moment.bins.is_empty()).then(|| (weight, heard, Shape::of(moment)))
    };
    let moments: Vec<(Weight, Vec<usize>, Shape)> = late.par_iter().enumerate().filter_map(moment).collect();
    let mut streams = DIRECTIONS.map(|direction| (direction, vec![0.0; length]));
    for (weight, heard, shape) in &moments {
        streams.par_iter_mut().zip(shape.responses()).for_each(|((_, samples), response)| {
            let response = transforms.response(&response);
            add(&transforms, &sent, partitions, &response, heard, weight, samples);
        });
    }
    streams.into()
}

/// The responses of one moment by direction: what a click sounds like late.
pub(crate) fn responses(late: &Late) -> Vec<(Vec3, Vec<f32>)> {
    if late.bins.is_empty() {
        return Vec::new();
    }
    DIRECTIONS.into_iter().zip(Shape::of(late).responses()).collect()
}

/// Several moments' responses at once, on both sides of a listener in stereo, each behind `ahead` samples of silence. Moments of
/// one seed share a carrier, which is larger than a cache: each stretch of it is read once for all.
pub(crate) fn sides(late: &[Option<&Late>], ahead: usize) -> Vec<[Vec<f32>; 2]> {
    let shape = |late: &Option<&Late>| late.filter(|late| !late.bins.is_empty()).map(Shape::of);
    let shapes: Vec<Option<Shape>> = late.iter().map(shape).collect();
    let levels = DIRECTIONS.map(equal_power);
    let mut sides: Vec<[Vec<f32>; 2]> = shapes.iter().map(|_| [(); 2].map(|()| vec![0.0; ahead])).collect();
    for part in 0..shapes.iter().flatten().map(Shape::parts).max().unwrap_or(0) {
        for (shape, sides) in shapes.iter().zip(&mut sides) {
            let Some(shape) = shape.as_ref().filter(|shape| part < shape.parts()) else { continue };
            let directions = shape.part(part * TOGETHER);
            sides.iter_mut().enumerate().for_each(|(side, to)| {
                to.extend_from_slice(mixed(&directions, levels.map(|level| level[side])).as_flattened());
            });
        }
    }
    for (shape, sides) in shapes.iter().zip(&mut sides) {
        let length = shape.as_ref().map_or(0, |shape| ahead + shape.length);
        sides.iter_mut().for_each(|side| side.truncate(length));
    }
    sides
}

/// All directions, each at its level.
fn mixed(directions: &[Stretches; 6], levels: [f32; 6]) -> Stretches {
    let mut sum = vec![[0.0; KNOT]; TOGETHER];
    for (stretches, level) in directions.iter().zip(levels) {
        for (to, samples) in sum.iter_mut().zip(stretches) {
            (0..KNOT).for_each(|n| to[n] += level * samples[n]);
        }
    }
    sum
}

/// Samples of a moment's response.
fn response_length(late: &Late) -> usize {
    (late.bins.len() as f64 * late.bin_s * RATE).ceil() as usize
}

/// Blocks in which a moment counts and something is left to hear.
fn heard_blocks(
    sent: &[Option<Spectrum>],
    partitions: usize,
    blocks: usize,
    weight: &Weight,
    length: usize,
) -> Vec<usize> {
    let counts = |&block: &usize| {
        let end = ((block + 1) * BLOCK).min(length);
        weight.counts(block * BLOCK, end) && sent[block..=block + partitions].iter().any(Option::is_some)
    };
    (0..blocks).filter(|block| *block + partitions < sent.len()).filter(counts).collect()
}

/// How much a moment counts over time: all at its own, nothing at its neighbours', in a straight line between.
struct Weight {
    /// In samples of the output.
    before: Option<f64>,
    at: f64,
    after: Option<f64>,
}

impl Weight {
    fn new(late: &[Late], index: usize, from_s: f64) -> Self {
        let sample = |late: &Late| (late.time_s - from_s) * RATE;
        Self {
            before: index.checked_sub(1).map(|before| sample(&late[before])),
            at: sample(&late[index]),
            after: late.get(index + 1).map(sample),
        }
    }

    fn counts(&self, from: usize, to: usize) -> bool {
        self.before.is_none_or(|before| to as f64 > before)
            && self.after.is_none_or(|after| (from as f64) < after)
    }

    fn of(&self, sample: usize) -> f32 {
        let sample = sample as f64;
        let share = match (self.before, self.after) {
            (Some(before), _) if sample < self.at => (sample - before) / (self.at - before),
            (_, Some(after)) if sample > self.at => (after - sample) / (after - self.at),
            _ => 1.0,
        };
        share.clamp(0.0, 1.0) as f32
    }
}

/// Samples, from knot to knot.
type Stretches = Vec<[f32; KNOT]>;

/// What shapes the noise of one moment.
struct Shape {
    carrier: Arc<Carrier>,
    /// Gain of each band at each knot, whatever the direction; whole parts, and one knot more.
    gains: Vec<[f32; BANDS]>,
    /// Share of each direction in the energy at each knot.
    shares: Vec<[f32; 6]>,
    length: usize,
}

impl Shape {
    fn of(late: &Late) -> Self {
        let bins = late.bins.len();
        let per_bin = late.bin_s * RATE;
        let energies: [Vec<f32>; 8] = std::array::from_fn(|band| evened(late, band));
        let shares: Vec<[f32; 6]> = shares(late);
        let length = response_length(late);
        // From middle to middle of the bins. Energies run in straight lines, which keeps their sum.
        let between = |knot: usize| {
            let at = ((knot * KNOT) as f64 / per_bin - 0.5).clamp(0.0, (bins - 1) as f64);
            (at as usize, (at as usize + 1).min(bins - 1), at.fract() as f32)
        };
        let gain = |knot: usize| {
            let (a, b, share) = between(knot);
            let power = |energy: &Vec<f32>| (energy[a] + share * (energy[b] - energy[a])) / per_bin as f32;
            half_octave::gains(energies.each_ref().map(power))
        };
        let share = |knot: usize| {
            let (a, b, share) = between(knot);
            std::array::from_fn(|i| shares[a][i] + share * (shares[b][i] - shares[a][i]))
        };
        let knots = 0..=length.div_ceil(KNOT * TOGETHER) * TOGETHER;
        let (gains, shares) = (knots.clone().map(gain).collect(), knots.map(share).collect());
        Self { carrier: Carrier::of(late.seed), gains, shares, length }
    }

    /// How many times [`TOGETHER`] knots.
    fn parts(&self) -> usize {
        self.gains.len() / TOGETHER
    }

    /// Each direction's response: noise whose energy in each band and bin is the field's.
    fn responses(&self) -> [Vec<f32>; 6] {
        let parts: Vec<[Stretches; 6]> =
            (0..self.parts()).into_par_iter().map(|part| self.part(part * TOGETHER)).collect();
        std::array::from_fn(|direction| {
            let mut response = Vec::with_capacity(parts.len() * TOGETHER * KNOT);
            parts.iter().for_each(|part| response.extend_from_slice(part[direction].as_flattened()));
            response.truncate(self.length);
            response
        })
    }

    /// All directions from a knot on. Each has the power that is its share p, √p·N, and with it as much of what its sum
    /// lacks of the whole W: √p·N + p·(W − Σ√p·N). That leaves the powers, keeps the directions unrelated, and they add
    /// up to W.
    fn part(&self, first: usize) -> [Stretches; 6] {
        let gains = self.gains_from(first);
        let mut lacks = self.voice(WHOLE, first, &gains);
        let mut directions: [Stretches; 6] =
            std::array::from_fn(|direction| self.voice(direction, first, &gains));
        for (direction, stretches) in directions.iter_mut().enumerate() {
            for (knot, (samples, lacks)) in (first..).zip(stretches.iter_mut().zip(&mut lacks)) {
                let share = self.share(direction, knot);
                (0..KNOT).for_each(|n| {
                    samples[n] *= share[n].sqrt();
                    lacks[n] -= samples[n];
                });
            }
        }
        for (direction, stretches) in directions.iter_mut().enumerate() {
            for (knot, (samples, lacks)) in (first..).zip(stretches.iter_mut().zip(&lacks)) {
                let share = self.share(direction, knot);
                (0..KNOT).for_each(|n| samples[n] += share[n] * lacks[n]);
            }
        }
        directions
    }

    /// One of the carrier's voices from a knot on, at the power of all directions.
    fn voice(&self, voice: usize, first: usize, gains: &[[[f32; KNOT]; BANDS]]) -> Stretches {
        let stretch = |(knot, gains): (usize, &[[f32; KNOT]; BANDS])| {
            let mut sum = [0.0; KNOT];
            for (band, gain) in gains.iter().enumerate() {
                let carrier = self.carrier.stretch(voice, knot, band);
                (0..KNOT).for_each(|n| sum[n] += gain[n] * carrier[n]);
            }
            sum
        };
        (first..).zip(gains).map(stretch).collect()
    }

    /// Each band's gain at every sample from a knot on: the same for all voices.
    fn gains_from(&self, first: usize) -> Vec<[[f32; KNOT]; BANDS]> {
        let gain = |knot: usize, band: usize| ramp(self.gains[knot][band], self.gains[knot + 1][band]);
        (first..first + TOGETHER).map(|knot| std::array::from_fn(|band| gain(knot, band))).collect()
    }

    /// A direction's share in the energy from a knot to the next.
    #[inline]
    fn share(&self, direction: usize, knot: usize) -> [f32; KNOT] {
        ramp(self.shares[knot][direction], self.shares[knot + 1][direction])
    }
}

/// From knot to knot in a straight line.
#[inline]
fn ramp(from: f32, to: f32) -> [f32; KNOT] {
    let rise = (to - from) / KNOT as f32;
    std::array::from_fn(|n| from + rise * n as f32)
}

/// A band's energy by bin, each bin's spread evenly over [`EVEN_S`] on both sides, not beyond the first sound: that moves
/// no energy, in the mean.
fn evened(late: &Late, band: usize) -> Vec<f32> {
    let energy: Vec<f32> = late.bins.iter().map(|bin| bin.energy[band]).collect();
    let reach = (EVEN_S[band] / late.bin_s) as usize;
    let Some(first) = energy.iter().position(|&energy| energy > 0.0).filter(|_| reach > 0) else {
        return energy;
    };
    let mut even = vec![0.0; energy.len()];
    for (bin, energy) in energy.iter().enumerate().skip(first) {
        let reach = reach.min(bin - first).min(even.len() - 1 - bin);
        let near = &mut even[bin - reach..=bin + reach];
        near.iter_mut().for_each(|to| *to += energy / (2 * reach + 1) as f32);
    }
    even
}

/// Share of each direction in each bin, such that all six have the field's mean direction.
fn shares(late: &Late) -> Vec<[f32; 6]> {
    let reach = (EVEN_FLOW_S / late.bin_s) as usize;
    let totals: Vec<f32> = late.bins.iter().map(|bin| bin.energy.iter().sum()).collect();
    let flow = |bin: usize| {
        let near = bin.saturating_sub(reach)..(bin + reach + 1).min(totals.len());
        let energy: f32 = totals[near.clone()].iter().sum();
        let sum = |sum: Vec3, bin: usize| sum + late.bins[bin].flow * totals[bin];
        if energy > 0.0 { near.fold(Vec3::ZERO, sum) / energy } else { Vec3::ZERO }
    };
    (0..totals.len()).map(flow).map(|flow| DIRECTIONS.map(|direction| share(flow, direction))).collect()
}

/// Opposite directions differ by the flow's part along them; what is left over is shared by all.
fn share(flow: Vec3, direction: Vec3) -> f32 {
    let part = flow.abs().element_sum();
    let flow = if part > 1.0 { flow / part } else { flow };
    let rest = (1.0 - part.min(1.0)) / DIRECTIONS.len() as f32;
    rest + flow.dot(direction).max(0.0)
}

/// Adds what a response makes of what was sent, in the given blocks. `sent[block + partitions]` is the block itself.
fn add(
    transforms: &Transforms,
    sent: &[Option<Spectrum>],
    partitions: usize,
    response: &[Spectrum],
    blocks: &[usize],
    weight: &Weight,
    samples: &mut [f32],
) {
    for &block in blocks {
        let sent = |part: usize| sent[block + partitions - part].as_ref();
        let Some(heard) = transforms.convolved(sent, &[response]) else { continue };
        let first = block * BLOCK;
        for (offset, (to, fresh)) in samples[first..].iter_mut().zip(heard).enumerate() {
            *to += weight.of(first + offset) * fresh;
        }
    }
}

#[cfg(test)]
mod tests {
    use maquette_conditioning::LateBin;

    use super::*;

    #[test]
    fn directions_are_unrelated_have_their_shares_and_add_up_to_one_noise() {
        let flow = Vec3::new(0.4, 0.0, -0.2);
        let bins = vec![LateBin { energy: [1.0; 8], flow }; 1000];
        let shape = Shape::of(&Late { time_s: 0.0, bin_s: 0.002, seed: 5, bins: bins.into() });
        let responses = shape.responses();
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
        let whole = |part: usize| shape.voice(WHOLE, part, &shape.gains_from(part));
        let mut whole: Vec<f32> =
            (0..shape.gains.len() - 1).step_by(TOGETHER).flat_map(|part| whole(part).concat()).collect();
        whole.truncate(shape.length);
        let power = product(&whole, &whole);
        for (n, whole) in whole.iter().enumerate() {
            let sum: f32 = responses.iter().map(|response| response[n]).sum();
            assert!((sum - whole).abs() < 1e-5, "{n}: {sum} {whole}");
        }
        for (a, one) in responses.iter().enumerate() {
            let expected = f64::from(share(flow, DIRECTIONS[a]));
            let found = product(one, one) / power;
            assert!((found - expected).abs() < 0.03, "{a}: {found} {expected}");
            for (b, other) in responses.iter().enumerate().skip(a + 1) {
                let found = product(one, other) / power;
                assert!(found.abs() < 0.03, "{a} and {b}: {found}");
            }
        }
    }

    #[test]
    fn evening_out_moves_no_energy_in_the_mean() {
        let energy = |bin: usize| if bin < 4 { 0.0 } else { [1.0f32, 0.0, 7.0, 0.5][bin % 4] };
        let bins: Vec<LateBin> =
            (0..60).map(|bin| LateBin { energy: [energy(bin); 8], flow: Vec3::ZERO }).collect();
        let even = evened(&Late { time_s: 0.0, bin_s: 0.002, seed: 0, bins: bins.into() }, 0);
        let moment = |values: &dyn Fn(usize) -> f32, power: i32| {
            (0..60).map(|bin| values(bin) * (bin as f32).powi(power)).sum::<f32>()
        };
        for power in [0, 1] {
            let (before, after) = (moment(&energy, power), moment(&|bin| even[bin], power));
            assert!((after / before - 1.0).abs() < 1e-5, "{before} {after}");
        }
        assert!(
            even[..4].iter().all(|energy| *energy == 0.0) && even[20..40].iter().all(|energy| *energy > 1.0)
        );
    }
}
