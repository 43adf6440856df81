//! Adherence of pictures to a set that is known in closed form: discs and boxes before a wall, drawn here and there.

#![allow(clippy::unwrap_used)] // a test may panic

use std::f32::consts::PI;

use maquette_conditioning::Plane;
use maquette_metrics::{
    Adherence, AdherenceMeter, ObjectAdherence, Set, adherence, adherence_overlay, gradient_ratio,
};

/// Discs (middle, radius) with ids from 2, then boxes (left top, right bottom); the wall behind has id 1.
const DISCS: [([f32; 2], f32); 3] = [([110.3, 120.0], 60.0), ([300.0, 100.5], 30.0), ([520.0, 130.0], 75.0)];
const BOXES: [([f32; 2], [f32; 2]); 2] = [([60.0, 260.0], [220.0, 400.0]), ([330.0, 250.0], [440.0, 430.0])];
const GREYS: [f32; 6] = [0.35, 0.6, 0.2, 0.7, 0.5, 0.15];
const SIZE: (usize, usize) = (640, 480);

fn id_at([x, y]: [f32; 2]) -> u32 {
    let disc = DISCS.iter().position(|([u, v], radius)| (x - u).hypot(y - v) < *radius);
    let inside = |([left, top], [right, bottom]): &([f32; 2], [f32; 2])| {
        (*left..*right).contains(&x) && (*top..*bottom).contains(&y)
    };
    let block = || BOXES.iter().position(inside).map(|i| i + DISCS.len());
    disc.or_else(block).map_or(1, |i| i as u32 + 2)
}

fn plane<T>((width, height): (usize, usize), f: impl FnMut([f32; 2]) -> T) -> Plane<T> {
    let places = (0..width * height).map(|i| [(i % width) as f32 + 0.5, (i / width) as f32 + 0.5]);
    Plane::from_vec(width, height, places.map(f).collect()).unwrap()
}

/// The things in their colours, moved, without pixel stairs: sixteen samples a pixel.
fn drawn(displacement: [f32; 2], color: impl Fn(u32) -> [f32; 3]) -> Plane<[f32; 3]> {
    plane(SIZE, |[x, y]| {
        let mut sum = [0.0f32; 3];
        for i in 0..16 {
            let [u, v] = [i % 4, i / 4].map(|part| part as f32 / 4.0 - 0.375);
            let sample = color(id_at([x + u - displacement[0], y + v - displacement[1]]));
            sum.iter_mut().zip(sample).for_each(|(sum, value)| *sum += value / 16.0);
        }
        sum
    })
}

fn grey(id: u32) -> [f32; 3] {
    [GREYS[id as usize - 1]; 3]
}

struct Drawn {
    object_id: Plane<u32>,
    depth: Plane<f32>,
    normal: Plane<[f32; 3]>,
    picture: Plane<[f32; 3]>,
}

impl Drawn {
    fn new() -> Self {
        let object_id = plane(SIZE, id_at);
        let depth = object_id.map(|&id| if id == 1 { 6.0 } else { 3.0 });
        Self { depth, normal: object_id.map(|_| [0.0, 0.0, 1.0]), picture: drawn([0.0; 2], grey), object_id }
    }

    fn set(&self) -> Set<'_> {
        Set { object_id: &self.object_id, depth: &self.depth, normal: &self.normal, picture: &self.picture }
    }

    fn keeps(&self, result: &Plane<[f32; 3]>) -> Adherence {
        adherence(self.set(), result).unwrap()
    }
}

fn object(of: &Adherence, id: u32) -> ObjectAdherence {
    *of.objects.iter().find(|object| object.id == id).unwrap()
}

/// From −1 to 1, even.
fn scatter(x: i64, y: i64, seed: i64) -> f32 {
    let mut z =
        (x.wrapping_mul(0x9E37_79B9) ^ y.wrapping_mul(0x85EB_CA6B) ^ seed.wrapping_mul(0xC2B2_AE35)) as u64;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z >> 40) as f32 / (1u64 << 23) as f32 - 1.0
}

/// Smooth noise, as coarse as `cell` pixels, on a lattice that is turned against the picture's.
fn texture([x, y]: [f32; 2], cell: f32, seed: i64) -> f32 {
    let (x, y) = ((0.8 * x + 0.6 * y) / cell, (0.8 * y - 0.6 * x) / cell);
    let (left, top) = (x.floor(), y.floor());
    let (u, v) = (x - left, y - top);
    let at = |dx, dy| scatter(left as i64 + dx, top as i64 + dy, seed);
    (1.0 - v) * ((1.0 - u) * at(0, 0) + u * at(1, 0)) + v * ((1.0 - u) * at(0, 1) + u * at(1, 1))
}

