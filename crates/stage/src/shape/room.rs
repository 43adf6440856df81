//! A room with doors and windows, seen from inside and outside.
//!
//! Inner faces, outer faces and the reveals of the openings make one closed surface. All walls are cut along the same
//! lines, so that corners meet corners everywhere and no ray slips through a seam. Each wall, the floor
//! and the ceiling is a mesh of its own: sound sees six large planes.

use glam::Vec3;
use maquette_conditioning::Mesh;
use maquette_scene::document::{Opening, Wall};

use super::Faces;

/// A room's measures. The origin is the middle of the floor; walls grow outwards.
pub(crate) struct Room {
    size: Vec3,
    thickness: f32,
    open_top: bool,
    holes: Vec<Hole>,
}

/// An opening within its wall: along and up from the middle of the wall's lower edge.
struct Hole {
    wall: Wall,
    along: [f32; 2],
    up: [f32; 2],
}

const WALLS: [Wall; 4] = [Wall::Back, Wall::Front, Wall::Left, Wall::Right];

/// To a hundredth of a millimetre: edges that are meant to meet then do, bit for bit.
fn exact(value: f32) -> f32 {
    (value * 1e5).round() / 1e5
}

impl Room {
    /// Openings are clipped to their walls.
    pub(crate) fn new(size: Vec3, thickness: f32, openings: &[Opening], open_top: bool) -> Self {
        let (size, thickness) = (2.0 * (0.5 * size).map(exact), exact(thickness));
        let hole = |o: &Opening| {
            let half = 0.5 * if crosses_x(o.wall) { size.x } else { size.z };
            let along = [o.offset_m - 0.5 * o.size_m.0, o.offset_m + 0.5 * o.size_m.0];
            let up = [o.sill_m, o.sill_m + o.size_m.1];
            let (along, up) =
                (along.map(|a| exact(a).clamp(-half, half)), up.map(|u| exact(u).clamp(0.0, size.y)));
            (along[0] < along[1] && up[0] < up[1]).then_some(Hole { wall: o.wall, along, up })
        };
        Self { size, thickness, open_top, holes: openings.iter().filter_map(hole).collect() }
    }

    /// Lines that cut the walls along x or z, from outer edge to outer edge.
    fn cuts_along(&self, along_x: bool) -> Vec<f32> {
        let half = 0.5 * if along_x { self.size.x } else { self.size.z };
        let holes =
            self.holes.iter().filter(|hole| crosses_x(hole.wall) == along_x).flat_map(|hole| hole.along);
        sorted(holes.chain([-half - self.thickness, -half, half, half + self.thickness]))
    }

    /// Lines that cut the walls in height, from under the floor to the top of the walls.
    fn cuts_up(&self) -> Vec<f32> {
        let top = (!self.open_top).then_some(self.size.y + self.thickness);
        let holes = self.holes.iter().flat_map(|hole| hole.up);
        sorted(holes.chain([-self.thickness, 0.0, self.size.y]).chain(top))
    }

    fn is_hole(&self, wall: Wall, along: f32, up: f32) -> bool {
        let inside = |range: [f32; 2], x: f32| range[0] < x && x < range[1];
        self.holes.iter().any(|h| h.wall == wall && inside(h.along, along) && inside(h.up, up))
    }

    /// Half the wall's inner length, and the distance of its inner face from the middle.
    fn half_and_reach(&self, wall: Wall) -> (f32, f32) {
        let (x, z) = (0.5 * self.size.x, 0.5 * self.size.z);
        if crosses_x(wall) { (x, z) } else { (z, x) }
    }
}

/// Whether a wall runs along x.
fn crosses_x(wall: Wall) -> bool {
    matches!(wall, Wall::Back | Wall::Front)
}

/// A point by its place along a wall, height, and distance from the room's middle.
fn at(wall: Wall, along: f32, up: f32, out: f32) -> Vec3 {
    match wall {
        Wall::Back => Vec3::new(along, up, -out),
        Wall::Front => Vec3::new(along, up, out),
        Wall::Left => Vec3::new(-out, up, along),
        Wall::Right => Vec3::new(out, up, along),
    }
}

fn sorted(values: impl Iterator<Item = f32>) -> Vec<f32> {
    let mut values: Vec<f32> = values.map(|v| v + 0.0).collect();
    values.sort_by(f32::total_cmp);
    values.dedup();
    values
}

