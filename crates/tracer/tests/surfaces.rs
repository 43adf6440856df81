//! Images, coverage, panes and patterns on surfaces, against what they must come to.

#![allow(clippy::unwrap_used)] // a test may panic

mod set;

use glam::{Affine3A, Quat, Vec2, Vec3, Vec4};
use maquette_conditioning::{
    Coverage, Detail, LampKind, Material, Mesh, Moment, Pattern, Plane, Texels, Wrap,
};
use maquette_tracer::{PixelFilter, Settings, Traced, Tracer};
use set::{PATTERNS, Set, ball, floor, glass, glow, looking, matte, mean, mean_of, quad};

fn trace(moment: &Moment, samples: u32) -> Traced {
    let settings =
        Settings { width: 24, height: 24, samples, filter: PixelFilter::Box, ..Settings::default() };
    Tracer::cpu().trace(moment, &settings).unwrap()
}

/// A matte card seen from the side and lit from straight above through `layers`.
fn lit_through(layers: &[Material]) -> Vec3 {
    let mut set = Set::new().look(Vec3::new(0.0, 1.0, 4.0), Vec3::ZERO).field_of_view(5.0);
    set = set.mesh(floor(3.0), matte(Vec3::splat(0.5)), Affine3A::IDENTITY);
    for (i, layer) in layers.iter().enumerate() {
        let above = Affine3A::from_translation(Vec3::Y * (2.0 + 0.1 * i as f32));
        set = set.mesh(floor(3.0), layer.clone(), above);
    }
    let sun = looking(Vec3::Y, Vec3::ZERO);
    let moment = set.lamp(LampKind::Sun { half_angle_rad: 0.0 }, Vec3::splat(10.0), sun).moment;
    mean_of(&trace(&moment, 1).light.direct_diffuse)
}

#[test]
fn layers_attenuate_shadow_rays_exactly() {
    let veil = |opacity| Material { opacity, coverage: Coverage::Blended, ..matte(Vec3::ZERO) };
    let tint = Vec3::new(0.9, 0.5, 0.2);
    let pane = Material { thin: true, base_color: tint, ..glass(1.5) };
    let open = lit_through(&[]);
    let halved = lit_through(&[veil(0.5), veil(0.25), veil(0.1)]);
    assert!((halved / open - 0.5 * 0.75 * 0.9).abs().max_element() < 1e-5, "{halved} {open}");
    // Straight on, one face reflects 0.04, a pane 2·0.04/1.04.
    let behind = lit_through(&[pane.clone(), pane]);
    let once = tint * (1.0 - 0.08 / 1.04);
    assert!((behind / open - once * once).abs().max_element() < 1e-4, "{behind} {open}");
    assert_eq!(lit_through(&[glass(1.5)]), Vec3::ZERO, "thick glass bends what it passes");
}

#[test]
fn a_hole_is_a_hole_to_every_ray() {
    let mut set = Set::new().look(Vec3::new(0.0, 0.0, 4.0), Vec3::ZERO).field_of_view(30.0);
    // Left half open, right half there.
    let texels = (0..16).map(|i| [255, 255, 255, if i % 4 < 2 { 0 } else { 255 }]).collect();
    let image = set.image(4, 4, Texels::Srgb8(texels));
    let fence = Material {
        base_color_texture: Some(image),
        coverage: Coverage::Cutout(0.5),
        ..matte(Vec3::splat(0.5))
    };
    let at = |x: f32, y: f32| Vec3::new(x, y, 0.0);
    set = set.card([at(-1.0, -1.0), at(1.0, -1.0), at(1.0, 1.0), at(-1.0, 1.0)], fence);
    let traced = trace(&set.sky(Vec3::ONE).moment, 4);
    assert_eq!((*traced.gbuffer.object_id.at(6, 12), *traced.gbuffer.object_id.at(17, 12)), (0, 1));
    let light = traced.light.total();
    assert_eq!(mean(&light, (3, 6), (9, 17)), Vec3::ONE);
    assert!(mean(&light, (14, 6), (20, 17)).x < 0.7);
}

