//! What rays meet in a moment's instances: rooms are tight, and openings are as large as they say.

use std::sync::Arc;

use maquette_conditioning::Moment;
use maquette_geometry::{InstanceBvh, MeshBvh, Placed, Ray};

use super::*;

fn tree(moment: &Moment) -> InstanceBvh {
    let placed = moment.instances.iter().map(|instance| {
        let mesh = &moment.meshes[instance.mesh];
        let bvh = Arc::new(MeshBvh::build(&mesh.positions, &mesh.triangles));
        Placed { bvh, world_from_local: instance.world_from_local.open }
    });
    InstanceBvh::build(placed.collect())
}

/// Evenly spread directions: a Fibonacci spiral.
fn directions(count: usize) -> impl Iterator<Item = Vec3> {
    let golden = std::f32::consts::PI * (3.0 - 5.0f32.sqrt());
    (0..count).map(move |i| {
        let y = 1.0 - 2.0 * (i as f32 + 0.5) / count as f32;
        let (sin, cos) = (golden * (i as f32)).rem_euclid(std::f32::consts::TAU).sin_cos();
        Vec3::new(cos, 0.0, sin) * (1.0 - y * y).sqrt() + Vec3::Y * y
    })
}

fn room(openings: &str) -> InstanceBvh {
    let mut stage = stage_of(&scene(&format!(
        r#"set: [(name: "room", at_m: (3, 1, -2), turn_deg: (yaw: 33),
            shape: Room(size_m: (4, 2.6, 6), thickness_m: 0.001, openings: [{openings}]))]"#
    )));
    tree(&stage.moment("a", 1001).unwrap())
}

const MIDDLE: Vec3 = Vec3::new(3.0, 2.3, -2.0);

#[test]
fn no_ray_leaves_a_closed_room() {
    let room = room("");
    assert!(directions(200_000).all(|way| room.occluded(Ray::new(MIDDLE, way))));
    let down = room.closest(Ray::new(MIDDLE, Vec3::NEG_Y)).unwrap();
    assert!((down.t - 1.3).abs() < 1e-5);
}

#[test]
fn a_window_lets_out_the_share_of_rays_that_its_solid_angle_says() {
    // Seen from the middle of the room: 1.6 × 1 m at 3 m.
    let room = room("(wall: Back, size_m: (1.6, 1.0), sill_m: 0.8)");
    let count = 400_000;
    let out = directions(count).filter(|way| !room.occluded(Ray::new(MIDDLE, *way))).count();
    let (a, b) = (0.8f32 / 3.0, 0.5f32 / 3.0);
    let solid_angle = 4.0 * (a * b / (1.0 + a * a + b * b).sqrt()).atan();
    assert_close(out as f32 / count as f32, solid_angle / (4.0 * std::f32::consts::PI), 0.01, "share");
}
