//! Wan 2.1 on one of burn's backends: a shot of the set in, finished pictures out.

use std::any::TypeId;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;
use burn_flex::Flex;
use maquette_conditioning::{Frame, Plane};

use super::lead::{Lead, Leader};
use super::model::{Finished, Progress, Render, VideoKind};
use super::sampling::{Course, Step};
use super::shot::{Shot, still};
use super::steps::{Sight, sampler, schedule};
use super::{Brief, ModelFiles, Needs, Savepoint, prompt};
use crate::Error;
use crate::guide::{self, GuideFrame, GuideFrames, Surface};
use crate::wan::attention::Kernel;
use crate::wan::{
    Checkpoint, Context, ControlVideo, EndFrames, FRAMES, ImageEncoder, Names, Precision, SCALE, Schedule,
    Tiling, Transformer, TransformerConfig, Vae, Video, covering, noise, on_canvas, without_references,
};

/// Pixels over which what stays goes over into what is made.
const SOFT_PX: usize = 2;

/// Channels of a model that surfaces lead: its noise, and theirs.
const SURFACE_CHANNELS: usize = 16 * (1 + Surface::ALL.len());
/// Channels of a model that goes on from a picture: its noise, the picture's latents, and which frames are given.
const IMAGE_CHANNELS: usize = 16 + 16 + FRAMES;

/// The whole model.
pub(crate) struct Wan<B: Backend> {
    needs: Needs,
    files: ModelFiles,
    cache: PathBuf,
    device: B::Device,
    place: String,
    transformer: Transformer<B>,
    vae: Vae<B>,
    /// Of a model that goes on from a picture.
    image: Option<ImageEncoder>,
}

impl<B: Backend> Wan<B> {
    /// Reads transformer and autoencoder. `place` is the device, for people; the autoencoder computes in single precision in any
    /// case. The transformer computes attention by `kernel`.
    pub(crate) fn open(
        kind: VideoKind,
        files: &ModelFiles,
        cache: &Path,
        precision: Precision,
        device: B::Device,
        place: &str,
        kernel: Kernel<B>,
    ) -> Result<Self, Error> {
        let needs = Needs::read(kind, files, precision, TypeId::of::<B>() == TypeId::of::<Flex>())?;
        let config = &needs.transformer;
        let refused = |problem| Error::Config { file: files.transformer.display().to_string(), problem };
        check(kind, config).map_err(refused)?;
        let image = match (kind, &files.image) {
            (VideoKind::Image, Some([encoder, processor])) => {
                let encoder = ImageEncoder::open::<B>(encoder, processor, &device)?;
                encoder.check(config).map_err(refused)?;
                Some(encoder)
            }
            (VideoKind::Image, None) => {
                return Err(refused(
                    "the folder beside has no `image_encoder`, which turns its picture into words".to_owned(),
                ));
            }
            _ => None,
        };
        let mut checkpoint = Checkpoint::open(&files.transformer, Names::Transformer)?;
        for (file, strength) in &files.loras {
            checkpoint.add_lora(file, f64::from(*strength))?;
        }
        let transformer = checkpoint
            .load(&device, precision, |parameters| Transformer::load(parameters, config.clone()))?
            .attending_by(kernel);
        Ok(Self {
            needs,
            image,
            files: files.clone(),
            cache: cache.to_owned(),
            place: place.to_owned(),
            transformer,
            vae: Vae::open(&files.vae, &device, Precision::Single)?,
            device,
        })
    }

    /// All that leads a shot.
    fn lead(
        &self,
        shot: &Shot<'_>,
        brief: &Brief,
        [wanted, unwanted]: [Context<B>; 2],
        ends: Vec<Video>,
    ) -> Result<Lead<B>, Error> {
        let guidance = brief.sampling.guidance;
        let mut lead = Lead {
            wanted,
            unwanted: (guidance != 1.0).then_some((unwanted, guidance)),
            controls: Vec::new(),
            beside: None,
            references: 0,
        };
        match self.needs.kind {
            VideoKind::Vace => {
                lead.controls = self.controls(shot, brief)?;
                lead.references = brief.references.len();
            }
            VideoKind::GBuffer => lead.beside = Some(self.surfaces(shot)?),
            VideoKind::Image => lead.beside = self.given(shot, ends)?,
        }
        Ok(lead)
    }