#[test]
fn a_quarter_covered_glow_shows_by_a_quarter() {
    let veil = Material { opacity: 0.25, coverage: Coverage::Blended, ..glow(Vec3::splat(8.0)) };
    let corner = |x: f32, y: f32| Vec3::new(x, y, -2.0);
    let card = [corner(-9.0, -9.0), corner(9.0, -9.0), corner(9.0, 9.0), corner(-9.0, 9.0)];
    let light = mean_of(&trace(&Set::new().card(card, veil).moment, 64).light.total());
    assert!((light.x / 2.0 - 1.0).abs() < 0.02, "{light}");
}

fn normals(mesh: Mesh, texel: [u8; 4], place: Affine3A) -> Vec3 {
    let mut set = Set::new().look(Vec3::new(0.0, 4.0, 0.1), Vec3::ZERO).field_of_view(10.0);
    let image = set.image(2, 2, Texels::Linear8(vec![texel; 4]));
    let material = Material { normal_texture: Some(image), ..Material::default() };
    mean_of(&trace(&set.mesh(mesh, material, place).moment, 1).gbuffer.normal)
}

#[test]
fn normal_maps_lean_to_the_images_right_and_up() {
    // The floor's image has +X on its right and −Z on top.
    let (right, up) = ([204, 128, 230, 255], [128, 204, 230, 255]);
    let turn = Affine3A::from_rotation_y(0.7);
    let mirror = Affine3A::from_scale(Vec3::new(-1.0, 1.0, 1.0));
    let tangents = vec![Vec4::new(1.0, 0.0, 0.0, 1.0); 4];
    let smooth = Mesh { normals: vec![Vec3::Y; 4], ..floor(2.0) }.with_tangents(tangents).unwrap();
    for mesh in [floor(2.0), smooth] {
        for place in [Affine3A::IDENTITY, turn, mirror, turn * mirror] {
            for (texel, lean) in [(right, Vec3::X), (up, Vec3::NEG_Z)] {
                let found = normals(mesh.clone(), texel, place);
                let wanted = (place.transform_vector3(lean) * 0.6 + Vec3::Y * 0.8).normalize();
                assert!(found.distance(wanted) < 0.01, "{found} instead of {wanted}");
            }
        }
    }
}

#[test]
fn a_flat_normal_map_changes_nothing() {
    let flat = normals(floor(2.0), [128, 128, 255, 255], Affine3A::IDENTITY);
    assert!(flat.distance(Vec3::Y) < 0.008, "{flat}");
}

fn albedo(moment: &Moment) -> Plane<[f32; 3]> {
    trace(moment, 1).gbuffer.albedo
}

/// Mean and standard deviation over a plane's green.
fn spread(plane: &Plane<[f32; 3]>) -> (f32, f32) {
    let mean = mean_of(plane).y;
    let square = plane.data.iter().map(|c| (c[1] - mean).powi(2)).sum::<f32>() / plane.data.len() as f32;
    (mean, square.sqrt())
}

#[test]
fn a_fine_checker_far_away_is_the_mean_of_its_light() {
    let mut set = Set::new().look(Vec3::new(0.0, 30.0, 0.1), Vec3::ZERO).field_of_view(60.0);
    let texels = (0..4096).map(|i| if (i + i / 64) % 2 == 0 { [255; 4] } else { [0, 0, 0, 255] });
    let image = set.image(64, 64, Texels::Srgb8(texels.collect()));
    let mut sheet = floor(40.0);
    sheet.uvs.iter_mut().for_each(|uv| *uv *= 40.0);
    let material = Material { base_color_texture: Some(image), ..matte(Vec3::ONE) };
    let (mean, deviation) = spread(&albedo(&set.mesh(sheet, material, Affine3A::IDENTITY).moment));
    assert!((mean - 0.5).abs() < 0.01 && deviation < 0.02, "{mean} {deviation}");
}

