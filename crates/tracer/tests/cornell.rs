//! The Cornell box against another renderer's picture of it. See `reference/README.md`.

#![allow(clippy::unwrap_used)] // a test may panic

mod set;

use std::path::PathBuf;

use exr::prelude::{ReadChannels, ReadLayers, read};
use glam::{Affine3A, Mat4, Vec3};
use maquette_conditioning::{Material, Moment, Moving};
use maquette_tracer::{PixelFilter, Settings, Traced, Tracer};
use serde_json::Value;
use set::{Set, matte};

const SIDE: usize = 256;

fn reference(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(name)
}

/// One channel of an EXR, row by row.
fn channel(file: &str, name: &str) -> Vec<f32> {
    let image =
        read().no_deep_data().largest_resolution_level().all_channels().first_valid_layer().all_attributes();
    let image = image.from_file(reference(file)).unwrap();
    let channels = &image.layer_data.channel_data.list;
    let channel = channels.iter().find(|c| c.name.to_string() == name).unwrap_or_else(|| {
        panic!("{file} has {:?}", channels.iter().map(|c| c.name.to_string()).collect::<Vec<_>>())
    });
    channel.sample_data.values_as_f32().collect()
}

fn channels(file: &str, names: [&str; 3]) -> Vec<Vec3> {
    let [x, y, z] = names.map(|name| channel(file, name));
    (0..x.len()).map(|i| Vec3::new(x[i], y[i], z[i])).collect()
}

fn vector(value: &Value) -> Vec3 {
    let number = |i: usize| value[i].as_f64().unwrap() as f32;
    Vec3::new(number(0), number(1), number(2))
}

fn material(value: &Value) -> Material {
    let emission = value.get("emissive_nits").map_or(Vec3::ZERO, vector);
    Material { emission, ..matte(vector(&value["base_color"])) }
}

fn cornell() -> Moment {
    let text = std::fs::read_to_string(reference("a_cornell.json")).unwrap();
    let scene: Value = serde_json::from_str(&text).unwrap();
    let mut set = Set::new();
    for object in scene["objects"].as_array().unwrap() {
        let corners = std::array::from_fn(|i| vector(&object["vertices"][i]));
        let name = object["material"].as_str().unwrap();
        set = set.card(corners, material(&scene["materials"][name]));
    }
    let rows = &scene["camera"]["world_from_camera_row_major"];
    let element = |i: usize| rows[i / 4][i % 4].as_f64().unwrap() as f32;
    let matrix = Mat4::from_cols_array(&std::array::from_fn(element)).transpose();
    let mut moment = set.moment;
    moment.camera.world_from_camera = Moving::still(Affine3A::from_mat4(matrix));
    let half = 0.5 * scene["camera"]["vertical_fov_deg"].as_f64().unwrap().to_radians() as f32;
    moment.camera.lens.focal_length_m = 0.5 * moment.camera.lens.sensor_width_m / half.tan();
    moment
}

fn settings(samples: u32) -> Settings {
    Settings {
        width: SIDE,
        height: SIDE,
        samples,
        max_bounces: 32,
        filter: PixelFilter::Box,
        ..Settings::default()
    }
}

fn trace(samples: u32) -> Traced {
    Tracer::cpu().trace(&cornell(), &settings(samples)).unwrap()
}

/// mean((x−r)²/(r²+0.01·mean(r)²)) with the worst 0.1 % of pixels dropped.
fn relative_mean_square_error(picture: &[Vec3], reference: &[Vec3]) -> f32 {
    let mean = reference.iter().map(|p| p.element_sum() / 3.0).sum::<f32>() / reference.len() as f32;
    let error =
        |(x, r): (&Vec3, &Vec3)| ((x - r) * (x - r) / (r * r + 0.01 * mean * mean)).element_sum() / 3.0;
    let mut errors: Vec<f32> = picture.iter().zip(reference).map(error).collect();
    errors.sort_by(f32::total_cmp);
    errors.truncate(errors.len() * 999 / 1000);
    errors.iter().sum::<f32>() / errors.len() as f32
}

#[test]
fn light_matches_the_other_renderer() {
    let wanted = channels("a_cornell_beauty.exr", ["R", "G", "B"]);
    let total = trace(256).light.total();
    let picture: Vec<Vec3> = total.data.iter().map(|p| Vec3::from(*p)).collect();
    let luminance = |p: &[Vec3]| p.iter().map(|p| p.dot(Vec3::new(0.2126, 0.7152, 0.0722))).sum::<f32>();
    let error = relative_mean_square_error(&picture, &wanted);
    let ratio = luminance(&picture) / luminance(&wanted);
    println!("relMSE {error:.2e}, mean luminance ratio {ratio:.5}");
    assert!(error <= 3e-3, "relMSE {error}");
    assert!((ratio - 1.0).abs() <= 0.005, "mean luminance ratio {ratio}");
}

