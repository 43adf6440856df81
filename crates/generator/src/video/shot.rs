//! The set's frames to the tensors that lead a video model.

use std::ops::Range;

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};
use maquette_conditioning::Plane;

use super::Brief;
use crate::Error;
use crate::guide::{self, DepthHistogram, DepthRange, GuideFrame, Padding, Surface};
use crate::wan::Tiling;

/// A shot of the set, as a model sees it.
#[derive(Clone, Copy)]
pub(super) struct Shot<'a> {
    guides: &'a [&'a GuideFrame],
    pub(super) padding: Padding,
    /// How the autoencoder takes its pictures, if not whole.
    pub(super) tiling: Option<Tiling>,
    range: DepthRange,
}

impl<'a> Shot<'a> {
    /// Of at least one frame, all of one size.
    pub(super) fn new(guides: &'a [&'a GuideFrame]) -> Result<Self, Error> {
        let Some(first) = guides.first() else { return Err(Error::Empty { width: 0, height: 0 }) };
        let (width, height) = (first.width(), first.height());
        let mut histogram = DepthHistogram::new();
        for guide in guides {
            if (guide.width(), guide.height()) != (width, height) {
                return Err(Error::Size {
                    plane: "guide's",
                    width: guide.width(),
                    height: guide.height(),
                    expected_width: width,
                    expected_height: height,
                });
            }
            histogram.add(guide);
        }
        let padding = Padding::new(width, height, guides.len());
        Ok(Self { guides, padding, tiling: None, range: histogram.range() })
    }

    /// The padded frames that begin and end the shot.
    pub(super) fn ends(&self) -> [Range<usize>; 2] {
        [0..1, self.guides.len() - 1..self.frames()]
    }

    /// Frames of the padded shot.
    pub(super) fn frames(&self) -> usize {
        self.padding.frames()
    }

    /// The finished picture of the set.
    pub(super) fn light<B: Backend>(&self, device: &B::Device) -> Tensor<B, 4> {
        self.video(device, |guide| guide::encode(&guide.light()))
    }

    /// The set's outlines.
    pub(super) fn edges<B: Backend>(&self, device: &B::Device) -> Tensor<B, 4> {
        self.video(device, guide::edges)
    }

    /// The set's distances; grey in a shot that they do not lead.
    pub(super) fn depth<B: Backend>(&self, leads: bool, device: &B::Device) -> Tensor<B, 4> {
        let grey = |guide: &GuideFrame| guide.object_id().map(|_| [0.5; 3]);
        self.video(device, |guide| if leads { self.range.picture(guide) } else { grey(guide) })
    }

    /// What the set's surfaces are made of.
    pub(super) fn surface<B: Backend>(&self, surface: Surface, device: &B::Device) -> Tensor<B, 4> {
        self.video(device, |guide| surface.picture(guide, self.range))
    }

    /// 1 where something is made, 0 where the set's picture stays, `[frame, 1, row, column]`.
    pub(super) fn made<B: Backend>(&self, brief: &Brief, device: &B::Device) -> Tensor<B, 4> {
        let ids: Vec<u32> = brief.keep.iter().copied().collect();
        self.tensor(device, |guide| guide::keep(guide, &ids, 0).map(|kept| [1.0 - kept]))
    }

    /// Pictures of display values 0 to 1 as a video of −1 to 1.
    fn video<B: Backend>(
        &self,
        device: &B::Device,
        picture: impl Fn(&GuideFrame) -> Plane<[f32; 3]>,
    ) -> Tensor<B, 4> {
        self.tensor(device, |guide| picture(guide).map(|code| code.map(|value| 2.0 * value - 1.0)))
    }

    /// Padded planes, `[frame, channel, row, column]`.
    fn tensor<B: Backend, const CHANNELS: usize>(
        &self,
        device: &B::Device,
        plane: impl Fn(&GuideFrame) -> Plane<[f32; CHANNELS]>,
    ) -> Tensor<B, 4>
    where
        [f32; CHANNELS]: Default,
    {
        let (width, height) = self.padding.size();
        let mut values = Vec::with_capacity(self.frames() * CHANNELS * width * height);
        let mut last: Option<(usize, Plane<[f32; CHANNELS]>)> = None;
        for frame in 0..self.frames() {
            let source = self.padding.source(frame);
            if last.as_ref().is_none_or(|(shown, _)| *shown != source) {
                last = Some((source, self.padding.pad(&plane(self.guides[source]))));
            }
            let Some((_, padded)) = &last else { continue };
            for channel in 0..CHANNELS {
                values.extend(padded.data.iter().map(|pixel| pixel[channel]));
            }
        }
        Tensor::from_data(TensorData::new(values, [self.frames(), CHANNELS, height, width]), device)
    }
}

/// A reference picture of display values as a video of one frame, −1 to 1.
pub(super) fn still<B: Backend>(picture: &Plane<[f32; 3]>, device: &B::Device) -> Tensor<B, 4> {
    let channel = |channel: usize| picture.data.iter().map(move |pixel| 2.0 * pixel[channel] - 1.0);
    let values: Vec<f32> = (0..3).flat_map(channel).collect();
    Tensor::from_data(TensorData::new(values, [1, 3, picture.height(), picture.width()]), device)
}
