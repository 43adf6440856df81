//! A body to its modes: how fast each swings, how long it rings, how much a blow at a place excites it, how loud it is.
//!
//! Bars bend after Euler and Bernoulli (with Timoshenko's correction when thick), plates after Kirchhoff, solid blocks
//! stretch and twist, shells swing as their walls bend. A mode's motion radiates as P = ρc·S·σ·⟨v²⟩; the radiation
//! efficiency σ is that of a rigid sphere that swings to and fro, (ka)⁴/(4 + (ka)⁴) (Morse and Ingard, Theoretical
//! Acoustics, 7.2), with a radius a of half the way around the edge or a quarter of the bending wave, whichever is less:
//! neighbouring bulges and the two sides of a sheet short-circuit each other.

use std::f64::consts::{PI, TAU};

use maquette_conditioning::Body;

use crate::{
    beam,
    form::{Form, Shape},
    substance::Substance,
};

/// Characteristic impedance of air, Pa·s/m.
pub(crate) const RHO_C: f64 = 413.0;
/// Speed of sound for radiation.
pub(crate) const SOUND_M_S: f64 = 343.0;
/// Modes above are not heard and would alias.
const HIGHEST_HZ: f64 = 20_000.0;
/// Modes below are felt, not heard.
const LOWEST_HZ: f64 = 16.0;
/// Modes kept of a body, the loudest first.
const MOST: usize = 64;
/// What is built in loses to what holds it.
const LEAST_FIXED_LOSS: f64 = 0.12;

/// One mode of a body, excited at one place. It answers a force as velocity answers it in a damped spring.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mode {
    /// Cycles a second.
    pub(crate) frequency_hz: f64,
    /// Time to fall by 60 dB.
    pub(crate) t60_s: f64,
    /// Pascals at one metre for each newton second of a blow.
    pub(crate) gain: f64,
    /// Energy in joule that a blow of one newton second leaves in it.
    pub(crate) energy_j: f64,
}

/// A frequency, the shape's value where it is struck, and the bending wavelength.
struct Swing {
    frequency_hz: f64,
    shape: f64,
    wave_m: f64,
}

/// The audible modes of a body of a substance, lowest first.
pub(crate) fn modes(body: &Body, substance: &Substance) -> Vec<Mode> {
    let form = Form::of(body, substance);
    let loss = if body.fixed { substance.loss.max(LEAST_FIXED_LOSS) } else { substance.loss };
    let audible = |swing: &Swing| (LOWEST_HZ..HIGHEST_HZ).contains(&swing.frequency_hz);
    let mut modes: Vec<Mode> =
        swings(&form, substance).iter().filter(|s| audible(s)).map(|s| mode(s, &form, loss)).collect();
    modes.sort_by(|a, b| b.gain.abs().total_cmp(&a.gain.abs()));
    modes.truncate(MOST);
    modes.sort_by(|a, b| a.frequency_hz.total_cmp(&b.frequency_hz));
    modes
}

fn mode(swing: &Swing, form: &Form, loss: f64) -> Mode {
    let radius_m = (0.25 * swing.wave_m).min(form.rim_m);
    let size = (TAU * swing.frequency_hz / SOUND_M_S * radius_m).powi(4);
    let efficiency = size / (4.0 + size);
    // ⟨v²⟩ is half the square of the amplitude; p² over a sphere of one metre is ρc·P/(4π).
    let radiated = RHO_C * (form.area_m2 * efficiency / (4.0 * PI)).sqrt();
    Mode {
        frequency_hz: swing.frequency_hz,
        t60_s: 2.2 / (swing.frequency_hz * loss),
        gain: radiated * swing.shape / form.mass_kg,
        energy_j: 0.5 * swing.shape * swing.shape / form.mass_kg,
    }
}

fn swings(form: &Form, substance: &Substance) -> Vec<Swing> {
    match form.shape {
        Shape::Bar { length_m, thickness_m, round, at } => bar(length_m, thickness_m, round, at, substance),
        Shape::Plate { sides_m, thickness_m, at, held: true } => {
            supported_plate(sides_m, thickness_m, at, substance)
        }
        Shape::Plate { sides_m, thickness_m, at, held: false } => {
            free_plate(sides_m, thickness_m, at, substance)
        }
        Shape::Block { sides_m, at } => block(sides_m, at, substance),
        Shape::Tube { radius_m, length_m, wall_m, at } => tube(radius_m, length_m, wall_m, at, substance),
        Shape::Bubble { radius_m, wall_m } => bubble(radius_m, wall_m, substance),
    }
}

