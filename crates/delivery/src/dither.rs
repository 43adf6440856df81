//! A pixel's place and frame to its rounding threshold.
//!
//! Rounding to eight bits draws contours in smooth gradients; a threshold that differs from pixel to pixel trades
//! them for fine grain. Interleaved gradient noise has its energy at high frequencies, as blue noise has, and
//! needs no table.

/// A threshold in [0, 1) for a pixel of a frame, from those three numbers alone.
///
/// Interleaved gradient noise: Jimenez, "Next Generation Post Processing in Call of Duty: Advanced Warfare",
/// SIGGRAPH 2014; moved by 5.588238 pixels each frame so that the grain does not stand still.
pub(crate) fn threshold(x: usize, y: usize, frame: u32) -> f32 {
    let shift = 5.588_238 * f64::from(frame % 64);
    let along = 0.067_110_56 * (x as f64 + shift) + 0.005_837_15 * (y as f64 + shift);
    // A share just under 1 would round up to 1 as f32 and lift black by a code value.
    ((52.982_918_9 * along.fract()).fract() as f32).min(1.0 - f32::EPSILON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_are_spread_evenly() {
        let mut counts = [0u32; 16];
        for y in 0..256 {
            for x in 0..256 {
                counts[(16.0 * threshold(x, y, 1001)) as usize] += 1;
            }
        }
        for count in counts {
            assert!((f64::from(count) / 4096.0 - 1.0).abs() < 0.02, "{counts:?}");
        }
    }

    #[test]
    fn neighbours_differ_more_than_chance() {
        // Independent uniform numbers differ by 1/3 on average; high-frequency noise by more.
        let mut sum = 0.0;
        for y in 0..128 {
            for x in 0..128 {
                sum += (threshold(x + 1, y, 1001) - threshold(x, y, 1001)).abs();
            }
        }
        assert!(sum / 16384.0 > 0.36, "{}", sum / 16384.0);
    }

    #[test]
    fn frames_have_their_own_grain() {
        assert_ne!(threshold(3, 4, 1001), threshold(3, 4, 1002));
    }
}
