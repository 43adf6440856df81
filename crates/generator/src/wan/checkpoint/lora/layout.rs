//! The names that trainers give to a LoRA's tensors.
//!
//! As diffusers 0.42.1 reads them (`loaders/lora_conversion_utils.py`): those of diffusers and PEFT
//! (`transformer.blocks.0.attn1.to_q.lora_A.weight`), Wan's original ones behind a prefix
//! (`diffusion_model.blocks.0.self_attn.q.lora_down.weight`), and the latter with underscores (`lora_unet_blocks_0_…`).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::wan::checkpoint::names;

/// What a tensor is to its layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// A.
    Down,
    /// B.
    Up,
    /// α.
    Alpha,
    /// A difference of the weight.
    Weight,
    /// A difference of the offset.
    Bias,
    /// What the product adds to the offset.
    UpBias,
}

/// Before every name of a file.
const PREFIXES: [&str; 4] =
    ["base_model.model.", "model.diffusion_model.", "diffusion_model.", "transformer."];
/// The same, where underscores stand for dots.
const FLAT_PREFIX: &str = "lora_unet_";
/// What has an underscore in the original names, longer ones first.
const UNDERSCORED: [&str; 15] = [
    "vace_patch_embedding",
    "patch_embedding",
    "time_embedding",
    "text_embedding",
    "time_projection",
    "vace_blocks",
    "self_attn",
    "cross_attn",
    "norm_k",
    "norm_q",
    "k_img",
    "v_img",
    "img_emb",
    "before_proj",
    "after_proj",
];

const PARTS: [(&str, Part); 8] = [
    (".lora_A.weight", Part::Down),
    (".lora_down.weight", Part::Down),
    (".lora_B.weight", Part::Up),
    (".lora_up.weight", Part::Up),
    (".lora_B.bias", Part::UpBias),
    (".alpha", Part::Alpha),
    (".diff", Part::Weight),
    (".diff_b", Part::Bias),
];

/// A tensor's name to that of its layer, with dots and without prefix, and what it is there.
pub(super) fn split(key: &str) -> Option<(String, Part)> {
    let (module, part) = PARTS.iter().find_map(|(ending, part)| Some((key.strip_suffix(ending)?, *part)))?;
    let module = match module.strip_prefix(FLAT_PREFIX) {
        Some(flat) => dotted(flat),
        None => PREFIXES.iter().find_map(|prefix| module.strip_prefix(prefix)).unwrap_or(module).to_owned(),
    };
    Some((module, part))
}

fn dotted(flat: &str) -> String {
    UNDERSCORED
        .iter()
        .fold(flat.replace('_', "."), |name, phrase| name.replace(&phrase.replace('_', "."), phrase))
}

/// What diffusers may call a layer's weight or bias, best first.
pub(super) fn candidates(module: &str, kind: &str) -> Vec<String> {
    let name = format!("{module}.{kind}");
    let renamed = names::transformer(&name);
    let mut names = vec![name, renamed];
    if kind == "weight" {
        // Some parameters are no layer's.
        names.push(names::transformer(module));
    }
    names
}

/// What PEFT says in a file beside its tensors.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Adapter {
    #[serde(rename = "transformer.lora_alpha")]
    alpha: Option<f64>,
    /// α of layers whose names end so.
    #[serde(rename = "transformer.alpha_pattern")]
    alphas: Map<String, Value>,
    /// Whether α is divided by √r (Kalajdzievski 2023).
    #[serde(rename = "transformer.use_rslora")]
    root: bool,
    #[serde(rename = "transformer.use_dora")]
    dora: bool,
}

impl Adapter {
    /// Reads it, if it is there; or says what is wrong with it.
    pub(super) fn read(metadata: &BTreeMap<String, String>) -> Result<Self, String> {
        const KEY: &str = "lora_adapter_metadata";
        let Some(text) = metadata.get(KEY) else { return Ok(Self::default()) };
        let adapter: Self = serde_json::from_str(text).map_err(|error| format!("its `{KEY}`: {error}"))?;
        if adapter.dora {
            return Err("it is a DoRA (`use_dora`), which scales weights too; only LoRA is known".to_owned());
        }
        Ok(adapter)
    }

    /// By what a layer's product is multiplied.
    pub(super) fn scale(&self, module: &str, rank: usize) -> f64 {
        let ends = |pattern: &str| {
            module.strip_suffix(pattern).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let own = self.alphas.iter().find(|(pattern, _)| ends(pattern)).and_then(|(_, alpha)| alpha.as_f64());
        let rank = rank as f64;
        let Some(alpha) = own.or(self.alpha) else { return 1.0 };
        alpha / if self.root { rank.sqrt() } else { rank }
    }
}
