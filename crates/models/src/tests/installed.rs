//! Where parts are found, and what is said where they are not.

use std::{fs, path::Path};

use tempfile::tempdir;

use super::put;
use crate::{Error, ImageParts, Installed};

/// A part with one file of weights.
fn lay(folder: &Path) {
    put(&folder.join("config.json"), b"{}");
    put(&folder.join("model.safetensors"), b"");
}

/// What all models share.
fn lay_shared(home: &Path) {
    let shared = home.join("models/wan-shared");
    lay(&shared.join("vae"));
    lay(&shared.join("text_encoder"));
    put(&shared.join("tokenizer/tokenizer.json"), b"{}");
}

fn missing(home: &Path, name: &str) -> (Vec<String>, String) {
    match Installed::find(home, name) {
        Err(Error::Missing { files, hint, .. }) => {
            let below = |file: &Path| file.strip_prefix(home).unwrap().to_str().unwrap().to_owned();
            (files.iter().map(|file| below(file)).collect(), hint)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_missing_file_is_named_with_its_place_and_what_brings_it() {
    let home = tempdir().unwrap();
    let (files, hint) = missing(home.path(), "wan-vace-1.3b");
    assert_eq!(hint, "maquette models fetch wan-vace-1.3b");
    assert_eq!(files.len(), 4 + 2 + 5 + 1, "{files:?}");
    let own = "models/wan-vace-1.3b/transformer/diffusion_pytorch_model-00002-of-00002.safetensors";
    assert!(files.contains(&own.to_owned()));
    assert!(files.contains(&"models/wan-shared/tokenizer/tokenizer.json".to_owned()));
    let message = Installed::find(home.path(), "wan-vace-1.3b").unwrap_err().to_string();
    assert!(message.contains(own) && message.contains(&hint), "{message}");
}

#[test]
fn a_part_may_be_one_file() {
    let home = tempdir().unwrap();
    lay_shared(home.path());
    let file = home.path().join("wan2.1_vace_bf16.safetensors");
    put(&file, b"");
    let found = Installed::find(home.path(), file.to_str().unwrap()).unwrap();
    assert_eq!(found.transformer, file);
    assert_eq!(found.vae, home.path().join("models/wan-shared/vae"));
    let folder = home.path().join("mine");
    put(
        &folder.join("parts.json"),
        br#"{"transformer": "../wan2.1_vace_bf16.safetensors", "vae": "vae.safetensors"}"#,
    );
    put(&folder.join("vae.safetensors"), b"");
    let found = Installed::find(home.path(), folder.to_str().unwrap()).unwrap();
    assert_eq!(found.vae, folder.join("vae.safetensors"));
    // A text encoder has more to it than weights.
    put(
        &folder.join("parts.json"),
        br#"{"transformer": "../wan2.1_vace_bf16.safetensors", "text_encoder": "vae.safetensors"}"#,
    );
    let found = Installed::find(home.path(), folder.to_str().unwrap()).unwrap();
    assert_eq!(found.text_encoder, home.path().join("models/wan-shared/text_encoder"));
}

#[test]
fn shards_are_those_that_the_index_names() {
    let home = tempdir().unwrap();
    lay_shared(home.path());
    let transformer = home.path().join("models/wan-vace-1.3b/transformer");
    put(&transformer.join("config.json"), b"{}");
    put(&transformer.join("a-00001-of-00002.safetensors"), b"");
    let (files, _) = missing(home.path(), "wan-vace-1.3b");
    assert!(files.len() > 1, "one shard without an index is not a model: {files:?}");
    put(
        &transformer.join("a.safetensors.index.json"),
        br#"{"weight_map": {"x": "a-00001-of-00002.safetensors", "y": "a-00002-of-00002.safetensors"}}"#,
    );
    let (files, _) = missing(home.path(), "wan-vace-1.3b");
    assert_eq!(files, ["models/wan-vace-1.3b/transformer/a-00002-of-00002.safetensors"]);
    put(&transformer.join("a-00002-of-00002.safetensors"), b"");
    let found = Installed::find(home.path(), "wan-vace-1.3b").unwrap();
    assert_eq!(found.transformer, transformer);
    assert_eq!(found.vae, home.path().join("models/wan-shared/vae"));
    assert_eq!(found.tokenizer, home.path().join("models/wan-shared/tokenizer/tokenizer.json"));
}

#[test]
fn a_models_own_part_goes_before_the_shared_one_and_parts_json_before_both() {
    let home = tempdir().unwrap();
    lay_shared(home.path());
    let own = home.path().join("models/wan-vace-14b");
    lay(&own.join("transformer"));
    lay(&own.join("vae"));
    assert_eq!(Installed::find(home.path(), "wan-vace-14b").unwrap().vae, own.join("vae"));
    lay(&home.path().join("elsewhere"));
    put(&own.join("parts.json"), br#"{"vae": "../../elsewhere"}"#);
    let found = Installed::find(home.path(), "wan-vace-14b").unwrap();
    assert_eq!(found.vae, own.join("../../elsewhere"));
    fs::write(own.join("parts.json"), "vae: elsewhere").unwrap();
    assert!(matches!(Installed::find(home.path(), "wan-vace-14b"), Err(Error::Index { .. })));
}

#[test]
fn any_folder_is_a_model_and_takes_from_the_shared_parts_what_it_lacks() {
    let (home, folder) = (tempdir().unwrap(), tempdir().unwrap());
    let name = folder.path().to_str().unwrap();
    lay_shared(home.path());
    lay(&folder.path().join("transformer"));
    let found = Installed::find(home.path(), name).unwrap();
    assert_eq!(found.transformer, folder.path().join("transformer"));
    assert_eq!(found.text_encoder, home.path().join("models/wan-shared/text_encoder"));
    let (files, hint) = missing(home.path(), "wan-gbuffer");
    assert_eq!(files[0], "models/wan-gbuffer/transformer/*.safetensors");
    assert!(hint.contains("you supply"), "{hint}");
    fs::remove_dir_all(home.path().join("models/wan-shared/vae")).unwrap();
    let error = Installed::find(home.path(), name).unwrap_err().to_string();
    assert!(error.contains("hint: maquette models fetch wan-shared"), "{error}");
}

#[test]
fn a_model_that_begins_from_a_picture_has_an_image_encoder_and_others_need_none() {
    let home = tempdir().unwrap();
    lay_shared(home.path());
    for name in ["wan-image-14b", "wan-vace-14b"] {
        lay(&home.path().join("models").join(name).join("transformer"));
    }
    assert_eq!(Installed::find(home.path(), "wan-vace-14b").unwrap().image, None);
    let (files, _) = missing(home.path(), "wan-image-14b");
    let expected = [
        "image_encoder/config.json",
        "image_encoder/model.safetensors",
        "image_processor/preprocessor_config.json",
    ];
    assert_eq!(files, expected.map(|file| format!("models/wan-image-14b/{file}")));
    let own = home.path().join("models/wan-image-14b");
    let processor = own.join("image_processor/preprocessor_config.json");
    lay(&own.join("image_encoder"));
    put(&processor, b"{}");
    let image = ImageParts { encoder: own.join("image_encoder"), processor };
    assert_eq!(Installed::find(home.path(), "wan-image-14b").unwrap().image, Some(image.clone()));
    let found = Installed::find(home.path(), own.to_str().unwrap()).unwrap();
    assert_eq!(found.image, Some(image), "a folder is asked for no more than it has");
}

#[test]
fn neither_a_name_nor_a_folder_is_answered_with_the_names_there_are() {
    let error = Installed::find(Path::new("/nowhere"), "wan-vace").unwrap_err();
    assert!(error.is_about_input());
    assert!(error.to_string().contains("wan-vace-1.3b"), "{error}");
}
