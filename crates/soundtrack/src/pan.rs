//! A direction to two loudspeakers.

use glam::Vec3;

/// Left and right gain of a sound from a direction in the camera's axes: equal power (L² + R² = 1) by the sine of its
/// azimuth. What comes from behind is heard on the side it is on; height does not matter.
pub(crate) fn equal_power(direction: Vec3) -> [f32; 2] {
    let side = direction.x.clamp(-1.0, 1.0);
    let angle = (side + 1.0) * std::f32::consts::FRAC_PI_4;
    [angle.cos(), angle.sin()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ahead_is_the_middle_and_sides_are_sides() {
        let [left, right] = equal_power(Vec3::NEG_Z);
        assert!((left - right).abs() < 1e-6 && (left * left + right * right - 1.0).abs() < 1e-6);
        assert!(equal_power(Vec3::X)[0].abs() < 1e-6 && (equal_power(Vec3::X)[1] - 1.0).abs() < 1e-6);
        assert!(equal_power(Vec3::NEG_X)[1].abs() < 1e-6);
    }
}
