//! An actor as sound meets them: a body that hides, takes up and scatters.

use std::sync::Arc;

use glam::Vec3;
use maquette_conditioning::{Mesh, Surface};

use crate::shape::Faces;

/// Half widths and half depths of a trunk with legs and of a head, and where the one ends and the other begins, over stature: the
/// neck stands in the trunk, for faces in one place would be missed.
const TRUNK: [f32; 2] = [0.13, 0.08];
const HEAD: [f32; 2] = [0.045, 0.055];
const SHOULDER_HEIGHT: f32 = 0.82;
const NECK_HEIGHT: f32 = 0.8;

/// Someone in ordinary clothes. Vorländer (Auralization, 2008, appendix) gives an audience of 0.72 people a square metre of
/// floor; that is as much for each as these shares of the 2.46 m² that a body of 1.75 m has here, soles left out.
const CLOTHED: [f32; 8] = [0.056, 0.12, 0.23, 0.37, 0.42, 0.4, 0.4, 0.4];

/// The form of somebody so tall who stands on the origin and looks along −Z.
pub(crate) fn form(height_m: f32) -> Arc<Mesh> {
    let mut faces = Faces::default();
    for ([half_width, half_depth], low, high) in [(TRUNK, 0.0, SHOULDER_HEIGHT), (HEAD, NECK_HEIGHT, 1.0)] {
        let corner = |side: f32, y: f32| height_m * Vec3::new(side * half_width, y, side * half_depth);
        faces.block(corner(-1.0, low), corner(1.0, high));
    }
    Arc::new(faces.mesh())
}

/// What somebody does to sound, who scatters all that they send back: a body is round, only its form here is square.
pub(crate) fn surface() -> Surface {
    Surface { absorption: CLOTHED, scattering: [1.0; 8], transmission_loss_db: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_takes_up_as_much_as_one_of_an_audience() {
        let form = form(1.75);
        let area = |t: &[u32; 3]| {
            let [a, b, c] = t.map(|i| form.positions[i as usize]);
            let is_sole = a.y + b.y + c.y == 0.0;
            // The neck is inside.
            let is_inside = a.y == b.y && b.y == c.y && (b - a).cross(c - a).y < 0.0;
            if is_sole || is_inside { 0.0 } else { 0.5 * (b - a).cross(c - a).length() }
        };
        let neck_m2 = 4.0 * HEAD[0] * HEAD[1] * 1.75 * 1.75;
        let area_m2 = form.triangles.iter().map(area).sum::<f32>() - neck_m2;
        // Share of a square metre of audience, 0.72 to the square metre.
        let audience = [0.10, 0.21, 0.41, 0.65, 0.75, 0.71];
        for (band, share) in audience.into_iter().enumerate() {
            let taken_m2 = surface().absorption[band] * area_m2;
            assert!((taken_m2 - share / 0.72).abs() < 0.02, "{band}: {taken_m2} {area_m2}");
        }
    }
}
