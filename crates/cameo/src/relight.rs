//! The plate's own light, found, so that the set's can take its place.
//!
//! Light from far away changes slowly with the direction a surface faces: irradiance is close to c₀ + c·n (the first order of
//! Ramamoorthi and Hanrahan, "An Efficient Representation for Irradiance Environment Maps", 2001). Fitting that to the
//! person's luminance and normals finds the lamp's side without taking a dark coat for a shadow, which a blurred picture
//! would.

use maquette_conditioning::Plane;

use crate::screen::solved;

/// The plate's light as a function of the normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lighting {
    /// c₀, then c along x (right), y (up) and z (to the camera); relative to the mean over the person, which is 1.
    pub terms: [f32; 4],
}

impl Lighting {
    /// Least squares over the person, three rounds, each weighing down what strays: clothes darker or lighter than the rest.
    pub(crate) fn measured(alpha: &Plane<f32>, luminance: &Plane<f32>, normals: &Plane<[f32; 3]>) -> Self {
        let (sum, weight) = alpha
            .data
            .iter()
            .zip(&luminance.data)
            .fold((0.0f64, 0.0f64), |(s, w), (&a, &y)| (s + f64::from(a * y), w + f64::from(a)));
        let mean = (sum / weight.max(1e-6)).max(1e-5);
        let mut terms = [1.0, 0.0, 0.0, 0.0];
        for _ in 0..3 {
            terms = fit(alpha, luminance, normals, mean, &terms);
        }
        Self { terms: terms.map(|term| term as f32) }
    }

    /// How much more light than on average falls where the surface faces `normal`; from 0.5 to 2, for darker would
    /// turn noise into colour.
    pub fn ratio(&self, normal: [f32; 3]) -> f32 {
        let [c0, x, y, z] = self.terms;
        (c0 + x * normal[0] + y * normal[1] + z * normal[2]).clamp(0.5, 2.0)
    }
}

fn fit(
    alpha: &Plane<f32>,
    luminance: &Plane<f32>,
    normals: &Plane<[f32; 3]>,
    mean: f64,
    before: &[f64; 4],
) -> [f64; 4] {
    let (mut matrix, mut right) = ([[0.0; 4]; 4], [0.0; 4]);
    for ((&alpha, &y), n) in
        alpha.data.iter().zip(&luminance.data).zip(&normals.data).filter(|((a, _), _)| **a > 0.9)
    {
        let basis = [1.0, f64::from(n[0]), f64::from(n[1]), f64::from(n[2])];
        let value = f64::from(y) / mean;
        let expected: f64 = basis.iter().zip(before).map(|(b, c)| b * c).sum();
        let weight = f64::from(alpha) / (0.2 + (value - expected).abs());
        for (row, &a) in basis.iter().enumerate() {
            (0..4).for_each(|column| matrix[row][column] += weight * a * basis[column]);
            right[row] += weight * a * value;
        }
    }
    // The mean and n.z hardly differ on a flat body: a little weight shares between them.
    let ridge = 0.01 * matrix[0][0] + 1e-9;
    (1..4).for_each(|i| matrix[i][i] += ridge);
    solved(matrix, right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lamp_from_the_left_is_found_and_a_dark_coat_is_not_taken_for_shadow() {
        let normal = |i: usize| {
            let x = (i % 64) as f32 / 32.0 - 1.0;
            let y = (i / 64) as f32 / 32.0 - 1.0;
            glam::Vec3::new(0.7 * x, -0.5 * y, 0.5).normalize().to_array()
        };
        let normals = Plane::from_vec(64, 64, (0..4096).map(normal).collect()).unwrap();
        let alpha = normals.map(|_| 1.0);
        let mut i = 0;
        let luminance = normals.map(|n| {
            i += 1;
            let coat = if (1500..3000).contains(&i) { 0.25 } else { 1.0 };
            coat * 0.3 * (1.0 - 0.5 * n[0])
        });
        let found = Lighting::measured(&alpha, &luminance, &normals);
        let ratio = found.ratio([-0.7, 0.0, 0.71]) / found.ratio([0.7, 0.0, 0.71]);
        assert!((ratio - 1.35 / 0.65).abs() < 0.35, "{ratio} {found:?}");
    }
}
