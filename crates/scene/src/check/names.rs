//! Names: each used once, and every reference to one that exists.

use std::collections::BTreeMap;

use super::{
    Checker, Found,
    words::{listed, nearest, noun, shown, suggestion},
};
use crate::{mistake::Mistake, presets, source::Place, syntax::Value};

/// What carries a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum NameKind {
    Material,
    Piece,
    Light,
    Actor,
    Shot,
    Sound,
    Boom,
}

impl NameKind {
    /// Set pieces, lights and actors share one space: a camera may aim at any of them.
    fn space(self) -> Self {
        if matches!(self, Self::Light | Self::Actor) { Self::Piece } else { self }
    }

    fn noun(self) -> String {
        noun(&format!("{self:?}"))
    }
}

/// The names and references of all files.
#[derive(Default)]
pub(crate) struct Names {
    defined: Vec<Name>,
    references: Vec<Reference>,
    /// A file could not be read, so that a name may be missing for that reason.
    pub incomplete: bool,
}

struct Name {
    kind: NameKind,
    name: String,
    place: Place,
}

struct Reference {
    kind: String,
    name: String,
    place: Place,
}

impl Checker<'_> {
    /// Notes that `value` names something of a kind.
    pub(super) fn name(&mut self, kind: NameKind, value: Value<'_>) {
        let Some(name) = value.good_string() else { return };
        if name.trim().is_empty() {
            let mistake = Mistake::new("empty-name", "this name is empty", "a name belongs here");
            return self.at(value, mistake.hint("things refer to each other by name"));
        }
        if self.joins {
            let place = self.place(value.span());
            self.found.names.defined.push(Name { kind, name, place });
        }
    }

    /// Notes that `value` refers to something of a kind, as the schema calls it.
    pub(super) fn reference(&mut self, kind: &str, value: Value<'_>, name: &str) {
        if self.joins {
            let place = self.place(value.span());
            self.found.names.references.push(Reference {
                kind: kind.to_owned(),
                name: name.to_owned(),
                place,
            });
        }
    }
}

/// Reports names used twice and references to nothing.
pub(crate) fn resolve(found: &mut Found) {
    let names = std::mem::take(&mut found.names);
    duplicates(&names, found);
    let vocabulary = Vocabulary::new(&names);
    for reference in &names.references {
        let lost = names.incomplete && !reference.kind.ends_with("preset") && reference.kind != "sensor";
        if !lost && !vocabulary.holds(reference) {
            found.mistakes.push(vocabulary.mistake(reference));
        }
    }
}

fn duplicates(names: &Names, found: &mut Found) {
    let mut first: BTreeMap<(NameKind, &str), &Name> = BTreeMap::new();
    for name in &names.defined {
        let Some(earlier) = first.get(&(name.kind.space(), name.name.as_str())) else {
            first.insert((name.kind.space(), &name.name), name);
            continue;
        };
        let message = format!("`{}` is already the name of {}", shown(&name.name), earlier.kind.noun());
        let mistake = Mistake::new("duplicate-name", message, "used again")
            .at(&name.place.source, name.place.span.clone())
            .related(&earlier.place, "first used here")
            .hint("give one of them another name: things refer to each other by name");
        found.mistakes.push(mistake);
    }
}

struct Vocabulary<'n> {
    by_kind: BTreeMap<NameKind, BTreeMap<&'n str, &'n Place>>,
}

impl<'n> Vocabulary<'n> {
    fn new(names: &'n Names) -> Self {
        let mut by_kind: BTreeMap<NameKind, BTreeMap<&str, &Place>> = BTreeMap::new();
        for name in &names.defined {
            by_kind.entry(name.kind).or_default().insert(&name.name, &name.place);
        }
        Self { by_kind }
    }

    fn named(&self, kind: NameKind) -> impl Iterator<Item = &'n str> {
        self.by_kind.get(&kind).into_iter().flat_map(|names| names.keys().copied())
    }

    fn holds(&self, reference: &Reference) -> bool {
        let name = reference.name.as_str();
        let defined = |kind| self.by_kind.get(&kind).is_some_and(|names| names.contains_key(name));
        kinds(&reference.kind).iter().any(|kind| defined(*kind))
            || presets(&reference.kind).any(|p| p == name)
    }

    fn mistake(&self, reference: &Reference) -> Mistake {
        let name = shown(&reference.name);
        let wanted = word(&reference.kind);
        let mistake =
            Mistake::new("missing-reference", format!("there is no {wanted} called `{name}`"), "not found")
                .at(&reference.place.source, reference.place.span.clone());
        if let Some((other, place)) = self.of_another_kind(reference) {
            return mistake.related(place, format!("this is {}", other.noun()));
        }
        mistake.hint(self.hint(reference, wanted))
    }

    fn hint(&self, reference: &Reference, wanted: &str) -> String {
        let defined: Vec<&str> = kinds(&reference.kind).iter().flat_map(|kind| self.named(*kind)).collect();
        let built_in: Vec<&str> = presets(&reference.kind).collect();
        let all = || defined.iter().chain(&built_in).copied();
        if let Some(near) = nearest(&reference.name, all().collect::<Vec<_>>()) {
            return format!("did you mean `{near}`?");
        }
        if defined.is_empty() && built_in.is_empty() {
            return format!("the scene has no {wanted}");
        }
        if defined.is_empty() || built_in.is_empty() {
            return if built_in.len() > 1 {
                format!("known are {}", listed(&built_in))
            } else {
                suggestion(&reference.name, defined, "others")
            };
        }
        let own = suggestion(&reference.name, defined, "others");
        format!("{own}; besides, there are the presets {}", listed(&built_in))
    }

    fn of_another_kind(&self, reference: &Reference) -> Option<(NameKind, &'n Place)> {
        let things = [NameKind::Piece, NameKind::Light, NameKind::Actor];
        let asked = kinds(&reference.kind);
        if !asked.iter().any(|kind| things.contains(kind)) {
            return None;
        }
        things
            .into_iter()
            .find_map(|kind| Some((kind, *self.by_kind.get(&kind)?.get(reference.name.as_str())?)))
    }
}

/// What a kind of reference may point at.
fn kinds(reference: &str) -> &'static [NameKind] {
    match reference {
        "material" => &[NameKind::Material],
        "actor" => &[NameKind::Actor],
        "piece" => &[NameKind::Piece],
        "shot" => &[NameKind::Shot],
        "boom" => &[NameKind::Boom],
        "thing" => &[NameKind::Piece, NameKind::Light, NameKind::Actor],
        _ => &[],
    }
}

/// Names that need no definition.
fn presets(reference: &str) -> Box<dyn Iterator<Item = &'static str>> {
    match reference {
        "material" | "material-preset" => Box::new(presets::material_names()),
        "acoustic-preset" => Box::new(presets::acoustic_names()),
        "sensor" => Box::new(presets::sensor_names()),
        _ => Box::new(std::iter::empty()),
    }
}

fn word(reference: &str) -> &str {
    match reference {
        "material-preset" => "material preset",
        "acoustic-preset" => "acoustic preset",
        "piece" => "set piece",
        "thing" => "set piece, light or actor",
        other => other,
    }
}
