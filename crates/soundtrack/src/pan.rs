//! A direction to loudspeakers.

use glam::Vec3;

/// Where the five loudspeakers of 5.1 stand, in radians to the right of ahead (ITU-R BS.775-4): centre, right, right
/// surround, left surround, left; and their channels in the order L R C LFE Ls Rs.
const RING: [(f32, usize); 5] = [(0.0, 2), (30.0, 1), (110.0, 5), (250.0, 4), (330.0, 0)];

/// Left and right gain of a sound from a direction in the camera's axes: equal power (L² + R² = 1) by the sine of its
/// azimuth. What comes from behind is heard on the side it is on; height does not matter.
pub(crate) fn equal_power(direction: Vec3) -> [f32; 2] {
    let side = direction.x.clamp(-1.0, 1.0);
    let angle = (side + 1.0) * std::f32::consts::FRAC_PI_4;
    [angle.cos(), angle.sin()]
}

/// Gains of L R C LFE Ls Rs: the two loudspeakers around the azimuth share a sound such that their velocity vector points
/// to it (Pulkki, J. Audio Eng. Soc. 45, 1997), at a power of 1. What comes from above or below is spread over all five,
/// the more the steeper. Nothing is sent to the low-frequency channel, which is for effects made for it.
pub(crate) fn surround(direction: Vec3) -> [f32; 6] {
    let level = direction.x.hypot(direction.z).min(1.0);
    let mut power = [0.0; 6];
    RING.iter().for_each(|&(_, channel)| power[channel] = (1.0 - level) / 5.0);
    if level > 0.0 {
        let (channels, gains) = pair(direction.x.atan2(-direction.z));
        (0..2).for_each(|i| power[channels[i]] += level * gains[i] * gains[i]);
    }
    power.map(f32::sqrt)
}

/// The two loudspeakers around an azimuth and their gains.
fn pair(azimuth: f32) -> ([usize; 2], [f32; 2]) {
    let azimuth_deg = azimuth.to_degrees().rem_euclid(360.0);
    let at = RING.iter().rposition(|&(angle_deg, _)| angle_deg <= azimuth_deg).unwrap_or(0);
    let ((from_deg, from), (to_deg, to)) = (RING[at], RING[(at + 1) % RING.len()]);
    // Of the triangle of the two directions and their sum: by the law of sines.
    let away = |angle_deg: f32| (angle_deg - azimuth_deg).rem_euclid(360.0).to_radians().sin().max(0.0);
    let (a, b) = (away(to_deg), (azimuth_deg - from_deg).to_radians().sin().max(0.0));
    let scale = 1.0 / a.hypot(b).max(1e-9);
    ([from, to], [a * scale, b * scale])
}

