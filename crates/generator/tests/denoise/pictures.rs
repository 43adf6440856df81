//! Reads the fixtures and makes pictures.

use std::path::Path;

use burn::tensor::f16;
use maquette_conditioning::Plane;
use safetensors::{Dtype, SafeTensors};

pub(crate) type Rgb = Plane<[f32; 3]>;

/// What the original library was given and what it answered.
pub(crate) struct Fixture {
    bytes: Vec<u8>,
    pub(crate) color: Rgb,
    pub(crate) albedo: Rgb,
    pub(crate) normal: Rgb,
}

impl Fixture {
    /// One that is kept.
    pub(crate) fn read(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
        Self::open(&path.with_extension("safetensors"))
    }

    pub(crate) fn open(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let [color, albedo, normal] = ["color", "albedo", "normal"].map(|name| find(&bytes, name));
        Self { color, albedo, normal, bytes }
    }

    /// What the network of this name answered.
    pub(crate) fn answer(&self, network: &str) -> Rgb {
        find(&self.bytes, network)
    }
}

fn find(bytes: &[u8], name: &str) -> Rgb {
    plane(&SafeTensors::deserialize(bytes).unwrap().tensor(name).unwrap())
}

/// `[height, width, 3]` to a plane.
fn plane(tensor: &safetensors::tensor::TensorView<'_>) -> Rgb {
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::F16 => {
            tensor.data().as_chunks().0.iter().map(|&half| f16::from_le_bytes(half).to_f32()).collect()
        }
        Dtype::F32 => tensor.data().as_chunks().0.iter().map(|&single| f32::from_le_bytes(single)).collect(),
        other => panic!("{other:?}"),
    };
    let pixels = values.as_chunks::<3>().0.to_vec();
    Plane::from_vec(tensor.shape()[1], tensor.shape()[0], pixels).unwrap()
}

/// The largest |a−b| / (|b| + 0.01·mean|b|) over all values; `b` is the reference. NaN if any is.
pub(crate) fn worst_difference(a: &Rgb, b: &Rgb) -> f32 {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    let mean = b.data.as_flattened().iter().map(|value| value.abs()).sum::<f32>() / (b.data.len() * 3) as f32;
    a.data.as_flattened().iter().zip(b.data.as_flattened()).fold(0.0, |worst: f32, (a, b)| {
        let difference = (a - b).abs() / (b.abs() + 0.01 * mean);
        if difference.is_nan() { f32::NAN } else { worst.max(difference) }
    })
}

/// A picture of one value.
pub(crate) fn filled(width: usize, height: usize, value: [f32; 3]) -> Rgb {
    Rgb::new(width, height).map(|_| value)
}

/// Discs before a ramp, with multiplicative noise: noisy light, its clean version, albedo and normal.
pub(crate) fn noisy_discs(width: usize, height: usize) -> [Rgb; 4] {
    let mut state = 9u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 16_777_216.0
    };
    let mut planes = [(); 4].map(|()| Rgb::new(width, height));
    for index in 0..width * height {
        let (u, v) = ((index % width) as f32 / width as f32, (index / width) as f32 / height as f32);
        let inside = |x: f32, y: f32, radius: f32| (u - x).hypot(v - y) < radius;
        let (albedo, normal) = if inside(0.3, 0.4, 0.2) {
            ([0.8, 0.2, 0.1], [0.0, 0.0, 1.0])
        } else if inside(0.7, 0.6, 0.25) {
            ([0.1, 0.3, 0.9], [0.6, 0.0, 0.8])
        } else {
            ([0.5, 0.5, 0.5], [0.0, 1.0, 0.0])
        };
        let clean = albedo.map(|channel| channel * (20.0 + 200.0 * u * v));
        // An exponential variate: what one light sample a pixel looks like.
        let noise = -(1.0 - random()).ln();
        planes[0].data[index] = clean.map(|channel| channel * noise);
        (planes[1].data[index], planes[2].data[index], planes[3].data[index]) = (clean, albedo, normal);
    }
    planes
}
