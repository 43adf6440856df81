//! The set's frames to the tensors that lead a video model.

use std::ops::Range;

use burn::tensor::{Tensor, TensorData};
use maquette_conditioning::Plane;

use super::Brief;
use crate::Error;
use crate::guide::{self, DepthHistogram, DepthRange, GuideFrame, GuideFrames, Padding, Surface};
use crate::wan::{Tiling, Video};

/// A shot of the set, as a model sees it.
#[derive(Clone, Copy)]
pub(super) struct Shot<'a> {
    guides: &'a dyn GuideFrames,
    pub(super) padding: Padding,
    /// How the autoencoder takes its pictures, if not whole.
    pub(super) tiling: Option<Tiling>,
    range: DepthRange,
    /// Whether anybody's pose can be seen.
    pub(super) has_poses: bool,
}

impl<'a> Shot<'a> {
    /// Of at least one frame, all of one size.
    pub(super) fn new(guides: &'a dyn GuideFrames) -> Result<Self, Error> {
        let mut size = (0, 0);
        let (mut histogram, mut has_poses) = (DepthHistogram::new(), false);
        for index in 0..guides.count() {
            let guide = guides.guide(index)?;
            let (width, height) = (guide.width(), guide.height());
            if index == 0 {
                size = (width, height);
            }
            let (expected_width, expected_height) = size;
            if (width, height) != size {
                return Err(Error::Size { plane: "guide's", width, height, expected_width, expected_height });
            }
            histogram.add(&guide);
            has_poses |= !guide.poses().is_empty();
        }
        let (width, height) = size;
        if width * height == 0 {
            return Err(Error::Empty { width, height });
        }
        let padding = Padding::new(width, height, guides.count());
        Ok(Self { guides, padding, tiling: None, range: histogram.range(), has_poses })
    }

    /// The padded frames that begin and end the shot.
    pub(super) fn ends(&self) -> [Range<usize>; 2] {
        [0..1, self.guides.count() - 1..self.frames()]
    }

    /// Frames of the padded shot.
    pub(super) fn frames(&self) -> usize {
        self.padding.frames()
    }

    /// The finished picture of the set.
    pub(super) fn light(&self) -> Result<Video, Error> {
        self.video(|guide| guide::encode(&guide.light()))
    }

    /// The same of one frame, as it is, `[1, 3, row, column]`.
    pub(super) fn still(&self, index: usize) -> Result<Video, Error> {
        Ok(still(&guide::encode(&self.guides.guide(index)?.light())))
    }

    /// The set's outlines.
    pub(super) fn edges(&self) -> Result<Video, Error> {
        self.video(guide::edges)
    }

    /// The figures on the set, as sticks.
    pub(super) fn poses(&self) -> Result<Video, Error> {
        self.video(guide::pose)
    }

    /// What the set's surfaces are made of.
    pub(super) fn surface(&self, surface: Surface) -> Result<Video, Error> {
        self.video(|guide| surface.picture(guide, self.range))
    }

    /// The set's distances, grey in a shot that they do not lead; where things stay, the finished picture.
    pub(super) fn depth(&self, brief: &Brief) -> Result<Video, Error> {
        let ids: Vec<u32> = brief.keep.iter().copied().collect();
        let grey = |guide: &GuideFrame| guide.object_id().map(|_| [0.5; 3]);
        self.video(|guide| {
            let mut shown = if brief.depth > 0.0 { self.range.picture(guide) } else { grey(guide) };
            if !ids.is_empty() {
                let (kept, light) = (guide::keep(guide, &ids, 0), guide::encode(&guide.light()));
                let stays = (0..kept.data.len()).filter(|&i| kept.data[i] > 0.0);
                stays.for_each(|i| shown.data[i] = light.data[i]);
            }
            shown
        })
    }

    /// 1 where something is made, 0 where the set's picture stays, `[frame, 1, row, column]`.
    pub(super) fn made(&self, brief: &Brief) -> Result<Video, Error> {
        let ids: Vec<u32> = brief.keep.iter().copied().collect();
        self.tensor(|guide| guide::keep(guide, &ids, 0).map(|kept| [1.0 - kept]))
    }

    /// Pictures of display values 0 to 1 as a video of −1 to 1.
    fn video(&self, picture: impl Fn(&GuideFrame) -> Plane<[f32; 3]>) -> Result<Video, Error> {
        self.tensor(|guide| picture(guide).map(|code| code.map(|value| 2.0 * value - 1.0)))
    }

    /// Padded planes, `[frame, channel, row, column]`.
    fn tensor<const CHANNELS: usize>(
        &self,
        plane: impl Fn(&GuideFrame) -> Plane<[f32; CHANNELS]>,
    ) -> Result<Video, Error>
    where
        [f32; CHANNELS]: Default,
    {
        let (width, height) = self.padding.size();
        let frame_values = CHANNELS * width * height;
        let mut values: Vec<f32> = Vec::with_capacity(self.frames() * frame_values);
        for index in 0..self.guides.count() {
            let padded = self.padding.pad(&plane(&*self.guides.guide(index)?));
            for channel in 0..CHANNELS {
                values.extend(padded.data.iter().map(|pixel| pixel[channel]));
            }
        }
        for _ in self.guides.count()..self.frames() {
            values.extend_from_within(values.len() - frame_values..);
        }
        let shape = [self.frames(), CHANNELS, height, width];
        Ok(Tensor::from_data(TensorData::new(values, shape), &Default::default()))
    }
}

/// A reference picture of display values as a video of one frame, −1 to 1.
pub(super) fn still(picture: &Plane<[f32; 3]>) -> Video {
    let channel = |channel: usize| picture.data.iter().map(move |pixel| 2.0 * pixel[channel] - 1.0);
    let values: Vec<f32> = (0..3).flat_map(channel).collect();
    let shape = [1, 3, picture.height(), picture.width()];
    Tensor::from_data(TensorData::new(values, shape), &Default::default())
}
