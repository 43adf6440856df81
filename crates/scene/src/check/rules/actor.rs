//! Rules of actors: marks in order, clips that their model has, people who can be keyed and named.

use super::{
    super::{Checker, NameKind, model::clip_names, words::suggestion},
    named, time,
};
use crate::{mistake::Mistake, syntax::Value};

/// What grey and white cannot do without: nothing tells a grey coat from a grey wall but a picture of the wall.
pub(super) fn cameo(checker: &mut Checker<'_>, cameo: Value<'_>) {
    let backdrop = cameo.field("backdrop").filter(|backdrop| matches!(backdrop.text(), "Grey" | "White"));
    if let (Some(backdrop), None) = (backdrop, cameo.field("clean_plate")) {
        let message =
            format!("a plate before a {} backdrop needs `clean_plate`", backdrop.text().to_lowercase());
        let mistake =
            Mistake::new("missing-field", message, "only a picture without the person tells them from this")
                .hint("record the empty backdrop with the same camera, or use `Green` or `Blue`");
        checker.at(backdrop, mistake);
    }
}

/// A declaration says something.
pub(super) fn person(checker: &mut Checker<'_>, person: Value<'_>) {
    let Some(("NotReal", _)) = person.name() else { return };
    if person.items().next().and_then(Value::good_string).is_some_and(|why| why.trim().is_empty()) {
        let mistake =
            Mistake::new("empty-text", "this declaration has no words", "what is it, if not a real person?");
        checker.at(
            person,
            mistake.hint("say who or what made it: NotReal(\"rendered from scenes/performer.ron\")"),
        );
    }
}

pub(super) fn actor(checker: &mut Checker<'_>, actor: Value<'_>) {
    named(checker, actor, NameKind::Actor);
    time::ordered(checker, actor, "marks");
}

pub(super) fn form(checker: &mut Checker<'_>, form: Value<'_>) {
    time::ordered(checker, form, "clips");
    let file = form.field("file").and_then(Value::good_string);
    let (Some(file), Some(clips)) = (file, form.field("clips")) else { return };
    // A path that leads nowhere has been reported.
    let Ok(path) = checker.folder.locate(checker.base, &file) else { return };
    let Some(known) = clip_names(&checker.folder.path().join(path)) else { return };
    for value in clips.items().filter_map(|play| play.field("clip")) {
        let Some(name) = value.good_string().filter(|name| !known.contains(name)) else { continue };
        let message = format!("`{}` has no clip called `{}`", super::shown(&file), super::shown(&name));
        let hint = suggestion(&name, known.iter().map(String::as_str), "clips in this model");
        checker.at(value, Mistake::new("missing-reference", message, "not in the model").hint(hint));
    }
}
