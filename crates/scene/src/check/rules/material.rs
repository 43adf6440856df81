//! Rules of materials: a surface cannot reflect more than arrives.

use super::{super::Checker, reals};
use crate::{mistake::Mistake, syntax::Value};

pub(super) fn material(checker: &mut Checker<'_>, material: Value<'_>) {
    let Some(color) = material.field("base_color") else { return };
    if let Some(channels) = reals::<3>(color)
        && channels.iter().any(|channel| *channel > 1.0)
    {
        let mistake = Mistake::new(
            "out-of-range",
            "a `base_color` has channels of 0 to 1",
            "reflects more than arrives",
        )
        .hint("for a surface that gives off light of its own, use `emission`");
        checker.report(mistake, color.span());
    }
}
