//! Queries, keys and values to what each query attends to, exactly, without ever holding all scores.
//!
//! A second of video has tens of thousands of tokens; their scores against each other would fill tens of
//! gigabytes. Queries do not need each other, so they are taken in chunks whose scores fit into a bound. The
//! result does not depend on the chunks but for rounding. Vaswani et al., "Attention Is All You Need", 2017,
//! equation 1.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::reduce::{max_last, sum_last};

/// The most scores held at once: 64 MiB in single precision, below the 128 MiB that every GPU binds.
const MAX_SCORES: usize = 16 << 20;

/// `softmax(scale · query · keyᵀ + bias) · value`. Queries, keys and values are `[batch, head, token,
/// channel]`; the bias is `[1, head, query, key]`.
pub(crate) fn attention<B: Backend>(
    query: Tensor<B, 4>,
    key: Tensor<B, 4>,
    value: Tensor<B, 4>,
    scale: f64,
    bias: Option<Tensor<B, 4>>,
) -> Tensor<B, 4> {
    attention_within(MAX_SCORES, query, key, value, scale, bias)
}

/// [`attention`] with at most `max_scores` scores held at once, but at least those of one query.
fn attention_within<B: Backend>(
    max_scores: usize,
    query: Tensor<B, 4>,
    key: Tensor<B, 4>,
    value: Tensor<B, 4>,
    scale: f64,
    bias: Option<Tensor<B, 4>>,
) -> Tensor<B, 4> {
    let [batch, heads, queries, _] = query.dims();
    let chunk = (max_scores / (batch * heads * key.dims()[2])).clamp(1, queries);
    // Even chunks: kernels are chosen by shape.
    let chunk = queries.div_ceil(queries.div_ceil(chunk));
    let query = query * scale;
    let key = key.transpose();
    let chunks = (0..queries).step_by(chunk).map(|first| {
        let count = chunk.min(queries - first);
        let scores = query.clone().narrow(2, first, count).matmul(key.clone());
        let scores = match &bias {
            Some(bias) => scores + bias.clone().narrow(2, first, count),
            None => scores,
        };
        weigh(scores, value.clone())
    });
    Tensor::cat(chunks.collect(), 2)
}

/// `softmax(scores) · values`. The division comes last, where it is cheapest.
fn weigh<B: Backend>(scores: Tensor<B, 4>, values: Tensor<B, 4>) -> Tensor<B, 4> {
    let largest = max_last(scores.clone());
    let weights = (scores - largest).exp();
    let total = sum_last(weights.clone());
    weights.matmul(values) / total
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, activation};

    use super::*;
    use crate::wan::tests::{Cpu, assert_close};

    const SCALE: f64 = 0.35;

    /// Numbers of standard deviation 2, so that some weights are large and most are small.
    fn random(shape: [usize; 4], seed: u64) -> Tensor<Cpu, 4> {
        let device = Default::default();
        Cpu::seed(&device, seed);
        Tensor::random(shape, Distribution::Normal(0.0, 2.0), &device)
    }

    fn textbook(
        query: &Tensor<Cpu, 4>,
        key: &Tensor<Cpu, 4>,
        value: &Tensor<Cpu, 4>,
        bias: &Tensor<Cpu, 4>,
    ) -> Tensor<Cpu, 4> {
        let scores = query.clone().matmul(key.clone().transpose()) * SCALE + bias.clone();
        activation::softmax(scores, 3).matmul(value.clone())
    }

    #[test]
    fn chunks_of_any_size_give_the_textbook_result() {
        // 700 keys: rows that are reduced in stages, with a rest.
        let (query, key) = (random([2, 3, 37, 8], 1), random([2, 3, 700, 8], 2));
        let (value, bias) = (random([2, 3, 700, 5], 3), random([1, 3, 37, 700], 4));
        let expected = textbook(&query, &key, &value, &bias);
        for max_scores in [0, 6 * 700, 10 * 6 * 700, 36 * 6 * 700, MAX_SCORES] {
            let found = attention_within(
                max_scores,
                query.clone(),
                key.clone(),
                value.clone(),
                SCALE,
                Some(bias.clone()),
            );
            assert_close(&format!("{max_scores} scores"), found, expected.clone(), 2e-6);
        }
    }

    #[test]
    fn scores_beyond_the_exponential_range_stay_finite() {
        let (query, key, value) =
            (random([1, 1, 9, 4], 5) * 100.0, random([1, 1, 300, 4], 6), random([1, 1, 300, 4], 7));
        let bias = Tensor::zeros([1, 1, 9, 300], &query.device());
        let found = attention(query.clone(), key.clone(), value.clone(), SCALE, None);
        assert_close("large scores", found, textbook(&query, &key, &value, &bias), 1e-5);
    }

    #[test]
    fn equal_scores_average_the_values() {
        let (query, key, value) =
            (random([1, 2, 4, 3], 8), random([1, 2, 1000, 3], 9), random([1, 2, 1000, 6], 10));
        let found = attention(query * 0.0, key, value.clone(), SCALE, None);
        assert_close("mean", found, value.mean_dim(2).repeat_dim(2, 4), 1e-4);
    }
}
