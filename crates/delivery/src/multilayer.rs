//! A frame and its conditioning to one multi-layer OpenEXR.
//!
//! One part with dotted channel names, as Blender writes and reads: a compositor finds beauty, geometry and light
//! passes under the names it knows.

use std::{
    io::{BufWriter, Write},
    path::Path,
};

use exr::prelude::{
    AnyChannel, AnyChannels, Blocks, Compression, Encoding, FlatSamples, Image, Layer, LineOrder,
    WritableImage, f16,
};
use maquette_conditioning::{Conditioning, Frame, GBuffer, Light, exposure_factor};

use crate::{
    Error,
    atomic::write_with,
    attributes::{Header, sort_attributes},
    passes::{Pass, Precision, Values, channel_name, gbuffer_passes, light_passes},
};

pub(crate) const FORMAT: &str = "OpenEXR";

/// Passes whose values mean places or identities: 16 bits would move them.
const FULL: [&str; 9] = [
    "Depth",
    "Distance",
    "Position",
    "Vector",
    "IndexOB",
    "IndexMA",
    "Image Position",
    "Image Vector",
    "Image Index",
];

/// Writes `ViewLayer.Combined` (half floats, frame values, alpha 1) and, with conditioning, every plane of it.
///
/// Light parts are scaled by the frame's exposure factor as the beauty is, and together are the noisy picture.
/// Depth, distance, position, motion and ids are 32-bit floats (so Blender reads the ids), the rest half floats;
/// values beyond a half float's range stop at ±65 504. The header records exposure, factor, frame and camera. The
/// same input gives the same bytes.
///
/// Errors: conditioning of another size than the frame, an empty frame, a file that cannot be written.
pub fn write_exr(path: &Path, frame: &Frame, conditioning: Option<&Conditioning>) -> Result<(), Error> {
    let size = (frame.color.width(), frame.color.height());
    let factor = exposure_factor(frame.ev100);
    let mut channels = beauty_channels(frame);
    if let Some(conditioning) = conditioning {
        check_sizes(path, size, &conditioning.gbuffer, &conditioning.light)?;
        for pass in gbuffer_passes(&conditioning.gbuffer) {
            let precision = if FULL.contains(&pass.name) { Precision::Full } else { Precision::Half(1.0) };
            channels.extend(pass.channels(precision).map(id_as_float));
        }
        for pass in light_passes(&conditioning.light) {
            channels.extend(pass.channels(Precision::Half(factor)));
        }
        channels.extend(next_motion(size.0 * size.1));
    }
    let header = Header {
        size,
        frame: frame.number,
        ev100: frame.ev100,
        factor,
        camera: conditioning.map(|c| &c.camera),
        samples: conditioning.map(|c| c.light.samples),
    };
    write_channels(path, &header, channels)
}

fn beauty_channels(frame: &Frame) -> Vec<AnyChannel<FlatSamples>> {
    let values = Values::Real(frame.color.data.as_flattened());
    let mut channels: Vec<_> =
        Pass { name: "Combined", axes: "RGB", values }.channels(Precision::Half(1.0)).collect();
    let alpha = FlatSamples::F16(vec![f16::ONE; frame.color.data.len()]);
    channels.push(AnyChannel::new(channel_name("Combined", 'A').as_str(), alpha));
    channels
}

/// Blender's vectors have two more components, towards the next frame, which is not known here.
fn next_motion(pixels: usize) -> [AnyChannel<FlatSamples>; 2] {
    ['Z', 'W'].map(|axis| {
        AnyChannel::new(channel_name("Vector", axis).as_str(), FlatSamples::F32(vec![0.0; pixels]))
    })
}

fn id_as_float(mut channel: AnyChannel<FlatSamples>) -> AnyChannel<FlatSamples> {
    if let FlatSamples::U32(ids) = &channel.sample_data {
        channel.sample_data = FlatSamples::F32(ids.iter().map(|&id| id as f32).collect());
    }
    channel
}

/// Every plane must have the one size, or a file would hold rubbish.
pub(crate) fn check_sizes(
    path: &Path,
    expected: (usize, usize),
    gbuffer: &GBuffer,
    light: &Light,
) -> Result<(), Error> {
    let pixels = expected.0 * expected.1;
    for pass in gbuffer_passes(gbuffer).iter().chain(&light_passes(light)) {
        let values = match &pass.values {
            Values::Real(values) => values.len(),
            Values::Id(ids) => ids.len(),
        };
        if values != pixels * pass.axes.len() {
            let got = (values / pass.axes.len() / expected.1.max(1), expected.1);
            return Err(Error::Size { path: path.to_owned(), what: pass.name.to_owned(), got, expected });
        }
    }
    Ok(())
}

/// Compresses and writes channels; all of them hold one value a pixel.
pub(crate) fn write_channels(
    path: &Path,
    header: &Header<'_>,
    channels: Vec<AnyChannel<FlatSamples>>,
) -> Result<(), Error> {
    let (width, height) = header.size;
    if width == 0 || height == 0 {
        return Err(Error::codec(path, FORMAT)(format!("{width}×{height} pixels is empty")));
    }
    let encoding = Encoding {
        compression: Compression::ZIP16,
        blocks: Blocks::ScanLines,
        line_order: LineOrder::Increasing,
    };
    let channels = AnyChannels::sort(channels.into());
    let mut image = Image::from_layer(Layer::new(header.size, header.layer(), encoding, channels));
    image.attributes = header.image();
    write_with(path, |file| {
        let mut sink = BufWriter::new(&mut *file);
        image.write().to_buffered(&mut sink).map_err(|e| Error::codec(path, FORMAT)(e.to_string()))?;
        sink.flush().map_err(Error::file("write", path))?;
        drop(sink);
        sort_attributes(file).map_err(Error::file("write", path))
    })
}