    /// The pictures that the shot goes on from, `[1, 3, any, any]`: those given, or the set's; none where the model takes none.
    fn ends(&self, shot: &Shot<'_>, brief: &Brief) -> Result<Vec<Video>, Error> {
        let takes = match self.transformer.config().pos_embed_seq_len {
            _ if self.image.is_none() => 0,
            None => 1,
            Some(_) => 2,
        };
        let [_, last] = &brief.anchors;
        if takes == 1 && last.is_some() {
            let problem = "the model goes on from a first frame and takes no last one; use `wan-ends-14b`, or leave it out";
            return Err(Error::Lead { problem: problem.to_owned() });
        }
        let (frames, window) = (shot.frames(), brief.sampling.window);
        if takes > 0 && frames > window {
            let problem = format!(
                "the model knows a shot's beginning only where it sees all of it: {frames} frames are more than the {window} at once; make the shot shorter, or `--window` longer"
            );
            return Err(Error::Lead { problem });
        }
        let end = |(picture, frames): (&Option<Plane<[f32; 3]>>, Range<usize>)| match picture {
            Some(picture) => Ok(still(picture)),
            None => shot.still(frames.start),
        };
        brief.anchors.iter().zip(shot.ends()).take(takes).map(end).collect()
    }

    /// What stands beside the noise of a shot that goes on from pictures.
    fn given(&self, shot: &Shot<'_>, ends: Vec<Video>) -> Result<Option<Tensor<B, 5>>, Error> {
        let (width, height) = shot.padding.size();
        let mut ends = ends.into_iter().map(|picture| covering(picture, [height, width]));
        let Some(first) = ends.next() else { return Ok(None) };
        let given = EndFrames { first, last: ends.next(), frames: shot.frames() };
        Ok(Some(given.latents(&self.vae, shot.tiling)?.cast(self.needs.precision.kind())))
    }

    /// What is wanted and what is not.
    fn words(&self, brief: &Brief, ends: &[Video]) -> Result<[Context<B>; 2], Error> {
        let prompts = [brief.prompt.as_str(), brief.avoid.as_str()];
        let encodings = prompt::encoded::<B>(&self.files, prompts, &self.cache, &self.device)?;
        let kind = self.needs.precision.kind();
        let seen = match &self.image {
            Some(encoder) => Some(encoder.encode(ends, &self.device, Precision::Single)?.cast(kind)),
            None => None,
        };
        Ok(encodings.map(|encoding| self.transformer.context(encoding.cast(kind), seen.clone())))
    }

    /// Distances, with what stays and what to take after; outlines; and poses.
    fn controls(&self, shot: &Shot<'_>, brief: &Brief) -> Result<Vec<Leader<B>>, Error> {
        let blocks = match brief.blocks.as_slice() {
            [] => vec![1.0; self.transformer.config().vace_layers.len()],
            blocks => blocks.iter().copied().map(f64::from).collect(),
        };
        let (width, height) = shot.padding.size();
        let fitted = |picture| on_canvas(still(picture), [height, width]);
        let stills: Vec<Video> = brief.references.iter().map(fitted).collect();
        let mut controls = Vec::new();
        let mut control = |video: Video, mask: Video, strength: f32| {
            let control = ControlVideo { video, mask, references: stills.clone() };
            let latents = control.latents(&self.vae, shot.tiling)?.cast(self.needs.precision.kind());
            let strengths = blocks.iter().map(|block| block * f64::from(strength)).collect();
            controls.push(Leader { latents, strengths });
            Ok::<_, Error>(())
        };
        if brief.has_main_video() {
            let (mut video, mut made) = (shot.depth(brief)?, shot.made(brief)?);
            for (frames, picture) in shot.ends().into_iter().zip(&brief.anchors) {
                let Some(picture) = picture else { continue };
                let picture = covering(still(picture), [height, width]);
                let count = frames.len();
                let place = |channels| [frames.clone(), 0..channels, 0..height, 0..width];
                video = video.slice_assign(place(3), picture.repeat_dim(0, count));
                made =
                    made.slice_assign(place(1), Video::zeros([count, 1, height, width], &Default::default()));
            }
            control(video, made, if brief.depth > 0.0 { brief.depth } else { 1.0 })?;
        }
        let mut drawing = |video: Video, strength: f32| {
            let made = video.clone().narrow(1, 0, 1).ones_like();
            control(video, made, strength)
        };
        if brief.edges > 0.0 {
            drawing(shot.edges()?, brief.edges)?;
        }
        if shot.has_poses && brief.pose > 0.0 {
            drawing(shot.poses()?, brief.pose)?;
        }
        Ok(controls)
    }

