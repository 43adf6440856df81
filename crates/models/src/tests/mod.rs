//! Models of a few bytes, a hub of our own, and everything that can go wrong between them.

mod catalogue;
mod fetch;
mod hostile;
mod installed;
mod server;
mod verify;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::{Error, File, Hub, Licence, Model, Plan, Source};
use server::Server;

const PATH: &str = "transformer/model.safetensors";

/// A model of one file, whose hash is known or not.
fn model(content: &[u8], hashed: bool) -> Model {
    let sha256: Option<&'static str> = hashed.then(|| sha256(content).leak() as &str);
    of(vec![File { path: PATH, bytes: content.len() as u64, sha256 }])
}

fn of(files: Vec<File>) -> Model {
    Model {
        name: "tiny",
        purpose: "tests",
        licence: Licence { name: "MIT", link: "https://example.org" },
        source: Some(Source { repository: "owner/tiny", revision: "abc" }),
        files: files.leak(),
        shares: None,
    }
}

fn sha256(content: &[u8]) -> String {
    format!("{:x}", Sha256::digest(content))
}

/// Bytes that differ from place to place.
fn content(bytes: usize) -> Vec<u8> {
    (0..bytes as u64).map(|index| (index * index % 251) as u8).collect()
}

fn hub(server: &Server) -> Hub {
    let mut hub = Hub::new(&server.address(), Some("secret".to_owned())).unwrap();
    hub.pause = Duration::from_millis(1);
    hub
}

/// Fetches a model into a folder, and says what came of it.
fn fetch(home: &TempDir, model: &Model, server: &Server) -> Result<(), Error> {
    Plan::of(home.path(), model)?.fetch(&hub(server), &mut |_| {})
}

fn target(home: &TempDir) -> PathBuf {
    home.path().join("models/tiny").join(PATH)
}

fn part(home: &TempDir) -> PathBuf {
    home.path().join("models/tiny").join(format!("{PATH}.part"))
}

/// Writes a file and the folders above it.
fn put(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

/// All files below a folder.
fn files(folder: &Path) -> BTreeSet<String> {
    fn walk(folder: &Path, root: &Path, into: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            match entry.path().is_dir() {
                true => walk(&entry.path(), root, into),
                false => {
                    into.insert(entry.path().strip_prefix(root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(folder, folder, &mut found);
    found
}
