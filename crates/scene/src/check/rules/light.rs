//! Rules of light: the unit that fits the lamp, one colour, a sky or a panorama.

use super::{
    super::{
        Checker, NameKind,
        words::{either, listed},
    },
    exclusive, named, real, reals, time,
};
use crate::{mistake::Mistake, syntax::Value};

const UNITS: [&str; 4] = ["lumen", "nit", "lux", "daylight"];

pub(super) fn light(checker: &mut Checker<'_>, light: Value<'_>) {
    named(checker, light, NameKind::Light);
    time::ordered(checker, light, "path");
    if let (Some(on), Some(off)) = (real(light, "on_at_s"), real(light, "off_at_s"))
        && off <= on
    {
        let message = format!("this light goes off at {off} s and on at {on} s, so it is never on");
        let mistake = Mistake::new("conflict", message, "not later than `on_at_s`");
        checker.at(light.field("off_at_s").unwrap_or(light), mistake);
    }
    let kind = light.field("kind").and_then(|kind| kind.name()).map(|(name, _)| name);
    if let (Some(kind), Some(output)) = (kind, light.field("output")) {
        let profile = light.field("profile");
        unit(checker, kind, output, profile.is_some());
        if let (Some(profile), "Sun" | "Rect") = (profile, kind) {
            let message = format!("a light of kind `{kind}` has no `profile`");
            let mistake = Mistake::new("conflict", message, "only for a point or a spot");
            checker.at(
                profile,
                mistake.hint("a photometric file describes a luminaire seen from afar: use `Point`"),
            );
        }
    }
}

/// A lamp with a profile may leave the amount to it.
fn unit(checker: &mut Checker<'_>, kind: &str, output: Value<'_>, has_profile: bool) {
    let fitting: &[&str] = match kind {
        "Sun" => &["lux", "daylight"],
        "Point" | "Spot" => &["lumen"],
        "Rect" => &["lumen", "nit"],
        _ => return,
    };
    let says = |unit: &&str| output.field(unit).is_some_and(|value| value.boolean() != Some(false));
    let given: Vec<&str> = UNITS.into_iter().filter(says).collect();
    let wanted = either(fitting);
    let lamp = format!("a light of kind `{kind}`");
    match given.as_slice() {
        [] if output.is_damaged() || has_profile => {}
        [] => {
            let message = format!("the output of {lamp} needs {wanted}");
            let mistake = Mistake::new("missing-field", message, "how much light?");
            checker.at(output, mistake.hint(format!("write for example ({}: {})", fitting[0], usual(kind))));
        }
        [only] if fitting.contains(only) => {}
        [only] => {
            let message = format!("{lamp} gives {wanted}, not `{only}`");
            let hint = "lumen is all the light of a lamp, nit how bright a surface looks, lux what arrives from the sun";
            let name = output.fields().find(|field| field.name == *only).map(|field| field.name_span);
            let mistake = Mistake::new("wrong-unit", message, "this unit does not fit").hint(hint);
            checker.report(mistake, name.unwrap_or(output.anchor()));
        }
        several => {
            let message = format!("the output has {} at once", listed(several));
            let mistake = Mistake::new("conflict", message, "more than one amount of light");
            checker.at(output, mistake.hint(format!("keep one: {wanted}")));
        }
    }
}

fn usual(kind: &str) -> &'static str {
    if kind == "Sun" { "100000.0" } else { "800.0" }
}

/// Of an emission, an output or a sky.
pub(super) fn color(checker: &mut Checker<'_>, value: Value<'_>) {
    exclusive(checker, value, "color", "kelvin", "keep one: a colour, or the temperature of a black body");
    let Some(color) = value.field("color") else { return };
    let black =
        color.good_string().is_some_and(|hex| hex == "#000000") || reals::<3>(color) == Some([0.0; 3]);
    if black {
        let mistake = Mistake::new("black-light", "light cannot be black", "no colour to scale")
            .hint("the colour is scaled to luminance 1; for no light, set the amount to 0");
        checker.report(mistake, color.span());
    }
}

pub(super) fn kind(checker: &mut Checker<'_>, kind: Value<'_>) {
    if let (Some(inner), Some(outer)) = (real(kind, "inner_deg"), real(kind, "outer_deg"))
        && inner > outer
        && outer > 0.0
    {
        let message = format!("the even part of the beam, {inner}°, is wider than the whole beam, {outer}°");
        let mistake = Mistake::new("conflict", message, "wider than `outer_deg`");
        checker
            .at(kind.field("inner_deg").unwrap_or(kind), mistake.hint("swap the two, or widen `outer_deg`"));
    }
}

pub(super) fn environment(checker: &mut Checker<'_>, environment: Value<'_>) {
    exclusive(checker, environment, "sky", "hdr", "keep one: an even sky, or a panorama");
    exclusive(checker, environment, "sky", "daylight", "keep one: an even sky, or a clear day's");
    exclusive(checker, environment, "daylight", "hdr", "keep one: a computed sky, or a panorama");
}
