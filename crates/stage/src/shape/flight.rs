//! Things one goes up: the ramp and the straight flight of stairs. Both rise from front (+Z) to back (−Z).

use glam::Vec3;
use maquette_conditioning::Mesh;

use super::Faces;

/// A box cut from its lower front edge to its upper back edge.
pub(super) fn wedge(size: Vec3) -> Mesh {
    let h = 0.5 * size;
    let (front, back, top) = (
        [Vec3::new(-h.x, -h.y, h.z), Vec3::new(h.x, -h.y, h.z)],
        [Vec3::new(-h.x, -h.y, -h.z), Vec3::new(h.x, -h.y, -h.z)],
        [Vec3::new(-h.x, h.y, -h.z), Vec3::new(h.x, h.y, -h.z)],
    );
    let mut faces = Faces::default();
    faces.quad([front[0], front[1], top[1], top[0]]);
    faces.quad([back[1], back[0], top[0], top[1]]);
    faces.quad([back[0], back[1], front[1], front[0]]);
    faces.polygon(&[back[0], front[0], top[0]]);
    faces.polygon(&[front[1], back[1], top[1]]);
    faces.mesh()
}

/// A solid flight. The sides are cut in rows, a row a step, so that every edge meets exactly one other.
pub(super) fn stairs(size: Vec3, steps: u32) -> Mesh {
    let h = 0.5 * size;
    let share = |i: u32| i as f32 / steps as f32;
    let front = |i: u32| h.z - size.z * share(i);
    let height = |i: u32| -h.y + size.y * share(i);
    let mut faces = Faces::default();
    for i in 0..steps {
        let (low, high, z, next) = (height(i), height(i + 1), front(i), front(i + 1));
        let at = |x: f32, y: f32, z: f32| Vec3::new(x, y, z);
        faces.quad([at(-h.x, low, z), at(h.x, low, z), at(h.x, high, z), at(-h.x, high, z)]);
        faces.quad([at(-h.x, high, z), at(h.x, high, z), at(h.x, high, next), at(-h.x, high, next)]);
        let back = -h.z;
        faces.quad([at(h.x, low, back), at(-h.x, low, back), at(-h.x, high, back), at(h.x, high, back)]);
        for x in [-h.x, h.x] {
            // The fan starts at the lower front corner; the middle of the upper edge, where the next riser
            // stands, is a corner of its own. The top step has none.
            let mut side = vec![at(x, low, z), at(x, low, back), at(x, high, back)];
            if i + 1 < steps {
                side.push(at(x, high, next));
            }
            side.push(at(x, high, z));
            if x < 0.0 {
                side[1..].reverse();
            }
            faces.polygon(&side);
        }
    }
    let low = -h.y;
    faces.quad([
        Vec3::new(-h.x, low, -h.z),
        Vec3::new(h.x, low, -h.z),
        Vec3::new(h.x, low, h.z),
        Vec3::new(-h.x, low, h.z),
    ]);
    faces.mesh()
}
