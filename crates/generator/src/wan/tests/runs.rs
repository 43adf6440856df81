//! Whole runs against diffusers' pipelines: words, noise and what leads the video in, latents and frames out.

use burn::tensor::Tensor;

use super::devices::{encoded, load};
use super::{Fixture, TestBackend, assert_close, path, sample, unipc, values};
use crate::wan::text::{TOKENS, Tokenizer, padded};
use crate::wan::{
    Context, Control, ControlVideo, EndFrames, Guidance, ImageEncoder, Limit, Precision, Transformer, Vae,
    Video, without_references,
};

const PROMPTS: [&str; 2] = ["a grey corridor, wet steel, sodium light", "low quality, blurred details"];

/// A tiny network and what it attends to: the wanted, then the unwanted; pictures `[picture, token, channel]` as well, where
/// it takes them.
pub(crate) fn network(
    folder: &str,
    pictures: Option<&Tensor<TestBackend, 3>>,
) -> (Transformer<TestBackend>, Vec<Context<TestBackend>>) {
    let transformer = load(folder, Precision::Single);
    let tokenizer = Tokenizer::read(&path("tokenizer.json")).unwrap();
    let prompts = PROMPTS.map(|prompt| tokenizer.tokens(prompt).unwrap());
    let texts = encoded(&prompts, Precision::Single);
    let context = |text| transformer.context(padded(text, TOKENS), pictures.cloned());
    let contexts = texts.into_iter().map(context).collect();
    (transformer, contexts)
}

/// The tiny autoencoder.
pub(crate) fn autoencoder() -> Vae<TestBackend> {
    Vae::open(&path("vae"), &Default::default(), Precision::Single).unwrap()
}

/// The first control that the original was given, with the first so many reference pictures.
pub(crate) fn control_video(fixture: &Fixture, references: usize) -> ControlVideo {
    let reference = |index| fixture.video(&format!("out.reference.{index}"));
    let references = (0..references).map(reference).collect();
    ControlVideo { video: fixture.video("in.video"), mask: fixture.video("in.mask"), references }
}

/// The frames that the original was given.
pub(crate) fn end_frames(fixture: &Fixture, last: bool) -> EndFrames {
    let last = last.then(|| fixture.video("in.last_image"));
    EndFrames { first: fixture.video("in.image"), last, frames: 9 }
}

/// A network in a folder, and all that leads its four steps.
struct Run {
    folder: &'static str,
    noise: Tensor<TestBackend, 5>,
    shift: f64,
    pictures: Option<Tensor<TestBackend, 3>>,
    controls: Vec<(Tensor<TestBackend, 5>, [f64; 2])>,
    references: usize,
    beside: Option<Tensor<TestBackend, 5>>,
}

impl Run {
    fn new(folder: &'static str, noise: Tensor<TestBackend, 5>) -> Self {
        let controls = Vec::new();
        Self { folder, noise, shift: 3.0, pictures: None, controls, references: 0, beside: None }
    }

    /// Fails where latents or frames are not those of this name in the file.
    fn follow(self, fixture: &Fixture, name: &str) {
        let (transformer, contexts) = network(self.folder, self.pictures.as_ref());
        let controls = self.controls.iter();
        let controls = controls.map(|(latents, strengths)| Control { latents: latents.clone(), strengths });
        let guidance = Guidance {
            wanted: &contexts[0],
            unwanted: Some((&contexts[1], 5.0)),
            controls: controls.collect(),
            beside: self.beside,
        };
        let latents = sample(&transformer, &mut unipc(4, self.shift, 1.0), &guidance, self.noise);
        assert_close("latents", latents.clone(), fixture.tensor(&format!("{name}.latents")), 1e-3);
        let latents = without_references(latents, self.references).squeeze_dim::<4>(0).swap_dims(0, 1);
        let frames = autoencoder().decode(&latents, None).unwrap() * 0.5 + 0.5;
        assert_alike(frames, fixture.video(&format!("{name}.frames")));
    }
}

/// Frames of 0 to 1, at least 50 dB above their difference.
fn assert_alike(found: Video, expected: Video) {
    assert_eq!(found.dims(), expected.dims());
    let differences = values(found - expected);
    let squares: f64 = differences.iter().map(|&difference| f64::from(difference).powi(2)).sum();
    let level_db = -10.0 * (squares / differences.len() as f64).log10();
    println!("frames: {level_db:.1} dB");
    assert!(level_db >= 50.0, "{level_db} dB");
}

pub(super) fn words_to_frames() {
    let noise = Fixture::open("sampling.safetensors").tensor("in.latents");
    Run::new("t2v", noise).follow(&Fixture::open("runs.safetensors"), "out.t2v");
}

/// From a first picture, and a last one.
pub(super) fn pictures_to_frames(folder: &'static str, last: bool) {
    let (fixture, vae, device) = (Fixture::open("image.safetensors"), autoencoder(), Default::default());
    let processor = path("image_processor/preprocessor_config.json");
    let encoder = ImageEncoder::open::<TestBackend>(&path("image_encoder"), &processor, &device).unwrap();
    let names = if last { &["in.image", "in.last_image"][..] } else { &["in.image"] };
    let pictures: Vec<_> = names.iter().map(|name| fixture.video(name)).collect();
    let tokens: Tensor<TestBackend, 3> = encoder.encode(&pictures, &device, Precision::Single).unwrap();
    let name = format!("out.{folder}");
    assert_close("tokens", tokens.clone(), fixture.tensor(&format!("{name}.tokens")), 1e-4);
    let beside = end_frames(&fixture, last).latents(&vae, None).unwrap();
    assert_close("beside", beside.clone(), fixture.tensor(&format!("{name}.beside")), 1e-3);
    let run = Run::new(folder, fixture.tensor("in.noise"));
    Run { pictures: Some(tokens), beside: Some(beside), ..run }.follow(&fixture, &name);
}

