//! Rules of the scene as a whole: its frame rate, and shots of at least a frame.

use super::{super::Checker, real, reals};
use crate::{mistake::Mistake, syntax::Value};

/// A shot this much shorter than a frame still counts as one: lengths are written in rounded decimals.
const FRAME_TOLERANCE: f64 = 1e-3;

pub(super) fn scene(checker: &mut Checker<'_>, scene: Value<'_>) {
    if !checker.parts.root {
        return;
    }
    let fps = match scene.field("fps") {
        Some(written) => frame_rate(checker, written),
        None => Some(24.0),
    };
    let Some((fps, shots)) = fps.zip(scene.field("shots")) else { return };
    shots.items().for_each(|shot| at_least_a_frame(checker, shot, fps));
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
