//! Every ray finds what a search through all triangles finds.

use std::sync::Arc;

use glam::{Affine3A, Quat, Vec3};
use maquette_geometry::{BinaryBvh, Hit, InstanceBvh, MeshBvh, Placed, Ray, Triangle};

/// A soup of triangles in a cube, and where it is placed.
struct Soup {
    positions: Vec<Vec3>,
    triangles: Vec<[u32; 3]>,
    world_from_local: Affine3A,
}

#[test]
fn closest_and_occluded_agree_with_brute_force() {
    let soups = soups();
    let bvh = build(&soups);
    let mut random = Random(7);
    let mut hits = 0;
    for _ in 0..8000 {
        let ray = Ray::new(random.point() * 2.0, random.point());
        hits += assert_agrees(&soups, &bvh, ray);
    }
    assert!(hits > 800, "only {hits} rays hit anything");
}

#[test]
fn axis_parallel_rays_with_zeros_of_either_sign_hit() {
    let quad = [[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 1.0, 0.0]].map(Vec3::from);
    let mesh = Arc::new(MeshBvh::build(&quad, &[[0, 1, 2], [0, 2, 3]]));
    for zero in [0.0, -0.0] {
        for axis in 0..3 {
            let turn = Quat::from_rotation_arc(Vec3::Z, Vec3::AXES[axis]);
            let placed = Placed { bvh: mesh.clone(), world_from_local: Affine3A::from_quat(turn) };
            let bvh = InstanceBvh::build(vec![placed]);
            for sign in [1.0, -1.0] {
                let mut direction = Vec3::splat(zero);
                direction[axis] = sign;
                let origin = Vec3::splat(0.3) - direction * 5.0;
                let hit = bvh.closest(Ray::new(origin, direction)).expect("the quad is hit");
                assert!((hit.t - 5.0).abs() < 0.31, "{direction:?} {hit:?}");
            }
        }
    }
}

#[test]
fn the_range_is_honoured() {
    let soups = soups();
    let bvh = build(&soups);
    let middle = soups[3].positions[..3].iter().sum::<Vec3>() / 3.0;
    let target = soups[3].world_from_local.transform_point3(middle);
    let ray = Ray::new(target + Vec3::new(0.4, 0.5, 9.0), Vec3::new(-0.04, -0.05, -0.9));
    let hit = bvh.closest(ray).expect("the ray is aimed at a triangle");
    assert!(!bvh.occluded(Ray { t_max: hit.t * 0.999, ..ray }));
    assert!(bvh.occluded(Ray { t_max: hit.t * 1.001, ..ray }));
    let beyond = bvh.closest(Ray { t_min: hit.t * 1.001, ..ray });
    assert!(beyond.is_none_or(|next| next.t > hit.t));
}

#[test]
fn nothing_is_hit_in_an_empty_world() {
    let ray = Ray::new(Vec3::ZERO, Vec3::X);
    assert_eq!(InstanceBvh::build(vec![]).closest(ray), None);
    let empty = Placed { bvh: Arc::new(MeshBvh::build(&[], &[])), world_from_local: Affine3A::IDENTITY };
    assert!(!InstanceBvh::build(vec![empty]).occluded(ray));
}

fn assert_agrees(soups: &[Soup], bvh: &InstanceBvh, ray: Ray) -> usize {
    let expected = brute_force(soups, ray);
    let found = bvh.closest(ray);
    assert_eq!(bvh.occluded(ray), expected.is_some());
    match (expected, found) {
        (None, None) => 0,
        (Some(e), Some(f)) => {
            assert!((e.t - f.t).abs() <= 1e-4 * e.t, "{e:?} {f:?}");
            1
        }
        other => panic!("{other:?} for {ray:?}"),
    }
}

fn brute_force(soups: &[Soup], ray: Ray) -> Option<Hit> {
    let mut best: Option<Hit> = None;
    for (instance, soup) in soups.iter().enumerate() {
        let world = |i: u32| soup.world_from_local.transform_point3(soup.positions[i as usize]);
        for (triangle, corners) in soup.triangles.iter().enumerate() {
            let [a, b, c] = corners.map(world);
            if let Some((t, u, v)) = Triangle::new(a, b, c).intersect(&ray)
                && best.is_none_or(|hit| t < hit.t)
            {
                best = Some(Hit { t, instance: instance as u32, triangle: triangle as u32, u, v });
            }
        }
    }
    best
}

fn soups() -> Vec<Soup> {
    let mut random = Random(1);
    (0..12).map(|_| soup(&mut random)).collect()
}

fn soup(random: &mut Random) -> Soup {
    let mut positions = Vec::new();
    for _ in 0..60 {
        let middle = random.point();
        positions.extend([0; 3].map(|_| middle + 0.2 * random.point()));
    }
    let triangles = (0..60).map(|i| [3 * i, 3 * i + 1, 3 * i + 2]).collect();
    let turn = Quat::from_rotation_y(random.next()) * Quat::from_rotation_x(random.next());
    let world_from_local =
        Affine3A::from_scale_rotation_translation(Vec3::splat(0.7), turn, random.point() * 2.0);
    Soup { positions, triangles, world_from_local }
}

