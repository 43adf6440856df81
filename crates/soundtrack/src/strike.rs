//! A hit to the sound of both bodies.
//!
//! Hertz's contact time, or that of a dent where the softer side yields, sets the hardness, the place on each body the share of its modes, and physics' impulse the level,
//! in pascals at one metre. Soft, wide contacts touch at several points of their rough surfaces, and so are not as dull
//! as one smooth pulse. What starts to move also pushes the air as a whole: the knock of blocks that do not ring.

use maquette_conditioning::{Body, Contact, SAMPLE_RATE_HZ};

use crate::{
    form::curvature_m,
    hertz::Hertz,
    mode::modes,
    noise::{seed_of, uniform},
    resonator::{Blow, Resonator},
    substance::Substance,
};

/// The loudest hit at one metre: 130 dB peak. Physics sometimes invents an impulse.
const MOST_PEAK_PA: f64 = 63.0;
/// What rings on below this under the peak is cut.
const TAIL_DB: f64 = 90.0;
/// No tail is longer.
const LONGEST_S: f64 = 8.0;
/// Largest share of a hit's energy that goes into vibration (Hunter, J. Mech. Phys. Solids 5, 1957, finds a few per cent
/// between hard solids; slender things reach a fifth).
const MOST_RINGING: f64 = 0.2;
/// Contacts last between a hundredth and 25 milliseconds: coverings and pads are thin, and what lies below them stops the rest.
const CONTACT_S: (f64, f64) = (1e-5, 0.025);
/// Both sides flat: they meet at the asperities of a face.
const FLAT_M: f64 = 0.05;

/// Pascals at one metre, from the instant of the hit. Empty for a touch without energy.
pub(crate) fn strike(contact: &Contact) -> Vec<f32> {
    let (impulse, speed) = (f64::from(contact.impulse_n_s), f64::from(contact.closing_speed_m_s));
    let energy_j = 0.5 * impulse * speed;
    if !energy_j.is_finite() || energy_j < 1e-9 || impulse < 0.0 {
        return Vec::new();
    }
    let substances = [0, 1].map(|side| Substance::named(&contact.materials[side]));
    let hertz = hertz(&contact.bodies, &substances, impulse, speed);
    let hardness_pa = substances[0].hardness_pa.min(substances[1].hardness_pa);
    let contact_s = hertz.contact_s().max(hertz.dent_s(hardness_pa)).clamp(CONTACT_S.0, CONTACT_S.1);
    let seed = seed_of(&contact.materials[0]) ^ contact.time_s.to_bits() ^ u64::from(contact.objects[1]);
    let blows = blows(impulse, contact_s, hertz.modulus_pa, seed);
    let all = resonators(&contact.bodies, &substances);
    // Rigid bodies do not know that what bends gives way: no more energy rings than the hit had to give.
    let ringing_j = all.iter().map(|resonator| resonator.takes_j(&blows[0])).sum::<f64>();
    let share = (MOST_RINGING * energy_j / ringing_j.max(1e-30)).min(1.0).sqrt();
    rendered(&all.into_iter().map(|resonator| resonator.scaled(share)).collect::<Vec<_>>(), &blows)
}

/// Everything of two bodies that sounds.
pub(crate) fn resonators(bodies: &[Body; 2], substances: &[Substance; 2]) -> Vec<Resonator> {
    let mut all = Vec::new();
    for ((body, substance), sign) in bodies.iter().zip(substances).zip([1.0, -1.0]) {
        all.extend(
            modes(body, if body.fixed { substance.bearing() } else { substance })
                .iter()
                .map(|mode| Resonator::of(mode, sign)),
        );
        if !body.fixed && body.mass_kg > 0.0 {
            let volume_m3 = f64::from(body.size_m.abs().element_product()).max(1e-9);
            let radius_m = (0.75 / std::f64::consts::PI * volume_m3).cbrt();
            all.push(Resonator::push(radius_m, f64::from(body.mass_kg)));
        }
    }
    all
}

fn hertz(bodies: &[Body; 2], [a, b]: &[Substance; 2], impulse: f64, speed_m_s: f64) -> Hertz {
    let curved: f64 = bodies.iter().map(|body| 1.0 / curvature_m(body)).sum();
    Hertz {
        mass_kg: (impulse / speed_m_s).clamp(1e-5, 1e4),
        radius_m: (1.0 / curved).min(FLAT_M),
        modulus_pa: 1.0 / (1.0 / a.plane_modulus_pa() + 1.0 / b.plane_modulus_pa()),
        speed_m_s,
    }
}

