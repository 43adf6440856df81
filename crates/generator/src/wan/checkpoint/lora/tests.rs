//! LoRAs in every layout, merged as diffusers fuses them; and those that are refused.

use std::fs;

use burn::tensor::Tensor;
use safetensors::Dtype;
use safetensors::tensor::{TensorView, serialize};
use tempfile::TempDir;

use super::layout;
use crate::Error;
use crate::wan::checkpoint::{Checkpoint, Precision};
use crate::wan::tests::{Cpu, Fixture, assert_close, checkpoint, difference, path};
use crate::wan::transformer::{Config, Transformer};

/// The velocity of the text-to-video network with LoRAs of these names and strengths.
fn velocity(loras: &[(&str, f64)]) -> Tensor<Cpu, 5> {
    let mut checkpoint = checkpoint("t2v");
    for (name, strength) in loras {
        checkpoint.add_lora(&path(&format!("lora/{name}.safetensors")), *strength).unwrap();
    }
    let config = Config::read(&path("t2v/config.json")).unwrap();
    let model = checkpoint
        .load(&Default::default(), Precision::Single, |parameters| {
            Transformer::load(parameters, config.clone())
        })
        .unwrap();
    let fixture = Fixture::open("t2v.safetensors");
    let context = model.context(fixture.tensor("in.encoder_hidden_states"), None);
    let time = fixture.tensor::<1>("in.timestep").into_data().to_vec::<f32>().unwrap()[0];
    model.forward(fixture.tensor("in.hidden_states"), time, &context, &[])
}

#[test]
fn every_layout_is_merged_as_diffusers_fuses_it() {
    let fixture = Fixture::open("lora.safetensors");
    let plain = velocity(&[]);
    for name in ["peft", "scaled", "original", "alpha", "kohya"] {
        let expected = fixture.tensor(&format!("out.{name}"));
        assert!(difference(plain.clone(), expected.clone()) > 0.03, "{name} must change something");
        assert_close(name, velocity(&[(name, 0.8)]), expected, 1e-4);
    }
    let several = velocity(&[("peft", 0.7), ("original", -0.4)]);
    assert_close("several", several, fixture.tensor("out.several"), 1e-4);
}

#[test]
fn original_names_are_found_with_dots_and_with_underscores() {
    let text = fs::read_to_string(path("names.json")).unwrap();
    let every: serde_json::Value = serde_json::from_str(&text).unwrap();
    let pairs = every["transformer"].as_object().unwrap();
    let known: Vec<&str> = pairs.values().map(|name| name.as_str().unwrap()).collect();
    for (original, expected) in pairs {
        let (module, kind) = match original.rsplit_once('.') {
            Some((module, kind @ ("weight" | "bias"))) => (module, kind),
            _ => (original.as_str(), "weight"),
        };
        for key in
            [format!("diffusion_model.{module}.diff"), format!("lora_unet_{}.diff", module.replace('.', "_"))]
        {
            let (module, _) = layout::split(&key).unwrap();
            let found =
                layout::candidates(&module, kind).into_iter().find(|name| known.contains(&name.as_str()));
            assert_eq!(found.as_deref(), expected.as_str(), "{key}");
        }
    }
}

#[test]
fn strength_0_changes_nothing_and_opposite_strengths_cancel() {
    let plain = velocity(&[]);
    assert_close("strength 0", velocity(&[("original", 0.0)]), plain.clone(), 0.0);
    assert_close("there and back", velocity(&[("alpha", 0.5), ("alpha", -0.5)]), plain, 1e-5);
}

/// A tensor's name, shape and values.
type Named<'a> = (&'a str, &'a [usize], &'a [f32]);

