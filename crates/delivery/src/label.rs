//! A label that anybody sees: "SYNTHETIC", wandering through the picture so that cropping or painting it out costs the shot.
//!
//! It comes on top of the invisible mark and of the credential, for those who want it; the scene-linear file stays clean.

use std::f64::consts::TAU;

use font8x8::legacy::BASIC_LEGACY;

use crate::grade::Image8;

const TEXT: &str = "SYNTHETIC";
/// Frames of a way there and back, across and down. They share no factor: the way repeats after half an hour only.
const PERIODS: [f64; 2] = [239.0, 173.0];
/// Picture heights of a letter.
const HEIGHT: f64 = 1.0 / 24.0;
/// Letters that stay free at the picture's edges.
const MARGIN: usize = 1;
/// How far a lit pixel goes towards white, and the one at its lower right towards black.
const OPACITY: f32 = 0.55;

/// Writes the label into a frame. Pictures too small for it stay as they are.
pub fn label(image: &mut Image8, frame: u32) {
    let scale = ((image.height() as f64 * HEIGHT / 8.0).round() as usize).max(1);
    let letter = 8 * scale;
    let (width, height) = (TEXT.len() * letter, letter);
    let room = |side: usize, own: usize| side.checked_sub(own + 2 * MARGIN * letter);
    let (Some(across), Some(down)) = (room(image.width(), width), room(image.height(), height)) else {
        return;
    };
    let place = |room: usize, period: f64| {
        let wave = 0.5 - 0.5 * (TAU * f64::from(frame) / period).cos();
        MARGIN * letter + (wave * room as f64).round() as usize
    };
    let (left, top) = (place(across, PERIODS[0]), place(down, PERIODS[1]));
    let lit: Vec<(usize, usize)> = (0..width * height)
        .map(|i| (i % width, i / width))
        .filter(|&(x, y)| is_lit(x / scale, y / scale))
        .collect();
    for (towards, shift) in [(0.0, scale.div_ceil(2)), (255.0, 0)] {
        for (x, y) in &lit {
            let (column, row) = (left + x + shift, top + y + shift);
            let index = row * image.width() + column;
            image.data[index] = image.data[index].map(|code| mixed(code, towards));
        }
    }
}

fn is_lit(x: usize, y: usize) -> bool {
    let letter = TEXT.as_bytes()[x / 8];
    BASIC_LEGACY[usize::from(letter)][y] >> (x % 8) & 1 == 1
}

fn mixed(code: u8, towards: f32) -> u8 {
    (f32::from(code) + OPACITY * (towards - f32::from(code))).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grey() -> Image8 {
        let mut image = Image8::new(480, 270);
        image.data.fill([90; 3]);
        image
    }

    /// The rectangle of what changed.
    fn changed(frame: u32) -> [usize; 4] {
        let mut image = grey();
        label(&mut image, frame);
        let at = || (0..image.data.len()).filter(|&i| image.data[i] != [90; 3]);
        let (columns, rows) = (|| at().map(|i| i % 480), || at().map(|i| i / 480));
        [columns().min(), rows().min(), columns().max(), rows().max()].map(Option::unwrap)
    }

    #[test]
    fn it_is_there_in_every_frame_inside_the_picture() {
        for frame in 1001..1400 {
            let [left, top, right, bottom] = changed(frame);
            assert!(left >= 8 && top >= 8 && right < 472 && bottom < 262, "{frame}");
            assert!((60..=80).contains(&(right - left)) && (6..=9).contains(&(bottom - top)), "{frame}");
        }
    }

    #[test]
    fn it_wanders_over_most_of_the_picture_without_jumps() {
        let places: Vec<[usize; 4]> = (1001..1300).map(changed).collect();
        let reach = |axis: usize| {
            let along = || places.iter().map(|place| place[axis]);
            along().max().unwrap() - along().min().unwrap()
        };
        assert!(reach(0) > 350 && reach(1) > 220, "{} {}", reach(0), reach(1));
        let step = |pair: &[[usize; 4]]| pair[0][0].abs_diff(pair[1][0]).max(pair[0][1].abs_diff(pair[1][1]));
        assert!(places.windows(2).map(step).max().unwrap() <= 8);
    }

    #[test]
    fn a_picture_too_small_for_it_stays_as_it_is() {
        let mut image = Image8::new(40, 20);
        label(&mut image, 1001);
        assert_eq!(image, Image8::new(40, 20));
    }
}
