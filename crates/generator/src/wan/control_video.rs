//! A guiding video, a mask and reference pictures to the 96 channels that VACE looks at.
//!
//! As `WanVACEPipeline` of diffusers 0.42.1 prepares them (Jiang et al., "VACE: All-in-One Video Creation and Editing",
//! 2025, section 3.2): what the mask keeps and what it gives up are encoded apart from each other, 16 channels each; the
//! mask itself follows, the 8×8 pixels of a latent as 64 channels. Reference pictures lie before the first frame, as
//! if they were one: so the video's latents need as many in front, which are dropped at the end.

use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};

use super::vae::{FRAMES, Tiling, Vae, Video};
use crate::Error;

/// Pixels a latent, along an axis.
pub(crate) const SCALE: usize = 8;

/// What guides a video, as pictures.
#[derive(Debug)]
pub(crate) struct ControlVideo {
    /// `[frame, 3, row, column]`, −1 to 1: 1 + 4n frames, sides that are multiples of 16. Middle grey (0) where there
    /// is nothing to see.
    pub(crate) video: Video,
    /// `[frame, 1, row, column]`, 0 where the video is kept as it is, 1 where it is made anew.
    pub(crate) mask: Video,
    /// Pictures of what appears in the video, `[1, 3, row, column]` each, of the video's size ([`on_canvas`]).
    pub(crate) references: Vec<Video>,
}

impl ControlVideo {
    /// The control's latents, `[1, 96, references + latent frames, row, column]`.
    pub(crate) fn latents<B: Backend>(
        &self,
        vae: &Vae<B>,
        tiling: Option<Tiling>,
    ) -> Result<Tensor<B, 5>, Error> {
        self.check()?;
        let part = |is_made: bool| {
            vae.encode_each(self.video.dims(), tiling, |frames| {
                let chosen = self.mask.clone().slice([frames.clone()]).greater_elem(0.5).float();
                let chosen = if is_made { chosen } else { chosen * -1.0 + 1.0 };
                self.video.clone().slice([frames]) * chosen
            })
        };
        let (inactive, reactive) = (part(false)?, part(true)?);
        let mask = unshuffled(&self.mask).into_data();
        let mask = Tensor::from_data(mask, (&inactive.device(), inactive.dtype()));
        let mut latents = Tensor::cat(vec![inactive, reactive, mask], 1);
        for picture in &self.references {
            let seen = vae.encode(picture, tiling)?;
            let [_, channels, rows, columns] = latents.dims();
            let nothing =
                Tensor::zeros([1, channels - seen.dims()[1], rows, columns], (&seen.device(), seen.dtype()));
            latents = Tensor::cat(vec![Tensor::cat(vec![seen, nothing], 1), latents], 0);
        }
        Ok(latents.swap_dims(0, 1).unsqueeze())
    }

    fn check(&self) -> Result<(), Error> {
        let [frames, _, rows, columns] = self.video.dims();
        let refuse = |what, found, expected| Err(Error::Video { what, found, expected });
        let mask = [frames, 1, rows, columns];
        if self.mask.dims() != mask {
            return refuse("mask", self.mask.dims(), format!("those of its video, {mask:?}"));
        }
        let picture = [1, 3, rows, columns];
        match self.references.iter().find(|reference| reference.dims() != picture) {
            Some(other) => refuse("reference picture", other.dims(), format!("{picture:?}")),
            None => Ok(()),
        }
    }
}

/// `[frame, 1, row, column]` to `[latent frame, 64, row / 8, column / 8]`: of the frames nearest in time to each
/// latent.
fn unshuffled<B: Backend>(mask: &Tensor<B, 4>) -> Tensor<B, 4> {
    let [frames, _, rows, columns] = mask.dims();
    let (latents, rows, columns) = (frames.div_ceil(FRAMES), rows / SCALE, columns / SCALE);
    // The centre of each latent's even share of the video.
    let nearest: Vec<i64> =
        (0..latents).map(|latent| ((2 * latent + 1) * frames / (2 * latents)) as i64).collect();
    let nearest = Tensor::<B, 1, Int>::from_data(TensorData::new(nearest, [latents]), &mask.device());
    let mask: Tensor<B, 5> = mask.clone().select(0, nearest).reshape([latents, rows, SCALE, columns, SCALE]);
    mask.permute([0, 2, 4, 1, 3]).reshape([latents, SCALE * SCALE, rows, columns])
}

/// The latents of the video alone, without those of its references: what is decoded at the end.
pub(crate) fn without_references<B: Backend>(latents: Tensor<B, 5>, references: usize) -> Tensor<B, 5> {
    let frames = latents.dims()[2];
    latents.narrow(2, references, frames - references)
}

/// A picture `[1, 3, any, any]`, −1 to 1, as large as fits on white of this size, in its middle; sampled
/// bilinearly, as the original does.
pub(crate) fn on_canvas<B: Backend>(picture: Tensor<B, 4>, [rows, columns]: [usize; 2]) -> Tensor<B, 4> {
    let [_, _, height, width] = picture.dims();
    let (device, kind) = (picture.device(), picture.dtype());
    let scale = (rows as f64 / height as f64).min(columns as f64 / width as f64);
    let [tall, wide] = [height, width].map(|side| ((side as f64 * scale) as usize).max(1));
    let (top, left) = ((rows - tall) / 2, (columns - wide) / 2);
    let canvas = Tensor::ones([1, 3, rows, columns], (&device, kind));
    canvas.slice_assign([0..1, 0..3, top..top + tall, left..left + wide], resized(picture, [tall, wide]))
}

