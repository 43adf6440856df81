//! The catalogue is whole and plain.

use std::collections::BTreeSet;

use crate::{Model, catalogue, hash::is_sha256};

fn paths() -> impl Iterator<Item = (&'static Model, &'static crate::File)> {
    catalogue().iter().flat_map(|model| model.files.iter().map(move |file| (model, file)))
}

#[test]
fn names_and_paths_stay_in_their_folder() {
    let plain = |text: &str| {
        let usual = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.');
        !text.starts_with('.') && !text.is_empty() && text.bytes().all(usual)
    };
    assert!(catalogue().iter().all(|model| plain(model.name)));
    assert!(paths().all(|(_, file)| file.path.split('/').count() == 2 && file.path.split('/').all(plain)));
}

#[test]
fn hashes_and_revisions_are_ones() {
    assert!(paths().all(|(_, file)| file.bytes > 0 && file.sha256.is_none_or(is_sha256)));
    let hashes: Vec<_> = paths().filter_map(|(_, file)| file.sha256).collect();
    assert_eq!(BTreeSet::from_iter(&hashes).len(), hashes.len(), "no hash stands twice");
    for source in catalogue().iter().filter_map(|model| model.source.as_ref()) {
        assert!(source.revision.len() == 40 && source.repository.split('/').count() == 2);
    }
}

#[test]
fn every_shard_of_a_set_is_listed_with_its_index() {
    for (model, file) in paths() {
        let Some((stem, count)) =
            file.path.strip_suffix(".safetensors").and_then(|path| path.split_once("-of-"))
        else {
            continue;
        };
        let (stem, count) = (&stem[..stem.len() - 6], count.parse::<usize>().unwrap());
        for index in 1..=count {
            let shard = format!("{stem}-{index:05}-of-{count:05}.safetensors");
            assert!(model.files.iter().any(|file| file.path == shard), "{}: {shard}", model.name);
        }
        let index = format!("{stem}.safetensors.index.json");
        assert!(model.files.iter().any(|file| file.path == index), "{}: {index}", model.name);
    }
}

#[test]
fn every_published_model_has_all_parts_with_what_it_shares() {
    for model in catalogue().iter().filter(|model| model.shares.is_some() && model.source.is_some()) {
        for part in ["transformer", "vae", "text_encoder", "tokenizer"] {
            let count = model.with_shared().flat_map(|model| model.files_of(part)).count();
            assert!(count > 0, "{}: {part}", model.name);
        }
    }
}
