//! Sixteen channels of one pixel, and the arithmetic on them.
//!
//! Plain arrays and counted loops, so that the code is safe and compiles for whatever vector instructions the function
//! it is inlined into enables: one AVX-512 register, two of AVX2, four of NEON or SSE. No closures: the compiler does
//! not always inline those, and then compiles them without the instructions.

// Counted loops: with iterators the compiler keeps vectors in memory instead of registers, nine times slower.
#![allow(clippy::needless_range_loop)]

/// Channels a vector holds.
pub(crate) const LANES: usize = 16;

/// Sixteen values. Aligned to a cache line, so that no load touches two.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub(crate) struct Vector(pub(crate) [f32; LANES]);

impl Vector {
    pub(crate) const ZERO: Self = Self([0.0; LANES]);

    /// self · factor + addend. `FUSED` rounds once, which is slow where no instruction does.
    #[inline(always)]
    pub(crate) fn times_plus<const FUSED: bool>(self, factor: f32, addend: Self) -> Self {
        let mut result = addend;
        for lane in 0..LANES {
            let (value, sum) = (self.0[lane], addend.0[lane]);
            result.0[lane] = if FUSED { value.mul_add(factor, sum) } else { value * factor + sum };
        }
        result
    }

    #[inline(always)]
    pub(crate) fn times(mut self, factor: f32) -> Self {
        for lane in 0..LANES {
            self.0[lane] *= factor;
        }
        self
    }

    #[inline(always)]
    pub(crate) fn plus(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            self.0[lane] += other.0[lane];
        }
        self
    }

    #[inline(always)]
    pub(crate) fn minus(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            self.0[lane] -= other.0[lane];
        }
        self
    }

    /// The larger of each pair; `other` where `self` is NaN.
    #[inline(always)]
    pub(crate) fn max(mut self, other: Self) -> Self {
        for lane in 0..LANES {
            let (a, b) = (self.0[lane], other.0[lane]);
            self.0[lane] = if a > b { a } else { b };
        }
        self
    }
}
