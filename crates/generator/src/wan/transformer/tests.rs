//! The transformer against the original, part by part.

use burn::tensor::{DType, Tensor};

use super::block::Surroundings;
use super::{Config, Control, Transformer, patch, rotary::Rotary};
use crate::test_backend::flash;
use crate::wan::Limit;
use crate::wan::checkpoint::{Checkpoint, Names, Precision};
use crate::wan::config;
use crate::wan::tests::{Cpu, Fixture, assert_close, checkpoint, difference, path};

const LIMIT: f32 = 1e-4;

fn model(name: &str) -> Transformer<Cpu> {
    let config = Config::read(&path(name).join("config.json")).unwrap();
    let loaded = checkpoint(name).load(&Default::default(), Precision::Single, |parameters| {
        Transformer::load(parameters, config.clone())
    });
    loaded.unwrap().attending_by(flash())
}

/// What went into the original.
struct Inputs {
    latents: Tensor<Cpu, 5>,
    time: f32,
    text: Tensor<Cpu, 3>,
    pictures: Option<Tensor<Cpu, 3>>,
    control: Option<(Tensor<Cpu, 5>, Vec<f64>)>,
}

impl Inputs {
    fn read(fixture: &Fixture, config: &Config) -> Self {
        let numbers = |name| fixture.tensor::<1>(name).into_data().into_vec::<f32>().unwrap();
        let control = || {
            let strengths = numbers("in.control_hidden_states_scale").into_iter().map(f64::from).collect();
            (fixture.tensor("in.control_hidden_states"), strengths)
        };
        Self {
            latents: fixture.tensor("in.hidden_states"),
            time: numbers("in.timestep")[0],
            text: fixture.tensor("in.encoder_hidden_states"),
            pictures: config.image_dim.map(|_| fixture.tensor("in.encoder_hidden_states_image")),
            control: (!config.vace_layers.is_empty()).then(control),
        }
    }
}

/// Compares every part that the fixture has, then the whole.
fn compare(folder: &str, file: &str) {
    let fixture = Fixture::open(&format!("{file}.safetensors"));
    let model = model(folder);
    let inputs = Inputs::read(&fixture, model.config());
    let close = |part: &str, found, expected| assert_close(&format!("{file} {part}"), found, expected, LIMIT);
    let context = model.context(inputs.text.clone(), inputs.pictures.clone());
    close("text", context.text.clone(), fixture.tensor("out.text"));
    if let Some(pictures) = &context.picture {
        close("pictures", pictures.clone(), fixture.tensor("out.pictures"));
    }
    let control = inputs.control.iter();
    let controls: Vec<_> =
        control.map(|(latents, strengths)| Control { latents: latents.clone(), strengths }).collect();
    compare_blocks(&model, &fixture, &inputs, &context, &controls, close);
    let velocity = model.forward(inputs.latents, inputs.time, &context, &controls);
    assert_close(&format!("{file} velocity"), velocity, fixture.tensor("out.velocity"), LIMIT);
}