/// One pulse, and for contacts longer than a millisecond a few small ones within it that stand for rough surfaces. What is
/// softer than ten megapascals gives way: around the grains, and as a whole, so that force sets in gently.
fn blows(impulse_n_s: f64, contact_s: f64, modulus_pa: f64, seed: u64) -> Vec<Blow> {
    const SMOOTH_S: f64 = 1e-3;
    const GRAINS: u64 = 12;
    const ROUGH: f64 = 0.05;
    const GIVES_WAY_PA: f64 = 1e7;
    let springs = (modulus_pa / GIVES_WAY_PA).min(1.0);
    let rough = ROUGH * springs;
    let whole =
        |share: f64| Blow { start_s: 0.0, length_s: contact_s, impulse_n_s: share * impulse_n_s, springs };
    if contact_s <= SMOOTH_S {
        return vec![whole(1.0)];
    }
    let grain = |n: u64| Blow {
        start_s: contact_s * 0.8 * uniform(seed, 2 * n).powi(2) * f64::from(u8::from(n > 0)),
        length_s: contact_s * (0.06 + 0.2 * uniform(seed, 2 * n + 1)),
        impulse_n_s: rough * impulse_n_s / GRAINS as f64,
        springs,
    };
    std::iter::once(whole(1.0 - rough)).chain((0..GRAINS).map(grain)).collect()
}

fn rendered(resonators: &[Resonator], blows: &[Blow]) -> Vec<f32> {
    let peak = resonators.iter().map(Resonator::loudest).sum::<f64>();
    if peak <= 0.0 {
        return Vec::new();
    }
    let level_db = |r: &Resonator| TAIL_DB + 20.0 * (r.loudest() / peak).max(1e-12).log10();
    let rings_s = resonators.iter().map(|r| r.falls_s(level_db(r))).fold(0.0, f64::max).min(LONGEST_S);
    let touch_s = blows.iter().map(|blow| blow.start_s + blow.length_s).fold(0.0, f64::max);
    let length = ((touch_s + rings_s) * f64::from(SAMPLE_RATE_HZ)).ceil() as usize + 2;
    let mut samples = vec![0.0f64; length];
    resonators.iter().for_each(|resonator| resonator.strike(blows, &mut samples));
    let highest = samples.iter().fold(0.0f64, |most, s| most.max(s.abs()));
    let gain = (MOST_PEAK_PA / highest.max(1e-30)).min(1.0);
    // Where the longest tail is cut, what is left fades.
    let fade = (length / 8).max(1);
    let last = |n: usize| ((length - n) as f64 / fade as f64).min(1.0);
    samples.iter().enumerate().map(|(n, sample)| (gain * last(n) * sample) as f32).collect()
}

#[cfg(test)]
mod tests {
    use glam::Vec3;
    use maquette_conditioning::BodyShape;

    use super::*;

    fn floor() -> Body {
        Body { size_m: Vec3::new(8.0, 0.15, 8.0), fixed: true, ..Body::default() }
    }

    fn solid(material: &str, shape: BodyShape, size_m: [f32; 3]) -> Body {
        let size_m = Vec3::from(size_m);
        let mass_kg = size_m.element_product() * Substance::named(material).density as f32;
        Body { shape, size_m, mass_kg, ..Body::default() }
    }

    /// A body that falls from a height onto a floor.
    fn dropped(material: &str, body: Body, floor_material: &str, height_m: f32) -> Vec<f32> {
        let speed = (2.0 * 9.81 * height_m).sqrt();
        strike(&Contact {
            materials: [floor_material.into(), material.into()],
            bodies: [floor(), body],
            impulse_n_s: 1.2 * body.mass_kg * speed,
            closing_speed_m_s: speed,
            ..Contact::default()
        })
    }

    #[test]
    fn steps_on_carpet_are_soft_and_dull() {
        let step = |floor_material: &str| {
            let sole = Body { size_m: Vec3::new(0.08, 0.03, 0.1), mass_kg: 4.0, ..Body::default() };
            strike(&Contact {
                materials: [floor_material.into(), "shoe sole".into()],
                bodies: [floor(), sole],
                impulse_n_s: 2.0,
                closing_speed_m_s: 0.5,
                ..Contact::default()
            })
        };
        // Level of the second difference against the level: how bright it is.
        let bright_db = |samples: &[f32]| {
            let bent: Vec<f32> = samples.windows(3).map(|w| w[0] - 2.0 * w[1] + w[2]).collect();
            10.0 * (energy(&bent) / energy(samples)).log10()
        };
        let (stone, carpet) = (step("stone"), step("carpet"));
        // Carpets take 20 to 30 dB off the weighted level of a tapping machine, and little off what is low, where this peaks.
        let softer_db = peak_db(&stone) - peak_db(&carpet);
        assert!((10.0..35.0).contains(&softer_db), "{softer_db}");
        assert!(
            bright_db(&carpet) < bright_db(&stone) - 20.0,
            "{} {}",
            bright_db(&carpet),
            bright_db(&stone)
        );
    }

    fn energy(samples: &[f32]) -> f64 {
        samples.iter().map(|&s| f64::from(s).powi(2)).sum()
    }

