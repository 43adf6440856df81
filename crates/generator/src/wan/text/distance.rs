//! How far apart two tokens are, coarsely, to what that adds to their score.
//!
//! Distances up to a quarter of the buckets count one by one, larger ones logarithmically, each direction by
//! itself (Raffel et al., "Exploring the Limits of Transfer Learning", 2020, section 2.1). UMT5 learns a
//! table for each layer.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

/// The bucket of each pair of `tokens` tokens, `[query · key]`.
pub(super) fn buckets<B: Backend>(
    tokens: usize,
    count: usize,
    farthest: usize,
    device: &B::Device,
) -> Tensor<B, 1, Int> {
    let bucket = |query: usize, key: usize| bucket(key as i64 - query as i64, count, farthest) as i64;
    let all = (0..tokens).flat_map(|query| (0..tokens).map(move |key| bucket(query, key)));
    let all: Vec<i64> = all.collect();
    Tensor::from_data(TensorData::new(all, [tokens * tokens]), device)
}

/// What distance adds to each score, `[1, head, query, key]`, by a table `[bucket, head]`.
pub(super) fn bias<B: Backend>(
    table: Tensor<B, 2>,
    buckets: Tensor<B, 1, Int>,
    tokens: usize,
) -> Tensor<B, 4> {
    let [_, heads] = table.dims();
    table.select(0, buckets).reshape([1, tokens, tokens, heads]).permute([0, 3, 1, 2])
}

/// The bucket of a key that comes `distance` tokens behind the query (before it, if negative).
fn bucket(distance: i64, count: usize, farthest: usize) -> usize {
    let count = count / 2;
    let exact = count / 2;
    let behind = if distance > 0 { count } else { 0 };
    let distance = usize::try_from(distance.unsigned_abs()).unwrap_or(farthest);
    if distance < exact {
        return behind + distance;
    }
    // In single precision, as the original: at some distances the rounding decides.
    let ratio = (distance as f32 / exact as f32).ln() / (farthest as f64 / exact as f64).ln() as f32;
    let coarse = exact + (ratio * (count - exact) as f32) as usize;
    behind + coarse.min(count - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_distances_count_one_by_one_and_far_ones_together() {
        let of = |distance| bucket(distance, 32, 128);
        assert_eq!([0, -1, -7, -8].map(of), [0, 1, 7, 8]);
        assert_eq!([1, 7, 8].map(of), [17, 23, 24]);
        assert_eq!([-128, -129, -100_000].map(of), [15, 15, 15]);
        assert_eq!([128, i64::MAX].map(of), [31, 31]);
    }

    #[test]
    fn buckets_rise_with_distance() {
        for (count, farthest) in [(32, 128), (8, 20)] {
            let all: Vec<usize> = (0..300).map(|distance| bucket(-distance, count, farthest)).collect();
            assert!(all.windows(2).all(|pair| pair[0] <= pair[1] && pair[1] - pair[0] <= 1), "{all:?}");
            assert_eq!(all[299], count / 2 - 1);
        }
    }
}
