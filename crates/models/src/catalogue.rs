//! The models that this program knows.

use crate::{Error, wan};

/// A model: what it is for, under which terms, and of which files it consists.
#[derive(Debug, PartialEq)]
pub struct Model {
    /// What users type, and the name of its folder.
    pub name: &'static str,
    /// What it is for, in one line.
    pub purpose: &'static str,
    /// The terms its weights come under.
    pub licence: Licence,
    /// Where its files are published; none where the user supplies them.
    pub source: Option<Source>,
    /// Its own files.
    pub files: &'static [File],
    /// The model in whose folder the parts lie that it has in common with others.
    pub shares: Option<&'static Model>,
}

/// Terms of use.
#[derive(Debug, PartialEq)]
pub struct Licence {
    /// SPDX identifier, or a few words where there is none.
    pub name: &'static str,
    /// Where the terms can be read.
    pub link: &'static str,
}

/// A published state of a repository on the Hugging Face hub.
#[derive(Debug, PartialEq)]
pub struct Source {
    /// `owner/name`.
    pub repository: &'static str,
    /// The commit, so that what is fetched today is what was checked.
    pub revision: &'static str,
}

/// A file of a model.
#[derive(Debug, PartialEq)]
pub struct File {
    /// Path in the repository and under the model's folder, with `/`.
    pub path: &'static str,
    /// Its length, exact where the hash is known; otherwise no file that is longer is accepted.
    pub bytes: u64,
    /// SHA-256 in lower-case hexadecimal digits, where it was found published.
    pub sha256: Option<&'static str>,
}

/// All known models; what others share comes first.
pub fn catalogue() -> &'static [Model] {
    &wan::MODELS
}

impl Model {
    /// The model of that name.
    ///
    /// # Errors
    /// [`Error::Unknown`], which lists the names there are.
    pub fn named(name: &str) -> Result<&'static Self, Error> {
        let known = || catalogue().iter().map(|model| model.name).collect::<Vec<_>>().join(", ");
        catalogue()
            .iter()
            .find(|model| model.name == name)
            .ok_or_else(|| Error::Unknown { name: name.to_owned(), known: known() })
    }

    /// The model and what it shares, in the order they are fetched.
    pub fn with_shared(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(self.shares)
    }

    /// Length of its own files; at most three hundredths above the truth.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    /// Names of its files in the folder of a part.
    pub(crate) fn files_of(&self, part: &str) -> impl Iterator<Item = &'static str> {
        self.files.iter().filter_map(move |file| file.path.strip_prefix(part)?.strip_prefix('/'))
    }
}
