//! Whether the two ways of finding a lamp agree.

use glam::{Affine3A, Vec3};
use maquette_conditioning::{Coverage, Lamp, LampKind, Material, Moment, Moving};

use crate::{
    PixelFilter, Settings, Tracer,
    set::{Set, ball, cuboid, floor, glass, glow, looking, matte, mean_of, metal},
    world::Strategy,
};

/// Lamps of every kind that chance can hit, over matte and glossy things.
fn moment([rect, balls, strip, sun, sky]: [bool; 5], pane: bool, mirrors: bool) -> Moment {
    let glossy = Material { base_color: Vec3::new(0.6, 0.5, 0.4), roughness: 0.5, ..Material::default() };
    let mut set = Set::new().look(Vec3::new(0.0, 1.0, 4.0), Vec3::new(0.0, 0.5, 0.0)).field_of_view(50.0);
    set = set.mesh(floor(6.0), glossy, Affine3A::IDENTITY);
    set = set.mesh(
        ball(0.5, 24),
        matte(Vec3::splat(0.7)),
        Affine3A::from_translation(Vec3::new(-0.7, 0.5, 0.0)),
    );
    if strip {
        let place = Affine3A::from_translation(Vec3::new(1.0, 1.2, 0.0));
        set = set.mesh(cuboid(Vec3::new(0.2, 0.6, 0.2)), glow(Vec3::new(20.0, 30.0, 40.0)), place);
    }
    if pane {
        let clear = Material { thin: true, base_color: Vec3::new(0.9, 0.8, 0.6), ..glass(1.5) };
        let veil = Material { opacity: 0.5, coverage: Coverage::Blended, ..matte(Vec3::splat(0.3)) };
        set = set.mesh(floor(5.0), clear, Affine3A::from_translation(Vec3::new(0.0, 1.15, 0.0)));
        set = set.mesh(floor(1.0), veil, Affine3A::from_translation(Vec3::new(-0.5, 1.4, 0.0)));
    }
    if mirrors {
        let place = Affine3A::from_rotation_y(0.4) * Affine3A::from_translation(Vec3::new(-0.6, 0.8, -1.3));
        set = set.mesh(cuboid(Vec3::new(1.2, 0.8, 0.05)), metal(Vec3::new(0.9, 0.7, 0.8), 0.0), place);
        let place = Affine3A::from_rotation_z(1.4) * Affine3A::from_translation(Vec3::new(0.5, 1.2, 0.3));
        set = set.mesh(floor(0.7), metal(Vec3::ONE, 0.0), place);
    }
    if rect {
        let pose = looking(Vec3::new(0.0, 3.0, 1.0), Vec3::ZERO);
        set = set.lamp(LampKind::Rect { half_width_m: 2.0, half_height_m: 1.5 }, Vec3::splat(60.0), pose);
    }
    if balls {
        let pose = looking(Vec3::new(-1.6, 1.5, 0.8), Vec3::ZERO);
        set = set.lamp(LampKind::Point { radius_m: 0.3 }, Vec3::splat(10.0), pose);
        let pose = looking(Vec3::new(0.4, 0.9, 1.3), Vec3::ZERO);
        let spot = LampKind::Spot { cos_inner: 0.8, cos_outer: 0.3, radius_m: 0.2 };
        set = set.lamp(spot, Vec3::new(2.0, 5.0, 9.0), pose);
    }
    if sun {
        let pose = looking(Vec3::new(1.0, 1.0, 1.0), Vec3::ZERO);
        set = set.lamp(LampKind::Sun { half_angle_rad: 0.6 }, Vec3::splat(50.0), pose);
    }
    if sky { set.sky(Vec3::new(2.0, 4.0, 8.0)).moment } else { set.moment }
}

/// One of a row of coloured balls.
fn lantern(i: u32) -> Lamp {
    let at = Vec3::new(0.4 * i as f32 - 4.0, 1.0 + 0.1 * (i % 5) as f32, -1.0 - 0.2 * (i % 3) as f32);
    Lamp {
        object_id: 100 + i,
        kind: LampKind::Point { radius_m: 0.15 },
        strength: Vec3::new(1.0, 0.3 * (i % 4) as f32, 1.5),
        world_from_lamp: Moving::still(Affine3A::from_translation(at)),
        lit: Lamp::ALWAYS,
        profile: None,
    }
}

const SEEDS: u64 = 8;

/// Mean luminance of each part of the light over seeds, and the standard error of that mean.
fn measured(moment: &Moment, strategy: Strategy) -> [(f32, f32); 5] {
    let pictures: [[f32; 5]; SEEDS as usize] = std::array::from_fn(|seed| {
        let settings = Settings {
            width: 24,
            height: 18,
            samples: 128,
            // Enough that panes, which shadow rays pass for nothing, do not end paths.
            max_bounces: 10,
            filter: PixelFilter::Box,
            seed: seed as u64,
            ..Settings::default()
        };
        let traced = Tracer::cpu().trace_by(moment, &settings, strategy).unwrap();
        traced.light.parts().map(|part| mean_of(part).y)
    });
    std::array::from_fn(|part| {
        let mean = pictures.iter().map(|p| p[part]).sum::<f32>() / SEEDS as f32;
        let squares: f32 = pictures.iter().map(|p| (p[part] - mean).powi(2)).sum();
        (mean, (squares / (SEEDS * (SEEDS - 1)) as f32).sqrt())
    })
}

#[test]
fn light_samples_chance_hits_and_both_agree() {
    let only = |kind: usize| std::array::from_fn(|i| i == kind);
    let single = (0..5).map(|kind| (only(kind), 0, false, false));
    let by_mirrors = (0..4).map(|kind| (only(kind), 0, false, true));
    let together = [
        ([true; 5], 0, false, false),
        ([true; 5], 0, true, false),
        ([true; 5], 0, true, true),
        // So many that a tree chooses among them.
        ([true; 5], 20, false, false),
        ([true; 5], 20, true, true),
    ];
    for (kinds, lanterns, pane, mirrors) in single.chain(by_mirrors).chain(together) {
        let mut moment = moment(kinds, pane, mirrors);
        moment.lamps.extend((0..lanterns).map(lantern));
        let both = measured(&moment, Strategy::Both);
        let all: f32 = both[1..].iter().map(|(mean, _)| mean).sum();
        // Chosen points alone hardly find what a mirror's own narrow lobe shows.
        let alone = [Strategy::Chance, Strategy::Lights];
        for &strategy in if mirrors { &alone[..1] } else { &alone[..] } {
            for (part, (&(mean, error), (expected, spread))) in
                measured(&moment, strategy).iter().zip(both).enumerate()
            {
                let bar = 5.0 * error.hypot(spread) + 0.002 * expected + 1e-4 * all;
                assert!(
                    (mean - expected).abs() <= bar,
                    "rect, balls, strip, sun, sky: {kinds:?}, {lanterns} lanterns, pane {pane}, mirrors {mirrors}, {strategy:?}, part {part}: \
                     {mean} ± {error}, both {expected} ± {spread}"
                );
                assert!(
                    bar <= 0.3 * expected + 4e-3 * all,
                    "too noisy to tell: {kinds:?} {strategy:?} part {part}: {bar} of {expected}"
                );
            }
        }
    }
}
