//! A policy file: what it may say, and who signed it.
//!
//! A policy is RON, so that it can say why in comments, with a signature over its very bytes in a file beside it. The built-in
//! one is part of the program. A project may add one of its own, which only ever adds rules: nothing in the format takes a
//! rule away.

use std::path::Path;

use ed25519_dalek::{Signer, SigningKey};
use serde::Deserialize;

use crate::consent::{Did, Error, Hash, Role, Rule};

const BUILT_IN: &str = include_str!("built_in.ron");
const BUILT_IN_SIGNATURE: &str = include_str!("built_in.ron.sig");
/// Who signs the built-in policy.
const BUILT_IN_SIGNER: &str = include_str!("built_in.did");

/// The version of the format that this program reads.
const VERSION: u32 = 1;

/// A policy that nobody answers for.
pub const NOT_SIGNED: Rule = Rule {
    id: "policy/not-signed",
    refuses: "a policy was changed after it was signed, or is not signed by this project's key",
    hint: "`maquette consent policy FILE` signs it with the project's key",
};

/// Rules in force, with the hash of the files they come from.
#[derive(Clone, Debug)]
pub struct Policy {
    pub(super) files: Vec<PolicyFile>,
    sha256: Hash,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicyFile {
    version: u32,
    name: String,
    #[serde(default)]
    pub(super) sensitive_tags: Vec<String>,
    #[serde(default)]
    pub(super) denied_tags: Vec<TagRule>,
    #[serde(default)]
    pub(super) text_rules: Vec<TextRule>,
}

/// Tags that a shot with a recorded person may not have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TagRule {
    pub(super) id: String,
    pub(super) tags: Vec<String>,
    pub(super) refuses: String,
    pub(super) hint: String,
}

/// Words that a text may not have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TextRule {
    pub(super) id: String,
    pub(super) when: When,
    pub(super) near: usize,
    pub(super) groups: Vec<Vec<String>>,
    pub(super) harmless: Vec<String>,
    pub(super) refuses: String,
    pub(super) hint: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
pub(super) enum When {
    /// In every scene.
    Always,
    /// In a scene with a recorded person.
    WithPerson,
}

impl Policy {
    /// The built-in policy.
    ///
    /// # Errors
    ///
    /// When the program was built with a policy whose signature does not fit.
    pub fn built_in() -> Result<Self, Error> {
        let path = Path::new("the built-in policy");
        let file = parse(path, BUILT_IN.as_bytes(), BUILT_IN_SIGNATURE, Did::parse(BUILT_IN_SIGNER.trim()))?;
        Ok(Self { files: vec![file], sha256: Hash::of(BUILT_IN.as_bytes()) })
    }

    /// The built-in policy, and `policy.ron` of a home folder if there is one, signed by that home's project key.
    ///
    /// # Errors
    ///
    /// `policy/not-signed`; when it says what is not a policy.
    pub fn of_home(home: &Path) -> Result<Self, Error> {
        let built_in = Self::built_in()?;
        let path = home.join("policy.ron");
        match path.exists() {
            true => built_in.with(&path, Role::Project.did(home)),
            false => Ok(built_in),
        }
    }

    /// The same rules and those of a file.
    fn with(mut self, path: &Path, signer: Option<Did>) -> Result<Self, Error> {
        let bytes = read(path)?;
        let signature = read(&signature_path(path)).unwrap_or_default();
        self.files.push(parse(path, &bytes, &String::from_utf8_lossy(&signature), signer)?);
        self.sha256 = Hash::of(&[self.sha256.0, Hash::of(&bytes).0].concat());
        Ok(self)
    }

    /// SHA-256 of the built-in file; with an added one, SHA-256 of both files' hashes.
    pub fn sha256(&self) -> Hash {
        self.sha256
    }

    /// Names of the files in force: "built-in", "our house rules".
    pub fn names(&self) -> Vec<&str> {
        self.files.iter().map(|file| file.name.as_str()).collect()
    }

    /// Tags of a shot that a grant must name, for [`Desk::open`](crate::consent::Desk::open).
    pub fn sensitive_tags(&self) -> Vec<String> {
        self.files.iter().flat_map(|file| file.sensitive_tags.clone()).collect()
    }

