//! The last axis to one number, in stages.
//!
//! Some drivers' kernels reduce long rows wrongly (seen with Mesa's lavapipe); rows of at most 256 come out
//! right on all. So a row is cut into pieces of 256, the pieces are reduced, then their results, until one is
//! left. This also adds more exactly.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

/// The longest row that is reduced at once.
const LONGEST: usize = 256;

/// Sums of the last axis, whose length becomes 1.
pub(crate) fn sum_last<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Tensor<B, D> {
    reduce_last(tensor, |rows| rows.sum_dim(1), |a, b| a + b)
}

/// Means of the last axis, whose length becomes 1.
pub(crate) fn mean_last<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Tensor<B, D> {
    let length = tensor.dims()[D - 1];
    sum_last(tensor) / length as f64
}

/// Maxima of the last axis, whose length becomes 1.
pub(crate) fn max_last<B: Backend, const D: usize>(tensor: Tensor<B, D>) -> Tensor<B, D> {
    reduce_last(tensor, |rows| rows.max_dim(1), Tensor::max_pair)
}

fn reduce_last<B: Backend, const D: usize>(
    tensor: Tensor<B, D>,
    reduce: fn(Tensor<B, 2>) -> Tensor<B, 2>,
    join: fn(Tensor<B, 2>, Tensor<B, 2>) -> Tensor<B, 2>,
) -> Tensor<B, D> {
    let mut shape = tensor.dims();
    let length = shape[D - 1];
    shape[D - 1] = 1;
    let rows = shape.iter().product();
    reduce_rows(tensor.reshape([rows, length]), reduce, join).reshape(shape)
}

/// `[row, length]` to `[row, 1]`.
fn reduce_rows<B: Backend>(
    tensor: Tensor<B, 2>,
    reduce: fn(Tensor<B, 2>) -> Tensor<B, 2>,
    join: fn(Tensor<B, 2>, Tensor<B, 2>) -> Tensor<B, 2>,
) -> Tensor<B, 2> {
    let [rows, length] = tensor.dims();
    if length <= LONGEST {
        return reduce(tensor);
    }
    let (pieces, rest) = (length / LONGEST, length % LONGEST);
    let whole = tensor.clone().narrow(1, 0, pieces * LONGEST).reshape([rows * pieces, LONGEST]);
    let whole = reduce_rows(reduce(whole).reshape([rows, pieces]), reduce, join);
    if rest == 0 {
        return whole;
    }
    join(whole, reduce(tensor.narrow(1, pieces * LONGEST, rest)))
}
