//! The autoencoder against diffusers, whole and in pieces.

use burn::tensor::{DType, FloatDType};

use super::*;
use crate::wan::tests::{Cpu, Fixture, assert_close, path, values};

const LIMIT: f32 = 1e-4;
/// The shape of diffusers' own tests, and one where channels change from stage to stage.
const NETWORKS: [&str; 2] = ["vae", "vae_wide"];

fn vae(name: &str) -> Vae<Cpu> {
    Vae::open(&path(name), &Default::default(), Precision::Single).unwrap()
}

fn fixture(name: &str) -> Fixture {
    Fixture::open(&format!("{name}.safetensors"))
}

/// Compares what every stage of a coder makes of every piece.
fn compare_stages(
    coder: &Coder<Cpu>,
    pieces: impl Iterator<Item = Tensor<Cpu, 4>>,
    fixture: &Fixture,
    name: &str,
) {
    let mut memory = Memory::new();
    for (index, piece) in pieces.enumerate() {
        let expected = |stage: usize| fixture.tensor(&format!("out.{name}.{index}.{stage}"));
        let mut hidden = coder.conv_in.forward(piece, memory.layer());
        assert_close(&format!("{name} piece {index} stage 0"), hidden.clone(), expected(0), LIMIT);
        for (stage, part) in coder.stages.iter().enumerate() {
            hidden = part.forward(hidden, &mut memory);
            let stage = stage + 1;
            assert_close(
                &format!("{name} piece {index} stage {stage}"),
                hidden.clone(),
                expected(stage),
                LIMIT,
            );
        }
        let stage = coder.stages.len() + 1;
        let found = coder.leave(hidden, &mut memory);
        assert_close(&format!("{name} piece {index} stage {stage}"), found, expected(stage), LIMIT);
        memory.advance();
    }
}

#[test]
fn every_stage_of_the_encoder_agrees_with_diffusers() {
    for name in NETWORKS {
        let (vae, fixture) = (vae(name), fixture(name));
        let video = fixture.tensor::<4>("in.video");
        let rest = (1..video.dims()[0]).step_by(FRAMES).map(|first| (first, FRAMES));
        let pieces = std::iter::once((0, 1)).chain(rest);
        let pieces = pieces.map(|(first, count)| video.clone().narrow(0, first, count));
        compare_stages(&vae.encoder, pieces, &fixture, "encoder");
    }
}

#[test]
fn every_stage_of_the_decoder_agrees_with_diffusers() {
    for name in NETWORKS {
        let (vae, fixture) = (vae(name), fixture(name));
        let latents = fixture.tensor::<4>("in.latents") * vae.deviation.clone() + vae.mean.clone();
        let latents = vae.post_quant_conv.forward(latents);
        let pieces = (0..latents.dims()[0]).map(|index| latents.clone().narrow(0, index, 1));
        compare_stages(&vae.decoder, pieces, &fixture, "decoder");
    }
}

#[test]
fn videos_of_every_length_agree_with_diffusers() {
    for name in NETWORKS {
        let (vae, fixture) = (vae(name), fixture(name));
        let (video, expected) = (fixture.video("in.video"), fixture.tensor::<4>("out.latents"));
        for frames in (1..=video.dims()[0]).step_by(FRAMES) {
            let found = vae.encode(&video.clone().narrow(0, 0, frames), None).unwrap();
            let expected = expected.clone().narrow(0, 0, found.dims()[0]);
            assert_close(&format!("{name} encodes {frames} frames"), found, expected, LIMIT);
        }
        let (latents, expected) = (fixture.tensor::<4>("in.latents"), fixture.video("out.video"));
        for count in 1..=latents.dims()[0] {
            let found = vae.decode(&latents.clone().narrow(0, 0, count), None).unwrap();
            let frames = found.dims()[0];
            assert_eq!(frames, 1 + FRAMES * (count - 1));
            let expected = expected.clone().narrow(0, 0, frames);
            assert_close(&format!("{name} decodes {frames} frames"), found, expected, LIMIT);
        }
    }
}

pub(crate) fn tiles_agree_with_diffusers() {
    let (vae, fixture) = (vae("vae"), fixture("vae"));
    let tiling = Some(Tiling::new(32, 24, 8).unwrap());
    let encoded = vae.encode(&fixture.video("in.tiled_video"), tiling).unwrap();
    assert_close("tiled encoding", encoded, fixture.tensor::<4>("out.tiled_latents"), LIMIT);
    let decoded = vae.decode(&fixture.tensor("in.tiled_latents"), tiling).unwrap();
    assert_close("tiled decoding", decoded, fixture.video("out.tiled_video"), LIMIT);
}

