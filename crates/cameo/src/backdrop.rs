//! What the person stands before.

/// The kind of backdrop of a plate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backdrop {
    /// A green screen.
    Green,
    /// A blue screen.
    Blue,
    /// Evenly grey, neither the person's lightness nor darkness.
    Grey,
    /// White, lit brighter than the person.
    White,
    /// None: the plate has an alpha of its own.
    Alpha,
}

impl Backdrop {
    /// As users write it, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Blue => "blue",
            Self::Grey => "grey",
            Self::White => "white",
            Self::Alpha => "alpha",
        }
    }

    /// The channel of a coloured screen, and the other two.
    pub(crate) fn channels(self) -> Option<(usize, [usize; 2])> {
        match self {
            Self::Green => Some((1, [0, 2])),
            Self::Blue => Some((2, [0, 1])),
            Self::Grey | Self::White | Self::Alpha => None,
        }
    }
}

/// How much more of a screen's channel a colour has than of the others: 0 or less for skin and greys (Vlahos, US patent
/// 3 595 987, 1971).
#[inline]
pub(crate) fn colour_difference(color: [f32; 3], (key, [a, b]): (usize, [usize; 2])) -> f32 {
    color[key] - color[a].max(color[b])
}
