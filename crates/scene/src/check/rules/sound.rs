//! Rules of sounds: exactly one thing plays, and a line has words.

use super::{super::Checker, exclusive, named};
use crate::{check::NameKind, mistake::Mistake, syntax::Value};

const PLAYS: [&str; 3] = ["clip", "speech", "ambience"];

pub(super) fn sound(checker: &mut Checker<'_>, sound: Value<'_>) {
    named(checker, sound, NameKind::Sound);
    let why = "a sound plays one thing; write a second sound for the other";
    for (one, other) in [("clip", "speech"), ("clip", "ambience"), ("speech", "ambience")] {
        exclusive(checker, sound, one, other, why);
    }
    if PLAYS.iter().all(|field| sound.field(field).is_none()) {
        let message = "this sound has nothing to play";
        let mistake =
            Mistake::new("missing-field", message, "one of `clip`, `speech` and `ambience` is missing");
        let hint = "add `clip: \"line.wav\"`, `speech: (text: \"...\")` or `ambience: RoomTone`";
        checker.at(sound, mistake.hint(hint));
    }
}

pub(super) fn speech(checker: &mut Checker<'_>, speech: Value<'_>) {
    let Some(text) = speech.field("text") else { return };
    if text.good_string().is_some_and(|words| words.trim().is_empty()) {
        let mistake = Mistake::new("empty-text", "this line has no words", "words belong here");
        checker.at(text, mistake.hint("leave the sound out if nothing is said"));
    }
}