/// Floor, walls (back, front, left, right) and ceiling.
pub(super) fn meshes(room: &Room) -> Vec<Mesh> {
    let mut meshes = vec![floor(room).mesh()];
    meshes.extend(WALLS.iter().map(|wall| wall_faces(room, *wall).mesh()));
    if !room.open_top {
        meshes.push(ceiling(room).mesh());
    }
    meshes
}

fn wall_faces(room: &Room, wall: Wall) -> Faces {
    let (half, reach) = room.half_and_reach(wall);
    let outer = reach + room.thickness;
    let (along, up) = (room.cuts_along(crosses_x(wall)), room.cuts_up());
    // Seen from inside, `along` runs to the right on the back and the right wall.
    let mirrored = matches!(wall, Wall::Front | Wall::Left);
    let mut faces = Faces::default();
    let mut face = |corners: [Vec3; 4], flip: bool| {
        let [a, b, c, d] = corners;
        faces.quad(if flip != mirrored { [d, c, b, a] } else { corners });
    };
    for a in along.windows(2) {
        for u in up.windows(2) {
            let middle = [0.5 * (a[0] + a[1]), 0.5 * (u[0] + u[1])];
            if room.is_hole(wall, middle[0], middle[1]) {
                reveals(room, wall, [a[0], a[1]], [u[0], u[1]], &mut face);
                continue;
            }
            let quad = |out: f32| {
                [
                    at(wall, a[0], u[0], out),
                    at(wall, a[1], u[0], out),
                    at(wall, a[1], u[1], out),
                    at(wall, a[0], u[1], out),
                ]
            };
            if middle[0].abs() < half && middle[1] > 0.0 && middle[1] < room.size.y {
                face(quad(reach), false);
            }
            face(quad(outer), true);
        }
    }
    if room.open_top {
        rim(room, wall, &along, &mut face);
    }
    faces
}

/// The sides of a hole where its cell borders on solid wall.
fn reveals(room: &Room, wall: Wall, a: [f32; 2], u: [f32; 2], face: &mut impl FnMut([Vec3; 4], bool)) {
    let (half, reach) = room.half_and_reach(wall);
    let outer = reach + room.thickness;
    let middle = [0.5 * (a[0] + a[1]), 0.5 * (u[0] + u[1])];
    let (step_a, step_u) = (1e-3 * (a[1] - a[0]), 1e-3 * (u[1] - u[0]));
    for (x, beyond, flip) in [(a[0], a[0] - step_a, false), (a[1], a[1] + step_a, true)] {
        if beyond.abs() > half || !room.is_hole(wall, beyond, middle[1]) {
            face(
                [
                    at(wall, x, u[0], outer),
                    at(wall, x, u[0], reach),
                    at(wall, x, u[1], reach),
                    at(wall, x, u[1], outer),
                ],
                !flip,
            );
        }
    }
    for (y, beyond, flip) in [(u[0], u[0] - step_u, false), (u[1], u[1] + step_u, true)] {
        let open = room.open_top && beyond > room.size.y;
        if !open && !room.is_hole(wall, middle[0], beyond) {
            face(
                [
                    at(wall, a[0], y, reach),
                    at(wall, a[1], y, reach),
                    at(wall, a[1], y, outer),
                    at(wall, a[0], y, outer),
                ],
                flip,
            );
        }
    }
}

/// The top of a wall in an open room. Back and front walls take the corners.
fn rim(room: &Room, wall: Wall, along: &[f32], face: &mut impl FnMut([Vec3; 4], bool)) {
    let (half, reach) = room.half_and_reach(wall);
    let outer = reach + room.thickness;
    let top = room.size.y;
    for a in along.windows(2) {
        let middle = 0.5 * (a[0] + a[1]);
        if room.is_hole(wall, middle, top * 0.999) || (middle.abs() > half && !crosses_x(wall)) {
            continue;
        }
        face(
            [
                at(wall, a[0], top, reach),
                at(wall, a[1], top, reach),
                at(wall, a[1], top, outer),
                at(wall, a[0], top, outer),
            ],
            false,
        );
    }
}

fn floor(room: &Room) -> Faces {
    let mut faces = Faces::default();
    sheet(room, 0.0, true, true, &mut faces);
    sheet(room, -room.thickness, false, false, &mut faces);
    faces
}

fn ceiling(room: &Room) -> Faces {
    let mut faces = Faces::default();
    sheet(room, room.size.y, true, false, &mut faces);
    sheet(room, room.size.y + room.thickness, false, true, &mut faces);
    faces
}

