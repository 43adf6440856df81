//! A clear day's sky as a panorama of absolute luminance.
//!
//! The sky model of Hosek and Wilkie ("An Analytic Model for Full Spectral Sky-Dome Radiance", SIGGRAPH 2012) is baked
//! when the sun's place changes, so that the tracers sample it like any other panorama. Below the horizon lies flat
//! ground, lit by that sky and the sun.

use std::{array, f32::consts::PI, sync::LazyLock};

use glam::Vec3;
use maquette_conditioning::{Texels, Texture};

use crate::library;

/// The model's coefficients: for red, green and blue, for ground albedo 0 and 1, for turbidity 1 to 10, six control
/// points over the sun's height of nine coefficients; then as many control points of mean radiance.
const DATA: &[u8] = include_bytes!("../../../assets/sky/hosek_wilkie_rgb.f32");
const COEFFICIENTS: usize = 9;
const POINTS: usize = 6;
const TURBIDITIES: usize = 10;

/// Nits for a radiance of 1 in the model's unit: the luminous efficacy of CIE 1931's observer, lm/W.
const NITS: f32 = 683.0;

/// Texels across; a third of a degree each.
const WIDTH: usize = 1024;
const HEIGHT: usize = WIDTH / 2;

/// After sunset the sky darkens by this factor a degree: from 700 lux to the 3.4 of civil twilight's end at −6°.
const DUSK_A_DEGREE: f32 = 0.41;

/// A cloudless sky of one turbidity over ground of one colour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Daylight {
    /// 1 to 10.
    pub(crate) turbidity: f32,
    /// Albedo, each 0 to 1.
    pub(crate) ground: Vec3,
}

impl Daylight {
    /// Sky and ground in nits, for a sun in the direction `to_sun` that gives `sun_lux` on a plane facing it.
    pub(crate) fn panorama(&self, to_sun: Vec3, sun_lux: Vec3) -> Texture {
        let dome = Dome::new(self, to_sun);
        let above: Vec<Vec3> = (0..WIDTH * HEIGHT / 2).map(|i| dome.nits(direction(i))).collect();
        let on_ground = dome_lux(&above) + sun_lux * to_sun.y.max(0.0);
        let ground = self.ground * on_ground / PI;
        let below = std::iter::repeat_n(ground, WIDTH * HEIGHT / 2);
        let texels = above.into_iter().chain(below).map(|nits| nits.to_array()).collect();
        library::texture(WIDTH, HEIGHT, Texels::LinearF32(texels), Default::default())
    }
}

/// Middle of a texel: the picture's middle is −Z, its right +X, its top +Y.
fn direction(texel: usize) -> Vec3 {
    let (x, y) = ((texel % WIDTH) as f32 + 0.5, (texel / WIDTH) as f32 + 0.5);
    let (azimuth, polar) = (2.0 * PI * (x / WIDTH as f32 - 0.5), PI * y / HEIGHT as f32);
    Vec3::new(polar.sin() * azimuth.sin(), polar.cos(), -polar.sin() * azimuth.cos())
}

/// Illuminance on level ground by the upper half of a panorama.
fn dome_lux(above: &[Vec3]) -> Vec3 {
    let row = |y: usize| {
        let polar = |edge: usize| PI * edge as f32 / HEIGHT as f32;
        // ∫ cos·sin over the row's polar angles.
        let weight = 0.5 * (polar(y + 1).sin().powi(2) - polar(y).sin().powi(2));
        above[y * WIDTH..(y + 1) * WIDTH].iter().sum::<Vec3>() * (weight * 2.0 * PI / WIDTH as f32)
    };
    (0..HEIGHT / 2).map(row).sum()
}

/// The model for one place of the sun.
struct Dome {
    to_sun: Vec3,
    /// For red, green and blue.
    coefficients: [[f32; COEFFICIENTS]; 3],
    radiance: Vec3,
}

impl Dome {
    fn new(daylight: &Daylight, to_sun: Vec3) -> Self {
        let elevation = to_sun.y.clamp(-1.0, 1.0).asin();
        let height = (elevation.max(0.0) / (0.5 * PI)).cbrt();
        let at = |channel: usize, first: usize, stride: usize, item: usize| {
            let look = |albedo: usize, turbidity: usize| {
                let block = (channel * 2 + albedo) * TURBIDITIES + turbidity;
                bezier(&TABLE[first + block * POINTS * stride + item..], stride, height)
            };
            let step =
                (daylight.turbidity.clamp(1.0, TURBIDITIES as f32) - 1.0).min(TURBIDITIES as f32 - 1.001);
            let (low, share) = (step as usize, step.fract());
            let over = |albedo: usize| look(albedo, low) * (1.0 - share) + look(albedo, low + 1) * share;
            let albedo = daylight.ground[channel].clamp(0.0, 1.0);
            over(0) * (1.0 - albedo) + over(1) * albedo
        };
        let means = 3 * 2 * TURBIDITIES * POINTS * COEFFICIENTS;
        let dusk = DUSK_A_DEGREE.powf((-elevation.to_degrees()).max(0.0));
        Self {
            to_sun,
            coefficients: array::from_fn(|channel| array::from_fn(|item| at(channel, 0, COEFFICIENTS, item))),
            radiance: Vec3::from(array::from_fn::<_, 3, _>(|channel| at(channel, means, 1, 0)))
                * (NITS * dusk),
        }
    }

