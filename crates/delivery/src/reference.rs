//! A picture from anywhere, for something to take after.

use std::path::Path;

use image::ImageReader;
use maquette_conditioning::Plane;

use crate::Error;

const FORMAT: &str = "picture";

/// Reads a PNG or JPEG: sRGB display values 0 to 1; what is transparent counts as it is coloured.
///
/// Errors name the file: missing, not a picture, damaged, more than half a gibibyte in memory.
pub fn read_reference(path: &Path) -> Result<Plane<[f32; 3]>, Error> {
    let reader = ImageReader::open(path).and_then(ImageReader::with_guessed_format);
    let picture = reader.map_err(Error::file("read", path))?.decode();
    let picture = picture.map_err(|error| Error::codec(path, FORMAT)(error.to_string()))?.to_rgb32f();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let mut plane = Plane::new(width, height);
    plane.data.iter_mut().zip(picture.pixels()).for_each(|(value, pixel)| *value = pixel.0);
    Ok(plane)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Image8, write_png};

    #[test]
    fn display_values_are_read_as_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ramp.png");
        let mut image = Image8::new(4, 2);
        image.data.iter_mut().zip(0..).for_each(|(pixel, i)| *pixel = [30 * i, 0, 255]);
        write_png(&path, &image).unwrap();
        let read = read_reference(&path).unwrap();
        assert_eq!(read, image.map(|pixel| pixel.map(|code| f32::from(code) / 255.0)));
    }

    #[test]
    fn what_is_no_picture_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.png");
        std::fs::write(&path, "not pixels").unwrap();
        for path in [path.as_path(), Path::new("nowhere.png")] {
            let message = read_reference(path).unwrap_err().to_string();
            assert!(message.contains(path.to_str().unwrap()), "{message}");
        }
    }
}
