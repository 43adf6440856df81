//! What holds of every surface: it returns no more than it receives, and samples as it says it does.

use std::f32::consts::{PI, TAU};

use glam::{Vec2, Vec3};

use super::{bsdf::Bsdf, surface::Surface};
use crate::world::{NONE, tables};

/// A surface in the XZ plane, front upwards.
fn surface(base_color: f32, roughness: f32, metallic: f32) -> Surface {
    Surface {
        position: Vec3::ZERO,
        geometric: Vec3::Y,
        normal: Vec3::Y,
        front: true,
        base_color: Vec3::splat(base_color),
        roughness,
        metallic,
        reflectance: 0.5,
        transmission: 0.0,
        ior: 1.5,
        clearcoat: 0.0,
        clearcoat_roughness: 0.1,
        thin: false,
        window: false,
        literal: false,
        mirror: NONE,
        emission: Vec3::ZERO,
        material: 0,
        object_id: 1,
        light: NONE,
        area: 1.0,
    }
}

fn seen_at(surface: &Surface, degrees: f32) -> Bsdf {
    let angle = degrees.to_radians();
    Bsdf::new(surface, -Vec3::new(angle.sin() * 0.8, angle.cos(), angle.sin() * 0.6), tables())
}

/// Points of the unit cube that cover it evenly (Roberts, "The Unreasonable Effectiveness of Quasirandom Sequences").
fn even(i: u32) -> (Vec2, f32) {
    let at = |step: f64| ((0.5 + step * f64::from(i)) % 1.0) as f32;
    (Vec2::new(at(0.819_172_513_396_164_4), at(0.671_043_606_703_789_2)), at(0.549_700_477_901_970_3))
}

/// Mean light returned under an even sky of 1 nit.
fn returned(bsdf: &Bsdf, count: u32) -> f32 {
    let weight = |i: u32| {
        let (u, lobe) = even(i);
        bsdf.sample(u, lobe).map_or(0.0, |s| f64::from((s.diffuse + s.specular).y))
    };
    ((0..count).map(weight).sum::<f64>() / f64::from(count)) as f32
}

const ROUGHNESSES: [f32; 9] = [0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1.0];
const ANGLES: [f32; 7] = [0.0, 15.0, 30.0, 45.0, 60.0, 75.0, 85.0];

#[test]
fn white_surfaces_return_what_they_receive_at_any_roughness_metalness_and_angle() {
    let (mut most, mut least_of_metals, mut least) = (0.0f32, 2.0f32, 2.0f32);
    for roughness in ROUGHNESSES {
        for metallic in [0.0, 0.25, 0.5, 0.75, 1.0] {
            for degrees in ANGLES {
                let light = returned(&seen_at(&surface(1.0, roughness, metallic), degrees), 20_000);
                most = most.max(light);
                least = least.min(light);
                if metallic == 1.0 {
                    least_of_metals = least_of_metals.min(light);
                }
                assert!(light <= 1.002, "roughness {roughness}, metallic {metallic}, {degrees}°: {light}");
            }
        }
    }
    println!("white furnace: {least} to {most}, metals from {least_of_metals}");
    assert!(least_of_metals >= 0.99, "{least_of_metals}");
    assert!(least >= 0.98, "{least}");
}

#[test]
fn glass_and_coats_return_no_more_than_they_receive() {
    for roughness in ROUGHNESSES {
        for degrees in ANGLES {
            let glass = Surface { transmission: 1.0, ..surface(1.0, roughness, 0.0) };
            let coated = Surface { clearcoat: 1.0, ..surface(1.0, roughness, 0.5) };
            let inside = Surface { front: false, ..glass };
            let cases = [
                ("glass", glass, 0.4),
                ("inside", inside, 0.35),
                ("pane", Surface { thin: true, ..glass }, 0.99),
                ("half glass", Surface { transmission: 0.5, ..glass }, 0.7),
                ("coat", coated, 0.95),
            ];
            for (name, surface, least) in cases {
                let light = returned(&seen_at(&surface, degrees), 10_000);
                let what = format!("{name}, roughness {roughness}, {degrees}°: {light}");
                assert!(light <= 1.002, "{what}");
                // Light that bounces between microfacets is not followed.
                assert!(light >= least || degrees > 80.0, "{what}");
            }
        }
    }
}

