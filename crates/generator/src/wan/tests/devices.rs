//! What every backend must give: the unit tests ask the CPU, `tests/wan_gpu.rs` a GPU.
//!
//! Kernels are chosen by shape, so each module runs as a whole, from weights on disk to what diffusers made of them.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::{Fixture, TestBackend, assert_close, checkpoint, path, runs, values};
use crate::test_backend::flash;
use crate::wan::attention::{Kernel, choose};
use crate::wan::text;
use crate::wan::transformer::{self, Control, Transformer};
use crate::wan::vae::tests as vae;
use crate::wan::{ImageEncoder, Precision, Vae};

/// A claim and what checks it.
pub(crate) struct Case {
    pub(crate) claim: &'static str,
    /// Whether it needs so many kernels that a software GPU takes minutes.
    #[allow(dead_code, reason = "the CPU has no kernels to compile")]
    pub(crate) long: bool,
    pub(crate) check: fn(),
}

/// All of them.
pub(crate) const CASES: [Case; 27] = [
    short("control", || transformer("vace", "vace", Precision::Single)),
    long("pictures", || transformer("i2v", "i2v", Precision::Single)),
    long("pictures_in_half_precision", || transformer("i2v", "i2v", Precision::Half)),
    long("control_in_half_precision", || transformer("vace", "vace", Precision::Half)),
    long("two_controls", runs::two_controls),
    long("stretches", runs::stretches),
    long("led_stretches", runs::led_stretches),
    long("text", || text(Precision::Single)),
    long("decoding", || decode("vae", 1, Precision::Single)),
    long("flash_attention", flash_attention),
    long("text_to_video", || transformer("t2v", "t2v", Precision::Single)),
    long("text_to_video_in_half_precision", || transformer("t2v", "t2v", Precision::Half)),
    long("first_and_last_frame", || transformer("flf2v", "flf2v", Precision::Single)),
    long("gbuffer", || transformer("gbuffer", "gbuffer", Precision::Single)),
    long("gbuffer_in_half_precision", || transformer("gbuffer", "gbuffer", Precision::Half)),
    long("image_tokens", || image_tokens(Precision::Single)),
    long("image_tokens_in_half_precision", || image_tokens(Precision::Half)),
    long("autoencoder", || autoencoder(Precision::Single)),
    long("autoencoder_in_half_precision", || autoencoder(Precision::Half)),
    long("autoencoder_in_pieces", vae::pieces_of_any_length_give_what_the_whole_gives),
    long("autoencoder_in_tiles", vae::tiles_agree_with_diffusers),
    long("words_to_frames", runs::words_to_frames),
    long("first_picture_to_frames", || runs::pictures_to_frames("i2v", false)),
    long("first_and_last_picture_to_frames", || runs::pictures_to_frames("flf2v", true)),
    long("surfaces_to_frames", runs::surfaces_to_frames),
    long("control_to_frames", || runs::control_to_frames(false)),
    long("two_controls_to_frames", || runs::control_to_frames(true)),
];

const fn short(claim: &'static str, check: fn()) -> Case {
    Case { claim, long: false, check }
}

const fn long(claim: &'static str, check: fn()) -> Case {
    Case { claim, long: true, check }
}

/// In single precision at most 1e-4 away, relative to the largest value; in half precision in the same direction.
fn agree<const D: usize>(
    name: &str,
    found: Tensor<impl Backend, D>,
    expected: Tensor<impl Backend, D>,
    precision: Precision,
) {
    match precision {
        Precision::Single => assert_close(name, found, expected, 1e-4),
        Precision::Half => {
            let (found, expected) = (values(found), values(expected));
            let product = |a: &[f32], b: &[f32]| -> f64 {
                a.iter().zip(b).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
            };
            let cosine =
                product(&found, &expected) / (product(&found, &found) * product(&expected, &expected)).sqrt();
            println!("{name}: cosine {cosine:.6}");
            assert!(cosine >= 0.999, "{name}: cosine {cosine}");
        }
    }
}

