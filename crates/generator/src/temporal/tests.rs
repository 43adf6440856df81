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
    gbuffer.image_normal.data.fill([0.0, 0.0, 1.0]);
    gbuffer.normal_mean.data.fill([0.0, 0.0, 1.0]);
    gbuffer.albedo_mean.data.fill([0.5; 3]);
    gbuffer.image_id.data.fill(1);
    let mut traced = Light::new(WIDTH, HEIGHT);
    traced.samples = 4;
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let place = [x as f32 * 0.01, y as f32 * -0.01, 0.0];
            gbuffer.position.data[y * WIDTH + x] = place;
            gbuffer.image_position.data[y * WIDTH + x] = place;
            traced.direct_diffuse.data[y * WIDTH + x] = [light(x, y); 3];
        }
    }
    Conditioning { frame: number, camera: camera(), ev100: 0.0, gbuffer, light: traced }
}

/// At the origin, with a lens that does not matter here.
pub(crate) fn camera() -> Camera {
    let lens = Lens {
        sensor_width_m: 0.024,
        focal_length_m: 0.024,
        f_stop: None,
        blades: 0,
        blade_turn_rad: 0.0,
        focus_distance_m: 1.0,
    };
    Camera { lens, world_from_camera: Moving::still(glam::Affine3A::IDENTITY), ev100: None }
}

fn built_in() -> Head {
    Head::new(&HeadWeights::built_in().unwrap(), Arc::new(Pool::new(0)))
}

fn mean(plane: &Plane<[f32; 3]>) -> f32 {
    plane.data.iter().map(|pixel| pixel[1]).sum::<f32>() / plane.data.len() as f32
}

#[test]
fn a_first_frame_is_handed_on_unchanged() {
    let mut noise = Noise(1);
    let frame = frame(1001, |_, _| 50.0 + 50.0 * noise.next());
    let gathered = History::new(true).gather(&frame);
    for (found, given) in gathered.color.data.iter().zip(&frame.light.direct_diffuse.data) {
        assert!((found[1] - given[1]).abs() < 1e-3 * given[1]);
    }
    assert_eq!(gathered.albedo, frame.gbuffer.albedo_mean);
}

#[test]
fn a_still_picture_is_averaged_as_if_all_frames_were_one() {
    let (mut noise, mut history) = (Noise(2), History::new(true));
    let mut sum = vec![0.0; WIDTH * HEIGHT];
    let mut color = Plane::new(0, 0);
    for number in 1001..1017 {
        let frame = frame(number, |_, _| 20.0 + 100.0 * noise.next());
        sum.iter_mut().zip(&frame.light.direct_diffuse.data).for_each(|(sum, light)| *sum += light[1]);
        color = history.gather(&frame).color;
    }
    let error = |i: usize| (color.data[i][1] * 16.0 / sum[i] - 1.0).abs();
    assert!((0..sum.len()).map(error).fold(0.0, f32::max) < 1e-3);
}

/// Pictures shown of frames whose own cleaned picture is `alone(frame, pixel)` and whose gathered one is `together(frame)`.
fn shown(
    count: usize,
    mut alone: impl FnMut(usize, usize) -> f32,
    together: impl Fn(usize) -> f32,
    head: Option<&Head>,
) -> Vec<Plane<[f32; 3]>> {
    let mut history = History::new(true);
    let mut pictures = Vec::new();
    for i in 0..count {
        let frame = frame(1001 + i as u32, |_, _| together(i));
        let gathered = history.gather(&frame);
        let mut own = frame.light.direct_diffuse.clone();
        own.data.iter_mut().enumerate().for_each(|(pixel, color)| *color = [alone(i, pixel); 3]);
        let together = own.map(|_| [together(i); 3]);
        let views = Views::new(&frame.gbuffer, own, together, &gathered.variance);
        pictures.push(history.finish(&views, head).unwrap());
    }
    pictures
}

#[test]
fn stains_that_come_and_go_by_chance_are_averaged() {
    // Of four by four pixels, up to a tenth.
    let mut noise = Noise(7);
    let stains: Vec<f32> = (0..16 * 96).map(|_| 90.0 + 20.0 * noise.next()).collect();
    let stain = |i: usize, pixel: usize| stains[i * 96 + pixel / WIDTH / 4 * 12 + pixel % WIDTH / 4];
    for head in [None, Some(built_in())] {
        let pictures = shown(16, stain, |_| 100.0, head.as_ref());
        let change = |a: &dyn Fn(usize) -> f32, b: &dyn Fn(usize) -> f32| {
            (0..WIDTH * HEIGHT).map(|pixel| (a(pixel) - b(pixel)).abs()).sum::<f32>()
        };
        let ours = change(&|pixel| pictures[15].data[pixel][1], &|pixel| pictures[14].data[pixel][1]);
        let alone = change(&|pixel| stain(15, pixel), &|pixel| stain(14, pixel));
        assert!(ours < 0.4 * alone, "{ours} of {alone}");
    }
}