/// From a G-buffer of one video, turned over each axis for the others.
pub(super) fn surfaces_to_frames() {
    let vae = autoencoder();
    let video = Fixture::open("pipelines.safetensors").video("in.video");
    let turned = (0..4).map(|axis| video.clone().flip([axis]));
    let encoded = |video| vae.encode(&video, None).unwrap();
    let buffer = std::iter::once(video.clone()).chain(turned).map(encoded).collect();
    let beside = Tensor::cat(buffer, 1).swap_dims(0, 1).unsqueeze();
    let run = Run::new("surfaces", Fixture::open("sampling.safetensors").tensor("in.latents"));
    Run { shift: 5.0, beside: Some(beside), ..run }
        .follow(&Fixture::open("runs.safetensors"), "out.surfaces");
}

/// From a guiding video with kept regions, and a reference picture; `second`: from another one as well, of the same frames
/// in reverse, all to be made anew.
pub(super) fn control_to_frames(second: bool) {
    let (fixture, vae) = (Fixture::open("pipelines.safetensors"), autoencoder());
    let first = control_video(&fixture, 1);
    let mut controls = vec![(first.latents(&vae, None).unwrap(), [1.0, 0.6])];
    if second {
        let (video, mask) = (first.video.flip([0]), first.mask.ones_like());
        let turned = ControlVideo { video, mask, references: first.references };
        controls.push((turned.latents(&vae, None).unwrap(), [0.3, 0.9]));
    }
    let run = Run { controls, references: 1, ..Run::new("vace", fixture.tensor("in.noise")) };
    match second {
        true => run.follow(&Fixture::open("runs.safetensors"), "out.two_controls"),
        false => run.follow(&fixture, "out"),
    }
}

/// Stretches of two frames that see those before them, which are done: all, or the last two.
pub(super) fn stretches() {
    let fixture = Fixture::open("variants.safetensors");
    let model = load("t2v", Precision::Single);
    let context = model.context(fixture.tensor("in.causal.text"), None);
    let latents: Tensor<TestBackend, 5> = fixture.tensor("in.causal.latents");
    for (kind, latest) in [("causal", 6), ("sliding", 2)] {
        let mut past = model.past(0, Limit { first: 0, latest });
        for (stretch, time) in [937.0, 402.5, 618.0].into_iter().enumerate() {
            let latents = latents.clone().narrow(2, 2 * stretch, 2);
            let found = model.forward_after(&mut past, false, latents.clone(), time, &context, &[]);
            let name = format!("out.{kind}.{stretch}");
            assert_close(&name, found, fixture.tensor(&name), 1e-4);
            model.forward_after(&mut past, true, latents, 0.0, &context, &[]);
        }
    }
}

/// The same where a guiding video leads, all at one time.
pub(super) fn led_stretches() {
    let fixture = Fixture::open("variants.safetensors");
    let model = load("vace", Precision::Single);
    let context = model.context(fixture.tensor("in.causal.text"), None);
    let part = |name: &str, stretch: usize| {
        let all: Tensor<TestBackend, 5> = fixture.tensor(name);
        all.narrow(2, 2 * stretch, 2)
    };
    let mut past = model.past(1, Limit { first: 0, latest: 6 });
    for stretch in 0..3 {
        let control = Control { latents: part("in.led.control", stretch), strengths: &[0.7, 1.3] };
        let latents = part("in.causal.latents", stretch);
        let found = model.forward_after(&mut past, true, latents, 402.5, &context, &[control]);
        assert_close(&format!("led {stretch}"), found, part("out.led", stretch), 1e-4);
    }
}

/// One evaluation with two controls, of which the second is shorter than the video.
pub(super) fn two_controls() {
    let fixtures = ["vace.safetensors", "vace_second_control.safetensors"].map(Fixture::open);
    let model = load("vace", Precision::Single);
    let numbers = |fixture: &Fixture, name| values(fixture.tensor::<1>(name)).into_iter().map(f64::from);
    let strengths = fixtures
        .each_ref()
        .map(|fixture| numbers(fixture, "in.control_hidden_states_scale").collect::<Vec<_>>());
    let control = |(fixture, strengths): (&Fixture, _)| Control {
        latents: fixture.tensor("in.control_hidden_states"),
        strengths,
    };
    let controls: Vec<_> = fixtures.iter().zip(strengths.iter().map(Vec::as_slice)).map(control).collect();
    let [first, _] = &fixtures;
    let context = model.context(first.tensor("in.encoder_hidden_states"), None);
    let time = numbers(first, "in.timestep").next().unwrap() as f32;
    let found = model.forward(first.tensor("in.hidden_states"), time, &context, &controls);
    let expected = Fixture::open("runs.safetensors").tensor("out.two_controls.velocity");
    assert_close("velocity", found, expected, 1e-4);
}