fn blurred(picture: &Plane<[f32; 3]>, sigma: f32) -> Plane<[f32; 3]> {
    let radius = (3.0 * sigma).ceil() as isize;
    let weights: Vec<f32> = (-radius..=radius).map(|i| (-0.5 * (i as f32 / sigma).powi(2)).exp()).collect();
    let sum: f32 = weights.iter().sum();
    let pass = |from: &Plane<[f32; 3]>, way: [isize; 2]| {
        plane(SIZE, |[x, y]| {
            let mut mean = [0.0f32; 3];
            for (weight, i) in weights.iter().zip(-radius..) {
                let x = (x as isize + i * way[0]).clamp(0, SIZE.0 as isize - 1) as usize;
                let y = (y as isize + i * way[1]).clamp(0, SIZE.1 as isize - 1) as usize;
                mean.iter_mut().zip(from.at(x, y)).for_each(|(mean, value)| *mean += weight / sum * value);
            }
            mean
        })
    };
    pass(&pass(picture, [1, 0]), [0, 1])
}

#[test]
fn the_sets_own_picture_keeps_everything() {
    let drawn = Drawn::new();
    let own = drawn.keeps(&drawn.picture);
    assert!(own.judged > 0.97, "{}", own.judged);
    assert!(own.edge.unwrap() > 0.97 && own.silhouette.unwrap() > 0.99, "{own:?}");
    for id in 2..7 {
        let object = object(&own, id);
        assert!(object.edge.unwrap() > 0.97 && object.silhouette.unwrap() > 0.99, "{object:?}");
        assert_eq!(object.pixels, drawn.object_id.data.iter().filter(|&&i| i == id).count());
    }
    let wall = object(&own, 1);
    assert_eq!(
        (wall.outline, wall.edge, wall.silhouette),
        (0, None, None),
        "the wall goes on behind the things"
    );
}

#[test]
fn a_displaced_picture_tells_its_displacement_and_its_overlap() {
    let set = Drawn::new();
    for displacement in [[1.0, 0.0], [0.0, -3.0], [-2.0, 2.0], [2.5, -1.5], [0.0, 5.0]] {
        let got = set.keeps(&drawn(displacement, grey));
        let [dx, dy] = displacement;
        let disc = |radius: f32| {
            let d = dx.hypot(dy);
            let lens = 2.0 * radius * radius * (d / (2.0 * radius)).acos()
                - 0.5 * d * (4.0 * radius * radius - d * d).sqrt();
            lens / (2.0 * PI * radius * radius - lens)
        };
        let block = |[left, top]: [f32; 2], [right, bottom]: [f32; 2]| {
            let (width, height) = (right - left, bottom - top);
            let shared = (width - dx.abs()) * (height - dy.abs());
            shared / (2.0 * width * height - shared)
        };
        let overlaps =
            DISCS.map(|(_, radius)| disc(radius)).into_iter().chain(BOXES.map(|(a, b)| block(a, b)));
        for (overlap, id) in overlaps.zip(2..) {
            let object = object(&got, id);
            let [x, y] = object.shift_px.unwrap();
            assert!((x - dx).hypot(y - dy) < 0.5, "{displacement:?}: {object:?}");
            assert!(
                (object.silhouette.unwrap() - overlap).abs() < 0.03,
                "{displacement:?}, {overlap}: {object:?}"
            );
        }
        let kept = got.edge.unwrap();
        assert!(if dx.hypot(dy) <= 1.0 { kept > 0.97 } else { kept < 0.5 }, "{displacement:?}: {kept}");
    }
}

#[test]
fn other_colours_and_textures_with_the_same_outlines_still_keep_to_it() {
    let set = Drawn::new();
    for cell in [1.0, 3.0, 8.0] {
        let hue = |id: u32| [0, 1, 2].map(|c| 0.5 + 0.3 * scatter(i64::from(id), c, 5));
        let mut result = drawn([0.0; 2], hue);
        let grain = plane(SIZE, |place| 0.15 * texture(place, cell, 1));
        result.data.iter_mut().zip(&grain.data).for_each(|(color, grain)| *color = color.map(|v| v + grain));
        let got = set.keeps(&result);
        assert!(got.edge.unwrap() > 0.85, "cells of {cell} pixels: {:?}", got.edge);
    }
}

