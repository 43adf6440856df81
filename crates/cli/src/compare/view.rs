//! A file to light and to what the screen shows of it.

use std::{fs::File, io::Read, path::Path};

use maquette_conditioning::{Frame, Plane};
use maquette_delivery::{
    Error as FileError, Image8, Picture, ToneMap, grade, linear_from_srgb, read_exr, read_png,
};
use maquette_metrics::luminance;

use super::Error;

/// Display value that a reference's median gets where nobody says how it was exposed.
const MIDDLE_GREY: f64 = 0.18;

/// A loaded picture.
pub(super) struct View {
    pub(super) path: String,
    /// In nits where the file says how, else in the file's own unit; of a screen picture, its display light.
    pub(super) color: Plane<[f32; 3]>,
    pub(super) kind: Kind,
}

/// What a file holds besides colour.
pub(super) enum Kind {
    /// Scene-linear light, and what else is known.
    Light(Box<Picture>),
    /// Code values for a screen.
    Screen(Image8),
}

/// Loads an EXR or a PNG, told apart by their first bytes.
pub(super) fn load(path: &Path, as_stored: bool) -> Result<View, Error> {
    let path_text = path.display().to_string();
    match first_bytes(path).map_err(Error::Read)? {
        [0x76, 0x2f, 0x31, 0x01] => {
            let mut picture = read_exr(path).map_err(Error::Read)?;
            if as_stored {
                picture.exposure_factor = None;
            }
            let nits = 1.0 / picture.exposure_factor.unwrap_or(1.0);
            let color = picture.color.map(|color| color.map(|value| value * nits));
            Ok(View { path: path_text, color, kind: Kind::Light(Box::new(picture)) })
        }
        [0x89, b'P', b'N', b'G'] => {
            let codes = read_png(path).map_err(Error::Read)?;
            let color = codes.map(|color| color.map(|code| linear_from_srgb(f32::from(code) / 255.0)));
            Ok(View { path: path_text, color, kind: Kind::Screen(codes) })
        }
        _ => Err(Error::Input(format!("{path_text} is neither an OpenEXR nor a PNG"))),
    }
}

fn first_bytes(path: &Path) -> Result<[u8; 4], FileError> {
    let cannot = |source| FileError::File { action: "read", path: path.to_owned(), source };
    let mut bytes = [0; 4];
    let mut file = File::open(path).map_err(cannot)?;
    // Shorter than that is neither kind, which the caller says better than an input error.
    let _ = file.read(&mut bytes).map_err(cannot)?;
    Ok(bytes)
}

/// How light is put on a screen to be looked at: this factor, clipped, sRGB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Display(f32);

impl Display {
    /// The exposure asked for, or the reference's own, or the one that makes its median middle grey.
    pub(super) fn of(reference: &View, ev100: Option<f32>) -> Self {
        if let Some(ev100) = ev100 {
            return Self(maquette_conditioning::exposure_factor(ev100));
        }
        let own = match &reference.kind {
            Kind::Light(picture) => picture.exposure_factor,
            Kind::Screen(_) => Some(1.0),
        };
        Self(own.unwrap_or_else(|| (MIDDLE_GREY / median(&reference.color)) as f32))
    }

    pub(super) fn show(self, view: &View) -> Image8 {
        match &view.kind {
            Kind::Screen(codes) => codes.clone(),
            Kind::Light(_) => {
                let color = view.color.map(|color| color.map(|value| value * self.0));
                grade(&Frame { number: 0, color, ev100: 0.0 }, ToneMap::Linear)
            }
        }
    }
}

/// Median luminance of what is not black; 1 where all is.
fn median(picture: &Plane<[f32; 3]>) -> f64 {
    let mut values: Vec<f64> =
        picture.data.iter().map(|&color| luminance(color)).filter(|value| *value > 0.0).collect();
    if values.is_empty() {
        return 1.0;
    }
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f64::total_cmp).1
}
