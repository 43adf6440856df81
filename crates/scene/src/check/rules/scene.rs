//! Rules of the scene as a whole: its frame rate, its production, and shots of at least a frame.

use super::{super::Checker, real, reals};
use crate::{mistake::Mistake, syntax::Value};

/// A shot this much shorter than a frame still counts as one: lengths are written in rounded decimals.
const FRAME_TOLERANCE: f64 = 1e-3;

pub(super) fn scene(checker: &mut Checker<'_>, scene: Value<'_>) {
    if !checker.parts.root {
        return;
    }
    sun_of_daylight(checker, scene);
    project_of_grants(checker, scene);
    let fps = match scene.field("fps") {
        Some(written) => frame_rate(checker, written),
        None => Some(24.0),
    };
    let Some((fps, shots)) = fps.zip(scene.field("shots")) else { return };
    shots.items().for_each(|shot| at_least_a_frame(checker, shot, fps));
}

/// A sky by day needs to know where the sun stands. Included files may bring one.
fn sun_of_daylight(checker: &mut Checker<'_>, scene: Value<'_>) {
    let Some(daylight) = scene.field("environment").and_then(|environment| environment.field("daylight"))
    else {
        return;
    };
    let is_sun = |light: Value<'_>| {
        light.field("kind").and_then(|kind| kind.name()).is_some_and(|(name, _)| name == "Sun")
    };
    let has_sun = scene.field("lights").is_some_and(|lights| lights.items().any(is_sun));
    if !has_sun && scene.field("include").is_none() {
        let mistake =
            Mistake::new("missing-reference", "daylight needs a sun, and the scene has none", "no sun");
        let hint =
            "add to `lights`: (name: \"sun\", kind: Sun, output: (daylight: true), turn_deg: (pitch: -40.0))";
        checker.at(daylight, mistake.hint(hint));
    }
}

/// A grant is for a production, so the scene must say which one it is.
fn project_of_grants(checker: &mut Checker<'_>, scene: Value<'_>) {
    let named = scene.field("project").and_then(Value::good_string);
    if named.is_some_and(|name| !name.trim().is_empty()) {
        return;
    }
    let forms =
        scene.field("actors").into_iter().flat_map(Value::items).filter_map(|actor| actor.field("form"));
    let cameos = forms.flat_map(|form| std::iter::once(form).chain(form.items()));
    let sounds = scene.field("sounds").into_iter().flat_map(Value::items);
    let Some(grant) = cameos.chain(sounds).find_map(grant) else { return };
    let mistake =
        Mistake::new("missing-field", "a scene with a grant needs `project`", "for which production?");
    checker.at(
        grant,
        mistake.hint("add `project: \"…\"` to the scene, by the name that the grant was asked for with"),
    );
}

/// The grant of a cameo or a sound.
fn grant(value: Value<'_>) -> Option<Value<'_>> {
    value.field("person").filter(|person| person.name().is_some_and(|(name, _)| name == "Grant"))
}

fn frame_rate(checker: &mut Checker<'_>, written: Value<'_>) -> Option<f64> {
    let [frames, seconds] = reals(written)?;
    let fps = frames / seconds;
    if (1.0..=240.0).contains(&fps) {
        return Some(fps);
    }
    let message = if seconds == 0.0 {
        "`fps` divides by zero".to_owned()
    } else {
        format!("`fps` must be 1 to 240 frames a second, but is {fps:.3}")
    };
    let hint = "a fraction of frames over seconds: (24, 1), (25, 1), or (24000, 1001) for 23.976";
    checker.report(Mistake::new("out-of-range", message, "out of range").hint(hint), written.span());
    None
}

fn at_least_a_frame(checker: &mut Checker<'_>, shot: Value<'_>, fps: f64) {
    let Some((written, length)) = shot.field("length_s").zip(real(shot, "length_s")) else { return };
    // Zero and below are out of the field's own range.
    if length > 0.0 && length * fps < 1.0 - FRAME_TOLERANCE {
        let message = format!("this shot is shorter than one frame, which lasts {:.4} s", 1.0 / fps);
        let mistake = Mistake::new("empty-shot", message, format!("{:.2} of a frame", length * fps));
        checker.at(written, mistake.hint(format!("give it at least {:.4} s", (1e4 / fps).ceil() / 1e4)));
    }
}
