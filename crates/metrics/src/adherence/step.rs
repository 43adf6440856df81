//! A picture and an outline to where along the normals the picture steps.
//!
//! The step at a place is the difference of the mean colours at its two sides, averaged as a vector along the outline: an
//! edge keeps its direction in colour there, a texture does not, and drops out.

use std::ops::RangeInclusive;

use maquette_conditioning::Plane;

use super::{
    outline::{Outline, Point},
    scale::Scale,
};

/// Steps below this are not seen: two percent of the range of display values.
const LEAST_STEP: f32 = 0.02;
/// A step stands out where it is so many times the mean of those in reach: an even gradient has 1.
const OUTSTANDING: f32 = 1.4;
/// The average along an outline spans at most 2/16 of it, so that the normal turns little.
const SPANS: usize = 16;

/// For every point of an outline, how far along its normal the picture's strongest step lies, in pixels, positive to the
/// right; `None` where none stands out, or the point is not `asked` for. The outline is moved by `shift` first; beyond its
/// edge the picture is mirrored.
pub(super) fn steps(
    picture: &Plane<[f32; 3]>,
    outline: &Outline,
    asked: impl Fn(usize) -> bool,
    shift: [f32; 2],
    scale: Scale,
) -> Vec<Option<f32>> {
    let row = 2 * scale.reach + 1;
    let differences = differences(picture, outline, shift, scale);
    let half = scale.along.min(outline.points.len() / SPANS);
    let (mut sums, mut strengths) = (vec![[0.0f32; 3]; row], vec![0.0f32; row]);
    let found = |(i, point): (usize, &Point)| {
        if !asked(i) {
            return None;
        }
        sums.fill([0.0; 3]);
        let mut count = 0.0;
        for neighbour in outline.around(i, half) {
            count += 1.0;
            let values = differences[neighbour * row..][..row].as_flattened();
            sums.as_flattened_mut().iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
        }
        for (strength, [r, g, b]) in strengths.iter_mut().zip(&sums) {
            *strength = ((r * r + g * g + b * b) / 3.0).sqrt() / count;
        }
        let range = scale.reach - point.reach[0]..=scale.reach + point.reach[1];
        strongest(&strengths, range).map(|at| at - scale.reach as f32)
    };
    outline.points.iter().enumerate().map(found).collect()
}

/// Mean colour right minus left of every place along each point's normal, from one end of the reach to the other.
fn differences(picture: &Plane<[f32; 3]>, outline: &Outline, shift: [f32; 2], scale: Scale) -> Vec<[f32; 3]> {
    let side = scale.side;
    let half = scale.reach + side;
    let mut along = vec![[0.0f32; 3]; 2 * half];
    let mut differences = Vec::with_capacity(outline.points.len() * (2 * scale.reach + 1));
    for Point { place, normal, .. } in &outline.points {
        for (i, color) in along.iter_mut().enumerate() {
            let distance = i as f32 + 0.5 - half as f32;
            *color = sampled(picture, [0, 1].map(|axis| place[axis] + shift[axis] + distance * normal[axis]));
        }
        let mut sum = [0.0f32; 3];
        for i in 0..side {
            sum = std::array::from_fn(|c| sum[c] + along[i + side][c] - along[i][c]);
        }
        differences.push(sum.map(|sum| sum / side as f32));
        for i in 0..2 * scale.reach {
            sum = std::array::from_fn(|c| {
                sum[c] + along[i][c] - 2.0 * along[i + side][c] + along[i + 2 * side][c]
            });
            differences.push(sum.map(|sum| sum / side as f32));
        }
    }
    differences
}

/// Bilinear, mirrored beyond the edges.
fn sampled(picture: &Plane<[f32; 3]>, [x, y]: [f32; 2]) -> [f32; 3] {
    let (x, y, width) = (x - 0.5, y - 0.5, picture.width());
    let inside = x >= 0.0 && y >= 0.0 && x < width as f32 - 1.0 && y < picture.height() as f32 - 1.0;
    let (left, top) =
        if inside { (x as isize, y as isize) } else { (x.floor() as isize, y.floor() as isize) };
    let (u, v) = (x - left as f32, y - top as f32);
    let at = |dx: isize, dy: isize| {
        let (x, y) = if inside {
            ((left + dx) as usize, (top + dy) as usize)
        } else {
            (mirrored(left + dx, width), mirrored(top + dy, picture.height()))
        };
        picture.data[y * width + x]
    };
    let (a, b, c, d) = (at(0, 0), at(1, 0), at(0, 1), at(1, 1));
    std::array::from_fn(|i| (1.0 - v) * ((1.0 - u) * a[i] + u * b[i]) + v * ((1.0 - u) * c[i] + u * d[i]))
}

fn mirrored(place: isize, count: usize) -> usize {
    if place >= 0 && (place as usize) < count {
        return place as usize;
    }
    let place = place.rem_euclid(2 * count as isize) as usize;
    place.min(2 * count - 1 - place)
}

/// Index of the highest peak in a range, between whole ones by the parabola through its neighbours; `None` unless it stands
/// out. A rise towards the range's end is the flank of another boundary's step, no peak.
fn strongest(strengths: &[f32], range: RangeInclusive<usize>) -> Option<f32> {
    let sum: f32 = strengths[range.clone()].iter().sum();
    let count = range.clone().count() as f32;
    let inner = (*range.start()).max(1)..=(*range.end()).min(strengths.len() - 2);
    let (at, peak) = inner
        .map(|i| (i, strengths[i]))
        .filter(|&(i, strength)| strength >= strengths[i - 1] && strength > strengths[i + 1])
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    if peak < LEAST_STEP || peak * count < OUTSTANDING * sum {
        return None;
    }
    let (before, after) = (strengths[at - 1], strengths[at + 1]);
    Some(at as f32 + 0.5 * (after - before) / (2.0 * peak - before - after))
}
