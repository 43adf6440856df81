//! A file becomes what can be said about it.

use std::path::{Path, PathBuf};

use c2pa::{Ingredient, Manifest, Reader, validation_status::TIMESTAMP_TRUSTED};
use serde::Serialize;
use serde_json::Value;

use super::{
    ConsentNote, Error, LogHead, Making, MarkNote, Medium, Trust,
    manifest::{CONSENT, Consent, MAKING, PERMISSIONS, SOFT_BINDING},
    reading::{Found, read},
    validity,
};

/// What a file says of itself, and whether that can be believed.
#[derive(Clone, Debug, Serialize)]
pub struct Examined {
    /// The file.
    pub file: PathBuf,
    /// Whether it is as it was signed.
    pub verdict: Verdict,
    /// Who signed it.
    pub signed_by: Option<SignedBy>,
    /// When it was signed, where a timestamp authority says so.
    pub signed_at: Option<Timestamp>,
    /// Its title.
    pub title: Option<String>,
    /// The program that made it, with its version.
    pub made_by: Option<String>,
    /// How it came about: the last part of its IPTC source type, such as `trainedAlgorithmicMedia`.
    pub source_type: Option<String>,
    /// The recorded people in it, with what they allowed. Empty for nobody.
    pub people: Vec<ConsentNote>,
    /// Whether it says something of people that this program cannot read: a later one may.
    pub people_unread: bool,
    /// The log of consent decisions at the time.
    pub log: Option<LogHead>,
    /// The marks it says are in it.
    pub marks: Vec<MarkNote>,
    /// How it was made, in a file of this program.
    pub making: Option<Making>,
    /// Whether models may be trained with it, where it says so.
    pub training_allowed: Option<bool>,
    /// What went into it that carries a credential of its own.
    pub inputs: Vec<InputSeen>,
}

/// Whether a file is as it was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Verdict {
    /// It is.
    Untouched,
    /// It has a credential that does not hold.
    Invalid {
        /// What is wrong, in sentences.
        findings: Vec<String>,
    },
    /// It has no credential.
    NoCredential {
        /// Where it was looked for.
        searched: String,
    },
}

/// Who signed a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "who")]
pub enum SignedBy {
    /// The key of this installation.
    ThisInstallation {
        /// The name in its certificate.
        name: String,
    },
    /// A signer whom the user's trust list vouches for.
    Trusted {
        /// The name in its certificate.
        name: String,
    },
    /// Somebody: the signature fits, but nobody known vouches for the name.
    Unknown {
        /// The name in its certificate, which anyone could have chosen.
        name: String,
    },
}

/// A time that a timestamp authority put to a signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Timestamp {
    /// The time, RFC 3339.
    pub time: String,
    /// Whether the user's trust list vouches for the authority.
    pub trusted: bool,
}

/// An input whose credential was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InputSeen {
    /// What it was used as: "plate", "reference".
    pub used_as: String,
    /// The program that made it.
    pub made_by: Option<String>,
    /// The name in its signer's certificate.
    pub signed_by: Option<String>,
}

impl Examined {
    /// Whether the file is as it was signed.
    #[must_use]
    pub fn is_untouched(&self) -> bool {
        self.verdict == Verdict::Untouched
    }

    pub(super) fn without_credential(file: &Path, verdict: Verdict) -> Self {
        Self {
            file: file.to_owned(),
            verdict,
            signed_by: None,
            signed_at: None,
            title: None,
            made_by: None,
            source_type: None,
            people: Vec::new(),
            people_unread: false,
            log: None,
            marks: Vec::new(),
            making: None,
            training_allowed: None,
            inputs: Vec::new(),
        }
    }

