//! The order of a tensor's values in memory.
//!
//! A right factor whose columns lie in memory, as a transposed view has it, comes out wrong of some of burn-wgpu's
//! kernels: the double-buffered ones of cubek 0.2.0 are wrong wherever the length of the sums is an odd multiple of 8
//! (measured with each kernel in turn; the others are right). Which kernel runs is decided by timing, so factors of
//! products are laid out in rows.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// The same values, the last axis fastest.
pub(crate) fn in_rows<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Tensor<B, D> {
    let shape = tensor.dims();
    // One long row cannot be a view of anything else.
    tensor.reshape([shape.iter().product::<usize>()]).reshape(shape)
}
