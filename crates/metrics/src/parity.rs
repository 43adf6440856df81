//! Two runs of one network to how far apart they are.

use crate::{Error, error::at_least};

/// The largest disagreement and where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parity {
    /// Largest |a−b|/(|b| + 0.01·mean|b|).
    pub largest: f64,
    /// Index of that value.
    pub index: usize,
    /// Mean of the same quotient.
    pub mean: f64,
}

/// |a−b|/(|b| + 0.01·mean|b|), `b` being the original: relative where values are large, and not blown up by those
/// near zero. A value that is no number on one side only is an infinite error.
///
/// Errors: lengths differ, no values.
pub fn parity_error(a: &[f32], b: &[f32]) -> Result<Parity, Error> {
    at_least("the original", b.len(), 1)?;
    if a.len() != b.len() {
        return Err(Error::Size { what: "the port's output", got: (a.len(), 1), expected: (b.len(), 1) });
    }
    let scale = 0.01 * b.iter().map(|&b| f64::from(b).abs()).sum::<f64>() / b.len() as f64;
    let error = |(&a, &b): (&f32, &f32)| {
        if a == b || (a.is_nan() && b.is_nan()) {
            return 0.0;
        }
        let (a, b) = (f64::from(a), f64::from(b));
        let error = (a - b).abs() / (b.abs() + scale);
        if error.is_nan() { f64::INFINITY } else { error }
    };
    let (mut largest, mut index, mut sum) = (-1.0, 0, 0.0);
    for (at, error) in a.iter().zip(b).map(error).enumerate() {
        sum += error;
        if error > largest {
            (largest, index) = (error, at);
        }
    }
    Ok(Parity { largest, index, mean: sum / b.len() as f64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_single_deviation_has_its_closed_form() {
        let b = [1.0, 2.0, 3.0, 4.0];
        let parity = parity_error(&[1.0, 2.0, 3.3, 4.0], &b).unwrap();
        let expected = (f64::from(3.3f32) - 3.0) / (3.0 + 0.01 * 2.5);
        assert!((parity.largest - expected).abs() < 1e-12 && parity.index == 2);
        assert!((parity.mean - expected / 4.0).abs() < 1e-12);
    }

    #[test]
    fn values_near_zero_are_measured_against_the_mean() {
        let mut b = vec![1.0; 1000];
        b[0] = 0.0;
        let mut a = b.clone();
        a[0] = 1e-4;
        assert!(parity_error(&a, &b).unwrap().largest < 0.0101);
        assert_eq!(parity_error(&b, &b).unwrap().largest, 0.0);
    }

    #[test]
    fn a_number_that_is_none_is_an_infinite_error() {
        assert_eq!(parity_error(&[1.0, f32::NAN], &[1.0, 2.0]).unwrap().largest, f64::INFINITY);
        assert_eq!(parity_error(&[f32::INFINITY], &[2.0]).unwrap().largest, f64::INFINITY);
        assert_eq!(parity_error(&[2.0], &[f32::INFINITY]).unwrap().largest, f64::INFINITY);
        assert!(parity_error(&[1.0], &[1.0, 2.0]).is_err());
        assert!(parity_error(&[], &[]).is_err());
    }
}