/// Means over 8×8 blocks.
fn blocks(picture: &[Vec3]) -> Vec<Vec3> {
    const ACROSS: usize = SIDE / 8;
    let mut sums = vec![Vec3::ZERO; ACROSS * ACROSS];
    picture.iter().enumerate().for_each(|(i, p)| sums[i / SIDE / 8 * ACROSS + i % SIDE / 8] += *p / 64.0);
    sums
}

/// Largest difference of an object's mean from the reference's, and which object's.
fn worst_object(picture: &[Vec3], wanted: &[Vec3]) -> (f32, u32) {
    let object = channel("a_cornell_gbuffer.exr", "objectId");
    let mut means = std::collections::BTreeMap::new();
    for i in 0..SIDE * SIDE {
        let (got, want) = means.entry((object[i] + 1.0) as u32).or_insert((Vec3::ZERO, Vec3::ZERO));
        (*got, *want) = (*got + picture[i], *want + wanted[i]);
    }
    let off = |(id, (got, want)): (&u32, &(Vec3, Vec3))| ((got / want - 1.0).abs().max_element(), *id);
    means.iter().map(off).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap()
}

/// Minutes of work: run by name, with `--ignored`, and by the bench.
#[test]
#[ignore = "2 to 3 minutes on two cores"]
fn a_thousand_samples_are_the_other_renderers_picture() {
    const BATCHES: u32 = 64;
    let (wanted, errors) = (
        channels("a_cornell_beauty.exr", ["R", "G", "B"]),
        channels("a_cornell_block_stderr.exr", ["R", "G", "B"]),
    );
    let (moment, mut tracer) = (cornell(), Tracer::cpu());
    let mut picture = vec![Vec3::ZERO; SIDE * SIDE];
    // Mean and sum of squared differences of each block over the batches (Welford 1962).
    let mut spread = vec![(Vec3::ZERO, Vec3::ZERO); errors.len()];
    for batch in 0..BATCHES {
        let settings = Settings { first_sample: 16 * batch, ..settings(16) };
        let total = tracer.trace(&moment, &settings).unwrap().light.total();
        let part: Vec<Vec3> = total.data.iter().map(|p| Vec3::from(*p)).collect();
        picture.iter_mut().zip(&part).for_each(|(p, q)| *p += *q / BATCHES as f32);
        for ((mean, squares), block) in spread.iter_mut().zip(blocks(&part)) {
            let before = block - *mean;
            *mean += before / (batch + 1) as f32;
            *squares += before * (block - *mean);
        }
    }
    let error = relative_mean_square_error(&picture, &wanted);
    let (object, id) = worst_object(&picture, &wanted);
    let ours = spread.iter().map(|(_, squares)| *squares / ((BATCHES - 1) * BATCHES) as f32);
    let z: Vec<Vec3> = blocks(&picture)
        .iter()
        .zip(blocks(&wanted))
        .zip(ours.zip(&errors))
        // A block of pure background has no variance, and no difference.
        .map(|((got, want), (ours, theirs))| (got - want) / (ours + theirs * theirs + 1e-12).map(f32::sqrt))
        .collect();
    let worst = z.iter().map(|z| z.abs().max_element()).fold(0.0, f32::max);
    let square = z.iter().map(|z| z.length_squared()).sum::<f32>() / (3 * z.len()) as f32;
    println!("bench: rel_mse = {error:.2e}");
    println!("bench: object = {object:.5}");
    println!("bench: z = {worst:.2}");
    println!("mean z² {square:.2}, worst object {id}");
    assert!(error <= 8e-4, "relMSE {error}");
    assert!(object <= 0.005, "object {id} is off by {object}");
    assert!(worst < 4.5, "|z| {worst}");
}

#[test]
fn geometry_matches_the_other_renderer() {
    const FILE: &str = "a_cornell_gbuffer.exr";
    let gbuffer = trace(1).gbuffer;
    let depth = channel(FILE, "Z");
    let normal = channels(FILE, ["N.X", "N.Y", "N.Z"]);
    let albedo = channels(FILE, ["albedo.R", "albedo.G", "albedo.B"]);
    let object = channel(FILE, "objectId");
    let mut others = 0;
    for i in 0..SIDE * SIDE {
        // Their −1 is our 0, and so on.
        if (object[i] + 1.0) as u32 != gbuffer.object_id.data[i] {
            others += 1;
            continue;
        }
        if object[i] < 0.0 {
            assert_eq!(gbuffer.depth.data[i], f32::INFINITY);
            continue;
        }
        assert!((gbuffer.depth.data[i] / depth[i] - 1.0).abs() < 1e-3, "depth of pixel {i}");
        assert!(Vec3::from(gbuffer.normal.data[i]).distance(normal[i]) < 2e-3, "normal of pixel {i}");
        assert!(Vec3::from(gbuffer.albedo.data[i]).distance(albedo[i]) < 2e-3, "albedo of pixel {i}");
    }
    // Pixel centres that fall on an edge between two things.
    println!("{others} pixels show another object");
    assert!(others <= 40, "{others} pixels show another object");
}
