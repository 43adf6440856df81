//! Images on surfaces and around the set.

use crate::ContentId;

/// An immutable image, row 0 on top.
#[derive(Clone, Debug, PartialEq)]
pub struct Texture {
    /// Identity by content.
    pub id: ContentId,
    /// Texels across.
    pub width: usize,
    /// Texels down.
    pub height: usize,
    /// `width · height` values.
    pub texels: Texels,
    /// What lies beyond its edges, across and down.
    pub wrap: [Wrap; 2],
}

/// What lies beyond an image's edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Wrap {
    /// The image again.
    #[default]
    Repeat,
    /// Its edge goes on.
    Clamp,
    /// The image mirrored.
    Mirror,
}

/// How a texture's values are stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Texels {
    /// sRGB-encoded colour and linear alpha.
    Srgb8(Vec<[u8; 4]>),
    /// Linear data.
    Linear8(Vec<[u8; 4]>),
    /// Linear Rec.709, unbounded.
    LinearF32(Vec<[f32; 3]>),
}
