//! A first frame, and perhaps a last one, to the 20 channels beside the noise.
//!
//! As `WanImageToVideoPipeline` of diffusers 0.42.1 prepares them (Wan Team, "Wan: open and advanced large-scale video
//! generative models", 2025, section 5.1): the frames, with middle grey between or behind them, go through the autoencoder as
//! a video; before its 16 channels stand four that tell for each frame of a latent whether it is given.

use burn::tensor::backend::Backend;
use burn::tensor::{Tensor, TensorData};

use super::vae::{FRAMES, Tiling, Vae, Video};
use crate::Error;

/// Frames that a video is given.
#[derive(Debug)]
pub(crate) struct EndFrames {
    /// `[1, 3, row, column]`, −1 to 1, sides that are multiples of 16.
    pub(crate) first: Video,
    /// The same.
    pub(crate) last: Option<Video>,
    /// Frames of the video, with those given: 1 + 4n; with a last one at least 5.
    pub(crate) frames: usize,
}

impl EndFrames {
    /// What stands beside the noise, `[1, 20, latent frame, row, column]`.
    pub(crate) fn latents<B: Backend>(
        &self,
        vae: &Vae<B>,
        tiling: Option<Tiling>,
    ) -> Result<Tensor<B, 5>, Error> {
        let latents = vae.encode(&self.video()?, tiling)?;
        let [count, _, rows, columns] = latents.dims();
        let given = self.given(count, &latents).expand([count, FRAMES, rows, columns]);
        Ok(Tensor::cat(vec![given, latents], 1).swap_dims(0, 1).unsqueeze())
    }

    /// `[frame, 3, row, column]`, grey where nothing is given.
    fn video(&self) -> Result<Video, Error> {
        let found = self.first.dims();
        let [1, 3, rows, columns] = found else {
            let expected = "one picture of 3 channels".to_owned();
            return Err(Error::Video { what: "first frame", found, expected });
        };
        if let Some(other) = self.last.as_ref().map(Tensor::dims).filter(|last| *last != found) {
            let expected = format!("that of the first frame, {found:?}");
            return Err(Error::Video { what: "last frame", found: other, expected });
        }
        let ends = 1 + usize::from(self.last.is_some());
        let Some(between) = self.frames.checked_sub(ends) else {
            let expected = format!("at least {ends} frames");
            return Err(Error::Video { what: "video", found: [self.frames, 3, rows, columns], expected });
        };
        let grey = (between > 0).then(|| Tensor::zeros([between, 3, rows, columns], &self.first.device()));
        let frames = [Some(self.first.clone()), grey, self.last.clone()];
        Ok(Tensor::cat(frames.into_iter().flatten().collect(), 0))
    }

    /// Which frames of each latent are given, `[latent frame, 4, 1, 1]`. The first latent has one frame, which counts four
    /// times.
    fn given<B: Backend>(&self, count: usize, like: &Tensor<B, 4>) -> Tensor<B, 4> {
        let mut given = vec![0.0_f32; count * FRAMES];
        given[..FRAMES].fill(1.0);
        if let (Some(_), Some(end)) = (&self.last, given.last_mut()) {
            *end = 1.0;
        }
        Tensor::from_data(TensorData::new(given, [count, FRAMES, 1, 1]), (&like.device(), like.dtype()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::tests::Fixture;
    use crate::wan::tests::runs::{autoencoder, end_frames};

    #[test]
    fn frames_that_do_not_fit_each_other_or_the_video_are_refused() {
        let fixture = Fixture::open("image.safetensors");
        let refusal = |ends: EndFrames| ends.latents(&autoencoder(), None).unwrap_err().to_string();
        let message =
            refusal(EndFrames { last: Some(fixture.video("in.picture.0")), ..end_frames(&fixture, false) });
        assert!(message.contains("the last frame has [1, 3, 9, 13]"), "{message}");
        let message = refusal(EndFrames { frames: 1, ..end_frames(&fixture, true) });
        assert!(message.contains("expected at least 2 frames"), "{message}");
        let message = refusal(EndFrames { frames: 8, ..end_frames(&fixture, true) });
        assert!(message.contains("1 + 4n frames"), "{message}");
        let message = refusal(EndFrames {
            first: fixture.video("in.image").repeat_dim(0, 2),
            ..end_frames(&fixture, false)
        });
        assert!(message.contains("the first frame has [2, 3, 32, 48]"), "{message}");
    }
}
