//! A matte to metres: how large a pixel is, and where the feet stand.

use maquette_conditioning::Plane;

/// How a plate lies in the world; the same for all of its frames, so that somebody who crouches gets smaller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Framing {
    /// Metres a pixel.
    pub metres_per_pixel: f32,
    /// The floor, in pixels from the top.
    pub foot_row: f32,
    /// Between the feet, in pixels from the left.
    pub foot_column: f32,
    /// Pixels across and down the plate.
    pub size: (usize, usize),
}

/// A row or column with less than this many pixels of the person in it is noise.
const LEAST: f32 = 1.5;

impl Framing {
    /// From a frame in which the person is seen upright, from head to foot. `None` when nobody is there.
    pub fn measured(alpha: &Plane<f32>, height_m: f32) -> Option<Self> {
        let width = alpha.width();
        let rows: Vec<f32> = alpha.data.chunks(width.max(1)).map(|row| row.iter().sum()).collect();
        let head = rows.iter().position(|&sum| sum >= LEAST)?;
        let feet = rows.iter().rposition(|&sum| sum >= LEAST)? + 1;
        let tall = feet - head;
        // The feet: the lowest twelfth.
        let lowest = &alpha.data[(feet - (tall / 12).max(1)) * width..feet * width];
        let column = |x: usize| lowest.iter().skip(x).step_by(width).sum::<f32>();
        let columns: Vec<f32> = (0..width).map(column).collect();
        let left = columns.iter().position(|&sum| sum >= 0.5)?;
        let right = columns.iter().rposition(|&sum| sum >= 0.5)? + 1;
        Some(Self {
            metres_per_pixel: height_m / tall as f32,
            foot_row: feet as f32,
            foot_column: 0.5 * (left + right) as f32,
            size: (width, alpha.height()),
        })
    }

    /// Height of the person's mouth above the floor, in metres: 0.93 of theirs.
    pub fn mouth_m(height_m: f32) -> f32 {
        0.93 * height_m
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_of_known_pixels_gets_the_stated_height() {
        let mut alpha = Plane::new(200, 100);
        for y in 20..80 {
            (90..110).for_each(|x| alpha.data[y * 200 + x] = 1.0);
        }
        alpha.data[5 * 200] = 0.7; // A speck is nobody.
        let framing = Framing::measured(&alpha, 1.8).unwrap();
        assert!((framing.metres_per_pixel - 0.03).abs() < 1e-6);
        assert_eq!((framing.foot_row, framing.foot_column), (80.0, 100.0));
        assert_eq!(Framing::measured(&Plane::new(200, 100), 1.8), None);
    }
}