#[test]
fn pictures_that_have_nothing_to_do_with_the_set_score_nothing() {
    let set = Drawn::new();
    let textures =
        [2.0, 6.0, 20.0].map(|cell| plane(SIZE, move |place| [0.5 + 0.4 * texture(place, cell, 3); 3]));
    let turned = plane(SIZE, |[x, y]| *set.picture.at((639.5 - x) as usize, (479.5 - 0.9 * y) as usize));
    for (i, result) in textures.iter().chain([&turned, &set.picture.map(|_| [0.5; 3])]).enumerate() {
        let edge = set.keeps(result).edge.unwrap();
        assert!(edge.abs() < 0.1, "picture {i}: {edge}");
    }
}

#[test]
fn what_is_painted_over_scores_nothing_and_the_rest_stays() {
    let set = Drawn::new();
    let got = set.keeps(&drawn([0.0; 2], |id| grey(if id == 4 { 1 } else { id })));
    for id in 2..7 {
        let object = object(&got, id);
        let (edge, silhouette) = (object.edge.unwrap(), object.silhouette.unwrap());
        assert!(
            if id == 4 { edge.abs() < 0.1 && silhouette < 0.1 } else { edge > 0.97 && silhouette > 0.99 },
            "{object:?}"
        );
    }
}

#[test]
fn blur_lowers_it_gently_and_noise_little() {
    let set = Drawn::new();
    let edge = |result: &Plane<[f32; 3]>| set.keeps(result).edge.unwrap();
    let figures = [1.0, 2.0, 4.0, 8.0].map(|sigma| edge(&blurred(&set.picture, sigma)));
    assert!(figures.is_sorted_by(|a, b| a >= b), "{figures:?}");
    assert!(figures[1] > 0.9 && figures[3] < 0.5, "{figures:?}");
    let noisy = plane(SIZE, |[x, y]| {
        // Even noise of deviation 0.05.
        let noise = |c| 0.05 * 3f32.sqrt() * scatter(x as i64, y as i64, c);
        let color = set.picture.at(x as usize, y as usize);
        [0, 1, 2].map(|c| color[c] + noise(c as i64))
    });
    assert!(edge(&noisy) > 0.95, "{}", edge(&noisy));
    assert!(gradient_ratio(&noisy, &set.picture).unwrap() > 2.0, "the noise is there");
}

#[test]
fn what_cannot_be_seen_in_the_set_is_not_judged() {
    let mut set = Drawn::new();
    set.picture.data[..640 * 230].fill([0.01; 3]);
    let got = set.keeps(&drawn([0.0; 2], grey));
    for id in 2..5 {
        let disc = object(&got, id);
        assert_eq!((disc.judged, disc.edge, disc.silhouette), (0, None, None));
    }
    assert!(object(&got, 5).edge.unwrap() > 0.97);
    assert!((0.4..0.65).contains(&got.judged), "{}", got.judged);
    set.picture.data.fill([0.01; 3]);
    let got = set.keeps(&drawn([0.0; 2], grey));
    assert_eq!((got.judged, got.edge, got.silhouette), (0.0, None, None));
}

#[test]
fn steps_are_compared_with_the_sets_own_not_with_pixels() {
    // Lens and motion put a picture's step beside the boundary of ids; a result that does the same keeps to the set.
    let mut set = Drawn::new();
    set.picture = drawn([0.9, 0.0], grey);
    let kept = |displacement| set.keeps(&drawn([displacement, 0.0], grey)).edge.unwrap();
    assert!(kept(1.8) > 0.95, "{}", kept(1.8));
    assert!(kept(-0.9) < 0.7, "{}", kept(-0.9));
}

#[test]
fn steps_too_faint_to_see_are_none() {
    let set = Drawn::new();
    let faded = |contrast: f32| set.picture.map(|color| color.map(|value| 0.5 + contrast * (value - 0.5)));
    assert!(set.keeps(&faded(0.3)).edge.unwrap() > 0.97);
    assert!(set.keeps(&faded(0.02)).edge.unwrap() < 0.05);
}

#[test]
fn what_is_judged_depends_on_the_set_alone() {
    let set = Drawn::new();
    let judged =
        |result: &Plane<[f32; 3]>| set.keeps(result).objects.iter().map(|o| o.judged).collect::<Vec<_>>();
    assert_eq!(judged(&set.picture), judged(&set.picture.map(|_| [0.5; 3])));
}

