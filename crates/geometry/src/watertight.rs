//! Tests: no ray slips through a closed surface where triangles meet.

use std::sync::Arc;

use glam::{Affine3A, Mat3, Quat, Vec3};

use crate::{InstanceBvh, MeshBvh, Placed, Ray, Triangle, lanes::Plain};

/// Corners and triangles of a surface without holes.
struct Surface {
    positions: Vec<Vec3>,
    triangles: Vec<[u32; 3]>,
}

impl Surface {
    /// A ball of radius 1: an octahedron whose triangles were cut into four so many times.
    fn ball(cuts: u32) -> Self {
        let mut soup: Vec<[Vec3; 3]> = Vec::new();
        for octant in 0..8u32 {
            let sign = |bit: u32| if octant >> bit & 1 == 0 { 1.0 } else { -1.0 };
            soup.push([sign(0) * Vec3::X, sign(1) * Vec3::Y, sign(2) * Vec3::Z]);
        }
        for _ in 0..cuts {
            let cut = |[a, b, c]: [Vec3; 3]| {
                let [ab, bc, ca] = [a + b, b + c, c + a].map(Vec3::normalize);
                [[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]
            };
            soup = soup.into_iter().flat_map(cut).collect();
        }
        Self::of(soup.into_iter())
    }

    /// A level floor at height 0 of squares with diagonals either way, from −`side` to `side`.
    fn floor(side: i32, scale: f32) -> Self {
        let at = |x: i32, z: i32| Vec3::new(x as f32, 0.0, z as f32) * scale;
        let squares = (-side..side).flat_map(|x| (-side..side).map(move |z| (x, z)));
        Self::of(squares.flat_map(|(x, z)| {
            let [a, b, c, d] = [at(x, z), at(x + 1, z), at(x + 1, z + 1), at(x, z + 1)];
            if (x + z) % 2 == 0 { [[a, b, c], [a, c, d]] } else { [[a, b, d], [b, c, d]] }
        }))
    }

    fn of(triangles: impl Iterator<Item = [Vec3; 3]>) -> Self {
        let positions: Vec<Vec3> = triangles.flatten().collect();
        let triangles = (0..positions.len() as u32 / 3).map(|i| [3 * i, 3 * i + 1, 3 * i + 2]).collect();
        Self { positions, triangles }
    }

    fn moved(mut self, by: Vec3) -> Self {
        self.positions.iter_mut().for_each(|p| *p += by);
        self
    }

    fn corners(&self) -> impl Iterator<Item = [Vec3; 3]> {
        self.triangles.iter().map(|t| t.map(|i| self.positions[i as usize]))
    }

    /// Every corner, and points on every edge.
    fn seams(&self) -> impl Iterator<Item = Vec3> {
        let on_edges = |[a, b, c]: [Vec3; 3]| {
            let edge = |(from, to): (Vec3, Vec3)| [0.0, 0.5, 0.3141, 0.01].map(|k| from + (to - from) * k);
            [(a, b), (b, c), (c, a)].into_iter().flat_map(edge)
        };
        self.corners().flat_map(on_edges)
    }

    /// The nearest hit of a search through all triangles.
    fn nearest(&self, ray: &Ray) -> Option<(f32, u32, f32, f32)> {
        let hit = |(index, [a, b, c]): (usize, [Vec3; 3])| {
            let (t, u, v) = Triangle::new(a, b, c).intersect(ray)?;
            Some((t, index as u32, u, v))
        };
        self.corners().enumerate().filter_map(hit).min_by(|a, b| a.0.total_cmp(&b.0))
    }
}

/// Every way of asking meets the surface where the ray leads to, and all find the same.
fn assert_met(surface: &Surface, mesh: &MeshBvh, placed: &InstanceBvh, ray: &Ray) {
    let wanted = surface.nearest(ray);
    assert!(wanted.is_some(), "the search through all triangles finds a hole: {ray:?}");
    assert_eq!(mesh.closest_by::<Plain>(ray, |_, _, _, _| true), wanted, "plain: {ray:?}");
    assert_eq!(mesh.closest(ray), wanted, "{ray:?}");
    assert!(mesh.occluded(ray), "{ray:?}");
    assert!(placed.occluded(*ray), "placed: {ray:?}");
    assert!(placed.closest(*ray).is_some(), "placed: {ray:?}");
}

fn built(surface: &Surface) -> (MeshBvh, InstanceBvh) {
    let mesh = MeshBvh::build(&surface.positions, &surface.triangles);
    let placed = Placed { bvh: Arc::new(mesh.clone()), world_from_local: Affine3A::IDENTITY };
    (mesh, InstanceBvh::build(vec![placed]))
}

#[test]
fn rays_from_inside_a_ball_never_get_out() {
    for middle in [Vec3::ZERO, Vec3::new(100.0, -3.0, 0.7), Vec3::splat(1e4)] {
        let surface = Surface::ball(2).moved(middle);
        let (mesh, placed) = built(&surface);
        for from in [Vec3::ZERO, Vec3::new(0.3, 0.0, -0.0), Vec3::new(-0.11, 0.47, 0.4)] {
            for seam in surface.seams() {
                assert_met(&surface, &mesh, &placed, &Ray::new(middle + from, seam - (middle + from)));
            }
        }
    }
}

#[test]
fn rays_along_axes_with_zeros_of_either_sign_meet_seams() {
    let surface = Surface::floor(4, 0.7);
    let (mesh, placed) = built(&surface);
    for seam in surface.seams().filter(|p| p.abs().max_element() < 2.7) {
        for zero in [[0.0, 0.0], [-0.0, 0.0], [0.0, -0.0], [-0.0, -0.0]] {
            for sign in [1.0, -1.0] {
                // The same question along each axis.
                let down = Vec3::new(zero[0], -sign, zero[1]);
                assert_met(&surface, &mesh, &placed, &Ray::new(seam + sign * 5.0 * Vec3::Y, down));
                let next = Vec3::new(seam.x.next_up(), 5.0 * sign, seam.z.next_down());
                assert_met(&surface, &mesh, &placed, &Ray::new(next, down));
            }
        }
    }
}

#[test]
fn oblique_rays_meet_the_seams_of_turned_floors() {
    let turns = [
        Mat3::IDENTITY,
        Mat3::from_cols(Vec3::Y, Vec3::Z, Vec3::X),
        Mat3::from_cols(Vec3::Z, Vec3::X, Vec3::Y),
        Mat3::from_quat(Quat::from_rotation_x(0.4) * Quat::from_rotation_z(-1.1)),
    ];
    for turn in turns {
        let mut surface = Surface::floor(4, 0.3);
        surface.positions.iter_mut().for_each(|p| *p = turn * *p);
        let (mesh, placed) = built(&surface);
        for seam in surface.seams().filter(|p| (turn.transpose() * *p).abs().max_element() < 1.1) {
            for from in [
                Vec3::new(0.0, 1.0, 0.0),
                Vec3::new(1e-3, 1.0, 0.0),
                Vec3::new(2.0, 0.5, 3.0),
                Vec3::new(-40.0, 300.0, 7.0),
                Vec3::new(5.0, -0.6, -1e-7),
            ] {
                let from = turn * from;
                assert_met(&surface, &mesh, &placed, &Ray::new(seam + from, -from));
                assert_met(&surface, &mesh, &placed, &Ray::new(from, seam - from));
            }
        }
    }
}
