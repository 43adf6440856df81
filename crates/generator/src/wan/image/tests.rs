//! The image encoder against transformers, and files that are refused.

use std::fs;
use std::path::Path;

use burn::tensor::Tensor;
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use tempfile::TempDir;

use super::config::Activation;
use super::preparation::Preparation;
use super::*;
use crate::Error;
use crate::wan::checkpoint::Precision;
use crate::wan::tests::{Cpu, Fixture, assert_close, path, values};
use crate::wan::{Video, transformer};

fn open(folder: &Path) -> Result<ImageEncoder, Error> {
    let processor = path("image_processor/preprocessor_config.json");
    ImageEncoder::open::<Cpu>(folder, &processor, &Default::default())
}

fn pictures(fixture: &Fixture) -> Vec<Video> {
    (0..5).map(|index| fixture.video(&format!("in.picture.{index}"))).collect()
}

fn tokens(encoder: &ImageEncoder, precision: Precision) -> Tensor<Cpu, 3> {
    let pictures = pictures(&Fixture::open("image.safetensors"));
    encoder.encode(&pictures, &Default::default(), precision).unwrap()
}

/// The encoder's tensors under other names, with one of whole numbers and one for a projection.
fn older(rename: impl Fn(&str) -> Option<String>) -> TempDir {
    let bytes = fs::read(path("image_encoder/model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let (numbers, projection) = ([0_u8; 5 * 8], [0_u8; 8 * 20 * 4]);
    let mut tensors: Vec<_> = file.iter().filter_map(|(name, view)| Some((rename(name)?, view))).collect();
    let ids = TensorView::new(Dtype::I64, vec![1, 5], &numbers).unwrap();
    tensors.push(("vision_model.embeddings.position_ids".to_owned(), ids));
    let view = TensorView::new(Dtype::F32, vec![8, 20], &projection).unwrap();
    tensors.push(("visual_projection.weight".to_owned(), view));
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("model.safetensors"), safetensors::serialize(tensors, None).unwrap())
        .unwrap();
    fs::copy(path("image_encoder/config.json"), folder.path().join("config.json")).unwrap();
    folder
}

#[test]
fn pictures_are_prepared_to_the_bit_as_transformers_does() {
    let fixture = Fixture::open("image.safetensors");
    let preparation = Preparation::read(&path("image_processor/preprocessor_config.json")).unwrap();
    for (index, picture) in pictures(&fixture).iter().enumerate() {
        let expected = fixture.video(&format!("out.pixels.{index}"));
        // A step of a byte would be 7e-3.
        assert_close(&format!("picture {index}"), preparation.prepared(picture).unwrap(), expected, 1e-6);
    }
}

#[test]
fn tokens_are_those_of_transformers_before_the_last_layer() {
    let (mut encoder, fixture) = (open(&path("image_encoder")).unwrap(), Fixture::open("image.safetensors"));
    for (kind, name) in [(Activation::Gelu, "gelu"), (Activation::QuickGelu, "quick_gelu")] {
        encoder.config.hidden_act = kind;
        let expected = fixture.tensor(&format!("out.tokens.{name}"));
        assert_close(name, tokens(&encoder, Precision::Single), expected, 1e-4);
    }
}

#[test]
fn older_names_and_what_is_not_needed_are_taken() {
    let folder = older(|name| Some(format!("vision_model.{name}")));
    let found = tokens(&open(folder.path()).unwrap(), Precision::Single);
    let expected = tokens(&open(&path("image_encoder")).unwrap(), Precision::Single);
    assert_eq!(values(found), values(expected));
}

#[test]
fn tensors_missing_and_left_over_are_named_behind_the_last_token_too() {
    let folder = older(|name| match name {
        "encoder.layers.2.mlp.fc1.bias" => None,
        "post_layernorm.weight" => Some("vision_model.norm.weight".to_owned()),
        other => Some(format!("vision_model.{other}")),
    });
    let message = open(folder.path()).unwrap_err().to_string();
    for part in [
        "in 3 places",
        "`encoder.layers.2.mlp.fc1.bias` [36] is missing",
        "`post_layernorm.weight` [20] is missing",
        "`norm.weight` [20] is not part of this model",
    ] {
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn a_transformer_of_other_pictures_is_refused() {
    let encoder = open(&path("image_encoder")).unwrap();
    let fits = |name: &str, change: fn(&mut transformer::Config)| {
        let mut config = transformer::Config::read(&path(name).join("config.json")).unwrap();
        change(&mut config);
        encoder.check(&config)
    };
    assert_eq!(fits("i2v", |_| ()).and(fits("flf2v", |_| ())), Ok(()));
    let message = fits("t2v", |_| ()).unwrap_err();
    assert!(message.contains("`image_dim` is missing"), "{message}");
    let message = fits("i2v", |config| config.image_dim = Some(1280)).unwrap_err();
    assert!(message.contains("`image_dim` is 1280, the image encoder gives 20 channels"), "{message}");
    let message = fits("flf2v", |config| config.pos_embed_seq_len = Some(514)).unwrap_err();
    assert!(message.contains("`pos_embed_seq_len` is 514, it must be 10"), "{message}");
}

#[test]
fn configurations_that_are_impossible_or_do_not_agree_are_refused() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().join("changed.json");
    let refusal = |file: &str, from: &str, to: &str, read: &dyn Fn(&Path) -> Error| {
        let text = fs::read_to_string(path(file)).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&place, text.replace(from, to)).unwrap();
        read(&place).to_string()
    };
    let config: &dyn Fn(&Path) -> Error = &|place| Config::read(place).unwrap_err();
    for (from, to, part) in [
        (r#""gelu""#, r#""relu""#, "unknown variant `relu`, expected `gelu` or `quick_gelu`"),
        (
            r#""num_attention_heads": 2"#,
            r#""num_attention_heads": 3"#,
            "a multiple of `num_attention_heads`, 3",
        ),
        (r#""image_size": 14"#, r#""image_size": 0"#, "`image_size` is 0, it must be 1 to 4096"),
    ] {
        let message = refusal("image_encoder/config.json", from, to, config);
        assert!(message.contains("changed.json") && message.contains(part), "{message}");
    }
    let processor: &dyn Fn(&Path) -> Error =
        &|place| ImageEncoder::open::<Cpu>(&path("image_encoder"), place, &Default::default()).unwrap_err();
    for (from, to, part) in [
        (r#""resample": 3"#, r#""resample": 2"#, "`resample` is 2"),
        (r#""do_resize": true"#, r#""do_resize": false"#, "must be true"),
        (r#": 14"#, r#": 12"#, "`crop_size` is 12, the encoder's `image_size` 14"),
        (r#": 14"#, r#": 20"#, "`crop_size` is 20×20 of a `shortest_edge` of 16"),
    ] {
        let message = refusal("image_processor/preprocessor_config.json", from, to, processor);
        assert!(message.contains("changed.json") && message.contains(part), "{message}");
    }
}