#[test]
fn beyond_an_edge_lies_what_the_image_says() {
    for (wrap, wanted) in [(Wrap::Repeat, [0.2, 0.8]), (Wrap::Clamp, [0.8, 0.8]), (Wrap::Mirror, [0.8, 0.2])]
    {
        let mut set = Set::new().look(Vec3::new(0.0, 4.0, 0.01), Vec3::ZERO).field_of_view(20.0);
        let texels = [51u8, 51, 204, 204].map(|v| [v, v, v, 255]);
        let image = set.image(4, 1, Texels::Linear8(texels.to_vec()));
        let mut texture = (*set.moment.textures[image]).clone();
        texture.wrap = [wrap; 2];
        set.moment.textures[image] = std::sync::Arc::new(texture);
        // The second image to the right, its left and its right half.
        let corners = [(-1.0, 1.0), (1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)].map(|(x, z)| Vec3::new(x, 0.0, z));
        let mut sheet = quad(corners);
        sheet.uvs.iter_mut().for_each(|uv| *uv += Vec2::X);
        let material = Material { base_color_texture: Some(image), ..matte(Vec3::ONE) };
        let seen = albedo(&set.mesh(sheet, material, Affine3A::IDENTITY).moment);
        for (x, wanted) in [(7, wanted[0]), (17, wanted[1])] {
            assert!((seen.at(x, 12)[0] - wanted).abs() < 0.01, "{wrap:?} at {x}: {}", seen.at(x, 12)[0]);
        }
    }
}

fn patterned(pattern: Pattern, scale_m: f32) -> Material {
    Material {
        detail: Some(Detail { pattern, scale_m, strength: 1.0, amount: 0.3 }),
        base_color: Vec3::splat(0.5),
        ..Material::default()
    }
}

#[test]
fn patterns_stay_on_what_moves() {
    let look = |place: Affine3A, pattern| {
        let camera = Affine3A::look_at_rh(Vec3::new(0.2, 0.3, 0.9), Vec3::ZERO, Vec3::Y).inverse();
        let mut set = Set::new().field_of_view(30.0);
        set.moment.camera.world_from_camera = maquette_conditioning::Moving::still(place * camera);
        trace(&set.mesh(ball(0.3, 16), patterned(pattern, 0.05), place).moment, 1).gbuffer
    };
    let turn = Quat::from_euler(glam::EulerRot::YXZ, 0.8, -0.4, 0.3);
    let moved = Affine3A::from_rotation_translation(turn, Vec3::new(0.5, -0.3, 0.7));
    for pattern in PATTERNS {
        let (still, moved) = (look(Affine3A::IDENTITY, pattern), look(moved, pattern));
        let pairs = still.albedo.data.iter().zip(&moved.albedo.data);
        let far = pairs.filter(|(a, b)| Vec3::from(**a).distance(Vec3::from(**b)) > 0.01).count();
        assert!(far <= 6, "{pattern:?}: {far} of 576 pixels differ");
        let pairs = still.normal.data.iter().zip(&moved.normal.data);
        let off = |(a, b): &(&[f32; 3], &[f32; 3])| (turn * Vec3::from(**a)).distance(Vec3::from(**b)) > 0.03;
        let far = pairs.filter(off).count();
        assert!(far <= 12, "{pattern:?}: {far} of 576 normals differ");
    }
}

#[test]
fn patterns_show_up_close_and_even_out_far_away() {
    let view = |distance: f32, pattern| {
        let set =
            Set::new().look(Vec3::new(0.03, distance, 0.05), Vec3::new(0.01, 0.0, 0.02)).field_of_view(40.0);
        trace(&set.mesh(floor(40.0), patterned(pattern, 0.02), Affine3A::IDENTITY).moment, 1).gbuffer
    };
    for pattern in PATTERNS {
        let (near, far) = (view(0.1, pattern), view(40.0, pattern));
        let (_, near_color) = spread(&near.albedo);
        let bumps = near.normal.data.iter().map(|n| n[0].abs() + n[2].abs()).sum::<f32>() / 576.0;
        let rough = near.roughness.data.iter().fold((1.0f32, 0.0f32), |(a, b), r| (a.min(*r), b.max(*r)));
        assert!(near_color > 0.005 || bumps > 0.01 || rough.1 - rough.0 > 0.02, "{pattern:?} shows nothing");
        let (_, far_color) = spread(&far.albedo);
        let bumps = far.normal.data.iter().map(|n| n[0].abs() + n[2].abs()).sum::<f32>() / 576.0;
        assert!(far_color < 0.03 && bumps < 0.03, "{pattern:?} far away: {far_color} {bumps}");
    }
}
