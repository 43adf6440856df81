//! A matte to the shape under it: normals of a body blown up from its outline.
//!
//! A limb is round and a torso flat in the middle, so the surface rises like a quarter circle over a margin inside the
//! outline (distance by 3-4 chamfer, Borgefors 1986) and stays level beyond. Folds and features come from the
//! picture's own shading: what is brighter than its surroundings is taken to stand out a little. It is a guess that is right
//! where it matters, at the edges that a lamp from the side lights.

use maquette_conditioning::Plane;

use crate::window::mean;

/// Pixels of the plate across one normal.
pub(crate) const SHRINK: usize = 4;

/// Unit normals at a quarter of the plate's size: x to the right, y up, z to the camera. `body_px` is the person's height in
/// pixels of the plate.
pub(crate) fn normals(alpha: &Plane<f32>, luminance: &Plane<f32>, body_px: f32) -> Plane<[f32; 3]> {
    // Half the width of a torso.
    let margin = (0.085 * body_px / SHRINK as f32).max(2.0);
    let distance = depth_inside(alpha);
    let round = distance.map(|&depth| {
        let depth = depth.min(margin);
        (depth * (2.0 * margin - depth)).sqrt()
    });
    let blur = (margin / 6.0).round().max(1.0) as usize;
    let mut height = mean(&mean(&round, blur), blur);
    add_features(&mut height, alpha, luminance, margin);
    sloped(&height)
}

/// Distance of each covered pixel to the outline, in pixels.
fn depth_inside(alpha: &Plane<f32>) -> Plane<f32> {
    let (width, height) = (alpha.width(), alpha.height());
    let mut depth = alpha.map(|&alpha| if alpha < 0.5 { 0.0 } else { f32::MAX });
    let step = |depth: &mut Plane<f32>, x: usize, y: usize, side: isize| {
        let at = |dx: isize, dy: isize| {
            let (column, row) = (x as isize + dx, y as isize + dy);
            // The picture's edge cuts the person off; it is no outline.
            let inside = column >= 0 && row >= 0 && column < width as isize && row < height as isize;
            if inside { depth.data[row as usize * width + column as usize] } else { f32::MAX }
        };
        let straight = at(side, 0).min(at(0, side)) + 1.0;
        let diagonal = at(side, side).min(at(-side, side)) + 4.0 / 3.0;
        let value = straight.min(diagonal);
        let here = &mut depth.data[y * width + x];
        *here = here.min(value);
    };
    for y in 0..height {
        (0..width).for_each(|x| step(&mut depth, x, y, -1));
    }
    for y in (0..height).rev() {
        (0..width).rev().for_each(|x| step(&mut depth, x, y, 1));
    }
    depth
}

/// Relief from shading: a twelfth of the margin for a feature twice as bright as around it.
fn add_features(height: &mut Plane<f32>, alpha: &Plane<f32>, luminance: &Plane<f32>, margin: f32) {
    let near = (margin / 8.0).round().max(1.0) as usize;
    let far = (margin / 2.0).round().max(2.0) as usize;
    let covered = Plane::from_vec(
        alpha.width(),
        alpha.height(),
        alpha.data.iter().zip(&luminance.data).map(|(a, y)| a * y).collect(),
    );
    let Some(covered) = covered else { return };
    let weighted = |radius: usize| (mean(&covered, radius), mean(alpha, radius));
    let ((fine, fine_weight), (wide, wide_weight)) = (weighted(near), weighted(far));
    for (i, height) in height.data.iter_mut().enumerate().filter(|&(i, _)| alpha.data[i] > 0.5) {
        let fine = fine.data[i] / fine_weight.data[i].max(1e-3);
        let wide = wide.data[i] / wide_weight.data[i].max(1e-3);
        *height += margin / 12.0 * (fine / wide.max(1e-4) - 1.0).clamp(-1.0, 1.0);
    }
}

fn sloped(height: &Plane<f32>) -> Plane<[f32; 3]> {
    let (width, rows) = (height.width(), height.height());
    let mut normals = Plane::new(width, rows);
    for (i, normal) in normals.data.iter_mut().enumerate() {
        let (x, y) = (i % width, i / width);
        let across = height.at((x + 1).min(width - 1), y) - height.at(x.saturating_sub(1), y);
        let down = height.at(x, (y + 1).min(rows - 1)) - height.at(x, y.saturating_sub(1));
        // No steeper than 70°: a card has no side to light.
        let slope = (0.5 * across).hypot(0.5 * down);
        let bound = (2.75 / slope.max(1e-6)).min(1.0);
        let vector = glam::Vec3::new(-0.5 * across * bound, 0.5 * down * bound, 1.0).normalize();
        *normal = vector.to_array();
    }
    normals
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disc_becomes_a_dome() {
        let inside = |i: usize| ((i % 80) as f32 - 40.0).hypot((i / 80) as f32 - 40.0) < 22.0;
        let alpha = Plane::from_vec(80, 80, (0..6400).map(|i| f32::from(inside(i))).collect()).unwrap();
        let normals = normals(&alpha, &alpha, 4.0 * 22.0 / 0.085);
        let at = |x, y| *normals.at(x, y);
        assert!(at(40, 40)[2] > 0.97, "{:?}", at(40, 40));
        assert!(at(22, 40)[0] < -0.4 && at(58, 40)[0] > 0.4, "{:?} {:?}", at(22, 40), at(58, 40));
        assert!(at(40, 22)[1] > 0.4 && at(40, 58)[1] < -0.4, "{:?} {:?}", at(40, 22), at(40, 58));
        for normal in &normals.data {
            assert!((normal.iter().map(|c| c * c).sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }
}