    /// Id, what is refused and what to do, of every rule about tags and texts.
    pub fn rules(&self) -> Vec<(&str, &str, &str)> {
        let mut rules = Vec::new();
        for file in &self.files {
            rules.extend(file.denied_tags.iter().map(|rule| (&*rule.id, &*rule.refuses, &*rule.hint)));
            rules.extend(file.text_rules.iter().map(|rule| (&*rule.id, &*rule.refuses, &*rule.hint)));
        }
        rules
    }
}

/// Signs a policy file: writes FILE.sig beside it. Checks first that it is a policy.
pub fn sign_policy(path: &Path, key: &SigningKey) -> Result<(), Error> {
    let bytes = read(path)?;
    let signer = Did::of(key);
    let signature = key.sign(&message(&bytes)).to_bytes();
    let digits: String = signature.iter().map(|byte| format!("{byte:02x}")).collect();
    parse(path, &bytes, &digits, Some(signer))?;
    crate::consent::write_file(&signature_path(path), format!("{digits}\n").as_bytes())
}

fn signature_path(path: &Path) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// What is signed begins with its purpose, so that no other signature by the same key fits.
fn message(policy: &[u8]) -> Vec<u8> {
    [b"maquette policy\n", policy].concat()
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    crate::consent::read_file(path)
}

fn parse(path: &Path, bytes: &[u8], signature: &str, signer: Option<Did>) -> Result<PolicyFile, Error> {
    let wrong = |what: String, hint| Err(Error::invalid(path, what, hint));
    let unsigned = |why: String| Err(NOT_SIGNED.refusal(format!("{} {why}", path.display())).into());
    let Some(signer) = signer else {
        return unsigned("has no project key to be signed with".to_owned());
    };
    let fits = crate::consent::Bytes::<64>::of_hex(signature.trim());
    if !fits.is_some_and(|signature| signer.verifies(&message(bytes), &signature.0)) {
        return unsigned(format!("is not signed by {signer}"));
    }
    let file: PolicyFile = match ron::de::from_bytes(bytes) {
        Ok(file) => file,
        Err(error) => return wrong(format!("is no policy: {error}"), "The built-in policy shows the form"),
    };
    match file.version == VERSION {
        true => Ok(file),
        false => wrong(format!("has version {}", file.version), "This program reads version 1"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const HOUSE: &str = r#"(version: 1, name: "house", denied_tags: [(id: "house/brand", tags: ["rival brand"], refuses: "rivals", hint: "No")])"#;

    #[test]
    fn the_built_in_policy_is_signed_and_a_changed_one_is_not() {
        assert_eq!(Policy::built_in().unwrap().names(), ["built-in"]);
        let changed = BUILT_IN.replace("\"naked\"", "\"n\"");
        let signer = Did::parse(BUILT_IN_SIGNER.trim());
        assert!(parse(Path::new("x"), changed.as_bytes(), BUILT_IN_SIGNATURE, signer).is_err());
    }

    #[test]
    fn a_project_adds_rules_and_takes_none_away() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("policy.ron");
        let key = Role::Project.key(home.path()).unwrap();
        fs::write(&path, HOUSE).unwrap();
        assert!(Policy::of_home(home.path()).unwrap_err().to_string().contains("not signed"));
        sign_policy(&path, &key).unwrap();
        let both = Policy::of_home(home.path()).unwrap();
        let built_in = Policy::built_in().unwrap();
        assert_ne!(both.sha256(), built_in.sha256());
        assert!(built_in.rules().iter().all(|rule| both.rules().contains(rule)));
        assert_eq!(both.rules().len(), built_in.rules().len() + 1);
        fs::write(&path, HOUSE.replace("rival", "other")).unwrap();
        assert!(Policy::of_home(home.path()).is_err(), "changed after signing");
        let other = Role::Subject.key(home.path()).unwrap();
        sign_policy(&path, &other).unwrap();
        assert!(Policy::of_home(home.path()).is_err(), "signed by another key");
    }

    #[test]
    fn what_is_no_policy_is_not_signed() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("policy.ron");
        fs::write(&path, HOUSE.replace("name:", "nam:")).unwrap();
        assert!(sign_policy(&path, &SigningKey::from_bytes(&[1; 32])).is_err());
    }
}