/// f = λ²/(2πL²)·√(EI/ρA) (Blevins, table 8-1). Thick bars are lowered by rotation and shear after Timoshenko, to first
/// order: 1/√(1 + (λr/L)²·(1 + E/κG)), r the radius of gyration, κ = 5/6; bars slenderer than 1:40 are taken as they are.
fn bar(length_m: f64, thickness_m: f64, round: bool, at: f64, substance: &Substance) -> Vec<Swing> {
    let gyration_m = thickness_m / if round { 4.0 } else { 12f64.sqrt() };
    let wave_m_s = (substance.young_pa / substance.density).sqrt();
    let shear = 1.0 + 2.0 * (1.0 + substance.poisson) * 6.0 / 5.0;
    let thick = ((thickness_m / length_m - 0.025) / 0.025).clamp(0.0, 1.0);
    let swing = |n: usize| {
        let lambda = beam::root(n);
        let slender_hz = lambda * lambda / (TAU * length_m * length_m) * wave_m_s * gyration_m;
        let correction = thick * (lambda * gyration_m / length_m).powi(2) * shear;
        Swing {
            frequency_hz: slender_hz / (1.0 + correction).sqrt(),
            shape: beam::free(n, at),
            wave_m: TAU * length_m / lambda,
        }
    };
    (1..=30).map(swing).collect()
}

/// √(D/ρh), D = Eh³/(12(1−ν²)).
fn plate_stiffness(thickness_m: f64, substance: &Substance) -> f64 {
    thickness_m * (substance.plane_modulus_pa() / (12.0 * substance.density)).sqrt()
}

/// f = π/2·√(D/ρh)·(m²/a² + n²/b²) (Leissa, Vibration of Plates, 4.1).
fn supported_plate([a, b]: [f64; 2], thickness_m: f64, at: [f64; 2], substance: &Substance) -> Vec<Swing> {
    let stiffness = plate_stiffness(thickness_m, substance);
    pairs(1)
        .map(|(m, n)| {
            let (m, n) = (m as f64, n as f64);
            let number = (m / a).powi(2) + (n / b).powi(2);
            Swing {
                frequency_hz: 0.5 * PI * stiffness * number,
                shape: 2.0 * (m * PI * at[0]).sin() * (n * PI * at[1]).sin(),
                wave_m: 2.0 / number.sqrt(),
            }
        })
        .collect()
}

/// Warburton's formula for free edges (Proc. Inst. Mech. Eng. 168, 1954): products of bar shapes, within a few per cent.
fn free_plate([a, b]: [f64; 2], thickness_m: f64, at: [f64; 2], substance: &Substance) -> Vec<Swing> {
    let stiffness = plate_stiffness(thickness_m, substance);
    let factors = |m: usize| match m {
        0 => (0.0, 0.0, 0.0),
        1 => (0.0, 0.0, 12.0 / (PI * PI)),
        2 => (1.506, 1.248, 5.017),
        _ => {
            let g = m as f64 - 0.5;
            (g, g * g * (1.0 - 2.0 / (g * PI)), g * g * (1.0 + 6.0 / (g * PI)))
        }
    };
    let poisson = substance.poisson;
    let bends = |&(m, n): &(usize, usize)| m + n >= 2;
    pairs(0)
        .filter(bends)
        .map(|(m, n)| {
            let ((gx, hx, jx), (gy, hy, jy)) = (factors(m), factors(n));
            let coupled = 2.0 * (poisson * hx * hy + (1.0 - poisson) * jx * jy) / (a * a * b * b);
            let square = (gx / a).powi(4) + (gy / b).powi(4) + coupled;
            let frequency_hz = 0.5 * PI * stiffness * square.sqrt();
            Swing {
                frequency_hz,
                shape: beam::across(m, at[0]) * beam::across(n, at[1]),
                wave_m: 2.0 / square.powf(0.25),
            }
        })
        .collect()
}

