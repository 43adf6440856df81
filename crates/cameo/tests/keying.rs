//! A figure of known alpha before every backdrop comes out of the keyer as it went in.

use maquette_cameo::{Backdrop, Keying, Mask, Matte, Performance, Picture, Region, Verdict, figures, key};
use maquette_conditioning::Plane;

const WIDTH: usize = 320;
const HEIGHT: usize = 180;
const SKIN: [f32; 3] = [0.46, 0.29, 0.2];
const HAIR: [f32; 3] = [0.02, 0.015, 0.01];

/// Coverage and colour: an ellipse with hair of half a pixel around its upper half, 8×8 samples a pixel, moved over `blur`
/// pixels while the shutter was open.
fn truth(blur: f32) -> (Plane<f32>, Plane<[f32; 3]>) {
    const SIDE: usize = 8;
    let mut alpha = Plane::new(WIDTH, HEIGHT);
    let mut color = Plane::new(WIDTH, HEIGHT);
    for i in 0..WIDTH * HEIGHT {
        let (mut skin, mut hair) = (0.0f32, 0.0f32);
        for sample in 0..SIDE * SIDE {
            let at = |k: usize| (k as f32 + 0.5) / SIDE as f32;
            let (dx, dy) = (at(sample % SIDE), at(sample / SIDE));
            let x = (i % WIDTH) as f32 + dx - 160.0 - blur * (at(sample * 5 % SIDE) - 0.5);
            let y = (i / WIDTH) as f32 + dy - 100.0;
            match () {
                () if (x / 45.0).hypot(y / 60.0) < 1.0 => skin += 1.0,
                () if is_strand(x, y) => hair += 1.0,
                () => {}
            }
        }
        let total = skin + hair;
        alpha.data[i] = total / (SIDE * SIDE) as f32;
        let share = hair / total.max(1.0);
        color.data[i] = std::array::from_fn(|c| SKIN[c] + (HAIR[c] - SKIN[c]) * share);
    }
    (alpha, color)
}

fn is_strand(x: f32, y: f32) -> bool {
    let (radius, angle) = (x.hypot(y), x.atan2(-y));
    let step = 0.22f32;
    let off = (angle - (angle / step).round() * step) * radius;
    angle.abs() < 1.4 && radius < 85.0 && off.abs() < 0.25
}

fn screen(color: [f32; 3], falloff: f32) -> Plane<[f32; 3]> {
    let light =
        |i: usize| 1.0 - falloff * ((i % WIDTH) as f32 / WIDTH as f32) * ((i / WIDTH) as f32 / HEIGHT as f32);
    let mut screen = Plane::new(WIDTH, HEIGHT);
    screen.data.iter_mut().enumerate().for_each(|(i, pixel)| *pixel = color.map(|c| c * light(i)));
    screen
}

/// The figure before the screen, with noise of 0.4 %.
fn plate(truth: &(Plane<f32>, Plane<[f32; 3]>), screen: &Plane<[f32; 3]>, frame: u32) -> Picture {
    let mut color = screen.clone();
    let mut state = 12_345 + 977 * frame;
    let mut noise = || {
        (0..4)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 24) as f32 - 0.5
            })
            .sum::<f32>()
            * 0.007
    };
    for (i, pixel) in color.data.iter_mut().enumerate() {
        let alpha = truth.0.data[i];
        *pixel = std::array::from_fn(|c| {
            (alpha * truth.1.data[i][c] + (1.0 - alpha) * pixel[c] + noise()).max(0.0)
        });
    }
    Picture { alpha: color.map(|_| 1.0), color }
}

fn measured(matte: &Matte, truth: &(Plane<f32>, Plane<[f32; 3]>)) -> figures::Figures {
    figures::figures(&matte.alpha, &matte.foreground, &truth.0, &truth.1)
}

const GREEN: [f32; 3] = [0.05, 0.36, 0.08];