    fn of(file: &Path, reader: &Reader, trust: &Trust) -> Self {
        let findings = validity::findings(reader);
        let verdict = if findings.is_empty() { Verdict::Untouched } else { Verdict::Invalid { findings } };
        let examined = Self::without_credential(file, verdict);
        let Some(manifest) = reader.active_manifest() else { return examined };
        let states_people = manifest.assertions().iter().any(|assertion| assertion.label() == CONSENT);
        let consent = manifest.find_assertion::<Consent>(CONSENT);
        Self {
            signed_by: trust.signer_of(reader, manifest),
            signed_at: timestamp(reader, manifest),
            title: manifest.title().map(str::to_owned),
            made_by: made_by(manifest),
            source_type: source_type(manifest),
            people_unread: states_people && consent.is_err(),
            people: consent.as_ref().map(|consent| consent.people.clone()).unwrap_or_default(),
            log: consent.ok().and_then(|consent| consent.log),
            marks: marks(manifest),
            making: manifest.find_assertion(MAKING).ok(),
            training_allowed: training_allowed(manifest),
            inputs: manifest.ingredients().iter().map(|input| input_seen(reader, input)).collect(),
            ..examined
        }
    }
}

/// Looks into a file. A file that is damaged, changed or without a credential is a finding, not an error.
///
/// # Errors
/// [`Error::File`] where it cannot be read, [`Error::Nameless`] where its name has no ending.
pub fn examine(path: &Path, trust: &Trust) -> Result<Examined, Error> {
    Ok(match read(path, &trust.context)? {
        Found::Credential(reader) => Examined::of(path, &reader, trust),
        Found::Absent(searched) => Examined::without_credential(path, Verdict::NoCredential { searched }),
        Found::Damaged(why) => {
            let findings = vec![format!("the file or its credential is damaged: {why}")];
            Examined::without_credential(path, Verdict::Invalid { findings })
        }
    })
}

fn timestamp(reader: &Reader, manifest: &Manifest) -> Option<Timestamp> {
    let codes = reader.validation_results().and_then(|results| results.active_manifest());
    let trusted =
        codes.is_some_and(|codes| codes.success().iter().any(|code| code.code() == TIMESTAMP_TRUSTED));
    manifest.time().map(|time| Timestamp { time, trusted })
}

fn made_by(manifest: &Manifest) -> Option<String> {
    let program = manifest.claim_generator_info.as_ref()?.first()?;
    Some(
        [Some(program.name.as_str()), program.version.as_deref()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" "),
    )
}

fn source_type(manifest: &Manifest) -> Option<String> {
    let actions: Value = manifest.find_assertion("c2pa.actions").ok()?;
    let source =
        actions["actions"].as_array()?.iter().find_map(|action| action["digitalSourceType"].as_str())?;
    source.rsplit('/').next().map(str::to_owned)
}

fn marks(manifest: &Manifest) -> Vec<MarkNote> {
    let bindings =
        manifest.assertions().iter().filter(|assertion| assertion.label().starts_with(SOFT_BINDING));
    let mark = |binding: &Value| {
        let algorithm = binding["alg"].as_str()?;
        let medium =
            [Medium::Picture, Medium::Sound].into_iter().find(|medium| medium.algorithm() == algorithm)?;
        let id = u32::from_str_radix(binding["blocks"][0]["value"].as_str()?, 16).ok()?;
        Some(MarkNote { medium, id })
    };
    bindings.filter_map(|assertion| mark(assertion.value().ok()?)).collect()
}

fn training_allowed(manifest: &Manifest) -> Option<bool> {
    let permissions: Value = manifest.find_assertion(PERMISSIONS).ok()?;
    permissions["entries"]["cawg.ai_training"]["use"].as_str().map(|verdict| verdict == "allowed")
}

fn input_seen(reader: &Reader, input: &Ingredient) -> InputSeen {
    let manifest = input.active_manifest().and_then(|label| reader.get_manifest(label));
    InputSeen {
        used_as: input.title().unwrap_or("input").to_owned(),
        made_by: manifest.and_then(made_by),
        signed_by: manifest.and_then(|manifest| manifest.common_name().or(manifest.issuer())),
    }
}