/// Rows of the polar angle and columns of the azimuth.
const ROWS: usize = 24;
const COLUMNS: usize = 24;

fn cell(direction: Vec3) -> usize {
    let row = (direction.y.clamp(-1.0, 1.0).acos() / PI * ROWS as f32) as usize;
    let column = ((direction.z.atan2(direction.x) / TAU + 0.5) * COLUMNS as f32) as usize;
    row.min(ROWS - 1) * COLUMNS + column.min(COLUMNS - 1)
}

/// The density's integral over each cell, by the midpoint rule.
fn expected(bsdf: &Bsdf) -> Vec<f64> {
    const FINE: usize = 24;
    let mut sums = vec![0.0; ROWS * COLUMNS];
    for (index, sum) in sums.iter_mut().enumerate() {
        let (row, column) = (index / COLUMNS, index % COLUMNS);
        for i in 0..FINE * FINE {
            let down = (row as f32 + ((i / FINE) as f32 + 0.5) / FINE as f32) / ROWS as f32;
            let around = (column as f32 + ((i % FINE) as f32 + 0.5) / FINE as f32) / COLUMNS as f32;
            let (polar, azimuth) = (PI * down, TAU * (around - 0.5));
            let sine = polar.sin();
            let direction = Vec3::new(sine * azimuth.cos(), polar.cos(), sine * azimuth.sin());
            *sum += f64::from(bsdf.scattering(direction).pdf * sine);
        }
        *sum *= f64::from(PI * TAU) / (ROWS * COLUMNS * FINE * FINE) as f64;
    }
    sums
}

/// Probability that counts stray from expectations this far by chance (Pearson; Wilson and Hilferty 1931).
fn chance(counts: &[f64], expected: &[f64]) -> f64 {
    let (mut pooled_count, mut pooled, mut sum, mut cells) = (0.0, 0.0, 0.0, 0.0f64);
    for (count, expected) in counts.iter().zip(expected) {
        if *expected < 10.0 {
            pooled_count += count;
            pooled += expected;
        } else {
            sum += (count - expected).powi(2) / expected;
            cells += 1.0;
        }
    }
    if pooled > 10.0 {
        sum += (pooled_count - pooled).powi(2) / pooled;
        cells += 1.0;
    }
    let freedom = (cells - 1.0).max(1.0);
    let spread = 2.0 / (9.0 * freedom);
    let z = ((sum / freedom).cbrt() - (1.0 - spread)) / spread.sqrt();
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}

/// Abramowitz and Stegun 7.1.26.
fn erfc(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let series = [0.254_829_592, -0.284_496_736, 1.421_413_741, -1.453_152_027, 1.061_405_429];
    let sum = series.iter().rev().fold(0.0, |sum, a| (sum + a) * t) * (-x * x).exp();
    if x < 0.0 { 2.0 - sum } else { sum }
}

