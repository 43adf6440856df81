//! Scene-linear light to the network's scale and back.
//!
//! The network was trained on light that went through this curve, so it has to be the library's own to the last
//! constant: a fit of the PU2 curve normalised at 100 cd/m² (Aydin et al. 2008, "Extending Quality Metrics to
//! Full Luminance Range Images"), linear near black, then a power, then a logarithm, scaled so that
//! 65 504 maps to 1.

// Open Image Denoise 2.x, `TransferFunction::PU`.
const A: f32 = 1.412_837_6e3;
const B: f32 = 1.645_931_7;
const C: f32 = 4.313_849_8e-1;
const D: f32 = -2.941_396e-3;
const E: f32 = 1.926_532_5e-1;
const F: f32 = 6.260_261e-3;
const G: f32 = 9.986_201_5e-1;
const Y0: f32 = 1.579_457_6e-6;
const Y1: f32 = 3.220_876_3e-2;
const X0: f32 = 2.231_517e-3;
const X1: f32 = 3.709_747_5e-1;

/// The light that maps to 1: the largest half float.
const Y_MAX: f32 = 65504.0;

/// The curve with its normalisation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transfer {
    /// The raw curve at `Y_MAX`.
    x_max: f32,
    /// Its reciprocal, rounded once as the library does.
    scale: f32,
}

impl Transfer {
    /// The library's HDR curve.
    pub(crate) fn new() -> Self {
        let x_max = raw_forward(Y_MAX);
        Self { x_max, scale: (1.0 / f64::from(x_max)) as f32 }
    }

    /// Light ≥ 0 to the network's scale.
    pub(crate) fn forward(self, light: f32) -> f32 {
        raw_forward(light) * self.scale
    }

    /// The network's scale, ≥ 0, to light.
    pub(crate) fn inverse(self, value: f32) -> f32 {
        raw_inverse(value * self.x_max)
    }
}

fn raw_forward(y: f32) -> f32 {
    if y <= Y0 {
        A * y
    } else if y <= Y1 {
        B * y.powf(C) + D
    } else {
        E * (y + F).ln() + G
    }
}

fn raw_inverse(x: f32) -> f32 {
    if x <= X0 {
        x / A
    } else if x <= X1 {
        ((x - D) / B).powf(1.0 / C)
    } else {
        ((x - G) / E).exp() - F
    }
}

/// Reflectance to the scale on which the albedo network was trained (IEC 61966-2-1, with the library's constants).
pub(crate) fn srgb_forward(linear: f32) -> f32 {
    if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 }
}

/// The network's scale back to reflectance.
pub(crate) fn srgb_inverse(value: f32) -> f32 {
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inverse_undoes_forward_over_thirteen_decades() {
        let transfer = Transfer::new();
        for exponent in -80..=48 {
            let light = 10f32.powf(exponent as f32 / 10.0);
            let back = transfer.inverse(transfer.forward(light));
            assert!((back - light).abs() <= 1e-4 * light, "{light} came back as {back}");
        }
    }

    #[test]
    fn largest_half_float_maps_to_one_and_black_to_zero() {
        let transfer = Transfer::new();
        assert!((transfer.forward(Y_MAX) - 1.0).abs() < 1e-6);
        assert_eq!(transfer.forward(0.0), 0.0);
        assert_eq!(transfer.inverse(0.0), 0.0);
    }

    #[test]
    fn srgb_has_its_known_middle_grey_and_its_inverse_undoes_it() {
        assert!((srgb_forward(0.214_041_14) - 0.5).abs() < 1e-6);
        for step in 0..=100 {
            let linear = step as f32 / 100.0;
            assert!((srgb_inverse(srgb_forward(linear)) - linear).abs() < 1e-6, "{linear}");
        }
    }

    #[test]
    fn curve_rises_everywhere() {
        let transfer = Transfer::new();
        let values: Vec<f32> =
            (-800..=480).map(|step| transfer.forward(10f32.powf(step as f32 / 100.0))).collect();
        assert!(values.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
