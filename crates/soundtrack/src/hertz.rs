//! Two bodies that meet to how long they touch and how hard they press.
//!
//! Hertz's theory of elastic contact: K = 4/3·E*·√R, greatest approach α = (5·m·v²/(4·K))^(2/5), contact time
//! 2.9432·α/v, peak force K·α^(3/2) (Johnson, Contact Mechanics, 11.4).

/// What decides a hit of two curved bodies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hertz {
    /// 1/(1/m₁ + 1/m₂), kg.
    pub(crate) mass_kg: f64,
    /// 1/(1/R₁ + 1/R₂), m.
    pub(crate) radius_m: f64,
    /// 1/((1−ν₁²)/E₁ + (1−ν₂²)/E₂), Pa.
    pub(crate) modulus_pa: f64,
    /// Closing speed, m/s.
    pub(crate) speed_m_s: f64,
}

impl Hertz {
    /// How long they touch.
    pub(crate) fn contact_s(&self) -> f64 {
        // 2·√π·Γ(2/5)/(5·Γ(9/10)) times two: ∫₀¹ dx/√(1 − x^(5/2)) twice.
        2.943_2 * self.approach_m() / self.speed_m_s
    }

    /// How long the softer side yields when it is dented all the way: π/2·√(m/(2πRp)), whatever the speed (Johnson, 11.5).
    pub(crate) fn dent_s(&self, hardness_pa: f64) -> f64 {
        let stiffness = std::f64::consts::TAU * self.radius_m * hardness_pa;
        std::f64::consts::FRAC_PI_2 * (self.mass_kg / stiffness).sqrt()
    }

    /// The largest force.
    #[cfg(test)]
    pub(crate) fn peak_n(&self) -> f64 {
        self.stiffness() * self.approach_m().powf(1.5)
    }

    fn approach_m(&self) -> f64 {
        (1.25 * self.mass_kg * self.speed_m_s.powi(2) / self.stiffness()).powf(0.4)
    }

    fn stiffness(&self) -> f64 {
        4.0 / 3.0 * self.modulus_pa * self.radius_m.sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::substance::Substance;

    /// A ball on a half-space, as in the reference data: contact time in ms and peak force in newton.
    fn ball(materials: [&str; 2], radius_m: f64, speed_m_s: f64) -> (f64, f64) {
        let [a, b] = materials.map(Substance::named);
        let mass_kg = a.density * 4.0 / 3.0 * std::f64::consts::PI * radius_m.powi(3);
        let modulus_pa = 1.0 / (1.0 / a.plane_modulus_pa() + 1.0 / b.plane_modulus_pa());
        let hertz = Hertz { mass_kg, radius_m, modulus_pa, speed_m_s };
        (1e3 * hertz.contact_s(), hertz.peak_n())
    }

    #[test]
    fn contact_times_and_forces_are_those_of_the_reference() {
        let cases = [
            (["steel", "glass"], 0.005, 2.0, 0.04045, 747.643),
            (["rubber", "concrete"], 0.03, 3.0, 3.7797, 363.285),
            (["wood", "wood"], 0.02, 2.0, 0.13794, 1072.526),
        ];
        let mut worst = 0.0f64;
        for (materials, radius, speed, time_ms, force_n) in cases {
            let (found_ms, found_n) = ball(materials, radius, speed);
            worst = worst.max((found_ms / time_ms - 1.0).abs());
            assert!((found_ms / time_ms - 1.0).abs() < 0.01, "{materials:?}: {found_ms} ms");
            assert!((found_n / force_n - 1.0).abs() < 0.01, "{materials:?}: {found_n} N");
        }
        println!("bench: hertz = {worst:.5}");
    }

    #[test]
    fn small_hard_balls_bounce_before_they_dent() {
        let ball = Hertz { mass_kg: 0.00411, radius_m: 0.005, modulus_pa: 5.5e10, speed_m_s: 2.0 };
        assert!(ball.dent_s(Substance::named("steel").hardness_pa) < ball.contact_s());
        let edge = Hertz { mass_kg: 0.4, radius_m: 0.001, modulus_pa: 3e10, speed_m_s: 5.0 };
        assert!(edge.dent_s(Substance::named("concrete").hardness_pa) > edge.contact_s());
    }

    #[test]
    fn harder_faster_and_lighter_touch_shorter() {
        let hit = Hertz { mass_kg: 0.1, radius_m: 0.01, modulus_pa: 1e9, speed_m_s: 1.0 };
        let time = hit.contact_s();
        assert!(Hertz { modulus_pa: 2e9, ..hit }.contact_s() < time);
        assert!(Hertz { speed_m_s: 2.0, ..hit }.contact_s() < time);
        assert!(Hertz { mass_kg: 0.05, ..hit }.contact_s() < time);
    }
}