#[test]
fn things_that_touch_share_their_boundary() {
    let mut set = Drawn::new();
    set.depth.data.fill(3.0);
    let wall = object(&set.keeps(&set.picture), 1);
    let things: usize = (2..7).map(|id| object(&set.keeps(&set.picture), id).outline).sum();
    assert_eq!(wall.outline, things);
}

#[test]
fn creases_are_kept_or_lost_apart_from_outlines() {
    let mut set = Drawn::new();
    let folded = |[x, y]: [f32; 2], at: f32| {
        let id = id_at([x, y]);
        if id == 5 && y < at { [0.9; 3] } else { grey(id) }
    };
    set.picture = plane(SIZE, |place| folded(place, 320.0));
    set.normal =
        plane(SIZE, |[x, y]| if id_at([x, y]) == 5 && y < 320.0 { [0.0, 1.0, 0.0] } else { [0.0, 0.0, 1.0] });
    assert!(set.keeps(&set.picture).crease.unwrap() > 0.97);
    let lost = set.keeps(&plane(SIZE, |place| folded(place, 328.0)));
    assert!(lost.crease.unwrap() < 0.1 && lost.edge.unwrap() > 0.95, "{:?} {:?}", lost.crease, lost.edge);
    assert!(object(&lost, 5).crease.unwrap() < 0.1 && object(&lost, 6).crease.is_none());
}

#[test]
fn the_overlay_is_green_where_kept_and_red_where_gone() {
    let set = Drawn::new();
    let result = drawn([0.0; 2], |id| grey(if id == 4 { 1 } else { id }));
    let overlay = adherence_overlay(&set.keeps(&result), &result).unwrap();
    let at = |x: usize| *overlay.at(x, 120);
    let marked =
        |from: usize, to: usize| (from..to).map(at).find(|[r, g, b]| r.max(*g).max(*b) > 0.6).unwrap();
    let ([r, g, _], [red, green, _]) = (marked(40, 60), marked(436, 456));
    assert!(g > 2.0 * r, "the first disc's left rim is green: {r} {g}");
    assert!(red > 2.0 * green, "the third's is red: {red} {green}");
    assert!(adherence_overlay(&set.keeps(&result), &Plane::new(3, 3)).is_err());
}

#[test]
fn means_over_frames_leave_out_what_was_not_judged_and_name_the_worst_first() {
    let mut set = Drawn::new();
    let mut meter = AdherenceMeter::default();
    meter.add(&set.keeps(&set.picture));
    meter.add(&set.keeps(&drawn([0.0; 2], |id| grey(if id == 4 { 1 } else { id }))));
    set.picture.data.fill([0.0; 3]);
    meter.add(&set.keeps(&set.picture));
    let objects = meter.objects();
    let (worst, figures) = objects[0];
    assert_eq!((worst, figures.frames), (4, 3));
    assert!((figures.edge.unwrap() - 0.5).abs() < 0.05, "{figures:?}");
    assert!(objects[1].1.edge.unwrap() > 0.97 && objects.last().unwrap().0 == 1);
    assert!((0.5..0.99).contains(&meter.whole().edge.unwrap()));
}

#[test]
fn odd_input_is_an_error_or_has_an_answer() {
    let set = Drawn::new();
    assert!(adherence(set.set(), &Plane::new(640, 479)).is_err());
    let mut nan = set.picture.clone();
    nan.data[7][1] = f32::NAN;
    assert!(adherence(set.set(), &nan).is_err());
    let short = Plane::new(640, 479);
    assert!(adherence(Set { depth: &short, ..set.set() }, &set.picture).is_err());
    let odd = set.depth.map(|&depth| if depth > 4.0 { f32::INFINITY } else { f32::NAN });
    assert!(adherence(Set { depth: &odd, ..set.set() }, &set.picture).is_ok());
    let (tiny, flat) = (Plane::<u32>::new(1, 1), Plane::new(1, 1));
    let colors = Plane::new(1, 1);
    let tiny = Set { object_id: &tiny, depth: &flat, normal: &colors, picture: &colors };
    assert_eq!(adherence(tiny, &colors).unwrap().edge, None);
    // Every pixel another thing.
    let mut number = 0;
    let dust = set.object_id.map(|_| {
        number += 1;
        number
    });
    assert_eq!(adherence(Set { object_id: &dust, ..set.set() }, &set.picture).unwrap().edge, None);
}
