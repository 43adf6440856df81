//! Keeps the reflectors that matter.
//!
//! Image sources of order two cost the square of the number of planes, and half the planes of a set are backs of walls
//! that nobody ever faces. Probe rays from where listener and sources go count what they see; a hit stands for a share
//! of solid angle, so near and large planes win. Planes that no probe met come last, by area.

use glam::{DVec3, Vec3};
use maquette_geometry::Ray;

use crate::{obstacle::Layer, reflector::Reflectors};

/// Rays a viewpoint. One of them stands for 0.025 sr, about a 0.5 m square seen from 3 m.
const RAYS: usize = 512;

/// The `most` planes that the viewpoints see most of.
pub(crate) fn most_prominent(
    reflectors: Reflectors,
    still: &Layer,
    viewpoints: &[DVec3],
    most: usize,
) -> Reflectors {
    if reflectors.planes.len() <= most {
        return reflectors;
    }
    let seen = count_hits(&reflectors, still, viewpoints);
    let mut order: Vec<usize> = (0..reflectors.planes.len()).collect();
    let area = |i: usize| reflectors.planes[i].area_m2;
    order.sort_by(|&a, &b| seen[b].cmp(&seen[a]).then(area(b).total_cmp(&area(a))).then(a.cmp(&b)));
    order.truncate(most);
    reflectors.picked(&order)
}

fn count_hits(reflectors: &Reflectors, still: &Layer, viewpoints: &[DVec3]) -> Vec<u32> {
    let mut seen = vec![0; reflectors.planes.len()];
    for viewpoint in viewpoints {
        for direction in even_directions() {
            let hit = still.closest(Ray::new(viewpoint.as_vec3(), direction));
            let plane = hit.and_then(|hit| reflectors.owner[hit.body_index][hit.triangle as usize]);
            plane.into_iter().for_each(|plane| seen[plane] += 1);
        }
    }
    seen
}

/// Directions spread evenly over the sphere (a Fibonacci lattice: Swinbank and Purser 2006).
fn even_directions() -> impl Iterator<Item = Vec3> {
    let golden_angle = std::f32::consts::PI * (3.0 - 5f32.sqrt());
    (0..RAYS).map(move |i| {
        let height = 1.0 - (2.0 * i as f32 + 1.0) / RAYS as f32;
        let radius = (1.0 - height * height).sqrt();
        let (sine, cosine) = (golden_angle * i as f32).sin_cos();
        Vec3::new(radius * cosine, height, radius * sine)
    })
}
