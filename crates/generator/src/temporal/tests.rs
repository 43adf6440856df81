//! Sequences made by hand, whose right answer is known.

use std::sync::Arc;

use maquette_conditioning::{Camera, Conditioning, GBuffer, Lens, Light, Moving, Plane};

use super::*;
use crate::pool::Pool;

const WIDTH: usize = 48;
const HEIGHT: usize = 32;

/// Numbers of no pattern, 0 to 1.
struct Noise(u32);

impl Noise {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / 16_777_216.0
    }
}

/// A wall of albedo 0.5, one metre away, under light whose diffuse part is `light(x, y)`.
fn frame(number: u32, mut light: impl FnMut(usize, usize) -> f32) -> Conditioning {
    let mut gbuffer = GBuffer::new(WIDTH, HEIGHT);
    gbuffer.depth.data.fill(1.0);
    gbuffer.distance.data.fill(1.0);
    gbuffer.normal.data.fill([0.0, 0.0, 1.0]);
    gbuffer.normal_mean.data.fill([0.0, 0.0, 1.0]);
    gbuffer.albedo_mean.data.fill([0.5; 3]);
    gbuffer.object_id.data.fill(1);
    let mut traced = Light::new(WIDTH, HEIGHT);
    traced.samples = 4;
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            gbuffer.position.data[y * WIDTH + x] = [x as f32 * 0.01, y as f32 * -0.01, 0.0];
            traced.direct_diffuse.data[y * WIDTH + x] = [light(x, y); 3];
        }
    }
    let lens = Lens {
        sensor_width_m: 0.024,
        focal_length_m: 0.024,
        f_stop: None,
        blades: 0,
        blade_turn_rad: 0.0,
        focus_distance_m: 1.0,
    };
    let camera = Camera { lens, world_from_camera: Moving::still(glam::Affine3A::IDENTITY), ev100: None };
    Conditioning { frame: number, camera, ev100: 0.0, gbuffer, light: traced }
}

fn built_in() -> Head {
    Head::new(&HeadWeights::built_in().unwrap(), Arc::new(Pool::new(0)))
}

fn mean(plane: &Plane<[f32; 3]>) -> f32 {
    plane.data.iter().map(|pixel| pixel[1]).sum::<f32>() / plane.data.len() as f32
}

fn gather(history: &mut History, frame: &Conditioning, head: Option<&Head>) -> Gathered {
    history.gather(frame, head).unwrap()
}

#[test]
fn a_first_frame_is_handed_on_unchanged() {
    let mut noise = Noise(1);
    let frame = frame(1001, |_, _| 50.0 + 50.0 * noise.next());
    let gathered = gather(&mut History::default(), &frame, Some(&built_in()));
    for (found, given) in gathered.color.data.iter().zip(&frame.light.direct_diffuse.data) {
        assert!((found[1] - given[1]).abs() < 1e-3 * given[1]);
    }
    assert_eq!(gathered.albedo, frame.gbuffer.albedo_mean);
}

#[test]
fn a_still_picture_is_averaged_as_if_all_frames_were_one() {
    for head in [None, Some(built_in())] {
        let (mut noise, mut history) = (Noise(2), History::default());
        let mut sum = vec![0.0; WIDTH * HEIGHT];
        let mut color = Plane::new(0, 0);
        for number in 1001..1017 {
            let frame = frame(number, |_, _| 20.0 + 100.0 * noise.next());
            sum.iter_mut().zip(&frame.light.direct_diffuse.data).for_each(|(sum, light)| *sum += light[1]);
            color = gather(&mut history, &frame, head.as_ref()).color;
        }
        let error = |i: usize| (color.data[i][1] * 16.0 / sum[i] - 1.0).abs();
        // A head takes some noise for a change, and then reaches back less far.
        let allowed = if head.is_some() { 0.1 } else { 1e-3 };
        let mean = (0..sum.len()).map(error).sum::<f32>() / sum.len() as f32;
        assert!(mean < allowed, "{mean}");
    }
}

#[test]
fn light_that_goes_out_is_forgotten_by_the_head_and_not_by_plain_accumulation() {
    let mut results = Vec::new();
    for head in [None, Some(built_in())] {
        let (mut noise, mut history) = (Noise(3), History::default());
        let mut last = 0.0;
        for number in 1001..1031 {
            let level = if number < 1025 { 100.0 } else { 10.0 };
            let frame = frame(number, |_, _| level * (0.5 + noise.next()));
            last = mean(&gather(&mut history, &frame, head.as_ref()).color);
        }
        results.push(last);
    }
    assert!(results[0] > 50.0, "plain accumulation remembers: {}", results[0]);
    assert!((results[1] - 10.0).abs() < 0.5, "the head lets go: {}", results[1]);
}

