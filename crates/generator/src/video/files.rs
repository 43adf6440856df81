//! Where a video model lies on disk.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::Error;
use crate::wan::checkpoint;

/// Bytes at a file's start that tell files apart: a safetensors header lists all tensors and where they lie.
const HEAD_BYTES: u64 = 1 << 16;

/// A model's parts: folders as diffusers writes them, with `config.json` and safetensors, or single files.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFiles {
    /// The diffusion transformer.
    pub transformer: PathBuf,
    /// The video autoencoder.
    pub vae: PathBuf,
    /// The text encoder: UMT5.
    pub text_encoder: PathBuf,
    /// A `tokenizer.json`.
    pub tokenizer: PathBuf,
    /// Of a model that goes on from a picture: the image encoder, and a `preprocessor_config.json`.
    pub image: Option<[PathBuf; 2]>,
    /// Additions to the transformer's weights, each with how much of it is added.
    pub loras: Vec<(PathBuf, f32)>,
}

impl ModelFiles {
    /// Every file, with a name that tells its part: `vae/config.json`.
    pub fn files(&self) -> Result<Vec<(String, PathBuf)>, Error> {
        let Self { transformer, vae, text_encoder, tokenizer, image, loras } = self;
        let parts = [
            ("transformer", transformer),
            ("vae", vae),
            ("text_encoder", text_encoder),
            ("tokenizer", tokenizer),
        ];
        let image = ["image_encoder", "image_processor"].into_iter().zip(image.iter().flatten());
        let parts = parts.into_iter().chain(image).map(|(part, path)| (part.to_owned(), path));
        let loras = loras.iter().enumerate().map(|(index, (file, _))| (format!("lora{}", index + 1), file));
        let mut all = Vec::new();
        for (part, path) in parts.chain(loras) {
            let named = |file: PathBuf| {
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                (format!("{part}/{name}"), file)
            };
            all.extend(files(path)?.into_iter().map(named));
        }
        Ok(all)
    }
}

/// What the makers of a safetensors file wrote into it: names and captions, by key.
///
/// Errors: those of loading it, but for its values.
pub fn weights_metadata(file: &Path) -> Result<BTreeMap<String, String>, Error> {
    checkpoint::metadata(file)
}

/// What tells a file, or a folder's files, from others without reading all of it: names, sizes, times and first bytes.
pub(super) fn traces(path: &Path) -> Result<String, Error> {
    let mut hasher = blake3::Hasher::new();
    for file in files(path)? {
        let failed = |source| Error::Read { path: file.clone(), source };
        let metadata = fs::metadata(&file).map_err(failed)?;
        let changed = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        hasher.update(format!("{:?} {} {changed:?}", file.file_name(), metadata.len()).as_bytes());
        let mut head = Vec::new();
        File::open(&file).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head)).map_err(failed)?;
        hasher.update(&head);
    }
    Ok(hasher.finalize().to_hex().to_string())
}

/// The file itself, or a folder's files, sorted.
fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |source| Error::Read { path: path.to_owned(), source };
    let entries = fs::read_dir(path).map_err(failed)?;
    let mut files: Vec<PathBuf> =
        entries.map(|entry| Ok(entry?.path())).collect::<Result<_, _>>().map_err(failed)?;
    files.retain(|file| file.is_file());
    files.sort();
    Ok(files)
}
