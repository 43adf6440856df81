//! Conditioning to a file and back, bit for bit.
//!
//! The same channels as the delivered EXR, but light in nits and everything in 32 bits: the generator must see on
//! a later day exactly what the tracer made.

use std::{fs, path::Path};

use exr::{
    meta::MetaData,
    prelude::{AnyChannels, FlatSamples, Layer, ReadChannels, ReadLayers, read},
};
use maquette_conditioning::{Conditioning, GBuffer, Light};

use crate::{
    Error,
    attributes::{Header, Recorded},
    multilayer::{FORMAT, check_sizes, write_channels},
    passes::{
        PassMut, Precision, Values, channel_name, gbuffer_passes, gbuffer_passes_mut, light_passes,
        light_passes_mut,
    },
};

/// The largest picture [`load_conditioning`] accepts: 8192×8192, about 11 GB of planes.
pub const MAX_PIXELS: u64 = 1 << 26;
/// DEFLATE cannot compress better than this, so a header that claims more is not believed.
const MAX_COMPRESSION: u64 = 1032;

/// Saves everything in a [`Conditioning`] as one OpenEXR: real planes as 32-bit floats (light in nits), ids as
/// 32-bit integers, the rest in the header. The same conditioning gives the same bytes.
///
/// Errors: planes of different sizes, an empty picture, a file that cannot be written.
pub fn save_conditioning(path: &Path, conditioning: &Conditioning) -> Result<(), Error> {
    let Conditioning { frame, camera, ev100, gbuffer, light } = conditioning;
    let size = (gbuffer.width(), gbuffer.height());
    check_sizes(path, size, gbuffer, light)?;
    let passes = gbuffer_passes(gbuffer).into_iter().chain(light_passes(light));
    let channels = passes.flat_map(|pass| pass.channels(Precision::Full).collect::<Vec<_>>()).collect();
    let header = Header {
        size,
        frame: *frame,
        ev100: *ev100,
        factor: 1.0,
        camera: Some(camera),
        samples: Some(light.samples),
    };
    write_channels(path, &header, channels)
}

/// Loads what [`save_conditioning`] saved; every value is the saved one, to the bit.
///
/// Errors name the file and what is wrong: missing, cut short, over [`MAX_PIXELS`], not an OpenEXR, an OpenEXR of
/// something else. Nothing is allocated before the claimed size is checked against the limit and the file's length.
pub fn load_conditioning(path: &Path) -> Result<Conditioning, Error> {
    check_claims(path)?;
    check_single_part(path)?;
    let image = read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .first_valid_layer()
        .all_attributes()
        .from_file(path)
        .map_err(codec(path))?;
    let layer = image.layer_data;
    let recorded = Recorded(&layer.attributes);
    let (width, height) = (layer.size.0, layer.size.1);
    let (mut gbuffer, mut light) = (GBuffer::new(width, height), Light::new(width, height));
    light.samples = required(path, "maquette.samples", recorded.integer("maquette.samples"))?;
    let conditioning = Conditioning {
        frame: required(path, "maquette.frame", recorded.integer("maquette.frame"))?,
        camera: required(path, "the camera", recorded.camera())?,
        ev100: required(path, "maquette.ev100", recorded.number("maquette.ev100"))?,
        gbuffer: {
            gbuffer_passes_mut(&mut gbuffer).into_iter().try_for_each(|pass| fill(path, pass, &layer))?;
            gbuffer
        },
        light: {
            light_passes_mut(&mut light).into_iter().try_for_each(|pass| fill(path, pass, &layer))?;
            light
        },
    };
    Ok(conditioning)
}

/// Reads the headers alone and compares what they claim with what can be.
pub(crate) fn check_claims(path: &Path) -> Result<(), Error> {
    let length = fs::metadata(path).map_err(Error::file("read", path))?.len();
    let over = |field, value, limit| Err(Error::Limit { path: path.to_owned(), field, value, limit });
    let mut claimed = 0u64;
    for header in &MetaData::read_from_file(path, false).map_err(codec(path))?.headers {
        let pixels = (header.layer_size.0 as u64).saturating_mul(header.layer_size.1 as u64);
        if pixels > MAX_PIXELS {
            return over("pixels", pixels, MAX_PIXELS);
        }
        claimed = claimed.saturating_add(pixels.saturating_mul(header.channels.bytes_per_pixel as u64));
    }
    let possible = length.saturating_mul(MAX_COMPRESSION);
    if claimed > possible {
        return over("claimed bytes of pixels for the file's length", claimed, possible);
    }
    Ok(())
}

fn check_single_part(path: &Path) -> Result<(), Error> {
    let parts = MetaData::read_from_file(path, false).map_err(codec(path))?.headers.len();
    if parts == 1 { Ok(()) } else { Err(not_ours(path, format!("{parts} parts instead of one"))) }
}

/// Moves the channels of one pass into its plane.
fn fill(path: &Path, pass: PassMut<'_>, layer: &Layer<AnyChannels<FlatSamples>>) -> Result<(), Error> {
    let PassMut { name, axes, mut values } = pass;
    for (component, axis) in axes.chars().enumerate() {
        let channel_name = channel_name(name, axis);
        let channel = layer.channel_data.list.iter().find(|channel| channel.name == *channel_name.as_str());
        let channel = channel.ok_or_else(|| not_ours(path, format!("no channel {channel_name}")))?;
        match (&mut values, &channel.sample_data) {
            (Values::Real(to), FlatSamples::F32(from)) => interleave(to, from, component, axes.len()),
            (Values::Id(to), FlatSamples::U32(from)) => interleave(to, from, component, axes.len()),
            _ => return Err(not_ours(path, format!("channel {channel_name} has another sample type"))),
        }
    }
    Ok(())
}

fn interleave<T: Copy>(to: &mut [T], from: &[T], component: usize, components: usize) {
    to.iter_mut().skip(component).step_by(components).zip(from).for_each(|(to, from)| *to = *from);
}

fn required<T>(path: &Path, what: &str, value: Option<T>) -> Result<T, Error> {
    value.ok_or_else(|| not_ours(path, format!("the header lacks {what}")))
}

fn not_ours(path: &Path, problem: String) -> Error {
    Error::NotConditioning { path: path.to_owned(), problem }
}

fn codec(path: &Path) -> impl Fn(exr::error::Error) -> Error + '_ {
    move |error| Error::codec(path, FORMAT)(error.to_string())
}
