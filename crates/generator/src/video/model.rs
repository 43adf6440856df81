//! The video model as the rest of the program sees it.

use std::ops::ControlFlow;
use std::path::Path;

use maquette_conditioning::{Frame, Plane};

use super::{Brief, ModelFiles, Needs, Savepoint};
use crate::device::Device;
use crate::guide::{GuideFrames, Padding};
use crate::{DeviceChoice, Error};

/// What leads a video model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VideoKind {
    /// Distances, outlines, kept regions and reference pictures (VACE).
    Vace,
    /// The set's surfaces: albedo, distance, metallic, normal, roughness.
    GBuffer,
    /// The shot's first picture; the last one, too, where the model was trained on both.
    Image,
}

/// What a model is doing.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Reading the words.
    Words,
    /// Encoding what the set shows.
    Set,
    /// Sampling: so many steps of so many are done.
    Step(usize, usize),
    /// Looking once more at what is done, so that what comes can see it: models that look back only.
    Past,
    /// The expected picture of the middle of what is made together, display values 0 to 1.
    Preview(Plane<[f32; 3]>),
    /// Decoding the frames.
    Frames,
    /// A frame is finished, the next of the shot.
    Frame(Finished),
}

/// A finished frame, and what the model itself made.
#[derive(Clone, Debug, PartialEq)]
pub struct Finished {
    /// With the set's exposure and light, and with what stays.
    pub frame: Frame,
    /// Before that: scene-linear and exposed, up to what a display can show.
    pub made: Plane<[f32; 3]>,
}

/// A shot on whatever device.
pub(crate) trait Render {
    fn render(
        &self,
        guides: &dyn GuideFrames,
        ev100: f32,
        brief: &Brief,
        savepoint: &Savepoint,
        on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), Error>;

    /// The model, its size, and what it runs on, for people.
    fn describe(&self) -> String;
}

/// A video model on a device, ready for shots.
pub struct VideoModel(Box<dyn Render + Send + Sync>);

impl VideoModel {
    /// Reads the model's transformer and autoencoder; words are read when a shot needs them, and their encodings kept in
    /// `cache`.
    ///
    /// Errors name files and tensors that are missing, left over, misshapen or not finite, and a model that is not of this
    /// kind.
    pub fn open(
        kind: VideoKind,
        files: &ModelFiles,
        cache: &Path,
        device: DeviceChoice,
    ) -> Result<Self, Error> {
        Ok(Self(Device::open(device).video(kind, files, cache)?))
    }

    /// How a shot of so many frames of a size (across, down) would run there, in words, with so many bytes `free`; reads
    /// configurations and headers only.
    ///
    /// Errors: [`Error::Memory`] where it needs more than is free; files that are missing or do not make sense.
    pub fn plan(
        kind: VideoKind,
        files: &ModelFiles,
        device: &DeviceChoice,
        (width, height): (usize, usize),
        frames: usize,
        brief: &Brief,
        free: Option<u64>,
    ) -> Result<String, Error> {
        let beside_video = matches!(device, DeviceChoice::Cpu);
        let needs = Needs::read(kind, files, device.precision(), beside_video)?;
        Ok(needs.plan(Padding::new(width, height, frames), true, brief, free)?.to_string())
    }

    /// The model, its size, and what it runs on, for people.
    pub fn describe(&self) -> String {
        self.0.describe()
    }

    /// Finishes a shot: `on_progress` gets the frames, one for each guide, in order. The same guides, brief and device give the
    /// same frames, whether the run was stopped and went on at `savepoint` or not.
    ///
    /// Errors: [`Error::Stopped`] where `on_progress` says so; guides of different sizes, or none, or that cannot be read.
    pub fn render(
        &self,
        guides: &dyn GuideFrames,
        ev100: f32,
        brief: &Brief,
        savepoint: &Savepoint,
        on_progress: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.0.render(guides, ev100, brief, savepoint, on_progress)
    }
}
