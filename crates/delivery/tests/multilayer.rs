//! The delivered EXR, read back by the `exr` crate and by programs we did not write.

#![allow(clippy::unwrap_used, reason = "a test's helper may fail the test")]

mod support;

use std::{collections::HashMap, fs, path::Path};

use exr::prelude::{AttributeValue, FlatSamples, ReadChannels, ReadLayers, Text, read};
use maquette_conditioning::exposure_factor;
use maquette_delivery::{Error, write_exr};
use support::{conditioning, frame, run_or_skip};

const WIDTH: usize = 19;
const HEIGHT: usize = 33;

type Channels = HashMap<String, FlatSamples>;

fn channels(path: &Path) -> (Channels, exr::meta::header::LayerAttributes) {
    let image = read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .first_valid_layer()
        .all_attributes()
        .from_file(path)
        .unwrap();
    let layer = image.layer_data;
    let list = layer.channel_data.list.into_iter();
    (list.map(|channel| (channel.name.to_string(), channel.sample_data)).collect(), layer.attributes)
}

fn written() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("010/beauty.1042.exr");
    write_exr(&path, &frame(WIDTH, HEIGHT), Some(&conditioning(WIDTH, HEIGHT))).unwrap();
    (folder, path)
}

#[test]
fn channels_have_blenders_names() {
    let (_folder, path) = written();
    let mut names: Vec<_> = channels(&path).0.into_keys().collect();
    names.sort();
    let mut expected = Vec::new();
    for (pass, axes) in [
        ("Combined", "RGBA"),
        ("Depth", "Z"),
        ("Distance", "X"),
        ("Position", "XYZ"),
        ("Normal", "XYZ"),
        ("DiffCol", "RGB"),
        ("Roughness", "X"),
        ("Metallic", "X"),
        ("Vector", "XYZW"),
        ("IndexOB", "X"),
        ("IndexMA", "X"),
        ("Denoising Albedo", "RGB"),
        ("Denoising Normal", "XYZ"),
        ("Emit", "RGB"),
        ("DiffDir", "RGB"),
        ("DiffInd", "RGB"),
        ("GlossDir", "RGB"),
        ("GlossInd", "RGB"),
        ("Image Position", "XYZ"),
        ("Image Normal", "XYZ"),
        ("Image Vector", "XY"),
        ("Image Index", "X"),
        ("Lamp Light", "RGB"),
    ] {
        expected.extend(axes.chars().map(|axis| format!("ViewLayer.{pass}.{axis}")));
    }
    expected.sort();
    assert_eq!(names, expected);
}

#[test]
fn places_and_identities_are_exact_and_colour_is_half_float() {
    let (_folder, path) = written();
    let (channels, _) = channels(&path);
    let c = conditioning(WIDTH, HEIGHT);
    let full = |name: &str| match &channels[name] {
        FlatSamples::F32(values) => values.clone(),
        _ => panic!("{name} is not 32 bit"),
    };
    let half = |name: &str| match &channels[name] {
        FlatSamples::F16(values) => values.iter().map(|v| v.to_f32()).collect::<Vec<_>>(),
        _ => panic!("{name} is not 16 bit"),
    };
    assert_eq!(full("ViewLayer.Depth.Z"), c.gbuffer.depth.data);
    assert_eq!(full("ViewLayer.Depth.Z")[0], f32::INFINITY);
    assert_eq!(full("ViewLayer.Position.Y"), c.gbuffer.position.map(|p| p[1]).data);
    assert_eq!(full("ViewLayer.Vector.Y"), c.gbuffer.motion.map(|m| m[1]).data);
    assert_eq!(full("ViewLayer.IndexOB.X"), c.gbuffer.object_id.map(|&id| id as f32).data);

    let factor = exposure_factor(5.3);
    let near = |got: Vec<f32>, expected: Vec<f32>| {
        for (got, expected) in got.iter().zip(expected) {
            assert!((got - expected).abs() <= expected.abs() / 2048.0 + 1e-7, "{got} for {expected}");
        }
    };
    near(half("ViewLayer.Combined.G"), frame(WIDTH, HEIGHT).color.map(|c| c[1]).data);
    near(half("ViewLayer.GlossInd.B"), c.light.indirect_specular.map(|l| l[2] * factor).data);
    near(half("ViewLayer.Emit.R"), c.light.emitted.map(|l| (l[0] * factor).clamp(-65_504.0, 65_504.0)).data);
    near(half("ViewLayer.Denoising Normal.X"), c.gbuffer.normal_mean.map(|n| n[0]).data);
    assert!(half("ViewLayer.Combined.A").iter().all(|&a| a == 1.0));
}

