//! What a ray meets first: a triangle or a lamp that can be seen.
//!
//! Lamps are not in the BVH: rectangles stop only rays that see their shining side, balls are no triangles.

use glam::Vec3;
use maquette_geometry::{Hit, Ray};

use super::{
    Scene, lamp, light_tree,
    veil::{Chance, meets, passing},
};
use crate::world::{LampBalls, NONE};

/// What a ray met.
#[derive(Clone, Copy)]
pub(crate) enum Met {
    /// A triangle.
    Triangle(Hit),
    /// A rectangle lamp's shining side or a ball: its record's index, and the distance.
    Lamp(u32, f32),
    /// Nothing.
    Nothing,
}

impl Met {
    /// Distance along the ray.
    pub(crate) fn distance(&self) -> f32 {
        match self {
            Self::Triangle(hit) => hit.t,
            Self::Lamp(_, t) => *t,
            Self::Nothing => f32::INFINITY,
        }
    }
}

/// The nearest thing along the ray; `chance` decides about surfaces that are partly there.
#[inline(always)]
pub(crate) fn closest(scene: &Scene, ray: Ray, slice: u32, chance: Chance) -> Met {
    let bvh = &scene.bvhs[slice as usize];
    let hit = match scene.world.frame.veils {
        0 => bvh.closest(ray),
        _ => bvh.closest_where(ray, |hit| meets(scene, slice, hit, &chance)),
    };
    let limit = hit.map_or(ray.t_max, |hit| hit.t);
    let (lamp, t) = nearest_lamp(scene, Ray { t_max: limit, ..ray }, slice, NONE);
    match (lamp, hit) {
        (NONE, Some(hit)) => Met::Triangle(hit),
        (NONE, None) => Met::Nothing,
        (lamp, _) => Met::Lamp(lamp, t),
    }
}

/// Share of light that gets past all that stands in the ray's way but the lamp record `target`.
#[inline(always)]
pub(crate) fn passage(scene: &Scene, ray: Ray, slice: u32, target: u32) -> Vec3 {
    if nearest_lamp(scene, ray, slice, target).0 != NONE {
        return Vec3::ZERO;
    }
    let bvh = &scene.bvhs[slice as usize];
    if scene.world.frame.veils == 0 {
        return if bvh.occluded(ray) { Vec3::ZERO } else { Vec3::ONE };
    }
    let mut through = Vec3::ONE;
    bvh.any_hit(ray, |hit| {
        through *= passing(scene, slice, hit, &ray);
        through == Vec3::ZERO
    });
    through
}

/// The nearest lamp that a ray can meet, other than `except`.
#[inline(always)]
fn nearest_lamp(scene: &Scene, ray: Ray, slice: u32, except: u32) -> (u32, f32) {
    let world = scene.world;
    if world.lamp_balls.is_empty() && world.frame.lamp_tree != NONE {
        return light_tree::nearest_lamp(scene, ray, slice, except);
    }
    let groups = (world.frame.solid_lamps as usize).div_ceil(LampBalls::COUNT);
    let mut first = slice * world.frame.lamps;
    let (mut nearest, mut limit) = (NONE, ray.t_max);
    for balls in &world.lamp_balls[slice as usize * groups..][..groups] {
        let mut met = lamp::met_balls(balls, &ray, limit);
        while met != 0 {
            let index = first + met.trailing_zeros();
            met &= met - 1;
            let t = lamp::lamp_distance(&world.lamps[index as usize], ray);
            if t > ray.t_min && t < limit && index != except {
                (nearest, limit) = (index, t);
            }
        }
        first += LampBalls::COUNT as u32;
    }
    (nearest, limit)
}

#[cfg(test)]
mod tests {
    use glam::{Affine3A, Quat, Vec3};
    use maquette_conditioning::{LampKind, Moving};
    use maquette_geometry::Triangle;

