//! Randomness by counter: the n-th number of a seed, whatever was asked before.

/// A well-mixed number (splitmix64: Steele, Lea and Flood, OOPSLA 2014).
pub(crate) fn mixed(seed: u64, index: u64) -> u64 {
    finalised(seed.wrapping_add(index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)))
}

/// Its last step, which mixes the bits of a counter.
pub(crate) fn finalised(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// Evenly spread over 0 to 1, 1 excluded.
pub(crate) fn uniform(seed: u64, index: u64) -> f64 {
    (mixed(seed, index) >> 11) as f64 / (1u64 << 53) as f64
}

/// Mean 0, variance 1, between −3 and 3: three evenly spread numbers added up.
pub(crate) fn bell(seed: u64, index: u64) -> f64 {
    let part = |n: u64| 2.0 * uniform(seed, 3 * index + n) - 1.0;
    part(0) + part(1) + part(2)
}

/// A seed from a name, for things that have one.
pub(crate) fn seed_of(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spread_and_unrelated() {
        let n = 100_000;
        let mean = |f: &dyn Fn(u64) -> f64| (0..n).map(f).sum::<f64>() / n as f64;
        assert!((mean(&|i| uniform(7, i)) - 0.5).abs() < 5e-3);
        assert!(mean(&|i| bell(7, i)).abs() < 1e-2 && (mean(&|i| bell(7, i).powi(2)) - 1.0).abs() < 2e-2);
        assert!(mean(&|i| bell(7, i) * bell(7, i + 1)).abs() < 1e-2);
        assert!(mean(&|i| bell(7, i) * bell(8, i)).abs() < 1e-2);
    }
}