#[test]
fn a_moving_surface_takes_its_memory_along_and_new_ground_has_none() {
    let (mut noise, mut history) = (Noise(4), History::default());
    let pattern = |x: usize| if x % 8 < 4 { 100.0 } else { 20.0 };
    for number in 1001..1013 {
        let shift = (number - 1001) as usize;
        let mut frame = frame(number, |x, _| pattern(x + shift) * (0.5 + noise.next()));
        frame.gbuffer.motion.data.fill([1.0, 0.0]);
        for (i, position) in frame.gbuffer.position.data.iter_mut().enumerate() {
            position[0] = (i % WIDTH + shift) as f32 * 0.01;
        }
        let comparison = history.compare(&frame);
        for y in 0..HEIGHT {
            let valid = |x: usize| comparison.warped.valid.data[y * WIDTH + x] > 0.0;
            assert!(number == 1001 || valid(WIDTH - 2), "{number}");
            assert!(!valid(WIDTH - 1), "what comes into view has no past");
        }
        let mixed = blend(&comparison, None);
        history.remember(&frame, mixed, comparison.now);
    }
    let memory = &history.memory.as_ref().unwrap().texels;
    for x in 0..WIDTH - 12 {
        let column = (0..HEIGHT).map(|y| light(memory.at(x, y))[1]).sum::<f32>() / HEIGHT as f32;
        assert!((column / pattern(x + 11) - 1.0).abs() < 0.15, "column {x}: {column}");
    }
}

#[test]
fn another_thing_at_the_same_place_shares_no_memory() {
    let mut history = History::default();
    gather(&mut history, &frame(1001, |_, _| 100.0), None);
    let mut other = frame(1002, |_, _| 10.0);
    other.gbuffer.object_id.data.fill(2);
    assert!((mean(&gather(&mut history, &other, None).color) - 10.0).abs() < 1e-3);
}

#[test]
fn a_gap_or_another_size_starts_anew() {
    let mut history = History::default();
    gather(&mut history, &frame(1001, |_, _| 100.0), None);
    assert!((mean(&gather(&mut history, &frame(1003, |_, _| 10.0), None).color) - 10.0).abs() < 1e-3);
    assert_eq!(history.last_frame(), Some(1003));
}

#[test]
fn a_firefly_is_kept_out_and_a_lamp_is_not() {
    let mut bright = frame(1001, |x, y| if (x, y) == (20, 16) { 1e5 } else { 10.0 });
    bright.light.emitted.data[0] = [1e5; 3];
    let color = gather(&mut History::default(), &bright, None).color;
    // Unlimited it would be 100 000.
    assert!(color.at(20, 16)[1] < 500.0, "{}", color.at(20, 16)[1]);
    assert!((color.at(30, 16)[1] - 10.0).abs() < 1e-3);
    assert!(color.at(0, 0)[1] > 9.9e4);
}

#[test]
fn noise_is_not_taken_for_a_change_and_a_change_is_seen() {
    let (mut noise, mut history) = (Noise(5), History::default());
    for number in 1001..1012 {
        gather(&mut history, &frame(number, |_, _| 100.0 * noise.next()), None);
    }
    let heard = |comparison: &Comparison| {
        comparison.evidence.data.iter().filter(|evidence| gate(evidence)[0] > 0.5).count() as f32
            / comparison.evidence.data.len() as f32
    };
    assert!(heard(&history.compare(&frame(1012, |_, _| 100.0 * noise.next()))) < 0.05);
    assert!(heard(&history.compare(&frame(1012, |_, _| 40.0 * noise.next()))) > 0.9);
}

#[test]
fn a_head_file_with_a_missing_or_misshapen_layer_is_refused_by_name() {
    let weights = HeadWeights::built_in().unwrap();
    let bytes = weights.to_safetensors(Default::default()).unwrap();
    for (from, to, says) in [
        ("bottom.bias", "bottom.bios", "`bottom.bias` is missing"),
        ("[20,24,3,3]", "[24,20,3,3]", "weights.weight"),
    ] {
        let mut altered = bytes.clone();
        let at = altered.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        altered[at..at + from.len()].copy_from_slice(to.as_bytes());
        let error = HeadWeights::parse("a file", &altered).err().unwrap().to_string();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn memory_is_doubted_where_the_cleaned_pictures_disagree_and_believed_elsewhere() {
    let flat = |level: f32| frame(1001, |_, _| level).light.direct_diffuse;
    let mut lagging = flat(100.0);
    for y in 8..24 {
        lagging.data[y * WIDTH + 16..][..16].fill([150.0; 3]);
    }
    let doubt = doubt(&lagging, &flat(100.0));
    assert!(*doubt.at(24, 16) > 0.99 && *doubt.at(2, 2) < 0.01);
    assert!(super::doubt(&flat(103.0), &flat(100.0)).data.iter().all(|&doubt| doubt == 0.0));
}

#[test]
fn what_is_doubted_is_forgotten() {
    let mut history = History::default();
    gather(&mut history, &frame(1001, |_, _| 100.0), None);
    gather(&mut history, &frame(1002, |_, _| 50.0), None);
    history.forget(&Plane::new(WIDTH, HEIGHT).map(|_: &f32| 1.0));
    let next = gather(&mut history, &frame(1003, |_, _| 50.0), None);
    assert!((mean(&next.color) - 50.0).abs() < 1e-3);
}