fn build(soups: &[Soup]) -> InstanceBvh {
    let place = |soup: &Soup| Placed {
        bvh: Arc::new(MeshBvh::build(&soup.positions, &soup.triangles)),
        world_from_local: soup.world_from_local,
    };
    InstanceBvh::build(soups.iter().map(place).collect())
}

/// A small linear congruential generator, −1 to 1.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    }

    fn point(&mut self) -> Vec3 {
        Vec3::new(self.next(), self.next(), self.next())
    }
}

#[test]
fn a_refitted_tree_finds_what_a_new_one_finds() {
    let mut soups = soups();
    let stale = build(&soups);
    let meshes: Vec<MeshBvh> = soups.iter().map(|s| MeshBvh::build(&s.positions, &s.triangles)).collect();
    let mut random = Random(3);
    for soup in &mut soups {
        soup.positions.iter_mut().for_each(|p| *p = *p * 1.5 + 0.3 * random.point());
        soup.world_from_local.translation += glam::Vec3A::from(random.point());
    }
    let place = |(soup, mesh): (&Soup, &MeshBvh)| Placed {
        bvh: Arc::new(mesh.refitted(&soup.positions, &soup.triangles)),
        world_from_local: soup.world_from_local,
    };
    let refitted = stale.refitted(soups.iter().zip(&meshes).map(place).collect());
    let new = build(&soups);
    let mut hits = 0;
    for _ in 0..4000 {
        let ray = Ray::new(random.point() * 3.0, random.point());
        assert_eq!(refitted.closest(ray), new.closest(ray));
        hits += assert_agrees(&soups, &refitted, ray);
    }
    assert!(hits > 300, "only {hits} rays hit anything");
}

#[test]
fn a_refitted_binary_tree_holds_everything_and_no_more() {
    let mut random = Random(5);
    let boxes = |random: &mut Random| -> Vec<(Vec3, Vec3)> {
        let around = |point: Vec3| (point - 0.1, point + 0.1);
        (0..500).map(|_| around(random.point())).collect()
    };
    let tree = BinaryBvh::build(&boxes(&mut random));
    let moved = boxes(&mut random);
    let fitted = tree.refitted(&moved);
    let union = |(a, b): (Vec3, Vec3), (c, d): (Vec3, Vec3)| (a.min(c), b.max(d));
    for node in &fitted.nodes {
        let first = node.first as usize;
        let held = match node.count {
            0 => [0, 1].map(|i| (fitted.nodes[first + i].min, fitted.nodes[first + i].max)).to_vec(),
            count => (0..count as usize).map(|i| moved[fitted.order[first + i] as usize]).collect(),
        };
        assert_eq!(held.into_iter().reduce(union), Some((node.min, node.max)));
    }
    assert_eq!(fitted.order, tree.order);
    assert_eq!(BinaryBvh::default().refitted(&[]).nodes, vec![]);
}

#[test]
fn a_refitted_tree_knows_when_it_has_become_a_bad_one() {
    let soup = &soups()[0];
    let tree = MeshBvh::build(&soup.positions, &soup.triangles);
    let same = tree.refitted(&soup.positions, &soup.triangles);
    assert!((same.cost() / tree.cost() - 1.0).abs() < 1e-5);
    // Every triangle goes somewhere else.
    let shuffled: Vec<Vec3> = (0..soup.positions.len()).map(|i| soup.positions[(i * 77) % 180]).collect();
    assert!(tree.refitted(&shuffled, &soup.triangles).cost() > 1.5 * tree.cost());
}

#[test]
fn refused_hits_are_passed_through_and_every_hit_is_offered_once() {
    let soups = soups();
    let bvh = build(&soups);
    let mut random = Random(11);
    let mut most = 0;
    for _ in 0..1000 {
        let ray = Ray::new(random.point() * 3.0, random.point());
        let (mut offered, mut peeled) = (Vec::new(), Vec::new());
        bvh.any_hit(ray, |hit| {
            offered.push((hit.instance, hit.triangle));
            false
        });
        while let Some(hit) = bvh.closest_where(ray, |hit| !peeled.contains(&(hit.instance, hit.triangle))) {
            peeled.push((hit.instance, hit.triangle));
        }
        most = most.max(peeled.len());
        offered.sort();
        peeled.sort();
        assert_eq!(offered, peeled, "{ray:?}");
    }
    assert!(most > 2, "no ray met more than {most}");
}

#[test]
fn ten_thousand_instances_are_refitted_in_milliseconds() {
    let mesh = Arc::new(MeshBvh::build(&[Vec3::ZERO, Vec3::X, Vec3::Y], &[[0, 1, 2]]));
    let placed = |step: f32| -> Vec<Placed> {
        let at =
            |i: i32| Affine3A::from_translation(Vec3::new((i % 100) as f32 + step, 0.0, (i / 100) as f32));
        (0..10_000).map(|i| Placed { bvh: mesh.clone(), world_from_local: at(i) }).collect()
    };
    let tree = InstanceBvh::build(placed(0.0));
    let refit = |i: i32| {
        let placed = placed(0.01 * i as f32);
        let start = std::time::Instant::now();
        std::hint::black_box(tree.refitted(placed));
        start.elapsed().as_secs_f64() * 1e3
    };
    let best = (0..20).map(refit).fold(f64::INFINITY, f64::min);
    // Half a millisecond on a quiet machine; a rebuild of every tree below would take seconds.
    assert!(best < 10.0, "{best:.2} ms");
}
