//! What can go wrong between the planes and the frame.

use std::path::PathBuf;

/// Why there is no generator, or no frame.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Two planes of one picture differ in size.
    #[error(
        "the {plane} plane is {width}×{height} pixels, the color plane {expected_width}×{expected_height}"
    )]
    Size {
        /// Which plane.
        plane: &'static str,
        /// Its pixels across.
        width: usize,
        /// Its pixels down.
        height: usize,
        /// Pixels across of the color plane.
        expected_width: usize,
        /// Pixels down of the color plane.
        expected_height: usize,
    },
    /// A picture without pixels.
    #[error("the picture has no pixels ({width}×{height})")]
    Empty {
        /// Pixels across.
        width: usize,
        /// Pixels down.
        height: usize,
    },
    /// A weights file that cannot be read.
    #[error("cannot read the network weights {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A video model that cannot be led in this way.
    #[error("{problem}")]
    Lead {
        /// What is asked of it, and what would go.
        problem: String,
    },
    /// A video model that computed something that is no number.
    #[error(
        "step {step} of {steps} of the video model gave values that are no numbers: its weights, or a LoRA's strength, are beyond what it can compute with"
    )]
    NotFinite {
        /// Which, from 1.
        step: usize,
        /// Of how many.
        steps: usize,
    },
    /// A frame of the set that cannot be read back.
    #[error("cannot read the set's frame {path}: {problem}")]
    Guide {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// A weights file, or its header, beyond what any network of this kind needs.
    #[error("network weights {file}: the {part} has {bytes} bytes, the limit is {limit}")]
    TooLarge {
        /// The file, or the name of a built-in network.
        file: String,
        /// "file" or "header".
        part: &'static str,
        /// Its size.
        bytes: u64,
        /// The most that is accepted.
        limit: u64,
    },
    /// A weights file that is not safetensors, or is cut short.
    #[error("network weights {file}: not a complete safetensors file: {problem}")]
    Format {
        /// The file, or the name of a built-in network.
        file: String,
        /// What the parser says.
        problem: String,
    },
    /// A tensor that does not fit the network.
    #[error("network weights {file}: tensor `{tensor}` {problem}")]
    Tensor {
        /// The file, or the name of a built-in network.
        file: String,
        /// The tensor.
        tensor: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The backend did not give the result back.
    #[error("the network's result could not be read back from {place}: {problem}")]
    Readback {
        /// The device.
        place: String,
        /// What the backend says.
        problem: String,
    },
    /// A GPU that computes something else than the CPU.
    #[error(
        "the GPU `{gpu}` runs the network wrongly: {difference:e} away from the CPU, the limit is {limit:e}"
    )]
    Disagrees {
        /// The adapter's name.
        gpu: String,
        /// The largest difference, relative to the largest value.
        difference: f32,
        /// The most that rounding explains.
        limit: f32,
    },
    /// A folder, or the index in it, that does not lead to one model.
    #[error("network weights {file}: {problem}")]
    Folder {
        /// The folder or index.
        file: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A checkpoint with tensors that are missing, left over, or of the wrong shape.
    #[error("network weights {file} do not fit the model in {} places:\n  {}", problems.len(), problems.join("\n  "))]
    Unfit {
        /// The file or folder.
        file: String,
        /// All that is wrong, a line each.
        problems: Vec<String>,
    },
    /// A model's configuration that says something impossible or not supported.
    #[error("model configuration {file}: {problem}")]
    Config {
        /// The file.
        file: String,
        /// What is wrong and what is possible.
        problem: String,
    },
    /// A video, or its latents, of a shape that the autoencoder has not.
    #[error("the {what} has {found:?} (frames, channels, rows, columns); expected {expected}")]
    Video {
        /// "video", "latents", "mask" or "reference picture".
        what: &'static str,
        /// Its shape.
        found: [usize; 4],
        /// What is possible.
        expected: String,
    },
    /// A prompt that the tokenizer does not take.
    #[error("the prompt could not be cut into tokens: {problem}")]
    Prompt {
        /// What the tokenizer says.
        problem: String,
    },
    /// More memory is needed than there is.
    #[error("not enough memory: {problem}")]
    Memory {
        /// What is needed, and what would fit.
        problem: String,
    },
    /// Work was stopped on request.
    #[error("stopped")]
    Stopped,
    /// What a later run would need cannot be kept.
    #[error("cannot write {path}: {source}")]
    Keep {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