#[test]
fn light_that_goes_out_is_let_go_by_the_head_sooner_than_by_plain_accumulation() {
    let alone = |i: usize, _: usize| if i < 12 { 100.0 } else { 10.0 };
    let together = |i: usize| match i {
        0..12 => 100.0,
        12..14 => 30.0,
        _ => 10.0,
    };
    let [plain, head] = [None, Some(built_in())]
        .map(|head| shown(18, alone, together, head.as_ref()).iter().map(mean).collect::<Vec<_>>());
    assert!((head[17] - 10.0).abs() < 1.0, "{head:?}");
    assert!(head[13] < plain[13], "{head:?} {plain:?}");
}

#[test]
fn a_moving_surface_takes_its_memory_along_and_new_ground_has_none() {
    let (mut noise, mut history) = (Noise(4), History::new(true));
    let pattern = |x: usize| if x % 8 < 4 { 100.0 } else { 20.0 };
    for number in 1001..1013 {
        let shift = (number - 1001) as usize;
        let mut frame = frame(number, |x, _| pattern(x + shift) * (0.5 + noise.next()));
        frame.gbuffer.image_motion.data.fill([1.0, 0.0]);
        let GBuffer { position, image_position, .. } = &mut frame.gbuffer;
        for (i, place) in position.data.iter_mut().chain(&mut image_position.data).enumerate() {
            place[0] = (i % WIDTH + shift) as f32 * 0.01;
        }
        let variance = history.gather(&frame).variance;
        for y in 0..HEIGHT {
            let known = |x: usize| *variance.at(x, y) < 1.0;
            assert!(number == 1001 || known(WIDTH - 2), "{number}");
            assert!(!known(WIDTH - 1), "what comes into view has no past");
        }
    }
    let memory = &history.memory.as_ref().unwrap().texels;
    for x in 0..WIDTH - 12 {
        let column = (0..HEIGHT).map(|y| texel::light(memory.at(x, y))[1]).sum::<f32>() / HEIGHT as f32;
        assert!((column / pattern(x + 11) - 1.0).abs() < 0.15, "column {x}: {column}");
    }
}

/// [`frame`] under lamps whose noise-free light is `lamps(x)`.
fn lit_frame(number: u32, light: f32, lamps: impl Fn(usize) -> f32) -> Conditioning {
    let mut frame = frame(number, |_, _| light);
    let pixels = frame.gbuffer.lamp_light.data.iter_mut().enumerate();
    pixels.for_each(|(i, pixel)| *pixel = [lamps(i % WIDTH); 3]);
    frame
}

#[test]
fn memory_and_picture_follow_the_lamps_without_new_samples() {
    let mut history = History::new(true);
    for number in 1001..1009 {
        history.gather(&lit_frame(number, 20.0, |_| 10.0));
    }
    // The new frame's own light says nothing of it: what follows is the memory.
    let gathered = mean(&history.gather(&lit_frame(1009, 20.0, |_| 58.0)).color);
    assert!((gathered - (20.0 + 48.0 * 8.0 / 9.0)).abs() < 0.1, "{gathered}");

    let [before, after] = [10.0, 58.0].map(|lamps| Seen::new(&lit_frame(1001, 0.0, |_| lamps).gbuffer));
    let mut shown = Shown::nothing((WIDTH, HEIGHT));
    shown.picture.data.fill([20.0; 3]);
    shown.lamps.data.fill([10.0; 3]);
    shown.age.data.fill(1.0);
    let shown = shown.warped(&before, &after);
    assert!((mean(&shown.picture) - 68.0).abs() < 1e-3 && (mean(&shown.lamps) - 58.0).abs() < 1e-3);
}

#[test]
fn a_shadows_edge_that_wavers_between_pixels_changes_nothing() {
    let mut history = History::new(true);
    for number in 1001..1012 {
        let edge = 20 + (number % 2) as usize;
        let gathered = history.gather(&lit_frame(number, 20.0, |x| if x < edge { 10.0 } else { 0.0 })).color;
        assert!(gathered.data.iter().all(|pixel| (pixel[1] - 20.0).abs() < 1e-3), "{number}");
    }
}

