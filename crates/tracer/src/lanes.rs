//! Loops over eight things at a time, compiled for the vector instructions that the machine was found to have.
//!
//! Written as plain loops over arrays of eight, which the compiler turns into vector code. The same operations in the
//! same order on any machine: none rounds or fuses differently.

/// Calls `$plain` or, where the machine has AVX2, `$avx2`, which must be the same function compiled with
/// `#[target_feature(enable = "avx2")]`.
macro_rules! widest {
    ($plain:expr, $avx2:expr) => {{
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the machine has what the function was compiled for.
            return unsafe { $avx2 };
        }
        $plain
    }};
}
pub(crate) use widest;
