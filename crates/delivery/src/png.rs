//! Eight-bit pictures to PNG files and back.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Write},
    path::Path,
};

use maquette_conditioning::Plane;
use png::{BitDepth, ColorType, Compression, Decoder, Encoder, Limits, SrgbRenderingIntent, Transformations};

use crate::{Error, atomic::write_with, grade::Image8};

const FORMAT: &str = "PNG";
/// Memory a decoder may take: enough for 16384×16384.
const DECODE_BYTES: usize = 1 << 30;

/// Writes an RGB PNG that says it is sRGB. The same picture gives the same bytes.
pub fn write_png(path: &Path, image: &Image8) -> Result<(), Error> {
    let width = checked_side(path, "width", image.width())?;
    let height = checked_side(path, "height", image.height())?;
    write_with(path, |file| {
        let mut sink = BufWriter::new(file);
        let mut encoder = Encoder::new(&mut sink, width, height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_depth(BitDepth::Eight);
        encoder.set_compression(Compression::Balanced);
        encoder.set_source_srgb(SrgbRenderingIntent::Perceptual);
        encoder
            .write_header()
            .and_then(|mut writer| {
                writer.write_image_data(image.data.as_flattened())?;
                writer.finish()
            })
            .map_err(|error| Error::codec(path, FORMAT)(error.to_string()))?;
        sink.flush().map_err(Error::file("write", path))
    })
}

/// Reads a PNG as 8-bit RGB: alpha is dropped, 16 bits become 8, greys and palettes become colours.
///
/// Damaged files and pictures that need over a gibibyte are errors.
pub fn read_png(path: &Path) -> Result<Image8, Error> {
    let fail = |error: &dyn std::fmt::Display| Error::codec(path, FORMAT)(error.to_string());
    let file = File::open(path).map_err(Error::file("read", path))?;
    let limits = Limits { bytes: DECODE_BYTES };
    let mut decoder = Decoder::new_with_limits(BufReader::new(file), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(|e| fail(&e))?;
    let samples = reader.output_color_type().0.samples();
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    let pixels = width.saturating_mul(height);
    if pixels > DECODE_BYTES / 4 {
        let limit = DECODE_BYTES as u64 / 4;
        return Err(Error::Limit { path: path.to_owned(), field: "pixels", value: pixels as u64, limit });
    }
    let mut bytes = vec![0u8; pixels * samples];
    reader.next_frame(&mut bytes).map_err(|e| fail(&e))?;
    let data = bytes.chunks_exact(samples).map(|pixel| match *pixel {
        [grey] | [grey, _] => [grey; 3],
        [r, g, b, ..] => [r, g, b],
        [] => [0; 3],
    });
    let data = data.collect();
    Plane::from_vec(width, height, data).ok_or_else(|| fail(&"wrong amount of data"))
}

/// PNG sides are 1 to 2^31 − 1.
fn checked_side(path: &Path, field: &'static str, side: usize) -> Result<u32, Error> {
    let limit = i32::MAX as u64;
    match side as u64 {
        0 => Err(Error::codec(path, FORMAT)(format!("{field} is 0"))),
        value if value > limit => Err(Error::Limit { path: path.to_owned(), field, value, limit }),
        value => Ok(value as u32),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn picture() -> Image8 {
        let data =
            (0..37 * 21).map(|i| [(i % 251) as u8, (i / 3 % 256) as u8, (i * i % 256) as u8]).collect();
        Plane::from_vec(37, 21, data).unwrap()
    }

    #[test]
    fn pixels_survive_and_the_file_says_srgb() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/folder/a.1001.png");
        write_png(&path, &picture()).unwrap();
        assert_eq!(read_png(&path).unwrap(), picture());
        let reader = Decoder::new(BufReader::new(File::open(&path).unwrap())).read_info().unwrap();
        assert_eq!(reader.info().srgb, Some(SrgbRenderingIntent::Perceptual));
    }

    #[test]
    fn greys_alpha_and_sixteen_bits_are_read_as_rgb() {
        let folder = tempfile::tempdir().unwrap();
        let kinds: [(ColorType, BitDepth, &[u8]); 3] = [
            (ColorType::Grayscale, BitDepth::Eight, &[10, 200]),
            (ColorType::GrayscaleAlpha, BitDepth::Sixteen, &[10, 0, 99, 0, 200, 0, 99, 0]),
            (ColorType::Rgba, BitDepth::Eight, &[10, 10, 10, 99, 200, 200, 200, 99]),
        ];
        for (color, depth, bytes) in kinds {
            let path = folder.path().join("kind.png");
            let mut encoder = Encoder::new(File::create(&path).unwrap(), 2, 1);
            encoder.set_color(color);
            encoder.set_depth(depth);
            encoder.write_header().unwrap().write_image_data(bytes).unwrap();
            assert_eq!(read_png(&path).unwrap().data, [[10; 3], [200; 3]], "{color:?}");
        }
    }

    #[test]
    fn the_same_picture_gives_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.png"), folder.path().join("b.png"));
        write_png(&a, &picture()).unwrap();
        write_png(&b, &picture()).unwrap();
        assert_eq!(fs::read(a).unwrap(), fs::read(b).unwrap());
    }

    #[test]
    fn empty_pictures_and_damaged_files_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.png");
        assert!(write_png(&path, &Image8::new(0, 4)).unwrap_err().to_string().contains("width is 0"));
        assert!(!path.exists());
        write_png(&path, &picture()).unwrap();
        let whole = fs::read(&path).unwrap();
        for length in [0, 7, 40, whole.len() / 2] {
            fs::write(&path, &whole[..length]).unwrap();
            assert!(read_png(&path).is_err(), "{length} bytes");
        }
    }
}
