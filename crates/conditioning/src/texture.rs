//! Images on surfaces and around the set.

use crate::ContentId;

/// An immutable image, row 0 on top; it repeats beyond its edges.
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
