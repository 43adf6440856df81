//! What a shot should become.

use std::collections::BTreeSet;

use maquette_conditioning::Plane;

use crate::wan::Levels;

/// What a video model is told about a shot, beside the set.
#[derive(Clone, Debug)]
pub struct Brief {
    /// What is wanted, in words.
    pub prompt: String,
    /// What is not wanted, in words.
    pub avoid: String,
    /// Pictures to take after: display values 0 to 1, of any size.
    pub references: Vec<Plane<[f32; 3]>>,
    /// Pictures that the shot begins and ends with: display values 0 to 1, of any size; of another shape they are cut.
    pub anchors: [Option<Plane<[f32; 3]>>; 2],
    /// Things that stay exactly as they are in the set.
    pub keep: BTreeSet<u32>,
    /// How much distances lead, 0 to 1.
    pub depth: f32,
    /// How much outlines lead, 0 to 1.
    pub edges: f32,
    /// How much the poses of figures lead, 0 to 1.
    pub pose: f32,
    /// How much of what leads comes in at each of the model's control blocks, first to last; nothing for all of it everywhere.
    pub blocks: Vec<f32>,
    /// How much of the set's picture the sampler begins with, 0 to 1.
    pub start: f32,
    /// How closely exposure and colour of large areas keep to the set's, 0 to 1.
    pub light: f32,
    /// How closely each thing's own colour over the shot does, 0 to 1; at 0 only what drifts is held.
    pub colors: f32,
    /// How it is sampled.
    pub sampling: Sampling,
}

/// How a video is sampled.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// Who chooses the noise levels and goes from one to the next.
    pub sampler: SamplerKind,
    /// From noise to picture, at least one. More are finer and slower; with a `start` some are left out.
    pub levels: Levels,
    /// How strongly words are followed (classifier-free guidance), 1 and more; at 1 a step costs half.
    pub guidance: f64,
    /// How much of the walk lies near noise: 3 for 480 rows, 5 for 720.
    pub shift: f64,
    /// Seed of the noise.
    pub seed: u64,
    /// Frames that the model sees at once, 1 + 4n, 81 as trained; longer shots go in windows.
    pub window: usize,
    /// For a model that was trained to look back only: the frames, a multiple of 4, that are made together, seeing those of
    /// a window before them. Without it all frames of a window see each other.
    pub causal: Option<usize>,
    /// Bytes that the model may take; what needs more is refused before it begins. None where that is not known.
    pub memory_bytes: Option<u64>,
    /// Steps between two previews; 0 for none.
    pub preview_every: usize,
}

/// Who chooses noise levels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SamplerKind {
    /// UniPC, second order: finer with few steps.
    #[default]
    UniPc,
    /// Euler's method.
    Euler,
    /// Latent consistency: for models that were distilled to a few steps.
    Lcm,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            sampler: SamplerKind::UniPc,
            levels: Levels::Spaced(30),
            guidance: 5.0,
            shift: 3.0,
            seed: 0,
            window: 81,
            causal: None,
            memory_bytes: None,
            preview_every: 0,
        }
    }
}

impl Brief {
    /// What is avoided where nothing is said: the faults that the model's makers avoid.
    pub const USUAL_FAULTS: &'static str = "bright tones, overexposed, static, blurred details, subtitles, style, works, \
        paintings, images, overall gray, worst quality, low quality, JPEG compression residue, ugly, incomplete, extra \
        fingers, poorly drawn hands, poorly drawn faces, deformed, disfigured, misshapen limbs, fused fingers, still picture, \
        messy background, three legs, many people in the background, walking backwards";

    /// Whether a guiding video is needed beside those of outlines and poses: for distances, what stays, and pictures.
    pub(super) fn has_main_video(&self) -> bool {
        let has_pictures = !self.references.is_empty() || self.anchors.iter().any(Option::is_some);
        self.depth > 0.0 || has_pictures || !self.keep.is_empty()
    }

    /// Another for every other brief that gives another result.
    pub fn identity(&self) -> String {
        let pictures = self.references.iter().chain(self.anchors.iter().flatten());
        let pictures: Vec<_> = pictures
            .map(|picture| {
                let mut hasher = blake3::Hasher::new();
                picture.data.as_flattened().iter().for_each(|value| {
                    hasher.update(&value.to_le_bytes());
                });
                (picture.width(), hasher.finalize().to_hex())
            })
            .collect();
        let which = self.anchors.each_ref().map(Option::is_some);
        let sampling = Sampling { preview_every: 0, memory_bytes: None, ..self.sampling.clone() };
        let words = Self { references: Vec::new(), anchors: [None, None], sampling, ..self.clone() };
        format!("{words:?} {which:?} {pictures:?}")
    }
}