    use super::*;
    use crate::{
        Settings,
        bvh::BvhCache,
        set::{Set, ball, cuboid, looking, matte},
        world::{Strategy, World, WorldCache},
    };

    /// Still and moving, plain, turned and mirrored things, and two that share a large mesh.
    fn world(moved_m: f32) -> World {
        let grey = matte(Vec3::splat(0.5));
        let mut set = Set::new();
        for i in 0..12 {
            let scale = Vec3::new(if i % 3 == 0 { -1.0 } else { 1.0 }, 1.0, 0.5 + 0.1 * i as f32);
            let turn = Quat::from_rotation_y(0.5 * i as f32);
            let at = Vec3::new((i % 4) as f32 - 1.5, (i / 4) as f32 - 1.0, (i * 7 % 5) as f32 - 2.0) * 1.5;
            let open = Affine3A::from_scale_rotation_translation(scale, turn, at);
            let stands = i % if moved_m > 1.0 { 3 } else { 2 } == 0;
            let shift = |by: Vec3| Affine3A::from_translation(if stands { Vec3::ZERO } else { by });
            let open = shift(moved_m * Vec3::new((i % 3) as f32, 1.0, 0.5)) * open;
            let close = shift(Vec3::new(0.3, 0.2, 0.0)) * open;
            let mesh = if i < 6 { ball(0.6, 6) } else { cuboid(Vec3::splat(0.5)) };
            set = set.moving(mesh, grey.clone(), Moving { open, close, previous: open });
        }
        set = set.mesh(ball(0.3, 34), grey, Affine3A::from_translation(Vec3::new(0.7, 2.4, 0.2)));
        let mut twin = set.moment.instances[12].clone();
        twin.world_from_local = Moving::still(Affine3A::from_translation(Vec3::new(-1.1, -2.3, 0.4)));
        set.moment.instances.push(twin);
        World::new(&set.moment, &Settings::default(), Strategy::Both, &mut WorldCache::default()).unwrap()
    }

    fn nearest_by_hand(world: &World, ray: Ray, slice: u32) -> Option<(u32, f32)> {
        let shapes = &world.shapes;
        let mut best: Option<(u32, f32)> = None;
        for index in 0..shapes.count {
            let record = slice as usize * shapes.count + index;
            for triangle in 0..shapes.slice_shapes[record].triangles.len() as u32 {
                let [a, b, c] = shapes.corners(&shapes.instances[record], triangle);
                if let Some((t, ..)) = Triangle::new(a, b, c).intersect(&ray)
                    && best.is_none_or(|(_, nearest)| t < nearest)
                {
                    best = Some((index as u32, t));
                }
            }
        }
        best
    }

    /// Rectangles and balls in a cloud, all facing its middle.
    fn lamps(count: u32) -> World {
        let mut set = Set::new();
        for i in 0..count {
            let turn = Quat::from_rotation_y(2.4 * i as f32) * Quat::from_rotation_x(0.9 * i as f32);
            let at = turn * Vec3::new(0.0, 0.0, 2.0 + 0.2 * (i % 7) as f32);
            let kind = match i % 2 {
                0 => LampKind::Rect { half_width_m: 0.5, half_height_m: 0.1 },
                _ => LampKind::Point { radius_m: 0.3 },
            };
            set = set.lamp(kind, Vec3::ONE, looking(at, Vec3::ZERO));
        }
        World::new(&set.moment, &Settings::default(), Strategy::Both, &mut WorldCache::default()).unwrap()
    }

