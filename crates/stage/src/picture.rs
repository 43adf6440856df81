//! Picture files to textures.

use std::path::Path;

use image::{DynamicImage, ImageReader};
use maquette_conditioning::{Texels, Texture};

use crate::{Error, library};

/// What a picture's numbers mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Meaning {
    /// sRGB colour, 8 bits.
    Color,
    /// Linear data, 8 bits.
    Data,
    /// Linear light without upper bound.
    Light,
}

/// Reads a PNG, JPEG or Radiance HDR file.
pub(crate) fn read(path: &Path, meaning: Meaning) -> Result<Texture, Error> {
    let failed = |reason: String| Error::File { path: path.to_owned(), reason };
    let reader = ImageReader::open(path).map_err(|e| failed(format!("cannot be opened: {e}")))?;
    let reader = reader.with_guessed_format().map_err(|e| failed(format!("cannot be read: {e}")))?;
    let image = reader.decode().map_err(|e| failed(format!("is not a usable picture: {e}")))?;
    Ok(texture(&image, meaning))
}

/// A decoded picture as a texture.
pub(crate) fn texture(image: &DynamicImage, meaning: Meaning) -> Texture {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let bytes = || image.to_rgba8().pixels().map(|p| p.0).collect();
    let texels = match meaning {
        Meaning::Color => Texels::Srgb8(bytes()),
        Meaning::Data => Texels::Linear8(bytes()),
        Meaning::Light => Texels::LinearF32(image.to_rgb32f().pixels().map(|p| p.0).collect()),
    };
    library::texture(width, height, texels, Default::default())
}
