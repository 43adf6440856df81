//! What cannot be measured.

use maquette_conditioning::Plane;

/// Two things that cannot be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Sizes differ.
    #[error("{what} is {}×{} pixels, the other {}×{}", got.0, got.1, expected.0, expected.1)]
    Size {
        /// Which picture.
        what: &'static str,
        /// Its width and height.
        got: (usize, usize),
        /// The other's width and height.
        expected: (usize, usize),
    },
    /// Nothing, or too little, to measure.
    #[error("{what} has {got} values, at least {least} are needed")]
    TooFew {
        /// Which input.
        what: &'static str,
        /// How many there are.
        got: usize,
        /// How many it takes.
        least: usize,
    },
    /// A value that is no number would make every figure meaningless.
    #[error("{what} has {value} at index {index}")]
    NotFinite {
        /// Which picture.
        what: &'static str,
        /// Pixel number from the top left.
        index: usize,
        /// The value.
        value: f32,
    },
}

pub(crate) fn same_size<A, B>(image: &Plane<A>, reference: &Plane<B>) -> Result<(), Error> {
    let got = (image.width(), image.height());
    let expected = (reference.width(), reference.height());
    if got != expected {
        return Err(Error::Size { what: "the image", got, expected });
    }
    at_least("the image", image.data.len(), 1)
}

pub(crate) fn at_least(what: &'static str, got: usize, least: usize) -> Result<(), Error> {
    if got < least { Err(Error::TooFew { what, got, least }) } else { Ok(()) }
}

pub(crate) fn finite(what: &'static str, image: &Plane<[f32; 3]>) -> Result<(), Error> {
    let bad = image.data.iter().enumerate().find_map(|(index, color)| {
        color.iter().find(|value| !value.is_finite()).map(|&value| (index, value))
    });
    bad.map_or(Ok(()), |(index, value)| Err(Error::NotFinite { what, index, value }))
}

/// Both pictures of one size, not empty, every value a number.
pub(crate) fn comparable(image: &Plane<[f32; 3]>, reference: &Plane<[f32; 3]>) -> Result<(), Error> {
    same_size(image, reference)?;
    finite("the image", image)?;
    finite("the reference", reference)
}
