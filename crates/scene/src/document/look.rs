//! What a shot should look like when it is finished, and what finishes it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Person;

/// What the finished picture should look like. Words, pictures and adherence are for the video models; `Reconstruct` shows
/// what is in the set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Look {
    /// What finishes the frames. Default `Reconstruct`.
    pub generator: Generator,
    /// A description in words.
    pub prompt: String,
    /// What must not be seen, in words. Default: the usual faults of video models.
    pub avoid: Option<String>,
    /// Pictures to take after.
    #[schemars(extend("x-each-path" = true, "x-files" = ["png", "jpg", "jpeg"]))]
    pub references: Vec<String>,
    /// A picture that the shot begins with; of another shape than the frame, it is cut.
    #[schemars(extend("x-path" = true, "x-files" = ["png", "jpg", "jpeg"]))]
    pub first_frame: Option<String>,
    /// A picture that the shot ends with, likewise.
    #[schemars(extend("x-path" = true, "x-files" = ["png", "jpg", "jpeg"]))]
    pub last_frame: Option<String>,
    /// Whose likeness these pictures show. Needed where there are any.
    pub person: Option<Person>,
    /// How closely the generator follows the set, 0 to 1; `depth`, `edges` and `pose` are parts of it. Default 0.8.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub adherence: f32,
    /// How much the distances of the set lead, 0 to 1. Default 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub depth: f32,
    /// How much the outlines of the set lead, 0 to 1. Default 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub edges: f32,
    /// How much the poses of mannequins lead, as stick figures, 0 to 1. Default 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub pose: f32,
    /// How much of all that leads a VACE model (distances, outlines, poses, pictures, what stays) comes in at each of its control
    /// blocks, first to last, 0 to 2: as many numbers as the model has such blocks. Default: 1 everywhere.
    #[schemars(inner(range(min = 0.0, max = 2.0)), length(max = 64))]
    pub blocks: Vec<f32>,
    /// How much of the set's picture the generator begins with: 0 is noise alone, 1 leaves the picture as it is. Default 0.3.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub start: f32,
    /// How closely exposure and light keep to the set's, over large areas and from frame to frame, 0 to 1. Default 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub light: f32,
    /// How closely each thing's own colour keeps to the set's, 0 to 1; at 0 words may paint a grey wall red. Default 0.3.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub colors: f32,
    /// Set pieces and actors that stay exactly as they are in the set. Recorded people always do.
    #[schemars(extend("x-each-ref" = "thing"))]
    pub keep: Vec<String>,
    /// Small additions to the model's weights, such as a style.
    #[schemars(length(max = 16))]
    pub loras: Vec<Lora>,
}

/// What finishes frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Generator {
    /// The light of the set, cleaned of noise: boxes stay boxes.
    #[default]
    Reconstruct,
    /// The video model Wan 2.1 with VACE, led by distances, outlines and pictures.
    WanVace,
    /// The video model Wan 2.1 that was trained on surfaces: albedo, distance, metallic, normal, roughness.
    WanGBuffer,
    /// The video model Wan 2.1 that goes on from a picture: `first_frame`, or the set's own; some go towards a last one, too.
    WanImage,
}

/// A low-rank addition to a model's weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lora {
    /// Its file.
    #[schemars(extend("x-path" = true, "x-files" = ["safetensors"]))]
    pub file: String,
    /// How much of it is added. Default 1.
    #[serde(default = "whole")]
    #[schemars(range(min = -4.0, max = 4.0))]
    pub strength: f32,
}

fn whole() -> f32 {
    1.0
}

impl Look {
    /// The files that the generator takes after, begins or ends with.
    pub fn pictures(&self) -> impl Iterator<Item = &String> {
        self.references.iter().chain(&self.first_frame).chain(&self.last_frame)
    }
}

impl Default for Look {
    fn default() -> Self {
        Self {
            generator: Generator::Reconstruct,
            prompt: String::new(),
            avoid: None,
            references: Vec::new(),
            first_frame: None,
            last_frame: None,
            person: None,
            adherence: 0.8,
            depth: 1.0,
            edges: 0.0,
            pose: 0.0,
            blocks: Vec::new(),
            start: 0.3,
            light: 1.0,
            colors: 0.3,
            keep: Vec::new(),
            loras: Vec::new(),
        }
    }
}
