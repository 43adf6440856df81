//! Feature maps with their channels last.
//!
//! A map holds 3 to 256 channels a pixel. With the channels side by side, every step of a convolution works on whole
//! vectors wherever its pixels stand, without shuffles and without a case for a row's end.

use rayon::prelude::*;

use crate::pool::Pool;
use crate::vector::{LANES, Vector};

/// A picture of vectors.
#[derive(Debug)]
pub(crate) struct Map {
    /// `[row][column][group of 16 channels]`; channels beyond the last are zero.
    pub(crate) vectors: Vec<Vector>,
    /// Width and height.
    pub(crate) size: [usize; 2],
    /// Channels in use.
    pub(crate) channels: usize,
}

impl Map {
    /// From planes, one after the other, row by row.
    pub(crate) fn from_planes(pool: &Pool, planes: &[f32], channels: usize, size: [usize; 2]) -> Self {
        let [width, height] = size;
        let groups = channels.div_ceil(LANES);
        let mut vectors = pool.take(width * height * groups);
        vectors.par_chunks_mut(width * groups).enumerate().for_each(|(y, row)| {
            row.fill(Vector::ZERO);
            for (channel, plane) in planes.chunks(width * height).enumerate() {
                let pixels = row.chunks_mut(groups);
                for (pixel, &value) in pixels.zip(&plane[y * width..][..width]) {
                    pixel[channel / LANES].0[channel % LANES] = value;
                }
            }
        });
        Self { vectors, size, channels }
    }

    /// To planes, one after the other, row by row.
    pub(crate) fn to_planes(&self) -> Vec<f32> {
        let pixels = self.size[0] * self.size[1];
        let mut planes = vec![0.0; pixels * self.channels];
        planes.par_chunks_mut(pixels).enumerate().for_each(|(channel, plane)| {
            for (value, pixel) in plane.iter_mut().zip(self.vectors.chunks(self.groups())) {
                *value = pixel[channel / LANES].0[channel % LANES];
            }
        });
        planes
    }

    /// The maximum of each 2×2; both sides are even.
    pub(crate) fn halved(&self, pool: &Pool) -> Self {
        let (groups, size) = (self.groups(), self.size.map(|side| side / 2));
        let mut vectors = pool.take(size[0] * size[1] * groups);
        let rows = self.vectors.par_chunks(2 * self.size[0] * groups);
        vectors.par_chunks_mut(size[0] * groups).zip(rows).for_each(|(halved, rows)| {
            let (upper, lower) = rows.split_at(self.size[0] * groups);
            for (index, vector) in halved.iter_mut().enumerate() {
                let left = index / groups * 2 * groups + index % groups;
                let right = left + groups;
                *vector = upper[left].max(upper[right]).max(lower[left].max(lower[right]));
            }
        });
        Self { vectors, size, channels: self.channels }
    }

    /// Vectors a pixel.
    pub(crate) fn groups(&self) -> usize {
        self.channels.div_ceil(LANES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planes_survive_the_round_trip_at_any_channel_count() {
        for channels in [1, 3, 16, 37] {
            let planes: Vec<f32> = (0..channels * 7 * 5).map(|index| index as f32).collect();
            let map = Map::from_planes(&Pool::new(0), &planes, channels, [7, 5]);
            assert_eq!(map.vectors.len(), 7 * 5 * channels.div_ceil(LANES));
            assert_eq!(map.to_planes(), planes);
        }
    }
}