#[test]
fn mattes_come_out_as_they_went_in() {
    let (sharp, blurred) = (truth(0.0), truth(14.0));
    // Backdrop, its colour, fall-off of its light, the figure, and the most of SAD, MSE and ΔE.
    let cases = [
        (Backdrop::Green, GREEN, 0.0, &sharp, [0.15, 0.4, 1.5]),
        (Backdrop::Blue, [0.03, 0.07, 0.42], 0.0, &sharp, [0.15, 0.4, 1.5]),
        (Backdrop::Green, GREEN, 0.5, &sharp, [0.15, 0.4, 1.5]),
        (Backdrop::Green, GREEN, 0.3, &blurred, [0.5, 2.0, 2.5]),
        (Backdrop::Grey, [0.1; 3], 0.0, &sharp, [0.35, 3.0, 1.5]),
        (Backdrop::White, [0.9; 3], 0.0, &sharp, [0.25, 1.5, 2.5]),
    ];
    for (backdrop, color, falloff, truth, [sad, mse, delta_e]) in cases {
        let picture = plate(truth, &screen(color, falloff), 0);
        let found = measured(&key(&picture, &Keying::of(backdrop), None).unwrap(), truth);
        println!("{backdrop:?} {falloff}: {found:?}");
        assert!(
            found.sad < sad && found.mse < mse && found.delta_e < delta_e,
            "{backdrop:?} {falloff}: {found:?}"
        );
    }
}

#[test]
fn a_clean_plate_sees_through_a_backdrop_of_any_pattern() {
    let truth = truth(0.0);
    let mut clean = screen(GREEN, 0.3);
    // A seam and a patch that no smooth surface follows.
    for (i, color) in clean.data.iter_mut().enumerate().filter(|(i, _)| i % WIDTH < 110 || i / WIDTH > 150) {
        let fold = if i % 7 < 3 { 0.75 } else { 1.0 };
        *color = color.map(|c| c * fold);
    }
    let picture = plate(&truth, &clean, 0);
    let keying = Keying::of(Backdrop::Green);
    let without = measured(&key(&picture, &keying, None).unwrap(), &truth);
    let with = measured(&key(&picture, &keying, Some(&clean)).unwrap(), &truth);
    assert!(with.sad < 0.15 && with.sad < 0.5 * without.sad, "{with:?} {without:?}");
}

#[test]
fn neighbouring_frames_calm_a_still_edge_and_leave_a_moving_one() {
    let truth = truth(0.0);
    let screen = screen(GREEN, 0.0);
    let keying = Keying::of(Backdrop::Green);
    let frames: Vec<Picture> = (0..7).map(|frame| plate(&truth, &screen, frame)).collect();
    let alone: Vec<_> = frames.iter().map(|frame| key(frame, &keying, None).unwrap().alpha).collect();
    let together: Vec<_> = Performance::of(frames.into_iter().map(Ok), &keying, None)
        .map(|matte| matte.unwrap().alpha)
        .collect();
    assert_eq!(together.len(), alone.len());
    let (before, after) = (figures::flicker(&alone), figures::flicker(&together));
    assert!(after < 0.6 * before, "{after} {before}");
}

#[test]
fn masks_keep_and_remove_what_they_name() {
    let truth = truth(0.0);
    let picture = plate(&truth, &screen(GREEN, 0.0), 0);
    let corner = Region::Rectangle([0.0, 0.0], [0.1, 0.1]);
    let middle = Region::Rectangle([0.4, 0.4], [0.6, 0.6]);
    let masks = vec![
        Mask { region: corner, verdict: Verdict::Holdout, feather: 0.0 },
        Mask { region: middle, verdict: Verdict::Garbage, feather: 0.0 },
    ];
    let alpha = key(&picture, &Keying { masks, ..Keying::of(Backdrop::Green) }, None).unwrap().alpha;
    assert_eq!((*alpha.at(3, 3), *alpha.at(160, 90), *alpha.at(160, 130)), (1.0, 0.0, 1.0));
}

#[test]
fn a_plates_own_alpha_is_taken_and_its_edge_has_no_fringe() {
    let truth = truth(0.0);
    // Straight colours, black where nothing is.
    let mut color = truth.1.clone();
    color
        .data
        .iter_mut()
        .zip(&truth.0.data)
        .for_each(|(color, &a)| *color = if a > 0.0 { *color } else { [0.0; 3] });
    let matte = key(&Picture { color, alpha: truth.0.clone() }, &Keying::of(Backdrop::Alpha), None).unwrap();
    assert_eq!(matte.alpha, truth.0);
    let beside = matte.foreground.at(160, 164);
    assert!((0..3).all(|c| (beside[c] - SKIN[c]).abs() < 0.1), "{beside:?}");
}

#[test]
fn a_plate_without_its_backdrop_is_refused() {
    let truth = truth(0.0);
    let picture = plate(&truth, &screen([0.4, 0.1, 0.1], 0.0), 0);
    let share = key(&picture, &Keying::of(Backdrop::Green), None).unwrap_err();
    assert!(share < 0.05, "{share}");
}
