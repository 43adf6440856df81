//! Eight numbers at once, on whatever vector instructions the machine was found to have.
//!
//! The program is compiled for any machine of its kind; the loops over nodes and triangles are compiled once for each
//! implementation here and picked at run time. Each operation rounds as a single number's would and none fuses a
//! product with a sum, so a hit is the same to the bit on either, and the same as the GPU's formula gives.

#[cfg(target_arch = "x86_64")]
use std::sync::LazyLock;

use glam::Vec3;

/// How many.
pub(crate) const LANES: usize = 8;

/// Eight numbers side by side.
pub(crate) trait Eight: Copy {
    fn splat(value: f32) -> Self;
    fn load(values: &[f32; LANES]) -> Self;
    fn store(self) -> [f32; LANES];
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn over(self, other: Self) -> Self;
    /// `other` where either is not a number.
    fn least(self, other: Self) -> Self;
    /// `other` where either is not a number.
    fn most(self, other: Self) -> Self;
    /// One bit a lane, set where `self` ≤ `other`; clear where either is not a number.
    fn at_most(self, other: Self) -> u32;
}

/// A vector's coordinates, each in all lanes.
#[inline(always)]
pub(crate) fn splat<E: Eight>(v: Vec3) -> [E; 3] {
    [E::splat(v.x), E::splat(v.y), E::splat(v.z)]
}

/// For any machine: plain arrays, which the compiler puts into whatever vectors its baseline has.
#[derive(Clone, Copy)]
pub(crate) struct Plain([f32; LANES]);

impl Plain {
    #[inline(always)]
    fn zip(self, other: Self, with: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|i| with(self.0[i], other.0[i])))
    }
}

impl Eight for Plain {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    #[inline(always)]
    fn load(values: &[f32; LANES]) -> Self {
        Self(*values)
    }

    #[inline(always)]
    fn store(self) -> [f32; LANES] {
        self.0
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline(always)]
    fn times(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline(always)]
    fn over(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }

    #[inline(always)]
    fn least(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { a } else { b })
    }

    #[inline(always)]
    fn most(self, other: Self) -> Self {
        self.zip(other, |a, b| if a > b { a } else { b })
    }

    #[inline(always)]
    fn at_most(self, other: Self) -> u32 {
        (0..LANES).fold(0, |bits, i| bits | u32::from(self.0[i] <= other.0[i]) << i)
    }
}

#[cfg(target_arch = "x86_64")]
pub(crate) use avx2::Avx2;

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    use super::{Eight, LANES};

    /// One AVX register. Values come into being only inside functions compiled for AVX2, which are called only where
    /// it was found: that is why every `unsafe` below is sound.
    #[derive(Clone, Copy)]
    pub(crate) struct Avx2(__m256);

    macro_rules! operations {
        ($($name:ident => $intrinsic:ident),*) => {
            $(#[inline(always)]
            fn $name(self, other: Self) -> Self {
                // SAFETY: see the type.
                Self(unsafe { $intrinsic(self.0, other.0) })
            })*
        };
    }

    impl Eight for Avx2 {
        #[inline(always)]
        fn splat(value: f32) -> Self {
            // SAFETY: see the type.
            Self(unsafe { _mm256_set1_ps(value) })
        }

        #[inline(always)]
        fn load(values: &[f32; LANES]) -> Self {
            // SAFETY: see the type; the array has eight numbers, and an unaligned load takes any address.
            Self(unsafe { _mm256_loadu_ps(values.as_ptr()) })
        }

        #[inline(always)]
        fn store(self) -> [f32; LANES] {
            let mut values = [0.0; LANES];
            // SAFETY: see the type; the array has room for eight numbers.
            unsafe { _mm256_storeu_ps(values.as_mut_ptr(), self.0) };
            values
        }

        operations!(
            plus => _mm256_add_ps,
            minus => _mm256_sub_ps,
            times => _mm256_mul_ps,
            over => _mm256_div_ps,
            least => _mm256_min_ps,
            most => _mm256_max_ps
        );

        #[inline(always)]
        fn at_most(self, other: Self) -> u32 {
            // SAFETY: see the type.
            unsafe { _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_LE_OQ>(self.0, other.0)) as u32 }
        }
    }
}

/// Asks for an item to be brought into the cache; does nothing where there is no such item or instruction.
#[inline(always)]
pub(crate) fn prefetch<T>(items: &[T], index: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(item) = items.get(index) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let start = std::ptr::from_ref(item).cast::<i8>();
        for line in (0..size_of::<T>()).step_by(64) {
            // SAFETY: the address lies within the item; and a prefetch reads nothing, whatever the address.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(start.add(line)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (items, index);
}

/// Whether the machine has the instructions that the widest code is compiled for. Asked once: each feature's own
/// question would be a good part of a short traversal.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
pub(crate) fn is_wide() -> bool {
    static WIDE: LazyLock<bool> = LazyLock::new(|| {
        is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt")
    });
    *WIDE
}

/// Calls `$plain` or, where the machine has the instructions, `$avx2`, which must be the same function compiled with
/// `#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]`.
macro_rules! widest {
    ($plain:expr, $avx2:expr) => {{
        #[cfg(target_arch = "x86_64")]
        if crate::lanes::is_wide() {
            // SAFETY: the machine has what the function was compiled for.
            return unsafe { $avx2 };
        }
        $plain
    }};
}
pub(crate) use widest;

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    fn results<E: Eight>(a: &[f32; LANES], b: &[f32; LANES]) -> Vec<u32> {
        let (a, b) = (E::load(a), E::load(b));
        let all = [a.plus(b), a.minus(b), a.times(b), a.over(b), a.least(b), a.most(b), E::splat(0.1)];
        all.iter().flat_map(|e| e.store()).map(f32::to_bits).chain([a.at_most(b)]).collect()
    }

    #[target_feature(enable = "avx2")]
    fn results_avx2(a: &[f32; LANES], b: &[f32; LANES]) -> Vec<u32> {
        results::<Avx2>(a, b)
    }

    #[test]
    fn both_round_alike_and_treat_nan_and_infinity_alike() {
        if !is_x86_feature_detected!("avx2") {
            return;
        }
        let odd = [1.0, -0.0, f32::INFINITY, f32::NAN, 1e-40, -3.3, f32::MAX, 0.1];
        for turn in 0..LANES {
            let mut other = odd;
            other.rotate_left(turn);
            // SAFETY: AVX2 was found above.
            let wide = unsafe { results_avx2(&odd, &other) };
            for (plain, wide) in results::<Plain>(&odd, &other).into_iter().zip(wide) {
                let both_nan = f32::from_bits(plain).is_nan() && f32::from_bits(wide).is_nan();
                assert!(plain == wide || both_nan, "{plain:x} {wide:x}");
            }
        }
    }
}