/// Real spherical harmonics of a direction up to the third degree: ACN order, SN3D (Nachbar, Zotter, Deleflie and Sontacchi,
/// "AmbiX", Ambisonics Symposium 2011), +X ahead, +Y left, +Z up.
pub(crate) fn ambix(direction: Vec3) -> [f32; 16] {
    let (x, y, z) = (-direction.z, -direction.x, direction.y);
    let root = f32::sqrt;
    [
        1.0,
        y,
        z,
        x,
        root(3.0) * x * y,
        root(3.0) * y * z,
        0.5 * (3.0 * z * z - 1.0),
        root(3.0) * x * z,
        0.5 * root(3.0) * (x * x - y * y),
        root(0.625) * y * (3.0 * x * x - y * y),
        root(15.0) * x * y * z,
        root(0.375) * y * (5.0 * z * z - 1.0),
        0.5 * z * (5.0 * z * z - 3.0),
        root(0.375) * x * (5.0 * z * z - 1.0),
        0.5 * root(15.0) * z * (x * x - y * y),
        root(0.625) * x * (x * x - 3.0 * y * y),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn towards(azimuth_deg: f32, elevation_deg: f32) -> Vec3 {
        let (a, e) = (azimuth_deg.to_radians(), elevation_deg.to_radians());
        Vec3::new(e.cos() * a.sin(), e.sin(), -e.cos() * a.cos())
    }

    #[test]
    fn ahead_is_the_middle_and_sides_are_sides() {
        let [left, right] = equal_power(Vec3::NEG_Z);
        assert!((left - right).abs() < 1e-6 && (left * left + right * right - 1.0).abs() < 1e-6);
        assert!(equal_power(Vec3::X)[0].abs() < 1e-6 && (equal_power(Vec3::X)[1] - 1.0).abs() < 1e-6);
        assert!(equal_power(Vec3::NEG_X)[1].abs() < 1e-6);
    }

    #[test]
    fn a_sound_at_a_loudspeaker_plays_there_alone() {
        for (angle_deg, channel) in RING {
            let gains = surround(towards(angle_deg, 0.0));
            for (other, gain) in gains.into_iter().enumerate() {
                let expected = f32::from(u8::from(other == channel));
                assert!((gain - expected).abs() < 3e-3, "{angle_deg} deg: {gains:?}");
            }
        }
    }

    #[test]
    fn around_the_ring_the_velocity_vector_points_to_the_sound_at_a_power_of_one() {
        for azimuth_deg in 0..360 {
            let direction = towards(azimuth_deg as f32 + 0.5, 0.0);
            let gains = surround(direction);
            let velocity: Vec3 =
                RING.iter().map(|&(angle, channel)| gains[channel] * towards(angle, 0.0)).sum();
            let energy: Vec3 = RING.iter().map(|&(angle, c)| gains[c] * gains[c] * towards(angle, 0.0)).sum();
            assert!(velocity.normalize().dot(direction) > 0.9999, "{azimuth_deg}");
            // Speakers behind stand 140° apart: there the energy's direction is up to 22° off.
            assert!(
                energy.normalize().dot(direction) > 0.92,
                "{azimuth_deg}: {}",
                energy.normalize().dot(direction)
            );
            assert!((gains.iter().map(|g| g * g).sum::<f32>() - 1.0).abs() < 1e-5 && gains[3] == 0.0);
        }
    }

    #[test]
    fn a_sound_that_passes_overhead_runs_on() {
        let gains: Vec<[f32; 6]> = (0..=1800).map(|i| surround(towards(40.0, 0.1 * i as f32))).collect();
        let step = |pair: &[[f32; 6]]| (0..6).map(|c| (pair[1][c] - pair[0][c]).abs()).fold(0.0, f32::max);
        assert!(gains.windows(2).map(step).fold(0.0, f32::max) < 0.03);
        assert!(gains.iter().all(|g| (g.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5));
    }

    #[test]
    fn harmonics_are_orthogonal_and_normed_as_sn3d_says() {
        const N: usize = 400;
        let mut products = [[0.0f64; 16]; 16];
        for i in 0..N {
            let height = 2.0 * (i as f32 + 0.5) / N as f32 - 1.0;
            for j in 0..N {
                let angle = std::f32::consts::TAU * j as f32 / N as f32;
                let radius = (1.0 - height * height).sqrt();
                let found = ambix(Vec3::new(radius * angle.sin(), height, -radius * angle.cos()));
                for a in 0..16 {
                    (0..16).for_each(|b| products[a][b] += f64::from(found[a] * found[b]) / (N * N) as f64);
                }
            }
        }
        for (a, row) in products.iter().enumerate() {
            for (b, product) in row.iter().enumerate() {
                let degree = (a as f64).sqrt().floor();
                let expected = if a == b { 1.0 / (2.0 * degree + 1.0) } else { 0.0 };
                assert!((product - expected).abs() < 1e-4, "{a} {b}: {product}");
            }
        }
    }

    #[test]
    fn the_harmonics_of_a_degree_have_a_power_of_one_in_every_direction() {
        for (azimuth, elevation) in [(0.0, 0.0), (37.0, 20.0), (-120.0, -65.0), (10.0, 90.0)] {
            let found = ambix(towards(azimuth, elevation));
            for degree in 0..4 {
                let power: f32 =
                    found[degree * degree..(degree + 1) * (degree + 1)].iter().map(|y| y * y).sum();
                assert!((power - 1.0).abs() < 1e-5, "degree {degree}: {power}");
            }
        }
    }
}
