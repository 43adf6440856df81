//! What a schema cannot say: fields that exclude or need each other, times in order, holes that fit their wall.
//!
//! A rule gets the value of one type of the document, perhaps with mistakes in it, and skips what it cannot read:
//! that has been reported.

mod actor;
mod light;
mod material;
mod scene;
mod set;
mod sound;
mod time;

use super::{Checker, NameKind, shown};
use crate::{mistake::Mistake, syntax::Value};

/// Applies the rules of a type of the document.
pub(super) fn check(checker: &mut Checker<'_>, type_name: &str, value: Value<'_>) {
    match type_name {
        "Scene" => scene::scene(checker, value),
        "Piece" => set::piece(checker, value),
        "Shape" => set::shape(checker, value),
        "Body" => set::body(checker, value),
        "Material" => material::material(checker, value),
        "Emission" | "Sky" | "Output" => light::color(checker, value),
        "Light" => light::light(checker, value),
        "LightKind" => light::kind(checker, value),
        "Environment" => light::environment(checker, value),
        "Actor" => actor::actor(checker, value),
        "Form" => actor::form(checker, value),
        "Cameo" => actor::cameo(checker, value),
        "Person" => actor::person(checker, value),
        "Camera" => time::ordered(checker, value, "keys"),
        "Shot" => named(checker, value, NameKind::Shot),
        "Sound" => sound::sound(checker, value),
        "Speech" => sound::speech(checker, value),
        "Boom" => named(checker, value, NameKind::Boom),
        _ => {}
    }
}

fn named(checker: &mut Checker<'_>, value: Value<'_>, kind: NameKind) {
    if let Some(name) = value.field("name") {
        checker.name(kind, name);
    }
}

fn real(value: Value<'_>, field: &str) -> Option<f64> {
    value.field(field)?.real()
}

/// The numbers of a tuple, if all of them can be read.
fn reals<const N: usize>(value: Value<'_>) -> Option<[f64; N]> {
    let numbers: Option<Vec<f64>> = value.items().take(N + 1).map(Value::real).collect();
    numbers?.try_into().ok()
}

/// Reports two fields that exclude each other.
fn exclusive(checker: &mut Checker<'_>, value: Value<'_>, one: &str, other: &str, why: &str) {
    if let (Some(first), Some(second)) = (value.field(one), value.field(other)) {
        let (first, second) =
            if first.span().start < second.span().start { (first, second) } else { (second, first) };
        let mistake =
            Mistake::new("conflict", format!("`{one}` and `{other}` exclude each other"), "and this")
                .related(&checker.place(first.anchor()), "this")
                .hint(why);
        checker.at(second, mistake);
    }
}