    /// Luminance by channel from a direction above the horizon; the model's equation 8.
    fn nits(&self, direction: Vec3) -> Vec3 {
        let cosine = direction.dot(self.to_sun).clamp(-1.0, 1.0);
        let (angle, height) = (cosine.acos(), direction.y.max(0.0));
        let shape = |[a, b, c, d, e, f, g, i, h]: [f32; COEFFICIENTS]| {
            let glow = (1.0 + cosine * cosine) / (1.0 + h * h - 2.0 * h * cosine).powf(1.5);
            (1.0 + a * (b / (height + 0.01)).exp())
                * (c + d * (e * angle).exp() + f * cosine * cosine + g * glow + i * height.sqrt())
        };
        self.radiance * Vec3::from(self.coefficients.map(shape)).max(Vec3::ZERO)
    }
}

/// A quintic Bézier curve through every `stride`-th number.
fn bezier(points: &[f32], stride: usize, t: f32) -> f32 {
    const BINOMIAL: [f32; POINTS] = [1.0, 5.0, 10.0, 10.0, 5.0, 1.0];
    let term = |i: usize| BINOMIAL[i] * t.powi(i as i32) * (1.0 - t).powi((POINTS - 1 - i) as i32);
    (0..POINTS).map(|i| points[i * stride] * term(i)).sum()
}

static TABLE: LazyLock<Vec<f32>> = LazyLock::new(|| {
    DATA.chunks_exact(4).map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])).collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn up(elevation_deg: f32) -> Vec3 {
        let elevation = elevation_deg.to_radians();
        Vec3::new(0.0, elevation.sin(), elevation.cos())
    }

    /// `polar` from straight up, `azimuth` from the sun.
    fn towards(polar_deg: f32, azimuth_deg: f32) -> Vec3 {
        let (polar, azimuth) = (polar_deg.to_radians(), azimuth_deg.to_radians());
        Vec3::new(polar.sin() * azimuth.sin(), polar.cos(), polar.sin() * azimuth.cos())
    }

    #[test]
    fn radiances_are_those_of_another_implementation() {
        // Mitsuba 3.9.1, emitter `sunsky` without sun, scalar_rgb, times its normalisation of 106.7502.
        for (turbidity, elevation, ground, place, wanted) in [
            (3.0, 40.0, 0.2, (0.0, 0.0), [2.152_24, 3.843_12, 7.797_72]),
            (3.0, 40.0, 0.2, (45.0, 90.0), [2.889_93, 5.268_42, 10.163_44]),
            (6.0, 10.0, 0.0, (70.0, 30.0), [17.139_72, 15.409_86, 11.680_44]),
            (2.5, 70.0, 0.5, (80.0, 180.0), [11.954_97, 18.968_61, 29.471_24]),
        ] {
            let daylight = Daylight { turbidity, ground: Vec3::splat(ground) };
            let got = Dome::new(&daylight, up(elevation)).nits(towards(place.0, place.1)) / NITS;
            assert!((got / Vec3::from(wanted) - 1.0).abs().max_element() < 1e-3, "{got} {wanted:?}");
        }
    }

    #[test]
    fn a_clear_skys_light_is_within_what_is_measured() {
        let daylight = Daylight { turbidity: 3.0, ground: Vec3::splat(0.2) };
        let dome = Dome::new(&daylight, up(40.0));
        // The model's spectral version integrated with CIE 1931 by Mitsuba: 2564 nits overhead.
        let zenith = dome.nits(Vec3::Y).dot(Vec3::new(0.2126, 0.7152, 0.0722));
        assert!((zenith / 2564.0 - 1.0).abs() < 0.01, "{zenith}");
        let above: Vec<Vec3> = (0..WIDTH * HEIGHT / 2).map(|i| dome.nits(direction(i))).collect();
        // Clear skies give 8 to 18 klx on level ground.
        let lux = dome_lux(&above).dot(Vec3::new(0.2126, 0.7152, 0.0722));
        assert!((8e3..18e3).contains(&lux), "{lux}");
    }

    #[test]
    fn the_panorama_is_brightest_towards_the_sun_and_its_ground_gives_back_what_arrives() {
        let daylight = Daylight { turbidity: 4.0, ground: Vec3::new(0.1, 0.2, 0.3) };
        let to_sun = Vec3::new(0.6, 0.5, -0.6).normalize();
        let image = daylight.panorama(to_sun, Vec3::splat(80_000.0));
        let Texels::LinearF32(texels) = &image.texels else { panic!("floats") };
        // At the sun's height; the horizon below it can be brighter.
        let row = (to_sun.y.acos() / PI * HEIGHT as f32) as usize;
        let brightest =
            (row * WIDTH..(row + 1) * WIDTH).max_by(|a, b| texels[*a][1].total_cmp(&texels[*b][1]));
        assert!(direction(brightest.unwrap()).dot(to_sun) > 0.9999);
        let above: Vec<Vec3> = texels[..WIDTH * HEIGHT / 2].iter().map(|t| Vec3::from(*t)).collect();
        let wanted = (dome_lux(&above).y + 80_000.0 * to_sun.y) * 0.2 / PI;
        assert!((texels[texels.len() - 1][1] / wanted - 1.0).abs() < 1e-3);
    }

    #[test]
    fn an_even_dome_lights_the_ground_with_pi_times_its_luminance() {
        let lux = dome_lux(&vec![Vec3::ONE; WIDTH * HEIGHT / 2]);
        assert!((lux - PI).abs().max_element() < 1e-3, "{lux}");
    }

    #[test]
    fn night_falls() {
        let daylight = Daylight { turbidity: 3.0, ground: Vec3::splat(0.2) };
        let overhead = |degrees: f32| Dome::new(&daylight, up(degrees)).nits(Vec3::Y).y;
        assert!(overhead(-6.0) < 0.01 * overhead(0.0) && overhead(-6.0) > 0.0);
        assert!((overhead(-0.001) / overhead(0.001) - 1.0).abs() < 0.2);
    }
}
