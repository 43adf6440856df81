//! Activations, in as few passes over memory as burn's operations allow: they act on the largest tensors that there are.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// `½x·(1 + tanh(√(2/π)·(x + 0.044715·x³)))` (Hendrycks and Gimpel 2016), as `x / (1 + exp(−2·√(2/π)·(x + …)))`: the
/// same with fewer passes and without a cube. Where half precision overflows to infinity, the quotient is still right: x
/// or 0.
pub(crate) fn gelu<B: Backend, const D: usize>(input: Tensor<B, D>) -> Tensor<B, D> {
    const SLOPE: f64 = -2.0 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;
    let slope = input.clone() * input.clone() * (SLOPE * 0.044_715) + SLOPE;
    let odds = (slope * input.clone()).exp() + 1.0;
    input / odds
}

/// `x·sigmoid(x)`, as `x / (1 + exp(−x))`; right in half precision as well.
pub(crate) fn silu<B: Backend, const D: usize>(input: Tensor<B, D>) -> Tensor<B, D> {
    let odds = input.clone().neg().exp() + 1.0;
    input / odds
}

/// `x·sigmoid(1.702·x)`, CLIP's approximation of gelu (Hendrycks and Gimpel 2016, section 2); right in half precision as
/// well.
pub(crate) fn quick_gelu<B: Backend, const D: usize>(input: Tensor<B, D>) -> Tensor<B, D> {
    let odds = (input.clone() * -1.702).exp() + 1.0;
    input / odds
}

#[cfg(test)]
mod tests {
    use burn::tensor::FloatDType;

    use super::*;
    use crate::wan::tests::{Cpu, assert_close, values};

    fn tensor(values: &[f64]) -> Tensor<Cpu, 1> {
        let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        Tensor::from_floats(values.as_slice(), &Default::default())
    }

    #[test]
    fn values_are_those_of_the_formulas() {
        let inputs: Vec<f64> = (-80..=80).map(|index| f64::from(index) / 10.0).collect();
        let root = (2.0 / std::f64::consts::PI).sqrt();
        let gelu_of = |&x: &f64| 0.5 * x * (1.0 + (root * (x + 0.044_715 * x.powi(3))).tanh());
        let silu_of = |&x: &f64| x / (1.0 + (-x).exp());
        let quick_gelu_of = |&x: &f64| x / (1.0 + (-1.702 * x).exp());
        let of = |formula: &dyn Fn(&f64) -> f64| tensor(&inputs.iter().map(formula).collect::<Vec<_>>());
        assert_close("gelu", gelu(tensor(&inputs)), of(&gelu_of), 1e-6);
        assert_close("silu", silu(tensor(&inputs)), of(&silu_of), 1e-6);
        assert_close("quick_gelu", quick_gelu(tensor(&inputs)), of(&quick_gelu_of), 1e-6);
    }

    #[test]
    fn half_precision_never_leaves_its_range() {
        let inputs = tensor(&[-60_000.0, -300.0, -15.0, 15.0, 300.0, 60_000.0]).cast(FloatDType::F16);
        for found in [gelu(inputs.clone()), silu(inputs.clone()), quick_gelu(inputs)].map(values) {
            for (found, expected) in found.into_iter().zip([0.0, 0.0, 0.0, 15.0, 300.0, 60_000.0]) {
                assert!((found - expected).abs() <= 1e-3 * expected + 1e-3, "{found} instead of {expected}");
            }
        }
    }
}