    /// The set's surfaces as the channels behind the noisy ones.
    fn surfaces(&self, shot: &Shot<'_>) -> Result<Tensor<B, 5>, Error> {
        let encoded = |surface| self.encoded(&shot.surface(surface)?, shot.tiling);
        let latents = Surface::ALL.into_iter().map(encoded).collect::<Result<Vec<_>, _>>()?;
        Ok(Tensor::cat(latents, 1).cast(self.needs.precision.kind()))
    }

    /// `[frame, 3, row, column]` to latents `[1, channel, frame, row, column]`.
    fn encoded(&self, video: &Video, tiling: Option<Tiling>) -> Result<Tensor<B, 5>, Error> {
        Ok(self.vae.encode(video, tiling)?.swap_dims(0, 1).unsqueeze())
    }

    /// The reverse.
    fn decoded(&self, latents: Tensor<B, 5>, tiling: Option<Tiling>) -> Result<Video, Error> {
        self.vae.decode(&latents.squeeze_dim::<4>(0).swap_dims(0, 1), tiling)
    }

    /// From noise, or from the set's picture under noise, to the shot's latents.
    fn latents(
        &self,
        shot: &Shot<'_>,
        brief: &Brief,
        savepoint: &Savepoint,
        on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Tensor<B, 5>, Error> {
        let (sight, schedule) = (Sight::new(&brief.sampling)?, schedule(brief)?);
        go_on(on_progress(Progress::Words))?;
        let ends = self.ends(shot, brief)?;
        let words = self.words(brief, &ends)?;
        go_on(on_progress(Progress::Set))?;
        let lead = self.lead(shot, brief, words, ends)?;
        let sampling = &brief.sampling;
        let frames = 1 + (shot.frames() - 1) / FRAMES;
        let latents = self.begin(shot, brief, &schedule, &lead, frames)?;
        let sampler = |first_frame| sampler(sampling, &schedule, first_frame);
        let course = Course { lead: &lead, transformer: &self.transformer, sight, sampler: &sampler };
        let latents = savepoint.run(&course, latents, &mut |step| {
            let Step::Done { done: [done, steps], middle } = step else {
                return go_on(on_progress(Progress::Past));
            };
            go_on(on_progress(Progress::Step(done, steps)))?;
            if sampling.preview_every > 0 && done % sampling.preview_every == 0 {
                let seen = picture(&self.decoded(middle, shot.tiling)?, 0);
                go_on(on_progress(Progress::Preview(shot.padding.crop(&seen))))?;
            }
            Ok(())
        })?;
        Ok(without_references(latents, lead.references))
    }

    /// Noise, with as much of the references and of the set's picture in it as the first level has.
    fn begin(
        &self,
        shot: &Shot<'_>,
        brief: &Brief,
        schedule: &Schedule,
        lead: &Lead<B>,
        frames: usize,
    ) -> Result<Tensor<B, 5>, Error> {
        let (width, height) = shot.padding.size();
        let references = lead.references;
        let range = -(references as i32)..frames as i32;
        let noise = noise(brief.sampling.seed, range, [height / SCALE, width / SCALE], &self.device);
        if brief.start <= 0.0 {
            return Ok(noise);
        }
        let mut picture = self.encoded(&shot.light()?, shot.tiling)?;
        if let (1.., Some(leader)) = (references, lead.controls.first()) {
            let channels = picture.dims()[1];
            let seen = leader.latents.clone().narrow(1, 0, channels).narrow(2, 0, references);
            picture = Tensor::cat(vec![seen.cast(picture.dtype()), picture], 2);
        }
        Ok(schedule.noised(picture, noise))
    }
}

impl<B: Backend> Render for Wan<B> {
    fn render(
        &self,
        guides: &dyn GuideFrames,
        ev100: f32,
        brief: &Brief,
        savepoint: &Savepoint,
        on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        let mut shot = Shot::new(guides)?;
        let free = brief.sampling.memory_bytes;
        shot.tiling = self.needs.plan(shot.padding, shot.has_poses, brief, free)?.tiling;
        let latents = self.latents(&shot, brief, savepoint, on_progress)?;
        go_on(on_progress(Progress::Frames))?;
        let video = self.decoded(latents, shot.tiling)?;
        let made = |frame| guide::decode(&shot.padding.crop(&picture(&video, frame)));
        let paint = guide::Paint::of_shot(guides, 1.0 - brief.colors, made)?;
        for index in 0..guides.count() {
            let (guide, made) = (guides.guide(index)?, made(index));
            let lit = guide::relock(&made, &guide, &paint, brief.light)?;
            let frame = Frame { number: guide.number(), color: with_kept(lit, &guide, brief), ev100 };
            go_on(on_progress(Progress::Frame(Finished { frame, made })))?;
        }
        Ok(())
    }

