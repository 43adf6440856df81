//! Names in Wan's original files to those of `diffusers`.
//!
//! As `convert_wan_vae_to_diffusers` and `convert_wan_transformer_to_diffusers` of diffusers 0.42.1 have it
//! (`loaders/single_file_utils.py`): files for other programs keep the original names, sometimes behind a prefix.

/// Which names a file may use beside those of `diffusers`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// None.
    Diffusers,
    /// Those of the original video autoencoder.
    Vae,
    /// Those of the original transformer, with its image and control blocks.
    Transformer,
    /// Those of an image encoder as older programs write them, behind a prefix.
    Image,
}

/// What other programs put before a transformer's names.
const PREFIX: &str = "model.diffusion_model.";

/// What transformers before its version 5, and every model with a projection, put before an image encoder's names.
const IMAGE_PREFIX: &str = "vision_model.";

/// Part of a transformer's name and what it becomes, one after the other.
const TRANSFORMER: [(&str, &str); 28] = [
    ("time_embedding.0", "condition_embedder.time_embedder.linear_1"),
    ("time_embedding.2", "condition_embedder.time_embedder.linear_2"),
    ("text_embedding.0", "condition_embedder.text_embedder.linear_1"),
    ("text_embedding.2", "condition_embedder.text_embedder.linear_2"),
    ("time_projection.1", "condition_embedder.time_proj"),
    ("cross_attn", "attn2"),
    ("self_attn", "attn1"),
    (".o.", ".to_out.0."),
    (".q.", ".to_q."),
    (".k.", ".to_k."),
    (".v.", ".to_v."),
    (".k_img.", ".add_k_proj."),
    (".v_img.", ".add_v_proj."),
    (".norm_k_img.", ".norm_added_k."),
    ("head.modulation", "scale_shift_table"),
    ("head.head", "proj_out"),
    ("modulation", "scale_shift_table"),
    ("ffn.0", "ffn.net.0.proj"),
    ("ffn.2", "ffn.net.2"),
    // The second and third norm change places.
    ("norm2", "norm__placeholder"),
    ("norm3", "norm2"),
    ("norm__placeholder", "norm3"),
    ("img_emb.proj.0", "condition_embedder.image_embedder.norm1"),
    ("img_emb.proj.1", "condition_embedder.image_embedder.ff.net.0.proj"),
    ("img_emb.proj.3", "condition_embedder.image_embedder.ff.net.2"),
    ("img_emb.proj.4", "condition_embedder.image_embedder.norm2"),
    ("before_proj", "proj_in"),
    ("after_proj", "proj_out"),
];

/// Part of an autoencoder's name and what it becomes; the decoder's stages, which are grouped differently, come after.
const VAE: [(&str, &str); 15] = [
    (".middle.0.", ".mid_block.resnets.0."),
    (".middle.1.", ".mid_block.attentions.0."),
    (".middle.2.", ".mid_block.resnets.1."),
    (".residual.0.", ".norm1."),
    (".residual.2.", ".conv1."),
    (".residual.3.", ".norm2."),
    (".residual.6.", ".conv2."),
    (".shortcut.", ".conv_shortcut."),
    (".head.0.", ".norm_out."),
    (".head.2.", ".conv_out."),
    ("encoder.conv1.", "encoder.conv_in."),
    ("decoder.conv1.", "decoder.conv_in."),
    (".downsamples.", ".down_blocks."),
    ("^conv1.", "quant_conv."),
    ("^conv2.", "post_quant_conv."),
];

impl Names {
    /// How this file's names, all of them given, become those of `diffusers`.
    pub(super) fn renaming<'a>(self, mut names: impl Iterator<Item = &'a str>) -> fn(&str) -> String {
        match self {
            Self::Vae if names.any(|name| name.starts_with("decoder.upsamples.")) => vae,
            Self::Transformer if names.any(|name| name.contains("self_attn.")) => transformer,
            Self::Image => |name| name.trim_start_matches(IMAGE_PREFIX).to_owned(),
            _ => str::to_owned,
        }
    }
}

/// The name that `diffusers` gives to a transformer's tensor; its own names stay, but for norms.
pub(super) fn transformer(name: &str) -> String {
    TRANSFORMER.iter().fold(name.replace(PREFIX, ""), |name, (from, to)| name.replace(from, to))
}

fn vae(name: &str) -> String {
    let name = VAE.iter().fold(format!("^{name}"), |name, (from, to)| name.replace(from, to));
    let name = name.trim_start_matches('^');
    upsampled(name).unwrap_or_else(|| name.to_owned())
}

/// The decoder's stages are numbered through; `diffusers` groups three residual blocks and what enlarges their result.
fn upsampled(name: &str) -> Option<String> {
    let (stage, rest) = name.strip_prefix("decoder.upsamples.")?.split_once('.')?;
    let stage: usize = stage.parse().ok()?;
    let part = match stage % 4 {
        3 => "upsamplers.0".to_owned(),
        block => format!("resnets.{block}"),
    };
    Some(format!("decoder.up_blocks.{}.{part}.{rest}", stage / 4))
}
