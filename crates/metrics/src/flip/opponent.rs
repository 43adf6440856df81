//! Linear Rec.709 to opponent channels and to an even colour space, for D65.

use maquette_conditioning::Plane;
use rayon::prelude::*;

/// CIE XYZ of the three primaries, one row a component, as the authors round it.
const XYZ_FROM_RGB: [[f32; 3]; 3] = [
    [10_135_552.0 / 24_577_794.0, 8_788_810.0 / 24_577_794.0, 4_435_075.0 / 24_577_794.0],
    [2_613_072.0 / 12_288_897.0, 8_788_810.0 / 12_288_897.0, 887_015.0 / 12_288_897.0],
    [1_425_312.0 / 73_733_382.0, 8_788_810.0 / 73_733_382.0, 70_074_185.0 / 73_733_382.0],
];
const RGB_FROM_XYZ: [[f32; 3]; 3] = [
    [3.241_003_3, -1.537_399, -0.498_615_86],
    [-0.969_224_33, 1.875_930_1, 0.041_554_224],
    [0.055_639_423, -0.204_011_2, 1.057_148_9],
];
/// XYZ of Rec.709 white.
const WHITE: [f32; 3] = [0.950_428_55, 1.0, 1.088_900_4];

/// YCxCz of a picture: achromatic (−16 to 100), red-green and blue-yellow.
pub(super) fn channels(picture: &Plane<[f32; 3]>) -> [Plane<f32>; 3] {
    std::array::from_fn(|channel| picture.map(|&color| opponent(color)[channel]))
}

fn opponent(color: [f32; 3]) -> [f32; 3] {
    let [x, y, z] = relative(product(&XYZ_FROM_RGB, color));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// YCxCz back to linear Rec.709.
pub(super) fn display([y, cx, cz]: [f32; 3]) -> [f32; 3] {
    let y = (y + 16.0) / 116.0;
    product(&RGB_FROM_XYZ, [(y + cx / 500.0) * WHITE[0], y * WHITE[1], (y - cz / 200.0) * WHITE[2]])
}

/// Brightness from 0 to 1 of an achromatic channel.
pub(super) fn brightness(achromatic: &Plane<f32>) -> Plane<f32> {
    let mut brightness = achromatic.clone();
    brightness.data.par_iter_mut().for_each(|value| *value = (*value + 16.0) / 116.0);
    brightness
}

/// CIE L*a*b* with chroma scaled by lightness, for the Hunt effect: colours are less colourful in the dark.
pub(super) fn hunt_lab(color: [f32; 3]) -> [f32; 3] {
    let [x, y, z] = relative(product(&XYZ_FROM_RGB, color)).map(lightness_curve);
    let lightness = 116.0 * y - 16.0;
    [lightness, 0.01 * lightness * 500.0 * (x - y), 0.01 * lightness * 200.0 * (y - z)]
}

fn lightness_curve(value: f32) -> f32 {
    const DELTA: f32 = 6.0 / 29.0;
    if value > DELTA * DELTA * DELTA { value.cbrt() } else { value / (3.0 * DELTA * DELTA) + 4.0 / 29.0 }
}

fn relative(xyz: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|i| xyz[i] / WHITE[i])
}

fn product(matrix: &[[f32; 3]; 3], [a, b, c]: [f32; 3]) -> [f32; 3] {
    matrix.map(|row| row[0] * a + row[1] * b + row[2] * c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_is_neutral_and_the_way_back_is_the_way_there() {
        let [y, cx, cz] = opponent([1.0; 3]);
        assert!((y - 100.0).abs() < 1e-3 && cx.abs() < 1e-3 && cz.abs() < 1e-3, "{y} {cx} {cz}");
        let color = [0.1, 0.7, 0.4];
        for (back, value) in display(opponent(color)).into_iter().zip(color) {
            assert!((back - value).abs() < 1e-5, "{back} {value}");
        }
    }
}