/// A horizontal face, over the inner or the outer extent.
fn sheet(room: &Room, y: f32, inner: bool, up: bool, faces: &mut Faces) {
    let (hx, hz) = (0.5 * room.size.x, 0.5 * room.size.z);
    let (x, z) = (room.cuts_along(true), room.cuts_along(false));
    for x in x.windows(2).filter(|x| !inner || (x[0] >= -hx && x[1] <= hx)) {
        for z in z.windows(2).filter(|z| !inner || (z[0] >= -hz && z[1] <= hz)) {
            let mut corners = [
                Vec3::new(x[0], y, z[1]),
                Vec3::new(x[1], y, z[1]),
                Vec3::new(x[1], y, z[0]),
                Vec3::new(x[0], y, z[0]),
            ];
            if !up {
                corners.reverse();
            }
            faces.quad(corners);
        }
    }
}

/// The solid parts of a room as boxes (centre, half extents): what things collide with.
pub(crate) fn slabs(room: &Room) -> Vec<(Vec3, Vec3)> {
    let (hx, hz, t) = (0.5 * room.size.x, 0.5 * room.size.z, 0.5 * room.thickness);
    let sheet = |y: f32| (Vec3::new(0.0, y, 0.0), Vec3::new(hx + 2.0 * t, t, hz + 2.0 * t));
    let mut slabs = vec![sheet(-t)];
    if !room.open_top {
        slabs.push(sheet(room.size.y + t));
    }
    for wall in WALLS {
        let (half, reach) = room.half_and_reach(wall);
        let holes = || room.holes.iter().filter(|hole| hole.wall == wall);
        let along = sorted(holes().flat_map(|h| h.along).chain([-half - 2.0 * t, half + 2.0 * t]));
        let up = sorted(holes().flat_map(|h| h.up).chain([0.0, room.size.y]));
        for a in along.windows(2) {
            for u in up.windows(2) {
                let middle = [0.5 * (a[0] + a[1]), 0.5 * (u[0] + u[1])];
                if !room.is_hole(wall, middle[0], middle[1]) {
                    let centre = at(wall, middle[0], middle[1], reach + t);
                    slabs.push((centre, at(wall, 0.5 * (a[1] - a[0]), 0.5 * (u[1] - u[0]), t).abs()));
                }
            }
        }
    }
    slabs
}

#[cfg(test)]
mod tests {
    use super::super::tests::{open_edges, volume};
    use super::*;

    fn opening(wall: Wall, width: f32, height: f32, offset_m: f32, sill_m: f32) -> Opening {
        Opening { wall, size_m: (width, height), offset_m, sill_m }
    }

    fn solid_volume(room: &Room) -> f32 {
        slabs(room).iter().map(|(_, half)| 8.0 * half.x * half.y * half.z).sum()
    }

    #[test]
    fn rooms_with_any_openings_are_closed_and_hold_their_walls() {
        let openings = [
            opening(Wall::Back, 0.9, 2.1, 0.5, 0.0),
            opening(Wall::Front, 9.0, 1.0, 0.0, 1.0),
            opening(Wall::Left, 1.2, 1.2, -0.7, 0.9),
            opening(Wall::Left, 1.0, 0.5, -0.2, 1.5),
            opening(Wall::Right, 0.8, 9.0, 0.3, 0.0),
        ];
        for open_top in [false, true] {
            for count in 0..=openings.len() {
                let room = Room::new(Vec3::new(4.0, 2.5, 5.0), 0.2, &openings[..count], open_top);
                let meshes = meshes(&room);
                assert_eq!(open_edges(&meshes), 0, "{count} openings, open top {open_top}");
                // The boxes overlap at the wall's four corner posts.
                let posts = 4.0 * 0.2 * 0.2 * 2.5;
                let (shell, boxes) = (volume(&meshes), solid_volume(&room) - posts);
                assert!((shell - boxes).abs() < 1e-3, "{count} openings: {shell} against {boxes}");
            }
        }
    }

    #[test]
    fn the_inner_faces_stand_at_the_inner_size_and_face_inwards() {
        let room = Room::new(Vec3::new(4.0, 2.5, 5.0), 0.2, &[], false);
        let back = &meshes(&room)[1];
        let inner: Vec<usize> = (0..back.positions.len()).filter(|i| back.positions[*i].z == -2.5).collect();
        assert_eq!(inner.len(), 4);
        assert!(inner.iter().all(|i| back.normals[*i] == Vec3::Z));
    }
}
