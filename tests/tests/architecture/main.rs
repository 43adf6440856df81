//! The repository as it lies on disk, held against the design.
//!
//! Edges between crates, heavy dependencies, one wgpu, file headers and lengths, shaders beside their dispatchers:
//! what a compiler does not see and a reader would notice too late. Each checker is a function from text to
//! complaints, tried here on text that is wrong.

#![allow(clippy::unwrap_used, reason = "a test's helper may fail the test")]

mod design;
mod lock;
mod manifest;
mod shader;
mod source;
mod tree;

use manifest::Manifest;
use tree::{crate_folders, files_under, read, root};

/// Every complaint at once, one a line.
fn assert_none(complaints: Vec<String>) {
    assert!(complaints.is_empty(), "{}\n", complaints.join("\n"));
}

fn workspace_manifests() -> Vec<Manifest> {
    let workspace = read(&root().join("Cargo.toml"));
    let parse = |folder: &String| {
        let text = read(&root().join("crates").join(folder).join("Cargo.toml"));
        Manifest::parse(folder, &text, &workspace).unwrap()
    };
    crate_folders().iter().map(parse).collect()
}

#[test]
fn crates_depend_only_along_the_designs_edges() {
    let manifests = workspace_manifests();
    assert!(manifests.len() >= 13, "only {} crates found", manifests.len());
    assert_none(manifests.iter().flat_map(design::forbidden_edges).collect());
}

#[test]
fn heavy_dependencies_stay_in_their_crates() {
    assert_none(workspace_manifests().iter().flat_map(design::misplaced_heavy_dependencies).collect());
}

#[test]
fn every_crate_name_has_one_path() {
    let workspace = read(&root().join("Cargo.toml"));
    assert_none(manifest::path_complaints(&workspace_manifests(), &workspace));
}

#[test]
fn the_lock_file_has_one_wgpu_and_one_of_each_own_crate() {
    assert_none(lock::duplicates(&read(&root().join("Cargo.lock"))));
}

#[test]
fn every_source_file_says_what_it_is_for_and_is_short() {
    let files =
        [files_under("crates", "rs"), files_under("tests", "rs"), files_under("shaders", "wgsl")].concat();
    assert!(files.len() > 50, "only {} source files found", files.len());
    assert_none(files.iter().flat_map(|file| source::complaints(file, &read(&root().join(file)))).collect());
}

#[test]
fn every_shader_has_its_dispatcher() {
    let rust: Vec<_> = files_under("crates", "rs")
        .into_iter()
        .filter(|file| file.contains("/src/"))
        .map(|file| (file.clone(), read(&root().join(&file))))
        .collect();
    assert_none(shader::without_dispatcher(&files_under("shaders", "wgsl"), &rust));
}
