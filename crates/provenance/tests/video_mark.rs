//! The picture's mark, from frame to frame: what it must survive, and what it must never be taken for.

use maquette_provenance::mark::{
    InstallKey, Payload, PublicKey,
    video::{Detector, Found, Position, VideoMark},
};

const SIZE: (usize, usize) = (1280, 720);
const ID: u32 = 0xc0ff_ee42;
const KEY: InstallKey = InstallKey([3; 32]);

/// Hills of fine texture under a calm sky, a dark wall, a bright disc.
fn picture() -> Vec<[u8; 3]> {
    let grain = |x: usize, y: usize| {
        let mixed = (x as u32).wrapping_mul(0x9e37_79b1) ^ (y as u32).wrapping_mul(0x85eb_ca6b);
        ((mixed ^ mixed >> 15).wrapping_mul(0x2c1b_3c6d) >> 24) as f32 / 255.0 - 0.5
    };
    let pixel = |i: usize| {
        let (x, y) = (i % SIZE.0, i / SIZE.0);
        let (fx, fy) = (x as f32, y as f32);
        let hill = 420.0 + 80.0 * (fx / 150.0).sin();
        let disc = (fx - 900.0).hypot(fy - 180.0) < 90.0;
        let luma = match () {
            () if x < 200 => 18.0 + 3.0 * grain(x, y),
            () if disc => 235.0,
            () if fy < hill => 150.0 + 0.1 * fy + 2.0 * grain(x, y),
            () => 90.0 + 40.0 * (fx / 7.0).sin() * (fy / 11.0).cos() + 30.0 * grain(x / 2, y / 2),
        };
        [luma, 0.9 * luma, 0.7 * luma].map(|code| code as u8)
    };
    (0..SIZE.0 * SIZE.1).map(pixel).collect()
}

/// Strong texture everywhere.
fn leaves() -> Vec<[u8; 3]> {
    let pixel = |i: usize| {
        let (x, y) = ((i % SIZE.0) as f32, (i / SIZE.0) as f32);
        let leaf = (x / 3.0 + (y / 40.0).sin() * 5.0).sin() * (y / 4.0 + (x / 60.0).sin() * 4.0).cos();
        [90.0 + 55.0 * leaf, 100.0 + 60.0 * leaf, 60.0 + 40.0 * leaf].map(|code| code as u8)
    };
    (0..SIZE.0 * SIZE.1).map(pixel).collect()
}

fn marked(id: u32) -> Vec<[u8; 3]> {
    marked_at(id, Position::Within)
}

fn marked_at(id: u32, position: Position) -> Vec<[u8; 3]> {
    let mut frame = picture();
    VideoMark::new(&KEY, id).embed(&mut frame, SIZE.0, SIZE.1, position);
    frame
}

fn luma(rgb: &[[u8; 3]]) -> Vec<u8> {
    let weighted =
        |&[r, g, b]: &[u8; 3]| 0.2126 * f32::from(r) + 0.7152 * f32::from(g) + 0.0722 * f32::from(b);
    rgb.iter().map(|rgb| weighted(rgb).round() as u8).collect()
}

fn found(key: PublicKey, luma: &[u8], (width, height): (usize, usize)) -> Option<Found> {
    let mut detector = Detector::new(key);
    detector.add(luma, width, height);
    detector.finish()
}

/// Means of 2×2 pixels, the outer tenth cut away.
fn cropped_and_halved(luma: &[u8]) -> (Vec<u8>, (usize, usize)) {
    let (left, top, size) = (70, 30, (SIZE.0 * 9 / 20, SIZE.1 * 9 / 20));
    let code = |i: usize| {
        let at = (top + i / size.0 * 2) * SIZE.0 + left + i % size.0 * 2;
        let four = [luma[at], luma[at + 1], luma[at + SIZE.0], luma[at + SIZE.0 + 1]];
        (four.map(u32::from).iter().sum::<u32>() / 4) as u8
    };
    ((0..size.0 * size.1).map(code).collect(), size)
}

/// Cosine transforms of blocks of eight pixels a side, rounded to steps that grow with frequency as JPEG's do at quality 50.
fn coarse(luma: &[u8], (width, height): (usize, usize)) -> Vec<u8> {
    let basis = |k: usize, x: usize| {
        let scale: f32 = if k == 0 { 0.125_f32.sqrt() } else { 0.5 };
        scale * (std::f32::consts::PI * (x as f32 + 0.5) * k as f32 / 8.0).cos()
    };
    let cosines: Vec<f32> = (0..64).map(|i| basis(i / 8, i % 8)).collect();
    let mut codes = luma.to_vec();
    for block in 0..(width / 8) * (height / 8) {
        let at = |i: usize| (block / (width / 8) * 8 + i / 8) * width + block % (width / 8) * 8 + i % 8;
        let pixels: Vec<f32> = (0..64).map(|i| f32::from(codes[at(i)])).collect();
        let twice = |values: &[f32], coefficient: &dyn Fn(usize, usize) -> f32| -> Vec<f32> {
            let rows: Vec<f32> = (0..64)
                .map(|i| (0..8).map(|x| coefficient(i % 8, x) * values[i / 8 * 8 + x]).sum())
                .collect();
            (0..64).map(|i| (0..8).map(|y| coefficient(i / 8, y) * rows[y * 8 + i % 8]).sum()).collect()
        };
        let mut spectrum = twice(&pixels, &|k, x| cosines[k * 8 + x]);
        for (i, value) in spectrum.iter_mut().enumerate() {
            let step = 10.0 + 6.0 * (i % 8 + i / 8) as f32;
            *value = (*value / step).round() * step;
        }
        for (i, value) in twice(&spectrum, &|x, k| cosines[k * 8 + x]).into_iter().enumerate() {
            codes[at(i)] = value.round().clamp(0.0, 255.0) as u8;
        }
    }
    codes
}