/// Not to the bit: a GPU's kernels go with the shape, and where a pixel's channels nearly vanish, their norm enlarges
/// rounding (2e-5 on a software GPU, nothing on the CPU).
pub(crate) fn pieces_of_any_length_give_what_the_whole_gives() {
    for name in NETWORKS {
        let (vae, fixture) = (vae(name), fixture(name));
        let video = fixture.tensor::<4>("in.video");
        let frames = video.dims()[0];
        let pieces = vae.encode(&fixture.video("in.video"), None).unwrap();
        for first in [1, 5, frames] {
            let mut memory = Memory::new();
            let mut found = vec![vae.encode_next(video.clone().narrow(0, 0, first), &mut memory)];
            if first < frames {
                found.push(vae.encode_next(video.clone().narrow(0, first, frames - first), &mut memory));
            }
            let found = Tensor::cat(found, 0);
            assert_close(&format!("{name} encodes {first} frames first"), found, pieces.clone(), LIMIT);
        }
        let latents = fixture.tensor::<4>("in.latents");
        let count = latents.dims()[0];
        let pieces = vae.decode(&latents, None).unwrap();
        for first in [1, 2, count] {
            let mut memory = Memory::new();
            let mut found = vec![vae.decode_next(latents.clone().narrow(0, 0, first), &mut memory)];
            if first < count {
                found.push(vae.decode_next(latents.clone().narrow(0, first, count - first), &mut memory));
            }
            let found = Tensor::cat(found, 0).clamp(-1, 1);
            assert_close(&format!("{name} decodes {first} latents first"), found, pieces.clone(), LIMIT);
        }
    }
}

#[test]
fn a_tile_as_large_as_the_picture_changes_nothing() {
    let (vae, fixture) = (vae("vae"), fixture("vae"));
    let (video, latents) = (fixture.video("in.video"), fixture.tensor::<4>("in.latents"));
    let tiling = Some(Tiling::new(32, 24, 8).unwrap());
    let whole = vae.encode(&video, None).unwrap();
    assert_close("one tile", vae.encode(&video, tiling).unwrap(), whole, 0.0);
    let whole = vae.decode(&latents, None).unwrap();
    assert_close("one tile", vae.decode(&latents, tiling).unwrap(), whole, 0.0);
}

#[test]
fn half_precision_keeps_the_direction() {
    let vae: Vae<Cpu> = Vae::open(&path("vae_wide"), &Default::default(), Precision::Half).unwrap();
    let fixture = fixture("vae_wide");
    let encoded = vae.encode(&fixture.video("in.video"), None).unwrap();
    assert_eq!(encoded.dtype(), DType::F16);
    let decoded = vae.decode(&fixture.tensor("in.latents").cast(FloatDType::F16), None).unwrap();
    let expected = ["out.latents", "out.video"].map(|name| values(fixture.tensor::<4>(name)));
    for (found, expected) in [values(encoded), values(decoded)].into_iter().zip(expected) {
        let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let cosine =
            product(&found, &expected) / (product(&found, &found) * product(&expected, &expected)).sqrt();
        println!("cosine {cosine}");
        assert!(cosine >= 0.999, "{cosine}");
    }
}

#[test]
fn shapes_that_the_network_has_not_are_refused() {
    let vae = vae("vae");
    let device = Default::default();
    for shape in [[4, 3, 16, 16], [0, 3, 16, 16], [5, 4, 16, 16], [5, 3, 12, 16], [5, 3, 16, 0]] {
        let message = vae.encode(&Tensor::zeros(shape, &device), None).unwrap_err().to_string();
        assert!(message.contains(&format!("{shape:?}")) && message.contains("1 + 4n frames"), "{message}");
    }
    let message = vae.decode(&Tensor::zeros([1, 4, 2, 2], &device), None).unwrap_err().to_string();
    assert!(message.contains("expected 16 channels"), "{message}");
    for (side, stride) in [(32, 32), (32, 8), (30, 24), (32, 20), (0, 0)] {
        let message = Tiling::new(side, stride, 8).unwrap_err().to_string();
        assert!(message.contains(&format!("tiles of {side} pixels every {stride}")), "{message}");
    }
}

#[test]
fn configurations_that_cannot_be_built_are_refused() {
    let parse = |text: &str| {
        crate::wan::config::parse("config.json", text.as_bytes(), VaeConfig::check).map(|config| config.z_dim)
    };
    assert_eq!(parse("{}").unwrap(), 16);
    for (text, says) in [
        (r#"{"is_residual": true}"#, "Wan 2.2"),
        (r#"{"patch_size": 2}"#, "Wan 2.2"),
        (r#"{"attn_scales": [0.5]}"#, "attn_scales"),
        (r#"{"in_channels": 12}"#, "in_channels"),
        (r#"{"dim_mult": [1]}"#, "dim_mult"),
        (r#"{"dim_mult": [1, 2, 4, 1000000000000]}"#, "dim_mult"),
        (r#"{"base_dim": 0}"#, "base_dim"),
        (r#"{"decoder_base_dim": 1, "dim_mult": [1, 1, 1, 1]}"#, "at least 2"),
        (r#"{"num_res_blocks": 1000000000000}"#, "num_res_blocks"),
        (r#"{"temperal_downsample": [true, true, true]}"#, "temperal_downsample"),
        (r#"{"z_dim": 8}"#, "z_dim numbers"),
        (r#"{"z_dim": 1, "latents_mean": [0.0], "latents_std": [0.0]}"#, "above 0"),
        (r#"{"base_dim": "96"}"#, "invalid type"),
    ] {
        let message = parse(text).unwrap_err().to_string();
        assert!(message.contains(says), "{text}: {message}");
    }
}