/// A tiny network, with attention in half precision by the flash kernel, which is made for it.
pub(crate) fn load(folder: &str, precision: Precision) -> Transformer<TestBackend> {
    let kernel = match precision {
        Precision::Single => Kernel::chunked(),
        Precision::Half => flash(),
    };
    let config = transformer::Config::read(&path(folder).join("config.json")).unwrap();
    let build = checkpoint(folder)
        .load(&Default::default(), precision, |parameters| Transformer::load(parameters, config.clone()));
    build.unwrap().attending_by(kernel)
}

/// At the real shape of work.
fn flash_attention() {
    let choice = choose(vec![flash()], &Default::default(), Precision::Half);
    println!("{}", choice.unwrap_or_else(|apart| panic!("difference and limit: {apart:?}")));
}

fn transformer(folder: &str, file: &str, precision: Precision) {
    let (model, fixture) = (load(folder, precision), Fixture::open(&format!("{file}.safetensors")));
    let numbers = |name| values(fixture.tensor::<1>(name));
    let pictures = model.config().image_dim.map(|_| fixture.tensor("in.encoder_hidden_states_image"));
    let context = model.context(fixture.tensor("in.encoder_hidden_states"), pictures);
    let guided = !model.config().vace_layers.is_empty();
    let strengths: Vec<f64> = guided
        .then(|| numbers("in.control_hidden_states_scale"))
        .into_iter()
        .flatten()
        .map(f64::from)
        .collect();
    let control = || Control { latents: fixture.tensor("in.control_hidden_states"), strengths: &strengths };
    let controls: Vec<_> = guided.then(control).into_iter().collect();
    let velocity =
        model.forward(fixture.tensor("in.hidden_states"), numbers("in.timestep")[0], &context, &controls);
    agree(file, velocity, fixture.tensor("out.velocity"), precision);
}

/// What the tiny text encoder makes of tokens, `[1, token, channel]` each.
pub(super) fn encoded(prompts: &[Vec<u32>], precision: Precision) -> Vec<Tensor<TestBackend, 3>> {
    let config = text::Config::read(&path("text_encoder/config.json")).unwrap();
    text::encode(&checkpoint("text_encoder"), &config, prompts, &Default::default(), precision).unwrap()
}

fn text(precision: Precision) {
    let fixture = Fixture::open("text_encoder.safetensors");
    let tokens = values(fixture.tensor::<2>("in.tokens")).into_iter().map(|token| token as u32).collect();
    let found = encoded(&[tokens], precision).remove(0);
    agree("text", found, fixture.tensor("out.last"), precision);
}

fn image_tokens(precision: Precision) {
    let (fixture, device) = (Fixture::open("image.safetensors"), Default::default());
    let processor = path("image_processor/preprocessor_config.json");
    let encoder = ImageEncoder::open::<TestBackend>(&path("image_encoder"), &processor, &device).unwrap();
    let pictures: Vec<_> = (0..5).map(|index| fixture.video(&format!("in.picture.{index}"))).collect();
    let found = encoder.encode::<TestBackend>(&pictures, &device, precision).unwrap();
    agree("image tokens", found, fixture.tensor("out.tokens.gelu"), precision);
}

/// The first latents only, or all.
fn decode(name: &str, count: usize, precision: Precision) {
    let fixture = Fixture::open(&format!("{name}.safetensors"));
    let vae = Vae::<TestBackend>::open(&path(name), &Default::default(), precision).unwrap();
    let latents = fixture.tensor::<4>("in.latents").narrow(0, 0, count).cast(precision.kind());
    let found = vae.decode(&latents, None).unwrap();
    let expected = fixture.video("out.video").narrow(0, 0, found.dims()[0]);
    agree("video", found, expected, precision);
}

fn autoencoder(precision: Precision) {
    let fixture = Fixture::open("vae_wide.safetensors");
    let vae = Vae::<TestBackend>::open(&path("vae_wide"), &Default::default(), precision).unwrap();
    agree(
        "latents",
        vae.encode(&fixture.video("in.video"), None).unwrap(),
        fixture.tensor::<4>("out.latents"),
        precision,
    );
    decode("vae_wide", fixture.tensor::<4>("in.latents").dims()[0], precision);
}

#[test]
fn the_cpu_gives_what_diffusers_gives() {
    for Case { claim, check, .. } in CASES {
        println!("{claim}");
        check();
    }
}