#[test]
fn what_was_written_is_read_after_a_crop_half_size_and_coarse_coding() {
    // The weaker mark is read as surely; where it lies is told within a step of the search.
    for (position, rotation_deg) in [(Position::Opening, 0.2), (Position::Within, 0.5)] {
        let (small, size) = cropped_and_halved(&luma(&marked_at(ID, position)));
        let found = found(PublicKey::PICTURE, &coarse(&small, size), size).unwrap();
        assert_eq!(found.payload, Payload::new(&KEY, ID));
        assert!(found.payload.is_by(&KEY) && !found.payload.is_by(&InstallKey([4; 32])));
        // A step of the search for scale.
        assert!((found.scale - 1.0 / 0.9).abs() < 0.01, "{found:?}");
        assert!(found.rotation_deg.abs() < rotation_deg, "{found:?}");
        assert!(found.confidence >= 0.999_999 && found.is_read(), "{found:?}");
    }
}

#[test]
fn what_was_written_among_leaves_is_read() {
    let mut frame = leaves();
    VideoMark::new(&KEY, ID).embed(&mut frame, SIZE.0, SIZE.1, Position::Within);
    let (small, size) = cropped_and_halved(&luma(&frame));
    let found = found(PublicKey::PICTURE, &coarse(&small, size), size).unwrap();
    assert_eq!(found.payload, Payload::new(&KEY, ID));
}

#[test]
fn a_camera_that_trembles_opens_no_new_shot() {
    // Among leaves a fence, at every other place of which something else stands after a small move.
    let fence = |(i, rgb): (usize, [u8; 3])| rgb.map(|code| code + if i / 16 % 2 == 0 { 60 } else { 0 });
    let plain: Vec<[u8; 3]> = leaves().into_iter().enumerate().map(fence).collect();
    let mut opening = plain.clone();
    VideoMark::new(&KEY, ID).embed(&mut opening, SIZE.0, SIZE.1, Position::Opening);
    let [(opening, size), (plain, _)] = [opening, plain].map(|frame| cropped_and_halved(&luma(&frame)));
    let mut detector = Detector::new(PublicKey::PICTURE);
    detector.add(&coarse(&opening, size), size.0, size.1);
    for frame in 1..48 {
        // As if the coder had left the mark in the first frame only.
        let mut moved = plain.clone();
        moved.rotate_right(1 + frame * 7 % 13);
        detector.add(&moved, size.0, size.1);
    }
    assert_eq!(detector.finish().map(|found| found.payload), Some(Payload::new(&KEY, ID)));
}

#[test]
fn nothing_is_found_where_nothing_is() {
    assert_eq!(found(PublicKey::PICTURE, &luma(&picture()), SIZE), None);
    assert_eq!(found(PublicKey::PICTURE, &vec![128; SIZE.0 * SIZE.1], SIZE), None);
    assert_eq!(found(PublicKey::PICTURE, &[], (0, 0)), None);
    assert_eq!(Detector::new(PublicKey::PICTURE).finish(), None);
}

#[test]
fn another_key_finds_nothing_in_a_marked_picture() {
    assert_eq!(found(PublicKey([9; 32]), &luma(&marked(ID)), SIZE), None);
}

#[test]
fn equal_keys_and_identities_make_equal_frames() {
    assert!(marked(ID) == marked(ID));
    assert!(marked(ID) != marked(ID + 1));
}

#[test]
fn a_marked_frame_differs_by_42_decibels_or_more() {
    // A busy frame takes all that it may, a calm one less, and least within a shot.
    use Position::{Opening, Within};
    let pictures = [
        (leaves(), Opening, 42.0..43.0),
        (leaves(), Within, 42.0..43.0),
        (picture(), Opening, 45.0..52.0),
        (picture(), Within, 52.0..56.0),
    ];
    for (plain, position, limits_db) in pictures {
        let mut marked = plain.clone();
        VideoMark::new(&KEY, ID).embed(&mut marked, SIZE.0, SIZE.1, position);
        let squares = plain.as_flattened().iter().zip(marked.as_flattened());
        let sum: f64 = squares.map(|(a, b)| f64::from(a.abs_diff(*b)).powi(2)).sum();
        let psnr_db = 10.0 * (255.0 * 255.0 * 3.0 * plain.len() as f64 / sum).log10();
        assert!(limits_db.contains(&psnr_db), "{psnr_db}");
    }
}

#[test]
fn a_mark_in_light_is_seen_on_a_screen() {
    let mut light: Vec<[f32; 3]> =
        picture().iter().map(|rgb| rgb.map(|code| (f32::from(code) / 255.0).powf(2.2))).collect();
    VideoMark::new(&KEY, ID).embed_linear(&mut light, SIZE.0, SIZE.1, Position::Within);
    let screen: Vec<[u8; 3]> = light
        .iter()
        .map(|rgb| rgb.map(|value| (255.0 * (0.7 * value).powf(1.0 / 2.2)).round().min(255.0) as u8))
        .collect();
    let found = found(PublicKey::PICTURE, &luma(&screen), SIZE).unwrap();
    assert_eq!(found.payload, Payload::new(&KEY, ID));
}

#[test]
fn a_thumbnail_stays_as_it_is() {
    let mut tiny = vec![[90; 3]; 40 * 30];
    VideoMark::new(&KEY, ID).embed(&mut tiny, 40, 30, Position::Within);
    assert!(tiny.iter().all(|&pixel| pixel == [90; 3]));
}