fn pairs(from: usize) -> impl Iterator<Item = (usize, usize)> {
    const SIDE: usize = 18;
    (from..from + SIDE).flat_map(move |m| (from..from + SIDE).map(move |n| (m, n)))
}

/// Standing waves along each side: stretching at √(E/ρ), twisting at √(G/ρ), free at both ends.
fn block(sides_m: [f64; 3], at: [f64; 3], substance: &Substance) -> Vec<Swing> {
    let stretch_m_s = (substance.young_pa / substance.density).sqrt();
    let twist_m_s = stretch_m_s / (2.0 * (1.0 + substance.poisson)).sqrt();
    let mut swings = Vec::new();
    for (side_m, at) in sides_m.into_iter().zip(at) {
        for speed_m_s in [twist_m_s, stretch_m_s] {
            for n in 1..=8 {
                let n = f64::from(n);
                let frequency_hz = n * speed_m_s / (2.0 * side_m);
                let shape = 2f64.sqrt() * (n * PI * at).cos();
                swings.push(Swing { frequency_hz, shape, wave_m: 2.0 * side_m / n });
            }
        }
    }
    swings
}

/// Rings of a thin wall: f = h/(4√3·πR²)·√(E/ρ(1−ν²))·n(n²−1)/√(n²+1) (Rayleigh; Blevins, table 9-2), stiffened along the
/// length as a plate is.
fn tube(radius_m: f64, length_m: f64, wall_m: f64, at: f64, substance: &Substance) -> Vec<Swing> {
    let stiffness = plate_stiffness(wall_m, substance);
    let mut swings = Vec::new();
    for n in 2..=24 {
        let n = f64::from(n);
        let around_hz = stiffness / (TAU * radius_m * radius_m) * n * (n * n - 1.0) / (n * n + 1.0).sqrt();
        for m in 0..=8 {
            let along = f64::from(m) * PI / length_m;
            let frequency_hz = around_hz + stiffness / TAU * along * along;
            let shape = if m == 0 { 2f64.sqrt() } else { 2.0 * (f64::from(m) * PI * at).cos() };
            let wave_m = TAU / ((n / radius_m).powi(2) + along * along).sqrt();
            swings.push(Swing { frequency_hz, shape, wave_m });
        }
    }
    swings
}

