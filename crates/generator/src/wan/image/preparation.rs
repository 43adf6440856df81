//! A picture to what the image encoder looks at: its middle, at the size and on the scale that the encoder was trained with.
//!
//! As `CLIPImageProcessor` of transformers does by a `preprocessor_config.json`: the shorter side is brought to a length, the
//! middle is cut out, and each colour gets zero mean and unit deviation over the training set.

use std::ops::Range;
use std::path::Path;

use burn::tensor::{Tensor, TensorData};
use serde::Deserialize;

use super::resize::resized;
use crate::Error;
use crate::wan::{Video, config};

/// Pillow's number of its bicubic filter.
const BICUBIC: u32 = 3;

/// A `preprocessor_config.json`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Preparation {
    size: Shortest,
    crop_size: Sides,
    /// Red, green and blue, of 0 to 1.
    image_mean: [f32; 3],
    image_std: [f32; 3],
    rescale_factor: f64,
    resample: u32,
    do_resize: bool,
    do_center_crop: bool,
    do_rescale: bool,
    do_normalize: bool,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Shortest {
    /// Pixels.
    shortest_edge: usize,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Sides {
    /// Pixels.
    height: usize,
    width: usize,
}

impl Preparation {
    /// Reads and checks a `preprocessor_config.json`.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        config::read(path, Self::check)
    }

    /// Pixels along both sides of what comes out.
    pub(super) fn side(&self) -> usize {
        self.crop_size.width
    }

    fn check(&self) -> Result<(), String> {
        let (short, Sides { height, width }) = (self.size.shortest_edge, &self.crop_size);
        if height != width || !(1..=short).contains(width) || short > 1 << 12 {
            return Err(format!(
                "`crop_size` is {width}×{height} of a `shortest_edge` of {short}; it must be square and fit, up to 4096"
            ));
        }
        if ![self.do_resize, self.do_center_crop, self.do_rescale, self.do_normalize].iter().all(|step| *step)
        {
            return Err(
                "`do_resize`, `do_center_crop`, `do_rescale` and `do_normalize` must be true".to_owned()
            );
        }
        if self.resample != BICUBIC || (self.rescale_factor * 255.0 - 1.0).abs() > 1e-6 {
            return Err(format!(
                "`resample` is {} and `rescale_factor` {}; only {BICUBIC} (bicubic) and 1/255 are known",
                self.resample, self.rescale_factor
            ));
        }
        if !self.image_std.iter().all(|deviation| *deviation > 0.0) {
            return Err(format!("`image_std` is {:?}, it must be above 0", self.image_std));
        }
        Ok(())
    }

    /// A picture `[1, 3, any, any]`, −1 to 1, to `[1, 3, side, side]` on the encoder's scale.
    pub(super) fn prepared(&self, picture: &Video) -> Result<Video, Error> {
        let found = picture.dims();
        let [count, colours, rows, columns] = found;
        if [count, colours] != [1, 3] || rows * columns == 0 {
            let expected = "one picture of 3 channels".to_owned();
            return Err(Error::Video { what: "picture", found, expected });
        }
        let bytes: Vec<u8> =
            picture.to_data().iter::<f32>().map(|value| (127.5 * (value + 1.0)).round() as u8).collect();
        let mut values = Vec::with_capacity(3 * self.side() * self.side());
        for ((plane, mean), deviation) in
            bytes.chunks_exact(rows * columns).zip(self.image_mean).zip(self.image_std)
        {
            let plane = self.middle(plane, [rows, columns]);
            values.extend(plane.iter().map(|&byte| (f32::from(byte) / 255.0 - mean) / deviation));
        }
        Ok(Tensor::from_data(TensorData::new(values, [1, 3, self.side(), self.side()]), &picture.device()))
    }

    /// The middle of a plane of bytes, `side` pixels high and wide.
    fn middle(&self, plane: &[u8], [rows, columns]: [usize; 2]) -> Vec<u8> {
        let shortest = rows.min(columns);
        let ((wide, across), (high, down)) = (self.span(columns, shortest), self.span(rows, shortest));
        resized(&resized(plane, columns, wide, across), rows, high, down)
    }

    /// The length that a side gets when the shortest is brought to its own, and what of it is kept.
    fn span(&self, side: usize, shortest: usize) -> (usize, Range<usize>) {
        let length = self.size.shortest_edge * side / shortest;
        let first = (length - self.side()) / 2;
        (length, first..first + self.side())
    }
}
