//! Shots and the edit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Camera, Ear, Look};

/// A camera and a stretch of the world's time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Shot {
    /// Its name, also its folder's: letters, digits, `_`, `-` and `.`.
    #[schemars(regex(pattern = r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$"))]
    pub name: String,
    /// Start on the world's clock. Default 0.
    #[serde(default)]
    #[schemars(range(min = 0.0, max = 86400.0))]
    pub from_s: f64,
    /// How long it is. At least one frame.
    #[schemars(extend("exclusiveMinimum" = 0.0, "maximum" = 86400.0))]
    pub length_s: f64,
    /// The camera.
    pub camera: Camera,
    /// Who hears it. Default: the camera.
    #[serde(default)]
    pub heard_by: Ear,
    /// What the finished picture should look like.
    #[serde(default)]
    pub look: Look,
    /// What happens in it, in the words of grants and policies: "violence", "nudity", "news", "medical". A person's grant may
    /// rule some of it out.
    #[serde(default)]
    #[schemars(length(max = 64))]
    pub tags: Vec<String>,
}

/// One entry of the edit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Cut {
    /// The whole shot, cut to hard.
    Cut(#[schemars(extend("x-ref" = "shot"))] String),
}
