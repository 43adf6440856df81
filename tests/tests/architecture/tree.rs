//! Files and folders of the repository, by paths relative to its root, sorted.

use std::{
    fs,
    path::{Path, PathBuf},
};

pub(crate) fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap().to_owned()
}

pub(crate) fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Names of the folders in `crates/` that hold a manifest.
pub(crate) fn crate_folders() -> Vec<String> {
    let crates = root().join("crates");
    let mut folders: Vec<_> = fs::read_dir(&crates)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|folder| crates.join(folder).join("Cargo.toml").exists())
        .collect();
    folders.sort();
    folders
}

/// All files below a folder with an extension, with `/` between parts.
pub(crate) fn files_under(folder: &str, extension: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if entry.file_type().unwrap().is_dir() {
                // A crate built on its own leaves its target folder behind.
                if entry.file_name() != "target" {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|e| e == extension) {
                let relative = path.strip_prefix(root()).unwrap();
                let parts: Vec<_> = relative.components().map(|c| c.as_os_str().to_str().unwrap()).collect();
                files.push(parts.join("/"));
            }
        }
    }
    files.sort();
    files
}