#[test]
fn the_header_records_exposure_frame_and_camera() {
    let (_folder, path) = written();
    let (_, attributes) = channels(&path);
    let own = |name: &str| attributes.other[&Text::from(name)].clone();
    assert_eq!(own("maquette.ev100"), AttributeValue::F32(5.3));
    assert_eq!(own("maquette.exposureFactor"), AttributeValue::F32(exposure_factor(5.3)));
    assert_eq!(own("maquette.frame"), AttributeValue::I32(1042));
    assert_eq!(attributes.white_luminance, Some(1.0 / exposure_factor(5.3)));
    assert_eq!(attributes.focus, Some(3.3));
    assert_eq!(attributes.aperture, Some(2.8));
    let matrix = glam::Mat4::from_cols_array(&attributes.world_to_camera.unwrap());
    let camera = conditioning(2, 2).camera.world_from_camera.open;
    let ahead = camera.transform_point3(glam::Vec3::new(0.0, 0.0, -2.0));
    assert!((matrix.transform_point3(ahead) - glam::Vec3::new(0.0, 0.0, -2.0)).length() < 1e-5);
    assert!(attributes.software_name.unwrap().to_string().starts_with("Maquette "));
}

#[test]
fn the_same_frame_gives_the_same_bytes() {
    let (_a, first) = written();
    let first = fs::read(first).unwrap();
    for _ in 0..4 {
        let (_b, again) = written();
        assert!(first == fs::read(again).unwrap());
    }
}

#[test]
fn beauty_alone_is_a_file_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.exr");
    write_exr(&path, &frame(3, 2), None).unwrap();
    assert_eq!(channels(&path).0.len(), 4);
}

#[test]
fn a_size_mismatch_or_an_empty_frame_is_an_error_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.exr");
    let mismatch = write_exr(&path, &frame(4, 4), Some(&conditioning(4, 5)));
    assert!(matches!(mismatch, Err(Error::Size { .. })), "{mismatch:?}");
    assert!(matches!(write_exr(&path, &frame(0, 4), None), Err(Error::Codec { .. })));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// ffmpeg's own EXR decoder finds the beauty layer by its dotted name.
#[test]
fn ffmpeg_reads_the_beauty_layer() {
    let (_folder, path) = written();
    let path = path.to_str().unwrap();
    let arguments = [
        "-loglevel",
        "error",
        "-layer",
        "ViewLayer.Combined",
        "-i",
        path,
        "-f",
        "rawvideo",
        "-pix_fmt",
        "gbrapf32le",
        "-",
    ];
    let Some(output) = run_or_skip("ffmpeg", &arguments) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let values: Vec<f32> =
        output.stdout.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let pixels = WIDTH * HEIGHT;
    assert_eq!(values.len(), 4 * pixels);
    // Planes come green, blue, red, alpha; any other format would be clamped to 0–1 on the way.
    for (i, color) in frame(WIDTH, HEIGHT).color.data.iter().enumerate() {
        let got = [values[2 * pixels + i], values[i], values[pixels + i]];
        for (got, expected) in got.iter().zip(color) {
            assert!((got - expected).abs() <= expected.abs() / 2000.0, "pixel {i}: {got} for {expected}");
        }
    }
}

/// The OpenEXR library itself, through its Python module (`MAQUETTE_PYTHON` names another interpreter).
#[test]
fn openexr_reads_every_channel() {
    let python = std::env::var("MAQUETTE_PYTHON").unwrap_or_else(|_| "python3".into());
    let (_folder, path) = written();
    let script = "
import sys
try:
    import OpenEXR
except ImportError:
    print('absent'); sys.exit(0)
file = OpenEXR.File(sys.argv[1], separate_channels=True)
header, channels = file.header(), file.channels()
print(header['compression'], round(header['maquette.ev100'], 4), header['maquette.frame'])
for name in sorted(channels):
    pixels = channels[name].pixels
    print(name, pixels.dtype, pixels.shape[1], pixels.shape[0], repr(float(pixels[2, 3])))
";
    let Some(output) = run_or_skip(&python, &["-c", script, path.to_str().unwrap()]) else { return };
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    if text.starts_with("absent") {
        println!("SKIPPED: {python} has no OpenEXR module");
        return;
    }
    assert!(text.lines().next().unwrap().ends_with("5.3 1042"), "{text}");
    let ours = exr::meta::MetaData::read_from_file(&path, false).unwrap();
    let channels: usize = ours.headers.iter().map(|header| header.channels.list.len()).sum();
    assert_eq!(text.lines().count(), 1 + channels);
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let depth = conditioning(WIDTH, HEIGHT).gbuffer.depth;
    let expected = format!("ViewLayer.Depth.Z float32 {WIDTH} {HEIGHT} {:?}", f64::from(*depth.at(3, 2)));
    assert_eq!(line("ViewLayer.Depth.Z"), expected);
    assert!(
        line("ViewLayer.Combined.R").starts_with(&format!("ViewLayer.Combined.R float16 {WIDTH} {HEIGHT}"))
    );
}
