//! What a frame is, to an EXR header and back.
//!
//! Standard attributes where the format has them (chromaticities, white luminance, world to camera, aperture,
//! focus), our own under `maquette.` where a bit-exact way back is needed.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};

use exr::{
    meta::{
        attribute::{AttributeValue, Chromaticities, Text},
        header::{ImageAttributes, LayerAttributes},
    },
    prelude::IntegerBounds,
};
use glam::{Affine3A, Mat4};
use maquette_conditioning::{Camera, FrameNumber, Lens, Moving};

const PROGRAM: &str = concat!("Maquette ", env!("CARGO_PKG_VERSION"));
/// At most 255 bytes: ffmpeg's reader loses its place after a longer attribute.
const NOTE: &str = "Scene-linear Rec.709; metres, right-handed, +Y up. Depth along the view axis, infinite for a miss. \
                    Vector: previous minus current pixel, +y down; Z, W unused. Light parts include surface colour \
                    and add up to the picture before denoising.";

/// What the header says besides the planes.
pub(crate) struct Header<'a> {
    pub size: (usize, usize),
    pub frame: FrameNumber,
    /// The exposure of the shot.
    pub ev100: f32,
    /// Colour in the file divided by nits.
    pub factor: f32,
    /// Who looked, where known.
    pub camera: Option<&'a Camera>,
    /// Samples a pixel, where known.
    pub samples: Option<u32>,
}

impl Header<'_> {
    pub(crate) fn image(&self) -> ImageAttributes {
        let mut attributes = ImageAttributes::new(IntegerBounds::from_dimensions(self.size));
        attributes.chromaticities = Some(Chromaticities {
            red: (0.64, 0.33).into(),
            green: (0.30, 0.60).into(),
            blue: (0.15, 0.06).into(),
            white: (0.3127, 0.3290).into(),
        });
        attributes
    }

    pub(crate) fn layer(&self) -> LayerAttributes {
        let mut attributes = LayerAttributes {
            software_name: Some(PROGRAM.into()),
            comments: Some(NOTE.into()),
            white_luminance: Some(1.0 / self.factor),
            ..LayerAttributes::default()
        };
        let mut own = |name: &str, value| attributes.other.insert(Text::from(name), value);
        // Blender takes dotted channels for layers where it finds this text.
        own("BlenderMultiChannel", AttributeValue::Text("Blender V2.55.1 and newer".into()));
        own("maquette.frame", AttributeValue::I32(self.frame.cast_signed()));
        own("maquette.ev100", AttributeValue::F32(self.ev100));
        own("maquette.exposureFactor", AttributeValue::F32(self.factor));
        if let Some(samples) = self.samples {
            own("maquette.samples", AttributeValue::I32(samples.cast_signed()));
        }
        if let Some(camera) = self.camera {
            describe_camera(camera, &mut attributes);
        }
        attributes
    }
}

fn describe_camera(camera: &Camera, attributes: &mut LayerAttributes) {
    let Camera { lens, world_from_camera: pose, ev100 } = camera;
    attributes.world_to_camera = Some(Mat4::from(pose.open.inverse()).to_cols_array());
    attributes.aperture = lens.f_stop;
    attributes.focus = Some(lens.focus_distance_m);
    let numbers = [
        ("maquette.sensorWidth", Some(lens.sensor_width_m)),
        ("maquette.focalLength", Some(lens.focal_length_m)),
        ("maquette.fStop", lens.f_stop),
        ("maquette.focusDistance", Some(lens.focus_distance_m)),
        ("maquette.bladeTurn", Some(lens.blade_turn_rad)),
        ("maquette.fixedEv100", *ev100),
    ];
    for (name, number) in numbers {
        number.map(|number| attributes.other.insert(name.into(), AttributeValue::F32(number)));
    }
    let blades = AttributeValue::I32(lens.blades.cast_signed());
    attributes.other.insert("maquette.blades".into(), blades);
    for (name, pose) in POSES.into_iter().zip([pose.open, pose.close, pose.previous]) {
        let matrix = AttributeValue::Matrix4x4(Mat4::from(pose).to_cols_array());
        attributes.other.insert(name.into(), matrix);
    }
}

/// World from camera at the three times. OpenEXR's matrices multiply row vectors: stored row by row they are ours
/// column by column.
const POSES: [&str; 3] = ["maquette.cameraOpen", "maquette.cameraClose", "maquette.cameraPrevious"];