/// A file of tensors of single precision.
fn file(folder: &TempDir, name: &str, tensors: &[Named<'_>], metadata: &[(&str, &str)]) {
    let bytes = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let values: Vec<_> =
        tensors.iter().map(|(name, shape, values)| (*name, shape.to_vec(), bytes(values))).collect();
    let views = values
        .iter()
        .map(|(name, shape, bytes)| (*name, TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap()));
    let metadata = metadata.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    fs::write(folder.path().join(name), serialize(views, Some(metadata)).unwrap()).unwrap();
}

/// A layer `a` of 2 outputs and 3 inputs, and a free parameter, with this LoRA.
fn changed(tensors: &[Named<'_>], metadata: &[(&str, &str)]) -> Result<Checkpoint, Error> {
    let folder = TempDir::new().unwrap();
    let model: [Named<'_>; 3] = [
        ("a.weight", &[2, 3], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]),
        ("a.bias", &[2], &[0.0, 0.0]),
        ("a.scale_shift_table", &[1, 1, 2], &[0.0, 0.0]),
    ];
    file(&folder, "model.safetensors", &model, &[]);
    file(&folder, "lora.safetensors", tensors, metadata);
    let mut checkpoint = Checkpoint::open(
        &folder.path().join("model.safetensors"),
        crate::wan::checkpoint::Names::Transformer,
    )?;
    checkpoint.add_lora(&folder.path().join("lora.safetensors"), 1.0)?;
    Ok(checkpoint)
}

fn values(checkpoint: &Checkpoint, name: &str, precision: Precision) -> Vec<f32> {
    let device = Default::default();
    let parameters = checkpoint.parameters::<Cpu>(&device, precision);
    let data = match name {
        "a.weight" => parameters.tensor(name, [2, 3]).map(Tensor::<Cpu, 2>::into_data),
        "a.bias" => parameters.tensor(name, [2]).map(Tensor::<Cpu, 1>::into_data),
        _ => parameters.tensor(name, [1, 1, 2]).map(Tensor::<Cpu, 3>::into_data),
    };
    data.unwrap().convert::<f32>().into_vec().unwrap()
}

const DOWN: Named<'_> = ("transformer.a.lora_A.weight", &[1, 3], &[1.0, 0.0, -1.0]);
const UP: Named<'_> = ("transformer.a.lora_B.weight", &[2, 1], &[1.0, 2.0]);

#[test]
fn products_and_differences_add_up_in_either_precision() {
    let all: [Named<'_>; 7] = [
        DOWN,
        UP,
        ("transformer.a.alpha", &[], &[0.5]),
        ("transformer.a.diff", &[2, 3], &[0.0, 0.25, 0.0, 0.0, 0.0, 0.0]),
        ("diffusion_model.a.diff_b", &[2], &[0.5, -0.5]),
        ("transformer.a.lora_B.bias", &[2], &[8.0, 8.0]),
        ("diffusion_model.a.modulation.diff", &[1, 1, 2], &[3.0, 4.0]),
    ];
    let checkpoint = changed(&all, &[]).unwrap();
    for precision in [Precision::Single, Precision::Half] {
        assert_eq!(values(&checkpoint, "a.weight", precision), [1.5, 2.25, 2.5, 5.0, 5.0, 5.0]);
        assert_eq!(values(&checkpoint, "a.bias", precision), [4.5, 3.5]);
        assert_eq!(values(&checkpoint, "a.scale_shift_table", precision), [3.0, 4.0]);
    }
}

#[test]
fn the_sum_is_rounded_once_for_half_precision() {
    // Half precision has steps of 1/1024 here: each of the two would be lost, and both together are not.
    let small = 0.4 / 1024.0;
    let twice: [Named<'_>; 3] =
        [DOWN, ("transformer.a.lora_B.weight", &[2, 1], &[small, 0.0]), ("a.diff", &[2, 3], &[small; 6])];
    let checkpoint = changed(&twice, &[]).unwrap();
    assert_eq!(values(&checkpoint, "a.weight", Precision::Half)[0], 1.0 + 1.0 / 1024.0);
}

#[test]
fn what_peft_says_of_alpha_counts() {
    let weight = |metadata: &str| {
        let checkpoint = changed(&[DOWN, UP], &[("lora_adapter_metadata", metadata)])?;
        Ok::<_, Error>(values(&checkpoint, "a.weight", Precision::Single)[0])
    };
    for (metadata, expected) in [
        (r"{}", 2.0),
        (r#"{"transformer.lora_alpha": 4, "transformer.r": 1}"#, 5.0),
        (r#"{"transformer.lora_alpha": 4, "transformer.alpha_pattern": {"a": 2, "b": 9}}"#, 3.0),
    ] {
        assert_eq!(weight(metadata).unwrap(), expected, "{metadata}");
    }
    for (metadata, says) in [(r#"{"transformer.use_dora": true}"#, "DoRA"), ("[", "`lora_adapter_metadata`")]
    {
        let message = weight(metadata).unwrap_err().to_string();
        assert!(message.contains(says), "{message}");
    }
}

#[test]
fn a_sum_beyond_the_precision_is_refused_by_the_tensors_name() {
    for (value, precision) in [(3e38, Precision::Single), (7e4, Precision::Half)] {
        let checkpoint = changed(
            &[("a.diff_b", &[2], &[value, value]), ("a.lora_B.bias", &[2], &[value, 0.0]), DOWN, UP],
            &[],
        )
        .unwrap();
        let device = Default::default();
        let parameters = checkpoint.parameters::<Cpu>(&device, precision);
        let refused =
            parameters.tensor("a.bias", [2]).map(Tensor::<Cpu, 1>::into_data).unwrap_err().to_string();
        assert!(refused.contains("`a.bias`") && refused.contains("LoRA"), "{refused}");
    }
}

#[test]
fn whatever_does_not_fit_is_named() {
    let wide: Named<'_> = ("transformer.a.lora_A.weight", &[1, 2], &[1.0, 0.0]);
    let cases: [(&[Named<'_>], &str); 9] = [
        (
            &[wide, UP],
            "`transformer.a.lora_B.weight` [2, 1] · `transformer.a.lora_A.weight` [1, 2] cannot change `a.weight` [2, 3]",
        ),
        (&[DOWN], r#"["transformer.a.lora_A.weight"] lack the rest"#),
        (&[DOWN, UP, ("a.alpha", &[2], &[1.0, 2.0])], "`a.alpha` has shape [2], it must be one number"),
        (&[DOWN, UP, ("a.alpha", &[], &[f32::NAN])], "`a.alpha` holds NaN"),
        (&[DOWN, UP, ("a.dora_scale", &[2], &[1.0, 2.0])], "`a.dora_scale` F32 [2] is no part of a LoRA"),
        (&[DOWN, UP, ("a.lora_up.weight", &[2, 1], &[1.0, 2.0])], "are the same"),
        (&[("b.diff", &[2], &[1.0, 2.0])], "`b.diff` [2] is for a part that this model has not"),
        (&[("a.diff_b", &[3], &[1.0, 2.0, 3.0])], "`a.diff_b` [3] cannot change `a.bias` [2]"),
        (&[("lora_unet_a_q.diff", &[], &[1.0])], "`lora_unet_a_q.diff` [] is for a part"),
    ];
    for (tensors, says) in cases {
        let message = changed(tensors, &[]).unwrap_err().to_string();
        assert!(message.contains(says) && message.contains("lora.safetensors"), "{message}");
    }
    let both = changed(&[wide, UP, ("b.diff", &[1], &[1.0])], &[]).unwrap_err().to_string();
    println!("{both}");
    assert!(both.contains("in 2 places"), "{both}");
}

#[test]
fn values_that_are_not_finite_are_refused_when_they_are_read() {
    let checkpoint =
        changed(&[DOWN, ("transformer.a.lora_B.weight", &[2, 1], &[1.0, f32::INFINITY])], &[]).unwrap();
    let device = Default::default();
    let read = checkpoint.parameters::<Cpu>(&device, Precision::Single).tensor::<2>("a.weight", [2, 3]);
    assert!(read.unwrap_err().to_string().contains("`transformer.a.lora_B.weight` holds inf"));
}
