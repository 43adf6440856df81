//! Rules of actors: marks in order, and clips that their model has.

use super::{
    super::{Checker, NameKind, model::clip_names, words::suggestion},
    named, time,
};
use crate::{mistake::Mistake, syntax::Value};

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