    fn peak_db(samples: &[f32]) -> f64 {
        20.0 * (f64::from(samples.iter().fold(0.0f32, |m, s| m.max(s.abs()))) / 20e-6).log10()
    }

    /// Mean frequency by energy of the slope, hertz.
    fn brightness_hz(samples: &[f32]) -> f64 {
        let rise: f64 = samples.windows(2).map(|w| f64::from(w[1] - w[0]).powi(2)).sum();
        (rise / energy(samples)).sqrt() * f64::from(SAMPLE_RATE_HZ) / std::f64::consts::TAU
    }

    #[test]
    fn a_dropped_tool_is_loud_and_a_dropped_pen_is_not() {
        let wrench =
            dropped("steel", solid("steel", BodyShape::Box, [0.2, 0.008, 0.03]), "sealed concrete", 1.5);
        let pen = dropped("plastic", solid("plastic", BodyShape::Cylinder, [0.01, 0.14, 0.01]), "oak", 1.0);
        let pad = dropped("foam", solid("foam", BodyShape::Box, [0.2, 0.05, 0.2]), "carpet", 1.0);
        let [tool, pen, pad] = [&wrench, &pen, &pad].map(|s| peak_db(s));
        println!("wrench {tool:.1} dB, pen {pen:.1} dB, pad {pad:.1} dB");
        assert!((90.0..115.0).contains(&tool), "{tool}");
        assert!((60.0..100.0).contains(&pen), "{pen}");
        assert!(pad < pen - 10.0, "{pad}");
    }

    #[test]
    fn a_harder_blow_is_louder_in_proportion() {
        let hit = |impulse_n_s: f32| {
            strike(&Contact {
                materials: ["oak".into(), "oak".into()],
                impulse_n_s,
                // Impulse over speed stays: the same bodies, faster.
                closing_speed_m_s: impulse_n_s,
                ..Contact::default()
            })
        };
        // The contact shortens by 2^(1/5), so a little more than four times the energy.
        let ratio = energy(&hit(2.0)) / energy(&hit(1.0));
        assert!((4.0..6.5).contains(&ratio), "{ratio}");
    }

    #[test]
    fn metal_rings_wood_knocks_and_rubber_thuds() {
        let [metal, wood, rubber] = ["steel", "wood", "rubber"].map(|material| {
            dropped(material, solid(material, BodyShape::Box, [0.3, 0.02, 0.04]), "concrete", 1.0)
        });
        // Time until 95 % of the energy is out.
        let rings_s = |s: &[f32]| {
            let mut left = 0.95 * energy(s);
            let spent = |x: &&f32| {
                left -= f64::from(**x).powi(2);
                left > 0.0
            };
            s.iter().take_while(spent).count() as f64 / f64::from(SAMPLE_RATE_HZ)
        };
        let times = [&metal, &wood, &rubber].map(|s| rings_s(s));
        let tones = [&metal, &wood, &rubber].map(|s| brightness_hz(s));
        println!("{times:.4?} s, {tones:.0?} Hz");
        assert!(times[0] > 4.0 * times[1], "{times:?}");
        assert!(tones[0] > 2.0 * tones[2] && tones[1] > 2.0 * tones[2], "{tones:?}");
    }

    #[test]
    fn a_touch_without_energy_is_silent() {
        for (impulse_n_s, closing_speed_m_s) in
            [(0.0, 1.0), (1.0, 0.0), (-1.0, -1.0), (f32::NAN, 1.0), (f32::INFINITY, 1.0)]
        {
            let contact = Contact { impulse_n_s, closing_speed_m_s, ..Contact::default() };
            assert!(strike(&contact).is_empty());
        }
    }

    #[test]
    fn an_absurd_impulse_stays_bearable() {
        let steel = || "steel".to_owned();
        let contact = Contact {
            materials: [steel(), steel()],
            impulse_n_s: 1e6,
            closing_speed_m_s: 1e3,
            ..Contact::default()
        };
        assert!(peak_db(&strike(&contact)) < 130.1);
    }

    #[test]
    fn odd_bodies_do_not_break_anything() {
        for size_m in [Vec3::ZERO, Vec3::splat(1e-9), Vec3::splat(1e4), Vec3::new(1e-3, 50.0, 1e-3)] {
            for mass_kg in [0.0, 1e-6, 1e6] {
                for shape in [BodyShape::Box, BodyShape::Ball, BodyShape::Cylinder] {
                    let body = Body { shape, size_m, mass_kg, ..Body::default() };
                    let contact = Contact {
                        bodies: [body; 2],
                        impulse_n_s: 1.0,
                        closing_speed_m_s: 1.0,
                        ..Contact::default()
                    };
                    assert!(strike(&contact).iter().all(|s| s.is_finite()), "{body:?}");
                }
            }
        }
    }
}
