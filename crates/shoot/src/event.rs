//! What a studio says while it works.

use maquette_conditioning::FrameNumber;
pub use maquette_generator::Progress;

/// Progress of a take.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// Work begins.
    Started {
        /// Frames in the selection.
        frames: usize,
        /// What traces light, such as "CPU, 2 threads".
        tracer: String,
        /// What finishes frames; `None` for raw radiance.
        generator: Option<String>,
    },
    /// A frame is on disk.
    Frame {
        /// Its shot.
        shot: String,
        /// Its number.
        frame: FrameNumber,
        /// What it took; `None` when it was complete already.
        seconds: Option<Seconds>,
        /// Rays traced for it.
        rays: u64,
    },
    /// The set of a frame is traced; a video model finishes the shot as a whole.
    Set {
        /// Its shot.
        shot: String,
        /// Its number.
        frame: FrameNumber,
        /// What it took.
        seconds: Seconds,
        /// Rays traced for it.
        rays: u64,
    },
    /// A video model is at work on a shot.
    Video {
        /// Which.
        shot: String,
        /// At what.
        progress: Progress,
    },
    /// Sound is being made.
    Sound,
    /// The movie is being encoded.
    Movie,
    /// Something the person should know.
    Note(String),
}

/// Wall-clock seconds by stage of the line.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Seconds {
    /// Playing the world.
    pub stage: f64,
    /// Tracing light.
    pub tracer: f64,
    /// The network.
    pub generator: f64,
    /// Writing files.
    pub delivery: f64,
}

impl Seconds {
    /// All of it.
    pub fn total(&self) -> f64 {
        self.stage + self.tracer + self.generator + self.delivery
    }
}
