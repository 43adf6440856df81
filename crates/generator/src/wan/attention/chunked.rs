//! Queries, keys and values to what each query attends to, exactly, without ever holding all scores.
//!
//! A second of video has tens of thousands of tokens; their scores against each other would fill tens of
//! gigabytes. Queries do not need each other, so they are taken in chunks whose scores fit into a bound. The
//! result does not depend on the chunks but for rounding. Vaswani et al., "Attention Is All You Need", 2017,
//! equation 1.

use burn::tensor::backend::Backend;
use burn::tensor::{DType, Tensor};

use crate::wan::layout::in_rows;
use crate::wan::reduce::{max_last, sum_last};

/// The most scores held at once: 64 MiB in single precision, below the 128 MiB that every GPU binds.
pub(in crate::wan) const MAX_SCORES: usize = 16 << 20;

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
    let query = in_rows(query * scale);
    let (key, value) = (in_rows(key.transpose()), in_rows(value));
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

/// `softmax(scores) · values`. The division comes last, where it is cheapest; in half precision it comes first, since
/// there the sums of a long video overflow.
fn weigh<B: Backend>(scores: Tensor<B, 4>, values: Tensor<B, 4>) -> Tensor<B, 4> {
    // Weights of a row add up to this in half precision: far from the smallest number and from the largest.
    const ROW: f64 = 64.0;
    let precision = values.dtype();
    let scores = scores.cast(DType::F32);
    let largest = max_last(scores.clone());
    let weights = (scores - largest).exp();
    let total = sum_last(weights.clone());
    match precision {
        DType::F16 => (weights * (total.recip() * ROW)).cast(precision).matmul(values) / ROW,
        _ => weights.matmul(values) / total,
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Distribution, TensorData};

    use super::*;
    use crate::wan::tests::{Cpu, assert_close, values};

    const SCALE: f64 = 0.35;

    /// Numbers of standard deviation 2, so that some weights are large and most are small.
    fn random(shape: [usize; 4], seed: u64) -> Tensor<Cpu, 4> {
        let device = Default::default();
        Cpu::seed(&device, seed);
        Tensor::random(shape, Distribution::Normal(0.0, 2.0), &device)
    }

    /// In plain loops and double precision; the bias for all heads alike.
    fn textbook(
        query: &Tensor<Cpu, 4>,
        key: &Tensor<Cpu, 4>,
        value: &Tensor<Cpu, 4>,
        bias: &Tensor<Cpu, 4>,
    ) -> Tensor<Cpu, 4> {
        let [batch, heads, queries, channels] = query.dims();
        let [keys, width] = [key.dims()[2], value.dims()[3]];
        let flat = |tensor: &Tensor<Cpu, 4>| values(tensor.clone());
        let (query_values, key_values, seen, bias) = (flat(query), flat(key), flat(value), flat(bias));
        let mut result = Vec::new();
        for (row, asking) in query_values.chunks(channels).enumerate() {
            let (head, at) = (row / queries, row % queries);
            let score = |other: usize| {
                let offered = &key_values[(head * keys + other) * channels..][..channels];
                let product: f64 = asking.iter().zip(offered).map(|(a, b)| f64::from(a * b)).sum();
                product * SCALE + f64::from(bias[((head % heads) * queries + at) * keys + other])
            };
            let scores: Vec<f64> = (0..keys).map(score).collect();
            let largest = scores.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
            let weights: Vec<f64> = scores.iter().map(|score| (score - largest).exp()).collect();
            let total: f64 = weights.iter().sum();
            let of = |column: usize| {
                let values = weights.iter().enumerate();
                values
                    .map(|(other, weight)| weight * f64::from(seen[(head * keys + other) * width + column]))
                    .sum::<f64>()
            };
            result.extend((0..width).map(|column| (of(column) / total) as f32));
        }
        Tensor::from_data(TensorData::new(result, [batch, heads, queries, width]), &query.device())
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