/// A hollow ball: the membrane modes gather below √(E/ρ)/(2πR), bending spreads them upwards
/// (Baker, J. Acoust. Soc. Am. 33, 1961, lower branch).
fn bubble(radius_m: f64, wall_m: f64, substance: &Substance) -> Vec<Swing> {
    let ring_hz = (substance.young_pa / substance.density).sqrt() / (TAU * radius_m);
    let thin = (wall_m / radius_m).powi(2) / (12.0 * (1.0 - substance.poisson.powi(2)));
    let swing = |n: i32| {
        let n = f64::from(n);
        let membrane = (n - 1.0) * (n + 2.0) / (n * n + n + 1.0 + 3.0 * substance.poisson);
        let bending = thin * (n * (n + 1.0)).powi(2);
        Swing {
            frequency_hz: ring_hz * (membrane + bending).sqrt(),
            shape: (2.0 * n + 1.0).sqrt(),
            wave_m: TAU * radius_m / n,
        }
    };
    (2..=40).map(swing).collect()
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use super::*;

    fn reference() -> serde_json::Value {
        serde_json::from_str(include_str!("../tests/reference/synthesis.json")).unwrap()
    }

    fn numbers(value: &serde_json::Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
    }

    /// The modes of a box struck near a corner.
    fn boxed(material: &str, size_m: [f32; 3], fixed: bool) -> Vec<Mode> {
        let substance = Substance::named(material);
        let mass_kg = size_m.iter().product::<f32>() * substance.density as f32;
        let touched_at = Vec3::new(0.41, 0.37, 0.31);
        let body = Body { size_m: size_m.into(), mass_kg, touched_at, fixed, ..Body::default() };
        modes(&body, &substance)
    }

    /// Prints how far the farthest of them is off, as a figure of this name.
    fn agree(figure: &str, found: &[Mode], hz: &[f64], t60_s: &[f64], within: f64) {
        let mut worst = 0.0f64;
        for (n, (hz, t60_s)) in hz.iter().zip(t60_s).enumerate() {
            let (frequency, decay) = (found[n].frequency_hz / hz - 1.0, found[n].t60_s / t60_s - 1.0);
            worst = worst.max(frequency.abs()).max(decay.abs());
            assert!(frequency.abs() < within && decay.abs() < within, "mode {}: {:?}", n + 1, found[n]);
        }
        println!("bench: {figure} = {worst:.5}");
    }

    #[test]
    fn a_steel_bar_rings_as_the_reference() {
        let expected = &reference()["free_free_bar_steel"];
        let found = boxed("steel", [0.30, 0.005, 0.02], false);
        agree("steel_bar", &found, &numbers(&expected["f_hz"]), &numbers(&expected["t60_s"]), 0.01);
    }

    #[test]
    fn a_wooden_bar_rings_as_the_reference_in_its_first_modes() {
        let expected = &reference()["free_free_bar_wood"];
        let found = boxed("wood", [0.04, 0.02, 0.30], false);
        agree("wood_bar", &found, &numbers(&expected["f_hz"])[..2], &numbers(&expected["t60_s"])[..2], 0.05);
    }

    /// The figures are a pane's that is supported but not built into anything that takes its energy.
    #[test]
    fn a_supported_pane_rings_as_the_reference() {
        let glass = Substance::named("glass");
        let body = Body {
            size_m: Vec3::new(0.4, 0.004, 0.3),
            mass_kg: 1.2,
            touched_at: Vec3::new(0.41, 0.37, 0.31),
            ..Body::default()
        };
        let mut form = Form::of(&body, &glass);
        let Shape::Plate { held, .. } = &mut form.shape else { panic!("{form:?}") };
        *held = true;
        let mut found: Vec<Mode> = swings(&form, &glass).iter().map(|s| mode(s, &form, glass.loss)).collect();
        found.sort_by(|a, b| a.frequency_hz.total_cmp(&b.frequency_hz));
        let expected = &reference()["supported_plate_glass"]["modes"];
        let column = |name: &str| -> Vec<f64> {
            expected.as_array().unwrap().iter().map(|m| m[name].as_f64().unwrap()).collect()
        };
        agree("glass_plate", &found, &column("f_hz"), &column("t60_s"), 0.01);
    }

    /// Leissa 1973, table C22: √(ρh/D)·ω·a² of a square free plate at ν = 0.3 is 13.489, 19.789, 24.432.
    #[test]
    fn a_free_square_plate_rings_as_published() {
        let steel = Substance { poisson: 0.3, ..Substance::named("steel") };
        let swings = free_plate([0.3, 0.3], 0.003, [0.1, 0.1], &steel);
        let scale = TAU * 0.09 / plate_stiffness(0.003, &steel);
        let mut found: Vec<f64> = swings.iter().map(|s| s.frequency_hz * scale).collect();
        found.sort_by(f64::total_cmp);
        // Warburton's single products split the pair 19.8 and 24.4 badly; their mean and the lowest are right.
        assert!((found[0] / 13.489 - 1.0).abs() < 0.06, "{found:.3?}");
        assert!(((found[1] + found[2]) / 44.221 - 1.0).abs() < 0.06, "{:.3?}", &found[..3]);
    }

    #[test]
    fn a_blow_on_a_node_does_not_excite_its_mode() {
        // The first bending mode of a free bar stands still at 0.2242 of its length.
        let steel = Substance::named("steel");
        let at = |share: f64| bar(0.3, 0.005, false, share, &steel)[0].shape.abs();
        assert!(at(0.2242) < 1e-2 && at(0.0) > 1.99 && at(0.5) > 1.2);
    }

    #[test]
    fn nothing_sensible_is_silent_or_endless() {
        for material in ["steel", "oak", "rubber", "glass", "concrete", "carpet"] {
            for size in [[0.01, 0.01, 0.01], [0.2, 0.1, 0.05], [10.0, 0.1, 10.0], [2.0, 0.05, 0.05]] {
                for mode in boxed(material, size, size[0] > 5.0) {
                    assert!(mode.frequency_hz.is_finite() && mode.gain.is_finite() && mode.t60_s > 0.0);
                }
            }
        }
    }
}
