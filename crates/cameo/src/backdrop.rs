//! What the person stands before.

pub use maquette_conditioning::Backdrop;

/// As people say it.
pub(crate) fn name(backdrop: Backdrop) -> &'static str {
    match backdrop {
        Backdrop::Green => "green",
        Backdrop::Blue => "blue",
        Backdrop::Grey => "grey",
        Backdrop::White => "white",
        Backdrop::Alpha => "alpha",
    }
}

/// The channel of a coloured screen, and the other two.
pub(crate) fn channels(backdrop: Backdrop) -> Option<(usize, [usize; 2])> {
    match backdrop {
        Backdrop::Green => Some((1, [0, 2])),
        Backdrop::Blue => Some((2, [0, 1])),
        Backdrop::Grey | Backdrop::White | Backdrop::Alpha => None,
    }
}

/// How much more of a screen's channel a colour has than of the others: 0 or less for skin and greys (Vlahos, US patent
/// 3 595 987, 1971).
#[inline]
pub(crate) fn colour_difference(color: [f32; 3], (key, [a, b]): (usize, [usize; 2])) -> f32 {
    color[key] - color[a].max(color[b])
}
