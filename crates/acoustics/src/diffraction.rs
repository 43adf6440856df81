//! A wedge to what it leaves of sound that bends around it.
//!
//! The uniform geometrical theory of diffraction (Kouyoumjian and Pathak, Proc. IEEE 62, 1974, equations 25 to 35) for
//! rigid faces, at the centres of the bands: finite on the boundary of the shadow, where it makes up for half of the
//! sound that vanishes there. Tsingos et al. (SIGGRAPH 2001) use it for sound in this form.

use std::f64::consts::{FRAC_PI_4, PI, SQRT_2, TAU};

use maquette_conditioning::BAND_CENTRES_HZ;

/// This close to the boundary of a shadow, in radians, visibility decides on which side a way ends.
const BOUNDARY: f64 = 1e-3;
/// What bends at the boundary of a mirrored sound's shadow belongs to the mirrored sound where its way is longer than that
/// sound's by less than so many wavelengths, where the two cannot be told apart.
const MIRRORED: f64 = 0.25;

/// A sound at a wedge.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bend {
    /// Angle of the free space around the wedge, in units of π: 2 for a thin screen.
    pub(crate) opening: f64,
    /// Where sound comes from, in radians from one face.
    pub(crate) from: f64,
    /// Where it goes to, from the same face.
    pub(crate) to: f64,
    /// Sine of the angle between ray and edge.
    pub(crate) sine: f64,
    /// Length of the way to the edge.
    pub(crate) before_m: f64,
    /// Length of the way after it.
    pub(crate) after_m: f64,
}

/// A complex number.
type Complex = [f64; 2];

impl Bend {
    /// The coefficient D by band, in √m, times the spreading √(s'/(s·(s'+s))): the pressure behind the edge relative to
    /// that at the edge, in amount and phase, but for the phase of the way itself.
    fn pressure(&self, speed_m_s: f64) -> [Complex; 8] {
        self.parts(speed_m_s, false).map(|[own, mirrored]| [own[0] + mirrored[0], own[1] + mirrored[1]])
    }

    /// The same in two parts: what bends at the boundary of the sound's own shadow, and at those of what the faces mirror.
    /// `is_lit` decides what holds where rounding leaves open on which side of the shadow's boundary the way ends.
    fn parts(&self, speed_m_s: f64, is_lit: bool) -> [[Complex; 2]; 8] {
        let (before, after) = (self.before_m, self.after_m);
        let spread = (before / (after * (before + after))).sqrt();
        let length = before * after / (before + after) * self.sine * self.sine;
        BAND_CENTRES_HZ.map(|hz| {
            let wave_number = TAU * f64::from(hz) / speed_m_s;
            self.coefficients(wave_number, length, is_lit).map(|part| part.map(|x| spread * x))
        })
    }

    /// Whether the way bends by enough for the straight line to be hidden by this wedge.
    pub(crate) fn is_shadowed(&self) -> bool {
        (self.to - self.from).abs() >= PI - 1e-3
    }

    /// What becomes of a source in sight, by band: the sum of direct and bent sound relative to the direct over
    /// `direct_m`. Where the way over the edge is longer by `fade[0]` wavelengths it begins to fade to 1, where by
    /// `fade[1]` it is there. What bends at the boundary of a mirrored sound's shadow counts as far as it is not that
    /// sound's.
    pub(crate) fn beside(&self, direct_m: f64, speed_m_s: f64, fade: [f64; 2]) -> [f64; 8] {
        let parts = self.parts(speed_m_s, true);
        let (detour_m, mirrored_m) = (self.detour_m(self.to - self.from), self.mirrored_detour_m());
        // Nearer to its own shadow's boundary the direct sound takes up all that bends, as what is hidden does.
        let nearer = 2.0 * mirrored_m / (detour_m + mirrored_m).max(1e-12);
        std::array::from_fn(|band| {
            let waves = |way_m: f64| way_m * f64::from(BAND_CENTRES_HZ[band]) / speed_m_s;
            let taken = (waves(mirrored_m) / MIRRORED).max(nearer).min(1.0);
            let [own, mirrored] = parts[band];
            let bent: Complex =
                std::array::from_fn(|i| (own[i] + taken * mirrored[i]) * direct_m / self.before_m);
            let share = amount(lagged_sum(bent, waves(detour_m)));
            let away = ((waves(detour_m) - fade[0]) / (fade[1] - fade[0])).clamp(0.0, 1.0);
            share + away * (1.0 - share)
        })
    }