/// Our own numbers, read back.
pub(crate) struct Recorded<'a>(pub &'a LayerAttributes);

impl Recorded<'_> {
    pub(crate) fn integer(&self, name: &str) -> Option<u32> {
        match self.0.other.get(&Text::from(name))? {
            AttributeValue::I32(value) => Some(value.cast_unsigned()),
            _ => None,
        }
    }

    pub(crate) fn number(&self, name: &str) -> Option<f32> {
        match self.0.other.get(&Text::from(name))? {
            AttributeValue::F32(value) => Some(*value),
            _ => None,
        }
    }

    fn pose(&self, name: &str) -> Option<Affine3A> {
        match self.0.other.get(&Text::from(name))? {
            AttributeValue::Matrix4x4(m) => Some(Affine3A::from_mat4(Mat4::from_cols_array(m))),
            _ => None,
        }
    }

    pub(crate) fn camera(&self) -> Option<Camera> {
        Some(Camera {
            lens: Lens {
                sensor_width_m: self.number("maquette.sensorWidth")?,
                focal_length_m: self.number("maquette.focalLength")?,
                f_stop: self.number("maquette.fStop"),
                focus_distance_m: self.number("maquette.focusDistance")?,
                blades: self.integer("maquette.blades").unwrap_or(0),
                blade_turn_rad: self.number("maquette.bladeTurn").unwrap_or(0.0),
            },
            world_from_camera: Moving {
                open: self.pose(POSES[0])?,
                close: self.pose(POSES[1])?,
                previous: self.pose(POSES[2])?,
            },
            ev100: self.number("maquette.fixedEv100"),
        })
    }
}

/// Puts the attributes of a finished single-part file in order of their names, in place.
///
/// The `exr` crate keeps custom attributes in a hash map and so writes them in another order each time; the same
/// frame must give the same bytes. OpenEXR's own library writes this order. Offsets in the file do not change.
pub(crate) fn sort_attributes(file: &mut (impl Read + Write + Seek)) -> io::Result<()> {
    const AFTER_MAGIC_AND_VERSION: SeekFrom = SeekFrom::Start(8);
    file.seek(AFTER_MAGIC_AND_VERSION)?;
    let mut attributes = Vec::new();
    let mut reader = BufReader::new(&mut *file);
    while let Some(attribute) = next_attribute(&mut reader)? {
        attributes.push(attribute);
    }
    drop(reader);
    // Each begins with its name and a zero byte, so the bytes sort as the names do.
    attributes.sort();
    file.seek(AFTER_MAGIC_AND_VERSION)?;
    file.write_all(&attributes.concat())
}

/// Name, zero, type, zero, size, value: the bytes of one attribute, or `None` at the header's end.
fn next_attribute(reader: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = Vec::new();
    if reader.read_until(0, &mut bytes)? <= 1 {
        return Ok(None);
    }
    reader.read_until(0, &mut bytes)?;
    let mut size = [0; 4];
    reader.read_exact(&mut size)?;
    bytes.extend(size);
    reader.take(u64::from(u32::from_le_bytes(size))).read_to_end(&mut bytes)?;
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn attribute(name: &str, value: &[u8]) -> Vec<u8> {
        let size = (value.len() as u32).to_le_bytes();
        [name.as_bytes(), b"\0int\0", &size, value].concat()
    }

    #[test]
    fn attributes_end_up_in_order_and_the_rest_stays() {
        let (a, ab, b) = (attribute("a", b"123\0"), attribute("ab", b"zz"), attribute("b", b""));
        let file =
            |parts: [&[u8]; 3]| [b"magicver", parts[0], parts[1], parts[2], b"\0", b"the pixels"].concat();
        let mut mixed = Cursor::new(file([&b, &ab, &a]));
        sort_attributes(&mut mixed).unwrap();
        assert_eq!(mixed.into_inner(), file([&a, &ab, &b]));
    }

    #[test]
    fn the_note_fits_readers_that_keep_255_bytes() {
        assert!(NOTE.len() <= 255 && NOTE.is_ascii(), "{}", NOTE.len());
    }

    #[test]
    fn names_fit_readers_without_the_long_names_flag() {
        for name in POSES.into_iter().chain(["maquette.exposureFactor", "maquette.focusDistance"]) {
            assert!(name.len() <= 31, "{name}");
        }
    }
}