    #[test]
    fn few_and_many_lamps_are_met_as_a_loop_over_all_meets_them() {
        for (count, are_few) in [(5, true), (26, true), (60, false)] {
            let world = lamps(count);
            assert_eq!(world.lamp_balls.is_empty(), !are_few);
            let scene = Scene { world: &world, bvhs: &[] };
            let mut met = 0;
            for i in 0..4000u32 {
                let turn = Quat::from_rotation_y(1.7 * i as f32) * Quat::from_rotation_x(0.37 * i as f32);
                let origin = 0.3 * (turn * Vec3::Y);
                let ray = Ray { t_max: 2.0 + (i % 5) as f32, ..Ray::new(origin, turn * Vec3::NEG_Z) };
                let but = i % (2 * count);
                let wanted = (0..count)
                    .filter(|&index| index != but)
                    .map(|index| (index, lamp::lamp_distance(&world.lamps[index as usize], ray)))
                    .filter(|(_, t)| *t > 0.0 && *t < ray.t_max)
                    .min_by(|a, b| a.1.total_cmp(&b.1));
                assert_eq!(nearest_lamp(&scene, ray, 0, but), wanted.unwrap_or((NONE, ray.t_max)), "ray {i}");
                met += usize::from(wanted.is_some());
            }
            assert!(met > 50, "{met}");
        }
    }

    #[test]
    fn trees_kept_from_other_frames_find_what_new_ones_find() {
        let mut cache = BvhCache::default();
        for moved_m in [0.0, 0.1, 0.2, -3.0, 5.0] {
            let world = world(moved_m);
            let (kept, new) = (cache.bvhs(&world), BvhCache::default().bvhs(&world));
            let mut hits = 0;
            for i in 0..2000u32 {
                let turn = Quat::from_rotation_y(2.4 * i as f32) * Quat::from_rotation_x(0.37 * i as f32);
                let ray = Ray::new(turn * Vec3::new(0.5, 0.3, 7.0), turn * Vec3::NEG_Z);
                let slice = (i % 33) as usize;
                let hit = kept[slice].closest(ray);
                assert_eq!(hit, new[slice].closest(ray), "ray {i}");
                assert_eq!(hit.is_some(), kept[slice].occluded(ray), "ray {i}");
                hits += usize::from(hit.is_some());
            }
            assert!(hits > 300, "{hits}");
        }
    }

    #[test]
    fn trees_find_what_a_loop_over_all_triangles_finds() {
        let world = world(0.0);
        let bvhs = BvhCache::default().bvhs(&world);
        let scene = Scene { world: &world, bvhs: &bvhs };
        let number = |i: u32, k: u32| {
            let mixed = (i ^ k << 16).wrapping_mul(747_796_405);
            let mixed = (mixed ^ mixed >> 15).wrapping_mul(0x7feb_352d);
            (mixed >> 8) as f32 / 8_388_608.0 - 1.0
        };
        let mut hits = 0;
        for i in 0..3000u32 {
            let mut direction = Vec3::new(number(i, 4), number(i, 5), number(i, 6)).normalize();
            match i % 8 {
                0 => direction = Vec3::new(0.0, -0.0, direction.z.signum()),
                1 => direction = Vec3::new(direction.x.signum(), 0.0, -0.0),
                2 => direction.y = -0.0,
                _ => {}
            }
            let origin = 3.0 * Vec3::new(number(i, 1), number(i, 2), number(i, 3));
            let (ray, slice) = (Ray::new(origin, direction), i % 33);
            let wanted = nearest_by_hand(&world, ray, slice);
            match (closest(&scene, ray, slice, Chance::Half), wanted) {
                (Met::Triangle(hit), Some((instance, t))) => {
                    assert!((hit.t - t).abs() < 1e-4 * t.max(1.0), "ray {i}: {} instead of {t}", hit.t);
                    assert_eq!(hit.instance, instance, "ray {i}");
                    let seen = |share| passage(&scene, Ray { t_max: t * share, ..ray }, slice, NONE);
                    assert_eq!((seen(0.999), seen(1.001)), (Vec3::ONE, Vec3::ZERO));
                    hits += 1;
                }
                (Met::Nothing, None) => {}
                (_, wanted) => panic!("ray {i} should meet {wanted:?}"),
            }
        }
        assert!(hits > 500, "{hits}");
    }
}
