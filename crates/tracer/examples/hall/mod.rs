//! Sets whose size is asked for: a hall of so many triangles, a crowd of so many things.

// Each program uses some of it.
#![allow(dead_code, unreachable_pub)]

use glam::{Affine3A, Vec3};
use maquette_conditioning::{LampKind, Material, Moment, Moving};

use crate::set::{Set, ball, cuboid, floor, glass, glow, looking, matte, metal};

/// Balls in the hall.
const BALLS: usize = 24;

/// A hall with a glossy floor, 16 glowing strips, 4 rectangle lamps and 2 points, in which 24 balls of matte, metal and
/// glass stand that together have about so many triangles.
pub fn hall(triangles: usize) -> Moment {
    let floor_paint = Material { base_color: Vec3::splat(0.1), roughness: 0.15, ..Material::default() };
    let wall = Material { base_color: Vec3::new(0.5, 0.52, 0.55), roughness: 0.6, ..Material::default() };
    let mut set = Set::new().look(Vec3::new(0.5, 1.7, 1.0), Vec3::new(0.0, 1.2, -9.0)).field_of_view(70.0);
    set = set.mesh(cuboid(Vec3::new(5.0, 0.05, 11.0)), floor_paint, at(0.0, -0.05, -9.0));
    set = set.mesh(cuboid(Vec3::new(5.0, 0.05, 11.0)), wall.clone(), at(0.0, 4.05, -9.0));
    for (half, x, z) in [
        (Vec3::new(0.05, 2.0, 11.0), -5.05, -9.0),
        (Vec3::new(0.05, 2.0, 11.0), 5.05, -9.0),
        (Vec3::new(5.0, 2.0, 0.05), 0.0, -20.05),
        (Vec3::new(5.0, 2.0, 0.05), 0.0, 2.05),
    ] {
        set = set.mesh(cuboid(half), wall.clone(), at(x, 2.0, z));
    }
    for i in 0..16 {
        let (x, z) = (if i % 2 == 0 { -4.8 } else { 4.8 }, -1.5 - 1.2 * i as f32);
        let light = glow(Vec3::new(2000.0, 2300.0, 2600.0));
        set = set.mesh(cuboid(Vec3::new(0.03, 0.03, 0.5)), light, at(x, 3.6, z));
    }
    // As many rings as make so many triangles: a ball of n rings has 4·n·(n − 1).
    let rings = (2.0 + (triangles as f32 / BALLS as f32).sqrt()) / 2.0;
    for i in 0..BALLS {
        let radius = 0.45 + 0.01 * i as f32;
        let (x, z) = (-3.6 + 2.4 * (i % 4) as f32, -3.0 - 2.6 * (i / 4) as f32);
        let color = Vec3::new(0.3 + 0.1 * (i % 6) as f32, 0.5, 0.8 - 0.1 * (i % 7) as f32);
        let material = match i % 3 {
            0 => matte(color),
            1 => metal(color, 0.1 + 0.02 * i as f32),
            _ => glass(1.5),
        };
        set = set.mesh(ball(radius, rings.round().max(2.0) as u32), material, at(x, radius, z));
    }
    for i in 0..4 {
        let over = Vec3::new(0.0, 3.95, -3.0 - 4.0 * i as f32);
        let rect = LampKind::Rect { half_width_m: 0.6, half_height_m: 0.15 };
        set = set.lamp(rect, Vec3::new(1500.0, 1300.0, 1000.0), looking(over, over - Vec3::Y));
    }
    for x in [-2.5, 2.5] {
        set = set.lamp(LampKind::Point { radius_m: 0.02 }, Vec3::splat(120.0), at(x, 2.5, -16.0));
    }
    set.moment
}

/// A floor under so many boxes in a square, sunlit; each moves so far during the shutter.
pub fn crowd(instances: usize, step_m: f32) -> Moment {
    let side = (instances as f32).sqrt().ceil() as usize;
    let half = 0.6 * side as f32;
    let from = Vec3::new(0.2 * half, 0.5 * half + 1.0, 1.3 * half);
    let mut set = Set::new().look(from, Vec3::ZERO).field_of_view(60.0).sky(Vec3::new(300.0, 400.0, 600.0));
    set = set.mesh(floor(1.2 * half), matte(Vec3::splat(0.3)), Affine3A::IDENTITY);
    let sun = looking(Vec3::new(1.0, 2.0, 1.5), Vec3::ZERO);
    set = set.lamp(LampKind::Sun { half_angle_rad: 0.005 }, Vec3::splat(20_000.0), sun);
    set = set.mesh(cuboid(Vec3::new(0.3, 0.5, 0.3)), matte(Vec3::new(0.7, 0.4, 0.3)), at(0.0, 0.5, 0.0));
    let mut thing = set.moment.instances.remove(1);
    for i in 0..instances {
        let (x, z) = ((i % side) as f32 * 1.2 - half, (i / side) as f32 * 1.2 - half);
        let step = step_m * Vec3::new(0.8, 0.0, 0.6);
        let turn = Affine3A::from_rotation_y(0.7 * i as f32);
        let place = |steps: f32| {
            let to = Vec3::new(x, 0.5, z) + step * steps;
            Affine3A::from_translation(to) * turn
        };
        thing.object_id = 10 + i as u32;
        thing.world_from_local = Moving { open: place(0.0), close: place(1.0), previous: place(-2.0) };
        set.moment.instances.push(thing.clone());
    }
    set.moment
}

fn at(x: f32, y: f32, z: f32) -> Affine3A {
    Affine3A::from_translation(Vec3::new(x, y, z))
}