#[test]
fn directions_are_chosen_as_densely_as_the_density_says() {
    const SAMPLES: u32 = 40_000;
    let mut cases = Vec::new();
    for roughness in [0.3, 0.6, 1.0] {
        for degrees in [5.0, 50.0, 80.0] {
            let glass = Surface { transmission: 1.0, ..surface(0.9, roughness, 0.0) };
            let tilted = Vec3::new(0.3, 1.0, -0.2).normalize();
            cases.extend([
                ("plastic", surface(0.7, roughness, 0.0), degrees),
                ("metal", surface(0.7, roughness, 1.0), degrees),
                ("bent normal", Surface { normal: tilted, ..surface(0.7, roughness, 0.5) }, degrees),
                (
                    "coat",
                    Surface { clearcoat: 1.0, clearcoat_roughness: 0.4, ..surface(0.7, roughness, 0.5) },
                    degrees,
                ),
                ("pane", Surface { thin: true, ..glass }, degrees),
            ]);
            // Grazing views through the roughest glass peak too sharply for the midpoint rule.
            if roughness < 1.0 || degrees < 80.0 {
                let inside = Surface { front: false, ..glass };
                cases.extend([("glass", glass, degrees), ("inside glass", inside, degrees)]);
            }
        }
    }
    let threshold = 1.0 - 0.99f64.powf(1.0 / cases.len() as f64);
    let mut state = 12345u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32) * (1.0 / 16_777_216.0)
    };
    let mut least = 1.0f64;
    for (name, surface, degrees) in cases {
        let bsdf = seen_at(&surface, degrees);
        let mut wanted: Vec<f64> = expected(&bsdf).iter().map(|e| e * f64::from(SAMPLES)).collect();
        wanted.push((f64::from(SAMPLES) - wanted.iter().sum::<f64>()).max(0.0));
        let mut counts = vec![0.0; wanted.len()];
        for _ in 0..SAMPLES {
            let chosen = bsdf.sample(Vec2::new(random(), random()), random());
            counts[chosen.map_or(ROWS * COLUMNS, |s| cell(s.direction))] += 1.0;
        }
        let p = chance(&counts, &wanted);
        least = least.min(p);
        assert!(p > threshold, "{name}, roughness {}, {degrees}°: p = {p:e}", surface.roughness);
    }
    println!("least p {least:.2e}, threshold {threshold:.2e}");
}

#[test]
fn appendix_b_is_followed_to_the_letter() {
    let (base, roughness, metallic) = (0.6f32, 0.5f32, 0.25f32);
    let literal = Surface { literal: true, ..surface(base, roughness, metallic) };
    let out = Vec3::new(0.5, 0.8, -0.2).normalize();
    let bsdf = Bsdf::new(&literal, -out, tables());
    for incoming in [Vec3::new(-0.3, 0.9, 0.4), Vec3::new(0.7, 0.3, 0.1)].map(Vec3::normalize) {
        let h = (out + incoming).normalize();
        let (nl, nv, nh, vh) = (incoming.y, out.y, h.y, out.dot(h));
        let a2 = roughness.powi(4);
        let d = a2 / (PI * (nh * nh * (a2 - 1.0) + 1.0).powi(2));
        let part = |c: f32, other: f32| other * (a2 + (1.0 - a2) * c * c).sqrt();
        let v = 0.5 / (part(nl, nv) + part(nv, nl));
        let f0 = 0.04 + (base - 0.04) * metallic;
        let f = f0 + (1.0 - f0) * (1.0 - vh).powi(5);
        let diffuse = (1.0 - f) * base * (1.0 - metallic) / PI * nl;
        let found = bsdf.scattering(incoming);
        assert!((found.diffuse.y / diffuse - 1.0).abs() < 1e-4, "{} {diffuse}", found.diffuse.y);
        assert!((found.specular.y / (f * d * v * nl) - 1.0).abs() < 1e-4, "{}", found.specular.y);
    }
}

#[test]
fn without_reflectance_a_dielectric_is_pure_lambert() {
    let matte = Surface { reflectance: 0.0, ..surface(0.7, 0.2, 0.0) };
    let bsdf = seen_at(&matte, 80.0);
    let mirrored = Vec3::new(-0.6, 0.3, -0.5).normalize();
    let found = bsdf.scattering(mirrored);
    assert_eq!(found.specular, Vec3::ZERO);
    assert!((found.diffuse.y - 0.7 * mirrored.y / PI).abs() < 1e-6);
}
