//! A lone file's tensors to the sizes of the transformer in it: such files come without a `config.json`.

use std::path::Path;

use super::Config;
use crate::Error;
use crate::wan::checkpoint::Checkpoint;

const CONFIG: &str = "config.json";
/// Channels of a head in every published model; no tensor tells.
const HEAD_CHANNELS: usize = 128;

impl Config {
    /// Of a folder, by its `config.json`; of a file, by the one beside it, or else by its tensors.
    ///
    /// Errors: there is none in a folder, it cannot be read or built, or the file holds another network.
    pub(crate) fn of(path: &Path, checkpoint: &Checkpoint) -> Result<Self, Error> {
        let beside = path.with_file_name(CONFIG);
        if path.is_dir() {
            return Self::read(&path.join(CONFIG));
        }
        if beside.is_file() {
            return Self::read(&beside);
        }
        let refused = |problem| Error::Config { file: path.display().to_string(), problem };
        let config = Self::told(|name| checkpoint.shape(name), HEAD_CHANNELS);
        let config = config.ok_or_else(|| {
            refused(format!("its tensors are not those of a Wan transformer, and no {CONFIG} lies beside it"))
        })?;
        config.check().map_err(refused)?;
        Ok(config)
    }

    /// What shapes tell, by the tensor's name in diffusers.
    fn told<'a>(shape: impl Fn(&str) -> Option<&'a [usize]>, head_channels: usize) -> Option<Self> {
        let side = |name: &str, axis: usize| shape(name)?.get(axis).copied();
        let count = |blocks: &str| {
            (0..).take_while(|n| shape(&format!("{blocks}.{n}.ffn.net.0.proj.weight")).is_some()).count()
        };
        let &[width, in_channels, frames, rows, columns] = shape("patch_embedding.weight")? else {
            return None;
        };
        let patch_size = [frames, rows, columns];
        let patch: usize = patch_size.iter().product();
        let (num_layers, controls) = (count("blocks"), count("vace_blocks"));
        let default = Self::default();
        Some(Self {
            patch_size,
            num_attention_heads: width / head_channels,
            attention_head_dim: head_channels,
            in_channels,
            out_channels: side("proj_out.weight", 0)? / patch.max(1),
            text_dim: side("condition_embedder.text_embedder.linear_1.weight", 1)?,
            freq_dim: side("condition_embedder.time_embedder.linear_1.weight", 1)?,
            ffn_dim: side("blocks.0.ffn.net.0.proj.weight", 0)?,
            num_layers,
            cross_attn_norm: shape("blocks.0.norm2.weight").is_some(),
            image_dim: side("condition_embedder.image_embedder.norm1.weight", 0),
            added_kv_proj_dim: side("blocks.0.attn2.add_k_proj.weight", 1),
            pos_embed_seq_len: side("condition_embedder.image_embedder.pos_embed", 1),
            // Spread evenly from the first on, as in every published model.
            vace_layers: (0..num_layers)
                .step_by(num_layers.div_ceil(controls.max(1)).max(1))
                .take(controls)
                .collect(),
            vace_in_channels: side("vace_patch_embedding.weight", 1).unwrap_or(default.vace_in_channels),
            ..default
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::checkpoint::Names;
    use crate::wan::tests::{checkpoint, path};

    #[test]
    fn tensors_tell_what_diffusers_wrote_into_the_configuration() {
        for name in ["t2v", "vace", "i2v", "flf2v", "gbuffer"] {
            let written = Config::read(&path(name).join(CONFIG)).unwrap();
            let checkpoint = checkpoint(name);
            let told = Config::told(|name| checkpoint.shape(name), written.attention_head_dim).unwrap();
            let Config { eps, rope_max_seq_len, .. } = written;
            assert_eq!(Config { eps, rope_max_seq_len, ..told }, written, "{name}");
        }
    }

    #[test]
    fn control_comes_in_behind_the_layers_of_the_published_models() {
        for (layers, controls, last) in [(30, 15, 28), (40, 8, 35)] {
            let names = |name: &str| {
                let block = |blocks: &str, count| {
                    (0..count).any(|n| name == format!("{blocks}.{n}.ffn.net.0.proj.weight"))
                };
                let is_block = block("blocks", layers) || block("vace_blocks", controls);
                match name {
                    "patch_embedding.weight" => Some(&[1536, 16, 1, 2, 2][..]),
                    _ if is_block || name.ends_with("linear_1.weight") => Some(&[8960, 1536][..]),
                    "proj_out.weight" => Some(&[64, 1536][..]),
                    _ => None,
                }
            };
            let told = Config::told(names, HEAD_CHANNELS).unwrap();
            assert_eq!((told.num_attention_heads, told.vace_layers.len()), (12, controls));
            assert_eq!(told.vace_layers.last(), Some(&last));
        }
    }

    #[test]
    fn another_network_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("vae.safetensors");
        std::fs::copy(path("vae/diffusion_pytorch_model.safetensors"), &file).unwrap();
        let checkpoint = Checkpoint::open(&file, Names::Transformer).unwrap();
        let refused = Config::of(&file, &checkpoint).unwrap_err().to_string();
        assert!(refused.contains("vae.safetensors") && refused.contains("not those of a Wan"), "{refused}");
    }
}