fn compare_blocks(
    model: &Transformer<Cpu>,
    fixture: &Fixture,
    inputs: &Inputs,
    context: &super::Context<Cpu>,
    controls: &[Control<'_, Cpu>],
    close: impl Fn(&str, Tensor<Cpu, 3>, Tensor<Cpu, 3>),
) {
    let (config, device) = (model.config(), Default::default());
    let (time, modulation) = model.conditions.time(inputs.time, &device);
    // The original has one a video of the batch; all are equal.
    let first = |name: &str| fixture.tensor::<2>(name).narrow(0, 0, 1);
    close("time", time, first("out.time").unsqueeze());
    close("modulation", modulation.clone(), first("out.modulation").reshape([1, 6, config.width()]));
    let mut tokens = model.patch.forward(patch::cut(inputs.latents.clone(), config.patch_size));
    let embedded: Tensor<Cpu, 3> = fixture.tensor::<5>("out.patch").flatten(2, 4);
    close("patch", tokens.clone(), embedded.swap_dims(1, 2));
    let grid = patch::grid(&inputs.latents, config.patch_size);
    let rotary = Rotary::new(0, grid, config.attention_head_dim, &device, DType::F32);
    let around =
        Surroundings { context, time: modulation, rotary, kernel: model.kernel.clone(), keeps: None };
    let guide = model.guide.as_ref();
    let mut hints = guide.map(|guide| guide.begin(controls, None, config.patch_size, &tokens));
    let mut strengths = controls.iter().flat_map(|control| control.strengths).enumerate();
    for (layer, block) in model.blocks.iter().enumerate() {
        tokens = block.forward(tokens, &around, None);
        let name = format!("block.{layer}");
        close(&name, tokens.clone(), fixture.tensor(&format!("out.{name}")));
        if let Some(hint) = hints.as_mut().and_then(|hints| hints.behind(layer, &around)) {
            let (index, &strength) = strengths.next().unwrap();
            let name = format!("hint.{index}");
            close(&name, hint.clone(), fixture.tensor(&format!("out.{name}")) * strength);
            tokens = tokens + hint;
        }
    }
    assert!(strengths.next().is_none());
}

#[test]
fn text_to_video_gives_what_diffusers_gives() {
    compare("t2v", "t2v");
}

#[test]
fn a_file_with_the_original_names_is_the_same_model() {
    let names: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(path("names.json")).unwrap()).unwrap();
    let pairs = names["transformer"].as_object().unwrap();
    let original = |name: &str| pairs.iter().find(|(_, diffusers)| *diffusers == name).unwrap().0.clone();
    let bytes = std::fs::read(path("t2v/diffusion_pytorch_model.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let renamed = tensors.iter().map(|(name, view)| (original(name), view));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wan2.1_t2v.safetensors");
    std::fs::write(&file, safetensors::serialize(renamed, None).unwrap()).unwrap();
    std::fs::copy(path("t2v/config.json"), folder.path().join("config.json")).unwrap();

    let checkpoint = Checkpoint::open(&file, Names::Transformer).unwrap();
    let config = Config::of(&file, &checkpoint).unwrap();
    let loaded = checkpoint.load(&Default::default(), Precision::Single, |parameters| {
        Transformer::<Cpu>::load(parameters, config.clone())
    });
    let (fixture, lone) = (Fixture::open("t2v.safetensors"), loaded.unwrap().attending_by(flash()));
    let inputs = Inputs::read(&fixture, lone.config());
    let velocity = |model: &Transformer<Cpu>| {
        let context = model.context(inputs.text.clone(), None);
        model.forward(inputs.latents.clone(), inputs.time, &context, &[])
    };
    assert_close("velocity", velocity(&lone), velocity(&model("t2v")), 0.0);
}

#[test]
fn a_first_frame_is_attended_to_as_in_diffusers() {
    compare("i2v", "i2v");
}

#[test]
fn a_first_and_a_last_frame_have_positions_as_in_diffusers() {
    compare("flf2v", "flf2v");
}

#[test]
fn a_gbuffer_of_96_channels_gives_what_diffusers_gives() {
    compare("gbuffer", "gbuffer");
    compare("surfaces", "surfaces");
}

#[test]
fn control_gives_what_diffusers_gives() {
    compare("vace", "vace");
}

#[test]
fn control_shorter_than_the_video_gives_what_diffusers_gives() {
    compare("vace", "vace_second_control");
}

#[test]
fn control_of_no_strength_is_no_control() {
    let fixture = Fixture::open("vace.safetensors");
    let model = model("vace");
    let inputs = Inputs::read(&fixture, model.config());
    let context = model.context(inputs.text, None);
    // Of a shape that could not be computed with: nothing is.
    let control =
        Control { latents: Tensor::zeros([1, 1, 1, 1, 1], &Default::default()), strengths: &[0.0, 0.0] };
    let found = model.forward(inputs.latents.clone(), inputs.time, &context, &[control]);
    let expected = model.forward(inputs.latents, inputs.time, &context, &[]);
    assert_close("velocity", found, expected, 0.0);
}

#[test]
fn controls_add_up() {
    let fixtures = ["vace.safetensors", "vace_second_control.safetensors"].map(Fixture::open);
    let model = model("vace");
    let inputs = Inputs::read(&fixtures[0], model.config());
    let context = model.context(inputs.text, None);
    let control = |index: usize, strengths| Control {
        latents: fixtures[index].tensor("in.control_hidden_states"),
        strengths,
    };
    let velocity = |controls: &[_]| model.forward(inputs.latents.clone(), inputs.time, &context, controls);
    let together = velocity(&[control(0, &[0.5, 0.25]), control(0, &[0.25, 0.0])]);
    assert_close("one twice", together, velocity(&[control(0, &[0.75, 0.25])]), 1e-5);
    let two = [control(0, &[0.5, 0.0]), control(1, &[0.0, 1.0])];
    let turned = [two[1].clone(), two[0].clone()];
    assert_close("in any order", velocity(&two), velocity(&turned), 1e-5);
    for one in &two {
        let one = velocity(std::slice::from_ref(one));
        assert!(difference(velocity(&two), one) > 0.01, "both must be seen");
    }
}

#[test]
fn what_led_the_frames_before_is_seen_and_what_is_too_long_ago_is_not() {
    let fixture = Fixture::open("vace.safetensors");
    let model = model("vace");
    let inputs = Inputs::read(&fixture, model.config());
    let context = model.context(inputs.text, None);
    let lead: Tensor<Cpu, 5> = fixture.tensor("in.control_hidden_states");
    let last = |[first, latest]: [usize; 2], lead: &Tensor<Cpu, 5>| {
        let mut past = model.past(1, Limit { first, latest });
        let mut velocity = None;
        for frame in 0..3 {
            let part = |all: &Tensor<Cpu, 5>| all.clone().narrow(2, frame, 1);
            let control = Control { latents: part(lead), strengths: &[1.0, 0.5] };
            let latents = part(&inputs.latents);
            velocity = Some(model.forward_after(&mut past, true, latents, 402.5, &context, &[control]));
        }
        velocity.unwrap()
    };
    // Another lead in the first frame alone.
    let other = Tensor::cat(vec![lead.clone().narrow(2, 0, 1) * 2.0, lead.clone().narrow(2, 1, 2)], 2);
    assert!(difference(last([0, 3], &other), last([0, 3], &lead)) > 1e-3, "the first frame is seen");
    assert!(difference(last([0, 3], &lead), last([0, 1], &lead)) > 1e-3, "one kept frame is not two");
    assert_close("nothing kept", last([0, 0], &other), last([0, 0], &lead), 0.0);
    let pinned = difference(last([1, 1], &lead), last([0, 3], &lead));
    assert_eq!(pinned, 0.0, "the first is kept for good");
    let control = [Control { latents: lead.narrow(2, 0, 1), strengths: &[1.0, 0.5] }];
    let first = inputs.latents.narrow(2, 0, 1);
    let found = model.forward_after(
        &mut model.past(1, Limit { first: 0, latest: 3 }),
        false,
        first.clone(),
        402.5,
        &context,
        &control,
    );
    assert_close("nothing before", found, model.forward(first, 402.5, &context, &control), 0.0);
}

fn parse(text: &str) -> Result<Config, String> {
    config::parse("config.json", text.as_bytes(), Config::check).map_err(|error| error.to_string())
}

#[test]
fn published_configurations_are_read() {
    let small = r#""num_attention_heads": 12, "attention_head_dim": 128, "ffn_dim": 8960, "num_layers": 30"#;
    let text_to_video = parse(&format!("{{{small}}}")).unwrap();
    assert_eq!(
        (text_to_video.width(), text_to_video.in_channels, text_to_video.vace_layers.len()),
        (1536, 16, 0)
    );
    let layers = (0..30).step_by(2).collect::<Vec<usize>>();
    let control =
        parse(&format!("{{{small}, \"vace_layers\": {layers:?}, \"vace_in_channels\": 96}}")).unwrap();
    assert_eq!(control.vace_layers, layers);
    let large = parse(r#"{"in_channels": 36, "image_dim": 1280, "added_kv_proj_dim": 5120}"#).unwrap();
    assert_eq!((large.width(), large.num_layers, large.ffn_dim), (5120, 40, 13_824));
}

#[test]
fn impossible_configurations_are_refused_with_the_value() {
    for (text, says) in [
        (r#"{"num_layers": 0}"#, "`num_layers` is 0"),
        (r#"{"ffn_dim": 99999999999}"#, "`ffn_dim` is 99999999999"),
        (r#"{"patch_size": [1, 0, 2]}"#, "`patch_size` is 0"),
        (r#"{"attention_head_dim": 7}"#, "`attention_head_dim` is 7"),
        (r#"{"qk_norm": "layer_norm"}"#, "layer_norm"),
        (r#"{"added_kv_proj_dim": 7, "image_dim": 7}"#, "instead of 5120"),
        (r#"{"image_dim": 1280}"#, "need each other"),
        (r#"{"vace_layers": [0, 5, 40]}"#, "`vace_layers` is [0, 5, 40]"),
        (r#"{"vace_layers": [1, 2]}"#, "must rise from 0"),
        (r#"{"eps": 0}"#, "`eps` is 0"),
        (r#"{"num_layers": "forty"}"#, "invalid type"),
    ] {
        let message = parse(text).unwrap_err();
        assert!(message.contains(says), "{text}: {message}");
    }
}
