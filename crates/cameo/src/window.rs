//! Sums, extremes and means over square windows, at a cost that does not grow with the window.

use maquette_conditioning::Plane;
use rayon::prelude::*;

/// The least value within `radius` pixels across and down.
pub(crate) fn least(plane: &Plane<f32>, radius: usize) -> Plane<f32> {
    extreme(plane, radius, f32::min)
}

/// The greatest value within `radius` pixels across and down.
pub(crate) fn greatest(plane: &Plane<f32>, radius: usize) -> Plane<f32> {
    extreme(plane, radius, f32::max)
}

/// Rows first, then columns: taken whole rows at a time, both run over neighbouring memory.
fn extreme(plane: &Plane<f32>, radius: usize, of: impl Fn(f32, f32) -> f32 + Sync) -> Plane<f32> {
    let (width, height) = (plane.width(), plane.height());
    let mut across = plane.clone();
    across.data.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
        let source = &plane.data[y * width..(y + 1) * width];
        for shift in 1..=radius.min(width) {
            let pairs = row[shift..].iter_mut().zip(source);
            pairs.for_each(|(value, &left)| *value = of(*value, left));
            let pairs = row.iter_mut().zip(&source[shift..]);
            pairs.for_each(|(value, &right)| *value = of(*value, right));
        }
    });
    let mut result = across.clone();
    result.data.par_chunks_mut(width.max(1)).enumerate().for_each(|(y, row)| {
        for other in (y.saturating_sub(radius)..=(y + radius).min(height - 1)).filter(|&other| other != y) {
            let source = &across.data[other * width..(other + 1) * width];
            row.iter_mut().zip(source).for_each(|(value, &there)| *value = of(*value, there));
        }
    });
    result
}

/// Mean over the part of the window that lies in the picture.
pub(crate) fn mean(plane: &Plane<f32>, radius: usize) -> Plane<f32> {
    let (width, height) = (plane.width(), plane.height());
    if width == 0 || height == 0 {
        return plane.clone();
    }
    let mut across = plane.clone();
    across.data.par_chunks_mut(width).enumerate().for_each(|(y, row)| {
        running_mean(&plane.data[y * width..(y + 1) * width], radius, row);
    });
    let mut result = plane.clone();
    // Bands of rows, each with column sums of its own.
    const BAND: usize = 64;
    result.data.par_chunks_mut(width * BAND).enumerate().for_each(|(band, rows)| {
        let row_at = |y: usize| &across.data[y * width..(y + 1) * width];
        let first = band * BAND;
        let mut sums = vec![0.0f32; width];
        let add = |sums: &mut [f32], y: usize, sign: f32| {
            sums.iter_mut().zip(row_at(y)).for_each(|(sum, &value)| *sum += sign * value);
        };
        (first.saturating_sub(radius)..=(first + radius).min(height - 1))
            .for_each(|y| add(&mut sums, y, 1.0));
        for (i, row) in rows.chunks_mut(width).enumerate() {
            let y = first + i;
            if i > 0 {
                if y + radius < height {
                    add(&mut sums, y + radius, 1.0);
                }
                if y > radius {
                    add(&mut sums, y - radius - 1, -1.0);
                }
            }
            let count = (y + radius).min(height - 1) - y.saturating_sub(radius) + 1;
            let share = 1.0 / count as f32;
            row.iter_mut().zip(&sums).for_each(|(value, &sum)| *value = sum * share);
        }
    });
    result
}

fn running_mean(source: &[f32], radius: usize, target: &mut [f32]) {
    let last = source.len() - 1;
    let mut sum: f64 = source[..=radius.min(last)].iter().map(|&value| f64::from(value)).sum();
    for x in 0..=last {
        if x > 0 {
            if x + radius <= last {
                sum += f64::from(source[x + radius]);
            }
            if x > radius {
                sum -= f64::from(source[x - radius - 1]);
            }
        }
        let count = (x + radius).min(last) - x.saturating_sub(radius) + 1;
        target[x] = (sum / count as f64) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane() -> Plane<f32> {
        let values = (0..70 * 75).map(|i| ((i * 7919) % 101) as f32 / 101.0).collect();
        Plane::from_vec(70, 75, values).unwrap()
    }

    /// By the definition, pixel by pixel.
    fn by_definition(plane: &Plane<f32>, radius: usize, x: usize, y: usize) -> [f32; 3] {
        let mut values = Vec::new();
        for row in y.saturating_sub(radius)..=(y + radius).min(plane.height() - 1) {
            for column in x.saturating_sub(radius)..=(x + radius).min(plane.width() - 1) {
                values.push(*plane.at(column, row));
            }
        }
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        [values.iter().copied().fold(1.0, f32::min), mean, values.iter().copied().fold(0.0, f32::max)]
    }

    #[test]
    fn windows_hold_what_their_definition_says() {
        let plane = plane();
        for radius in [1, 2, 9] {
            let found = [least(&plane, radius), mean(&plane, radius), greatest(&plane, radius)];
            for (x, y) in [(0, 0), (1, 74), (35, 40), (69, 63), (69, 64), (20, 65)] {
                let expected = by_definition(&plane, radius, x, y);
                for (found, expected) in found.iter().map(|plane| *plane.at(x, y)).zip(expected) {
                    assert!((found - expected).abs() < 1e-5, "{radius} {x} {y}: {found} {expected}");
                }
            }
        }
    }
}
