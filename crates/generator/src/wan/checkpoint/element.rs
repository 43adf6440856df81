//! Bytes of any published number format to single or half precision.
//!
//! GPUs through wgpu compute in these two only. Every format widens to single precision exactly; narrowing to half
//! rounds, and what would become infinite is refused.

use burn::tensor::{DType, TensorData, bf16, f16};
use safetensors::Dtype;

/// What a model computes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Precision {
    /// 32 bits.
    Single,
    /// 16 bits, of at most 65 504.
    Half,
}

/// Values of one tensor, as they come.
pub(super) enum Collector {
    Single(Vec<f32>),
    Half(Vec<f16>),
}

impl Precision {
    /// Burn's name for it.
    pub(crate) fn kind(self) -> DType {
        match self {
            Self::Single => DType::F32,
            Self::Half => DType::F16,
        }
    }

    /// For so many values.
    pub(super) fn collector(self, count: usize) -> Collector {
        match self {
            Self::Single => Collector::Single(Vec::with_capacity(count)),
            Self::Half => Collector::Half(Vec::with_capacity(count)),
        }
    }
}

impl Collector {
    /// Appends the values in `bytes`; says what is wrong with the first that is not finite.
    pub(super) fn push(&mut self, kind: Dtype, bytes: &[u8]) -> Result<(), String> {
        match self {
            Self::Single(values) => extend(values, kind, bytes, |value| value, f32::is_finite),
            Self::Half(values) => extend(values, kind, bytes, f16::from_f32, f16::is_finite),
        }
    }

    /// The tensor.
    pub(super) fn finish(self, shape: &[usize]) -> TensorData {
        match self {
            Self::Single(values) => TensorData::new(values, shape),
            Self::Half(values) => TensorData::new(values, shape),
        }
    }
}

/// Whether a model can be read from numbers of this kind.
pub(super) fn is_weight(kind: Dtype) -> bool {
    matches!(kind, Dtype::F32 | Dtype::F16 | Dtype::BF16 | Dtype::F8_E4M3 | Dtype::F8_E5M2)
}

fn extend<E: Copy>(
    values: &mut Vec<E>,
    kind: Dtype,
    bytes: &[u8],
    narrow: fn(f32) -> E,
    is_finite: fn(E) -> bool,
) -> Result<(), String> {
    let mut infinite = None;
    let mut push = |wide: f32| {
        let value = narrow(wide);
        if !is_finite(value) {
            infinite = infinite.or(Some(wide));
        }
        values.push(value);
    };
    match kind {
        Dtype::F32 => bytes.as_chunks().0.iter().for_each(|&bits| push(f32::from_le_bytes(bits))),
        Dtype::F16 => bytes.as_chunks().0.iter().for_each(|&bits| push(f16::from_le_bytes(bits).to_f32())),
        Dtype::BF16 => bytes.as_chunks().0.iter().for_each(|&bits| push(bf16::from_le_bytes(bits).to_f32())),
        Dtype::F8_E4M3 => bytes.iter().for_each(|&bits| push(from_e4m3(bits))),
        Dtype::F8_E5M2 => bytes.iter().for_each(|&bits| push(from_e5m2(bits))),
        other => return Err(format!("has type {other:?}")),
    }
    match infinite {
        Some(wide) if wide.is_finite() => Err(format!("holds {wide}, too large for half precision")),
        Some(wide) => Err(format!("holds {wide}")),
        None => Ok(()),
    }
}

/// One sign, 4 exponent bits of bias 7, 3 mantissa bits; no infinities, NaN where all other bits are set (Micikevicius
/// et al., "FP8 formats for deep learning", 2022, table 1).
fn from_e4m3(bits: u8) -> f32 {
    let (exponent, mantissa) = (i32::from(bits >> 3 & 15), f32::from(bits & 7) / 8.0);
    let size = match (exponent, bits & 7) {
        (15, 7) => f32::NAN,
        (0, _) => mantissa * 2f32.powi(-6),
        _ => (1.0 + mantissa) * 2f32.powi(exponent - 7),
    };
    if bits >> 7 == 1 { -size } else { size }
}

/// The upper byte of a half.
fn from_e5m2(bits: u8) -> f32 {
    f16::from_bits(u16::from(bits) << 8).to_f32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eight_bit_numbers_have_the_published_extremes() {
        for (bits, value) in [(0x7e, 448.0), (0x01, 2f32.powi(-9)), (0x08, 2f32.powi(-6)), (0xb8, -1.0)] {
            assert_eq!(from_e4m3(bits), value, "{bits:#x}");
        }
        for (bits, value) in [(0x7b, 57_344.0), (0x01, 2f32.powi(-16)), (0x04, 2f32.powi(-14)), (0xbc, -1.0)]
        {
            assert_eq!(from_e5m2(bits), value, "{bits:#x}");
        }
        assert!(from_e4m3(0x7f).is_nan() && from_e4m3(0xff).is_nan());
        assert!(from_e5m2(0x7c).is_infinite() && from_e5m2(0x7d).is_nan());
    }
}