    /// How much longer the way over the edge is than a straight one between points that stand at an angle around it.
    fn detour_m(&self, angle: f64) -> f64 {
        let (before, after) = (self.before_m, self.after_m);
        let whole = before + after;
        let saved = 2.0 * before * after * self.sine * self.sine * (1.0 + angle.cos());
        saved / (whole + (whole * whole - saved).max(0.0).sqrt())
    }

    /// The same for what the faces mirror, whichever is nearer.
    fn mirrored_detour_m(&self) -> f64 {
        let angle = self.to + self.from;
        self.detour_m(angle).min(self.detour_m(2.0 * self.opening * PI - angle))
    }

    /// D by what bends: the sound itself, and what the faces mirror.
    fn coefficients(&self, wave_number: f64, length_m: f64, is_lit: bool) -> [Complex; 2] {
        let n = self.opening;
        let term = |beta: f64, sign: f64, side: f64| {
            // How far the angle is from a boundary, where the cotangent is infinite and its factor zero.
            let angle = (PI + sign * beta) / (2.0 * n);
            let mut away = angle - (angle / PI).round() * PI;
            if away.abs() < BOUNDARY {
                away = if side == 0.0 { 1f64.copysign(away) } else { side } * away.abs().max(1e-7);
            }
            let [re, im] = transition(wave_number * length_m * 2.0 * (n * away).sin().powi(2));
            let cotangent = 1.0 / away.tan();
            [cotangent * re, cotangent * im]
        };
        let side = if is_lit { 1.0 } else { -1.0 };
        let scale = -1.0 / (2.0 * n * (TAU * wave_number).sqrt() * self.sine);
        let (sine, cosine) = (-FRAC_PI_4).sin_cos();
        [(self.to - self.from, side), (self.to + self.from, 0.0)].map(|(beta, side)| {
            let (a, b) = (term(beta, 1.0, side), term(beta, -1.0, side));
            let (re, im) = (a[0] + b[0], a[1] + b[1]);
            [scale * (cosine * re - sine * im), scale * (cosine * im + sine * re)]
        })
    }
}

/// 1 and what lags behind it by so many waves.
fn lagged_sum([re, im]: Complex, waves: f64) -> Complex {
    let (sine, cosine) = (TAU * waves).sin_cos();
    [1.0 + re * cosine + im * sine, im * cosine - re * sine]
}

/// Kouyoumjian and Pathak's transition function (their equation 33) through the auxiliary Fresnel functions: Abramowitz
/// and Stegun 7.3.32 and 7.3.33 near the boundary, the first two terms of 7.3.27 and 7.3.28 away from it. Right to 1 %.
fn transition(x: f64) -> Complex {
    let u = (2.0 * x / PI).sqrt();
    let (f, g) = if u < 1.9 {
        let f = (1.0 + 0.926 * u) / (2.0 + 1.792 * u + 3.104 * u * u);
        (f, 1.0 / (2.0 + 4.142 * u + 3.492 * u * u + 6.670 * u * u * u))
    } else {
        let fourth = (PI * u * u).powi(2);
        ((1.0 - 3.0 / fourth) / (PI * u), (1.0 - 15.0 / fourth) / (PI * PI * u.powi(3)))
    };
    let scale = SQRT_2 * (PI * x).sqrt();
    [scale * f, scale * g]
}

/// The amount of a complex number.
fn amount([re, im]: Complex) -> f64 {
    re.hypot(im)
}

/// The bent pressure relative to that at the edge, by band, without phase.
pub(crate) fn amplitude_of(bend: &Bend, speed_m_s: f64) -> [f64; 8] {
    bend.pressure(speed_m_s).map(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_from_boundaries_nothing_is_corrected() {
        let [re, im] = transition(1e4);
        assert!((re - 1.0).abs() < 3e-3 && im.abs() < 1e-2, "{re} {im}");
        assert!(amount(transition(0.0)) < 1e-9);
    }

    #[test]
    fn source_and_listener_may_swap() {
        let bend = Bend { opening: 1.5, from: 0.4, to: 4.2, sine: 0.9, before_m: 3.0, after_m: 2.0 };
        let back = Bend { from: bend.to, to: bend.from, before_m: 2.0, after_m: 3.0, ..bend };
        // All of the way counts: the pressure at the edge falls with the way to it.
        let heard = |bend: &Bend| bend.pressure(343.0).map(|p| amount(p) / bend.before_m);
        for (there, back) in heard(&bend).into_iter().zip(heard(&back)) {
            assert!((there / back - 1.0).abs() < 1e-9, "{there} {back}");
        }
    }
}
