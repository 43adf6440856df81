//! ꟻLIP against its authors' program, on pictures drawn here and there with the same integer arithmetic.
//! `fixtures/make_flip.py` wrote the answers.

#![allow(clippy::unwrap_used)] // a test may panic

use maquette_conditioning::Plane;
use maquette_metrics::{Flip, hdr_flip, ldr_flip};

const WIDTH: usize = 96;
const HEIGHT: usize = 72;
/// Mean and pixels may differ by this much: single precision over some forty taps.
const MEAN_TOLERANCE: f64 = 1e-5;
const PIXEL_TOLERANCE: f64 = 1e-3;

fn base(x: i64, y: i64, c: usize) -> i64 {
    let c = c as i64;
    if (x - 70).pow(2) + (y - 20).pow(2) < 200 {
        return [220, 60, 40][c as usize];
    }
    if y > 48 {
        return if (x / 6 + y / 6) % 2 == 0 { 200 } else { 30 + 20 * c };
    }
    if x < 24 && x % 4 == 0 {
        return 250;
    }
    (x * 2 + y + 10 * c) % 256
}

fn scatter(x: i64, y: i64, c: usize) -> i64 {
    let value = ((x * 73_856_093) ^ (y * 19_349_663) ^ (c as i64 * 83_492_791)) & 0xFFFF_FFFF;
    (value >> 7) % 1024
}

fn changed(pair: &str, x: i64, y: i64, c: usize) -> i64 {
    let same = base(x, y, c);
    match pair {
        "equal" => same,
        "noisy" => (same + scatter(x, y, c) % 41 - 20).clamp(0, 255),
        "shifted" => base(x + 1, y, c),
        "tinted" => same / if c == 2 { 2 } else { 1 },
        "brighter" => (same * 9 / 8).clamp(0, 255),
        "black" => 0,
        _ => panic!("no pair {pair}"),
    }
}

fn codes(f: impl Fn(i64, i64, usize) -> i64) -> Plane<[u8; 3]> {
    let pixel = |i: usize| std::array::from_fn(|c| f((i % WIDTH) as i64, (i / WIDTH) as i64, c) as u8);
    Plane::from_vec(WIDTH, HEIGHT, (0..WIDTH * HEIGHT).map(pixel).collect()).unwrap()
}

fn light(f: impl Fn(i64, i64, usize) -> i64) -> Plane<[f32; 3]> {
    let mut index = 0;
    codes(f).map(|color| {
        let stop = ((index % WIDTH / 12) as f32 - 4.0).exp2();
        index += 1;
        color.map(|code| (f32::from(code) + 1.0) * stop)
    })
}

fn ours(kind: &str, pair: &str) -> Flip {
    let image = |x, y, c| changed(pair, x, y, c);
    if kind == "ldr" {
        return ldr_flip(&codes(image), &codes(base)).unwrap();
    }
    let mut image = light(image);
    if pair == "noisy" {
        for y in (5..HEIGHT).step_by(31) {
            for x in (7..WIDTH).step_by(29) {
                image.data[y * WIDTH + x] = image.at(x, y).map(|value| value * 1024.0);
            }
        }
    }
    hdr_flip(&image, &light(base)).unwrap()
}

#[test]
fn agrees_with_the_authors_program() {
    let mut lines = 0;
    for line in include_str!("fixtures/flip.txt").lines() {
        let mut words = line.split(' ');
        let (kind, pair) = (words.next().unwrap(), words.next().unwrap());
        let mean: f64 = words.next().unwrap().parse().unwrap();
        let flip = ours(kind, pair);
        let mut furthest: f64 = 0.0;
        for (i, wanted) in words.map(|word| word.parse::<f64>().unwrap()).enumerate() {
            let got = *flip.map.at(i % (WIDTH / 8) * 8, i / (WIDTH / 8) * 8);
            furthest = furthest.max((f64::from(got) - wanted).abs());
        }
        println!("{kind} {pair}: mean {:.7} against {mean:.7}, pixels within {furthest:.1e}", flip.mean);
        assert!((flip.mean - mean).abs() < MEAN_TOLERANCE, "{kind} {pair}: {} against {mean}", flip.mean);
        assert!(furthest < PIXEL_TOLERANCE, "{kind} {pair}: {furthest}");
        lines += 1;
    }
    assert_eq!(lines, 12);
}

#[test]
fn exposure_of_both_pictures_changes_nothing() {
    let (image, reference) = (light(|x, y, c| changed("noisy", x, y, c)), light(base));
    let brighter =
        |picture: &Plane<[f32; 3]>| picture.map(|color: &[f32; 3]| color.map(|value| value * 4096.0));
    let (a, b) =
        (hdr_flip(&image, &reference).unwrap(), hdr_flip(&brighter(&image), &brighter(&reference)).unwrap());
    assert!((a.mean - b.mean).abs() < 1e-6, "{} {}", a.mean, b.mean);
}

#[test]
fn black_pictures_and_extreme_values_have_an_answer() {
    let black = Plane::<[f32; 3]>::new(20, 10);
    assert_eq!(hdr_flip(&black, &black).unwrap().mean, 0.0);
    let lit = black.map(|_| [2.0; 3]);
    assert!(hdr_flip(&lit, &black).unwrap().mean > 0.5);
    let mut mostly_black = black.clone();
    mostly_black.data[3] = [7.0; 3];
    let mut image = mostly_black.clone();
    image.data[9] = [f32::MAX; 3];
    image.data[10] = [-5.0; 3];
    let flip = hdr_flip(&image, &mostly_black).unwrap();
    assert!(flip.mean > 0.0 && flip.map.data.iter().all(|v| (0.0..=1.0).contains(v)), "{}", flip.mean);
    assert!(ldr_flip(&Plane::new(3, 3), &Plane::new(3, 4)).is_err());
}