    fn describe(&self) -> String {
        let kind = match self.needs.kind {
            VideoKind::Vace => "Wan 2.1 VACE",
            VideoKind::GBuffer => "Wan 2.1 G-buffer",
            VideoKind::Image => "Wan 2.1 image to video",
        };
        let precision = match self.needs.precision {
            Precision::Single => "single",
            Precision::Half => "half",
        };
        let config = self.transformer.config();
        format!(
            "{kind} ({} layers of {}) on {}, {precision} precision",
            config.num_layers,
            config.width(),
            self.place
        )
    }
}

/// An error where work is to be stopped.
fn go_on(flow: ControlFlow<()>) -> Result<(), Error> {
    if flow.is_break() { Err(Error::Stopped) } else { Ok(()) }
}

/// What keeps a transformer from being led in this way.
fn check(kind: VideoKind, config: &TransformerConfig) -> Result<(), String> {
    if config.patch_size[0] != 1 {
        return Err(format!(
            "`patch_size` is {:?}; windows need tokens of one latent frame",
            config.patch_size
        ));
    }
    match kind {
        VideoKind::Vace if config.vace_layers.is_empty() => {
            Err("the model has no `vace_layers`, so the set cannot lead it; a VACE model is needed"
                .to_owned())
        }
        VideoKind::Vace if config.in_channels != 16 => {
            Err(format!("`in_channels` is {}, a VACE model has 16", config.in_channels))
        }
        VideoKind::Image if config.in_channels != IMAGE_CHANNELS => Err(format!(
            "`in_channels` is {}, a model that goes on from a picture has {IMAGE_CHANNELS}",
            config.in_channels
        )),
        VideoKind::GBuffer if config.in_channels != SURFACE_CHANNELS => Err(format!(
            "`in_channels` is {}, a model that is led by surfaces has {}",
            config.in_channels, SURFACE_CHANNELS
        )),
        _ => Ok(()),
    }
}

/// A frame of `[frame, 3, row, column]`, −1 to 1, as display values 0 to 1.
fn picture(video: &Video, frame: usize) -> Plane<[f32; 3]> {
    let [_, _, height, width] = video.dims();
    let values: Vec<f32> = video.clone().narrow(0, frame, 1).to_data().iter::<f32>().collect();
    let mut picture: Plane<[f32; 3]> = Plane::new(width, height);
    for (channel, plane) in values.chunks(width * height).enumerate() {
        picture.data.iter_mut().zip(plane).for_each(|(pixel, value)| pixel[channel] = 0.5 * (value + 1.0));
    }
    picture
}

/// What must stay, exactly as it is in the set, and softly beyond its outline.
fn with_kept(mut made: Plane<[f32; 3]>, guide: &GuideFrame, brief: &Brief) -> Plane<[f32; 3]> {
    if brief.keep.is_empty() {
        return made;
    }
    let ids: Vec<u32> = brief.keep.iter().copied().collect();
    let light = guide.light();
    let share = 1.0 / (SOFT_PX + 1) as f32;
    let mut weights = vec![0.0; made.data.len()];
    for grow_px in 0..=SOFT_PX {
        let mask = guide::keep(guide, &ids, grow_px);
        weights.iter_mut().zip(&mask.data).for_each(|(weight, kept)| *weight += share * kept);
    }
    for ((pixel, set), weight) in made.data.iter_mut().zip(&light.data).zip(weights) {
        // At 1 the difference must not leave rounding behind.
        *pixel = if weight > 1.0 - share / 2.0 {
            *set
        } else {
            std::array::from_fn(|channel| pixel[channel] + (set[channel] - pixel[channel]) * weight)
        };
    }
    made
}