/// A picture `[1, 3, any, any]` as small as covers this size, its middle cut out.
pub(crate) fn covering<B: Backend>(picture: Tensor<B, 4>, [rows, columns]: [usize; 2]) -> Tensor<B, 4> {
    let [_, _, height, width] = picture.dims();
    let scale = (rows as f64 / height as f64).max(columns as f64 / width as f64);
    let shown = |side: usize, of: usize| ((of as f64 / scale).round() as usize).clamp(1, side);
    let (tall, wide) = (shown(height, rows), shown(width, columns));
    let middle = picture.narrow(2, (height - tall) / 2, tall).narrow(3, (width - wide) / 2, wide);
    resized(middle, [rows, columns])
}

fn resized<B: Backend>(picture: Tensor<B, 4>, [rows, columns]: [usize; 2]) -> Tensor<B, 4> {
    let [_, _, height, width] = picture.dims();
    let (device, kind) = (picture.device(), picture.dtype());
    let [down, across] = [(height, rows), (width, columns)].map(|(from, to)| {
        let weights = Tensor::<B, 1>::from_data(bilinear(from, to).as_slice(), (&device, kind));
        weights.reshape([1, 1, to, from])
    });
    down.matmul(picture).matmul(across.swap_dims(2, 3))
}

/// `[to, from]`: how much of each old row a new one takes, when pixels have areas and edges go on outside.
fn bilinear(from: usize, to: usize) -> Vec<f32> {
    let mut weights = vec![0.0; to * from];
    for (row, weights) in weights.chunks_mut(from).enumerate() {
        let place = ((row as f64 + 0.5) * from as f64 / to as f64 - 0.5).max(0.0);
        let (before, share) = ((place as usize).min(from - 1), place.fract() as f32);
        weights[before] += 1.0 - share;
        weights[(before + 1).min(from - 1)] += share;
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::tests::runs::{autoencoder, control_video};
    use crate::wan::tests::{Cpu, Fixture, assert_close};

    #[test]
    fn references_are_fitted_onto_white_as_diffusers_does() {
        let fixture = Fixture::open("pipelines.safetensors");
        for index in 0..3 {
            let found = on_canvas(fixture.tensor(&format!("in.reference.{index}")), [32, 48]);
            let expected = fixture.tensor(&format!("out.reference.{index}"));
            assert_close(&format!("reference {index}"), found, expected, 1e-5);
        }
    }

    #[test]
    fn control_latents_are_those_of_diffusers() {
        let fixture = Fixture::open("pipelines.safetensors");
        for references in 0..3 {
            let found = control_video(&fixture, references).latents(&autoencoder(), None).unwrap();
            let expected = fixture.tensor(&format!("out.control.{references}"));
            assert_close(&format!("{references} references"), found, expected, 1e-4);
        }
    }

    #[test]
    fn a_latent_has_the_mask_of_the_frame_that_diffusers_takes() {
        let fixture = Fixture::open("pipelines.safetensors");
        for frames in (1..86).step_by(4) {
            let times = Tensor::<Cpu, 1, Int>::arange(0..frames, &Default::default()).float();
            let mask = times.reshape([-1, 1, 1, 1]).expand([frames as usize, 1, 16, 16]);
            let found = unshuffled(&mask).slice([0..frames as usize, 0..1, 0..1, 0..1]).flatten::<1>(0, 3);
            let expected = fixture.tensor::<1>(&format!("out.frames.{frames}"));
            assert_eq!(found.into_data(), expected.into_data(), "{frames} frames");
        }
    }

    #[test]
    fn pictures_of_another_size_are_refused() {
        let fixture = Fixture::open("pipelines.safetensors");
        let refusal = |control: ControlVideo| control.latents(&autoencoder(), None).unwrap_err().to_string();
        let mut control = control_video(&fixture, 0);
        control.mask = control.mask.narrow(0, 0, 4);
        let message = refusal(control);
        assert!(message.contains("the mask has [4, 1, 32, 48]"), "{message}");
        let mut control = control_video(&fixture, 0);
        control.references.push(fixture.video("in.reference.0"));
        let message = refusal(control);
        assert!(message.contains("the reference picture has [1, 3, 24, 16]"), "{message}");
        let mut control = control_video(&fixture, 0);
        control.video = control.video.narrow(0, 0, 4);
        control.mask = control.mask.narrow(0, 0, 4);
        assert!(refusal(control).contains("1 + 4n frames"));
    }

    #[test]
    fn a_covering_picture_fills_the_frame_and_is_cut_evenly() {
        // Columns 0 to 7 over a frame as high as the picture and half as wide: the middle four stay.
        let columns: Vec<f32> = (0..3 * 4).flat_map(|_| (0..8).map(|column| column as f32)).collect();
        let picture =
            Tensor::<Cpu, 1>::from_data(columns.as_slice(), &Default::default()).reshape([1, 3, 4, 8]);
        let cut: Vec<f32> = covering(picture.clone(), [4, 4]).into_data().iter().collect();
        assert!(cut.chunks(4).all(|row| row == [2.0, 3.0, 4.0, 5.0]), "{cut:?}");
        assert_eq!(covering(picture, [9, 6]).dims(), [1, 3, 9, 6]);
    }
}
