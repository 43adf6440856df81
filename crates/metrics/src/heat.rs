//! Values from 0 to 1 to colours: black through purple and orange to pale yellow.

use maquette_conditioning::Plane;

/// Fit of matplotlib's `magma` (public domain), red, green and blue as polynomials of the value, lowest power first.
const MAGMA: [[f32; 7]; 3] = [
    [-0.00207, 0.25049, 8.34590, -27.66697, 52.17068, -50.75857, 18.66425],
    [-0.00069, 0.69446, -3.59603, 14.25385, -27.94458, 29.05388, -11.49003],
    [-0.00955, 2.49529, 0.32906, -13.64658, 12.88109, 4.26994, -5.57077],
];

/// A map of values, 0 to 1 (clipped), in the colours that ꟻLIP's authors use: lighter is worse, in print too.
pub fn heat_map(map: &Plane<f32>) -> Plane<[u8; 3]> {
    map.map(|&value| magma(value))
}

fn magma(value: f32) -> [u8; 3] {
    let t = value.clamp(0.0, 1.0);
    MAGMA.map(|powers| {
        let code = powers.iter().rev().fold(0.0, |sum, factor| sum * t + factor);
        (255.0 * code).round().clamp(0.0, 255.0) as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes of matplotlib 3.10's table.
    #[test]
    fn colours_are_within_six_codes_of_the_original_table() {
        for (value, wanted) in [
            (0.0, [0, 0, 4]),
            (0.25, [81, 18, 124]),
            (0.5, [183, 55, 121]),
            (0.75, [252, 137, 97]),
            (1.0, [252, 253, 191]),
        ] {
            for (got, wanted) in magma(value).into_iter().zip(wanted) {
                assert!(got.abs_diff(wanted) <= 6, "{value}: {got} for {wanted}");
            }
        }
        assert_eq!(magma(-1.0), magma(0.0));
        assert_eq!(magma(f32::INFINITY), magma(1.0));
    }
}