#[test]
fn another_thing_at_the_same_place_shares_no_memory() {
    let mut history = History::new(true);
    history.gather(&frame(1001, |_, _| 100.0));
    let mut other = frame(1002, |_, _| 10.0);
    other.gbuffer.image_id.data.fill(2);
    assert!((mean(&history.gather(&other).color) - 10.0).abs() < 1e-3);
}

#[test]
fn a_gap_or_another_size_starts_anew() {
    let mut history = History::new(true);
    history.gather(&frame(1001, |_, _| 100.0));
    assert!((mean(&history.gather(&frame(1003, |_, _| 10.0)).color) - 10.0).abs() < 1e-3);
    assert_eq!(history.last_frame(), Some(1003));
}

#[test]
fn a_firefly_is_kept_out_and_accounted_for_and_a_lamp_is_not() {
    let mut bright = frame(1001, |x, y| if (x, y) == (20, 16) { 1e5 } else { 10.0 });
    bright.light.emitted.data[0] = [1e5; 3];
    let [limited, whole] = [true, false].map(|limits| {
        let mut history = History::new(limits);
        (history.gather(&bright).color, history.limited())
    });
    let (color, [kept, removed]) = limited;
    // Unlimited it would be 100 000.
    assert!(color.at(20, 16)[1] < 500.0, "{}", color.at(20, 16)[1]);
    assert!((color.at(30, 16)[1] - 10.0).abs() < 1e-3);
    assert!(color.at(0, 0)[1] > 9.9e4);
    let pixels = (WIDTH * HEIGHT) as f64;
    assert!((removed * pixels / (1e5 - f64::from(color.at(20, 16)[1])) - 1.0).abs() < 1e-3);
    assert!((kept / f64::from(mean(&color)) - 1.0).abs() < 1e-4);
    assert!((whole.0.at(20, 16)[1] / 1e5 - 1.0).abs() < 1e-3 && whole.1[1] == 0.0);
}

#[test]
fn a_finished_picture_that_moves_stays_sharp() {
    // Half a pixel to the side and back, eight times over.
    let step = |x: usize| if x < WIDTH / 2 { [10.0; 3] } else { [100.0; 3] };
    let still = frame(1001, |_, _| 1.0).gbuffer;
    let mut moving = still.clone();
    let mut shown = Shown::nothing((WIDTH, HEIGHT));
    shown.picture.data.iter_mut().enumerate().for_each(|(i, pixel)| *pixel = step(i % WIDTH));
    shown.age.data.fill(1.0);
    for turn in 0..8 {
        moving.image_motion.data.fill([if turn % 2 == 0 { 0.5 } else { -0.5 }, 0.0]);
        shown = shown.warped(&Seen::new(&still), &Seen::new(&moving));
    }
    let row = &shown.picture.data[HEIGHT / 2 * WIDTH..][..WIDTH];
    for (x, pixel) in row.iter().enumerate().filter(|(x, _)| (8..WIDTH - 8).contains(x)) {
        let from_edge = x.abs_diff(WIDTH / 2).min(x.abs_diff(WIDTH / 2 - 1));
        assert!(from_edge < 3 || (pixel[1] - step(x)[1]).abs() < 2.0, "column {x}: {pixel:?}");
        assert!((10.0..=100.0).contains(&pixel[1]), "no ringing");
    }
}

#[test]
fn a_head_file_with_a_missing_or_misshapen_layer_is_refused_by_name() {
    let weights = HeadWeights::built_in().unwrap();
    let bytes = weights.to_safetensors(Default::default()).unwrap();
    for (from, to, says) in [
        ("bottom.bias", "bottom.bios", "`bottom.bias` is missing"),
        ("[4,24,3,3]", "[24,4,3,3]", "weights.weight"),
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
    let doubt = doubt::doubt(&lagging, &flat(100.0));
    assert!(*doubt.at(24, 16) > 0.99 && *doubt.at(2, 2) < 0.01);
    assert!(doubt::doubt(&flat(103.0), &flat(100.0)).data.iter().all(|&doubt| doubt == 0.0));
}

#[test]
fn what_is_doubted_is_forgotten() {
    let mut history = History::new(true);
    history.gather(&frame(1001, |_, _| 100.0));
    history.gather(&frame(1002, |_, _| 50.0));
    history.forget(&Plane::new(WIDTH, HEIGHT).map(|_: &f32| 1.0));
    let next = history.gather(&frame(1003, |_, _| 50.0));
    assert!((mean(&next.color) - 50.0).abs() < 1e-3);
}
