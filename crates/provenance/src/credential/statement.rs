//! What a file says of itself, as plain data: written into its credential, and read back from it by the same types.

use std::{collections::BTreeMap, fs::File, io, path::Path};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Error, Input};
use crate::consent::{self, Permit, SubjectKind};

/// Everything that one credential states.
#[derive(Clone, Debug, Default)]
pub struct Statement {
    /// What it is, for people: "Corridor, shot 010, frame 1001".
    pub title: String,
    /// How its picture or sound came about.
    pub method: Method,
    /// Who is in it. Empty where nobody was recorded.
    pub people: Vec<ConsentNote>,
    /// The log of consent decisions as it stood when this was made.
    pub log: Option<LogHead>,
    /// The marks in its pixels and samples.
    pub marks: Vec<MarkNote>,
    /// How it was made.
    pub making: Making,
    /// What went into it that carries a credential of its own.
    pub inputs: Vec<Input>,
    /// Whether it may be used to train models; no unless asked for.
    pub training_allowed: bool,
}

/// How a picture or a sound came about. With the people in it, this decides the source type of the IPTC vocabulary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Computed from the scene: light and sound transport, no trained model.
    #[default]
    Traced,
    /// Finished by a trained network.
    Neural,
}

impl Method {
    /// The term of <http://cv.iptc.org/newscodes/digitalsourcetype/> for this method. People, recorded in whatever
    /// way, make a neural picture a composite; what is traced is a composite of synthetic and other elements anyway
    /// (textures, recordings), and saying that a model made it would be wrong.
    #[must_use]
    pub fn source_type(self, with_people: bool) -> &'static str {
        match (self, with_people) {
            (Self::Traced, _) => "compositeSynthetic",
            (Self::Neural, false) => "trainedAlgorithmicMedia",
            (Self::Neural, true) => "compositeWithTrainedAlgorithmicMedia",
        }
    }
}

/// What a credential says about one recorded person: what was allowed, never who it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentNote {
    /// What kind of person this is.
    pub subject: Subject,
    /// SHA-256 of the grant, as hex. None for a declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
    /// What the grant allows the film to be used for.
    #[serde(default)]
    pub uses: Vec<String>,
    /// What people vouched for, in words: "face compared by operator R. Ahn".
    #[serde(default)]
    pub attested: Vec<String>,
    /// The reason given for a declaration that nobody real is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<String>,
}

/// What kind of person a recording shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// A real one, who granted this.
    #[default]
    Person,
    /// A made-up one, with a grant from whoever made it.
    Synthetic,
    /// Declared by the scene's author not to be real; there is no grant.
    DeclaredNotReal,
}

impl From<&Permit> for ConsentNote {
    fn from(permit: &Permit) -> Self {
        let statement = permit.statement();
        let subject = match (permit.declared(), statement.subject) {
            (Some(_), _) => Subject::DeclaredNotReal,
            (None, SubjectKind::Person) => Subject::Person,
            (None, SubjectKind::Synthetic) => Subject::Synthetic,
        };
        Self {
            subject,
            grant: statement.grant_sha256.map(|hash| hash.to_string()),
            uses: statement.uses.clone(),
            attested: permit.declared().is_none().then(|| statement.assurance.clone()).into_iter().collect(),
            declared: permit.declared().map(str::to_owned),
        }
    }
}

impl From<consent::LogHead> for LogHead {
    fn from(head: consent::LogHead) -> Self {
        Self { entries: head.size, root: head.root.to_string() }
    }
}

/// The log of consent decisions: its length and the root of its Merkle tree (RFC 9162).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogHead {
    /// Number of entries.
    pub entries: u64,
    /// Root hash as hex.
    pub root: String,
}

/// A mark that stays when a credential is stripped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkNote {
    /// Where it is.
    pub medium: Medium,
    /// The number it carries.
    pub id: u32,
}

/// What a mark is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Medium {
    /// The luma of frames.
    Picture,
    /// The samples of a mix.
    Sound,
}

impl Medium {
    /// The name of the mark's algorithm in a soft binding.
    pub(super) fn algorithm(self) -> &'static str {
        match self {
            Self::Picture => "io.maquette.mark.picture.1",
            Self::Sound => "io.maquette.mark.sound.1",
        }
    }
}

/// How a file was made: enough to make it again, and to tell which model and rules were at work.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Making {
    /// Name of the production.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Hash of the scene with all that it includes, "blake3:…".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scene: Option<String>,
    /// Shot and frame, size, samples, seed and the like.
    #[serde(default)]
    pub settings: BTreeMap<String, serde_json::Value>,
    /// Name and version of what finished the picture: "Open Image Denoise 2 in burn 0.21".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator: Option<String>,
    /// Hash of every file of weights, by its name.
    #[serde(default)]
    pub weights: BTreeMap<String, String>,
    /// Hash of the policy that was in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// For a movie or a contact sheet: the frames in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frames: Option<Frames>,
}

/// The frames of a movie in one figure: a thousand ingredients would weigh more than the movie.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frames {
    /// How many.
    pub count: u64,
    /// SHA-256 over their SHA-256s in the order shown, as hex.
    pub sha256: String,
}

impl Frames {
    /// Hashes frames as they are on disk, in this order.
    ///
    /// # Errors
    /// [`Error::File`] where one cannot be read.
    pub fn of_files<P: AsRef<Path> + Sync>(frames: &[P]) -> Result<Self, Error> {
        let hash = |path: &Path| {
            let mut hash = Sha256::new();
            io::copy(&mut File::open(path)?, &mut hash).map(|_| hash.finalize())
        };
        let hashes = frames.par_iter().map(AsRef::as_ref);
        let hashes = hashes.map(|path| hash(path).map_err(Error::file("read", path)));
        let hashes = hashes.collect::<Result<Vec<_>, _>>()?;
        let all = Sha256::digest(hashes.concat());
        let sha256 = all.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { count: frames.len() as u64, sha256 })
    }
}
