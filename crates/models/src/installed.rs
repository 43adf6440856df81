//! A model's name, or a folder, to the paths of its parts.
//!
//! A part lies in the model's own folder; or where the folder's `parts.json` says, such as
//! `{"text_encoder": "../other/text_encoder"}`; or with what its family shares.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use crate::{Error, Model, index};

/// Says of parts that they lie elsewhere: name to path, from the folder it lies in.
const ELSEWHERE: &str = "parts.json";
const TOKENIZER: &str = "tokenizer";
const IMAGE_ENCODER: &str = "image_encoder";
const IMAGE_PROCESSOR: &str = "image_processor";
const TRANSFORMER: &str = "transformer";
/// Parts that may be one file of weights.
const IN_A_FILE: [&str; 2] = [TRANSFORMER, "vae"];
/// What belongs to a family, and what a folder without a name falls back on.
const SHARED: &str = "wan-shared";

/// Where a complete model's parts lie. Nothing was read of them yet but the indices of their shards.
#[derive(Clone, Debug, PartialEq)]
pub struct Installed {
    /// Folder with `config.json` and weights, or a file of weights.
    pub transformer: PathBuf,
    /// Folder with `config.json` and weights, or a file of weights.
    pub vae: PathBuf,
    /// Folder with `config.json` and weights.
    pub text_encoder: PathBuf,
    /// The file `tokenizer.json`.
    pub tokenizer: PathBuf,
    /// Of a model that begins from a picture.
    pub image: Option<ImageParts>,
}

/// What turns a picture into what a transformer attends to.
#[derive(Clone, Debug, PartialEq)]
pub struct ImageParts {
    /// Folder with `config.json` and weights.
    pub encoder: PathBuf,
    /// The file `preprocessor_config.json`.
    pub processor: PathBuf,
}

/// The folder of a model under the program's data folder.
pub fn folder(home: &Path, model: &Model) -> PathBuf {
    home.join("models").join(model.name)
}

impl Installed {
    /// Finds the model of a name that the catalogue has under the program's data folder `home`; or of any folder; or of a
    /// transformer in one file.
    ///
    /// # Errors
    /// [`Error::Unknown`] where it is neither; [`Error::Missing`] with every file that is not there;
    /// [`Error::Index`] where an index names what it must not.
    pub fn find(home: &Path, name: &str) -> Result<Self, Error> {
        let shared = Model::named(SHARED)?;
        let path = Path::new(name);
        let search = |own: &Path| Search::new(home, own.to_owned(), shared, Some(shared));
        match (Model::named(name), path.parent(), path.file_name()) {
            (Ok(model), ..) => {
                let own = folder(home, model);
                let elsewhere = elsewhere(&own)?;
                Search::new(home, own, model, model.shares).all(name, &elsewhere)
            }
            _ if path.is_dir() => search(path).all(name, &elsewhere(path)?),
            (_, Some(folder), Some(file)) if path.is_file() => {
                search(folder).all(name, &BTreeMap::from([(TRANSFORMER.to_owned(), file.into())]))
            }
            (Err(error), ..) => Err(error),
        }
    }
}

/// Where to look.
struct Search<'a> {
    own: PathBuf,
    model: &'a Model,
    shared: Option<(PathBuf, &'a Model)>,
}

impl<'a> Search<'a> {
    fn new(home: &Path, own: PathBuf, model: &'a Model, shared: Option<&'a Model>) -> Self {
        Self { own, model, shared: shared.map(|shared| (folder(home, shared), shared)) }
    }

    fn all(&self, name: &str, elsewhere: &BTreeMap<String, PathBuf>) -> Result<Installed, Error> {
        let mut files = Vec::new();
        let mut weights = |part| -> Result<PathBuf, Error> {
            let path = self.part(part, elsewhere);
            files.extend(index::missing(&path, &self.published(part))?);
            Ok(path)
        };
        let (transformer, vae, text_encoder) =
            (weights(TRANSFORMER)?, weights("vae")?, weights("text_encoder")?);
        let has_images =
            !self.published(IMAGE_ENCODER).is_empty() || self.part(IMAGE_ENCODER, elsewhere).is_dir();
        let image = has_images.then(|| {
            let processor = self.part(IMAGE_PROCESSOR, elsewhere).join("preprocessor_config.json");
            Ok::<_, Error>(ImageParts { encoder: weights(IMAGE_ENCODER)?, processor })
        });
        let image = image.transpose()?;
        let tokenizer = self.part(TOKENIZER, elsewhere).join("tokenizer.json");
        let single = std::iter::once(&tokenizer).chain(image.as_ref().map(|image| &image.processor));
        files.extend(single.filter(|file| !file.is_file()).cloned());
        if files.is_empty() {
            return Ok(Installed { transformer, vae, text_encoder, tokenizer, image });
        }
        Err(Error::Missing { model: name.to_owned(), hint: self.hint(&files), files })
    }

    /// Where a part lies, or would have to.
    fn part(&self, name: &str, elsewhere: &BTreeMap<String, PathBuf>) -> PathBuf {
        let own = elsewhere.get(name).map_or_else(|| self.own.join(name), |path| self.own.join(path));
        let is_there = own.is_dir() || IN_A_FILE.contains(&name) && own.is_file();
        match &self.shared {
            Some((shared, model)) if !is_there && model.files_of(name).next().is_some() => shared.join(name),
            _ => own,
        }
    }

    /// Published names of a part's files.
    fn published(&self, part: &'a str) -> Vec<&'a str> {
        let models = std::iter::once(self.model).chain(self.shared.iter().map(|(_, model)| *model));
        models.flat_map(|model| model.files_of(part)).collect()
    }

    fn hint(&self, files: &[PathBuf]) -> String {
        let Some((_, shared)) = &self.shared else {
            return "this is what other models share; name one of those".to_owned();
        };
        if self.model.source.is_some() && self.own.ends_with(self.model.name) {
            return format!("maquette models fetch {}", self.model.name);
        }
        let rest = format!("maquette models fetch {}", shared.name);
        match files.iter().any(|file| file.starts_with(&self.own)) {
            true => format!("you supply this model's own files; what it shares comes by {rest}"),
            false => rest,
        }
    }
}

/// What a folder says of parts that lie elsewhere.
fn elsewhere(folder: &Path) -> Result<BTreeMap<String, PathBuf>, Error> {
    let path = folder.join(ELSEWHERE);
    match fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| Error::Index {
            path,
            problem: format!("not a list of parts and their folders: {error}"),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(Error::disk(&path)(error)),
    }
}
