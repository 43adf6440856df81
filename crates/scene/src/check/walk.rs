//! Every value against what the schema wants in its place.

use std::{collections::BTreeMap, fmt, ops::Range};

use super::{
    Checker,
    collection::shape_of,
    words::{described, first_sentence, listed, nearest, noun, shown, suggestion},
};
use crate::{
    mistake::Mistake,
    schema::{Member, SCHEMA, Type, Variant, What},
    syntax::{Value, ValueKind},
};

/// Where in the document a value stands, for messages.
#[derive(Clone, Copy)]
pub(super) struct Slot<'a> {
    pub name: &'a str,
    pub doc: &'a str,
    place: Within,
}

#[derive(Clone, Copy, PartialEq)]
enum Within {
    Root,
    Field,
    Item,
}

impl<'a> Slot<'a> {
    pub(super) const ROOT: Slot<'static> = Slot { name: "scene", doc: "", place: Within::Root };

    pub(super) fn field(name: &'a str, doc: &'a str) -> Self {
        Self { name, doc, place: Within::Field }
    }

    pub(super) fn item(self) -> Self {
        Self { place: Within::Item, ..self }
    }
}

impl fmt::Display for Slot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Within::Root => f.write_str("the scene"),
            Within::Field => write!(f, "`{}`", shown(self.name)),
            Within::Item => write!(f, "an item of `{}`", shown(self.name)),
        }
    }
}

impl Checker<'_> {
    pub(super) fn value(&mut self, value: Value<'_>, ty: &Type, slot: Slot<'_>) {
        let value = value.unwrapped();
        let is_none = value.kind() == ValueKind::Name && value.text() == "None";
        if value.kind() == ValueKind::Error || (ty.optional && is_none) {
            return;
        }
        match &ty.what {
            What::Named(name) => self.named(value, name, slot),
            What::Bool => self.boolean(value, slot),
            What::Integer(limits) => self.integer(value, limits, slot),
            What::Number(limits) => self.number(value, limits, slot),
            What::Text(text) => self.text(value, text, slot),
            What::Tuple(items) => self.tuple(value, items, slot),
            What::List { item, min, max } => self.list(value, item, *min..=*max, slot),
            What::Map(item) => self.map(value, item, slot),
            What::Struct(members) => self.fields(value, members, "Scene", slot),
            What::Enum(variants) => self.variant(value, variants, slot.name, slot),
            What::Either(types) => self.either(value, types, slot),
        }
    }

    fn named(&mut self, value: Value<'_>, name: &str, slot: Slot<'_>) {
        let declared = SCHEMA.named(name);
        let slot = if declared.doc.is_empty() { slot } else { Slot { doc: &declared.doc, ..slot } };
        match &declared.ty.what {
            What::Struct(members) => self.fields(value, members, name, slot),
            What::Enum(variants) => self.variant(value, variants, name, slot),
            _ => self.value(value, &declared.ty, slot),
        }
        super::rules::check(self, name, value);
    }

    fn fields(&mut self, value: Value<'_>, members: &[Member], type_name: &str, slot: Slot<'_>) {
        if value.kind() != ValueKind::Group {
            let hint = match value.kind() {
                ValueKind::Map => "fields stand in parentheses, not braces: (name: value, …)".to_owned(),
                ValueKind::List => {
                    "fields stand in parentheses, not square brackets: (name: value, …)".to_owned()
                }
                ValueKind::Literal => format!(
                    "write its fields in parentheses: ({}: {})",
                    first_name(members),
                    shown(value.text())
                ),
                _ => format!("write its fields in parentheses: ({}: …)", first_name(members)),
            };
            return self.wrong_type(value, &noun(type_name), slot, &hint);
        }
        if let Some((written, span)) = value.name().filter(|(written, _)| *written != type_name) {
            let message = format!("`{}(…)` where {} belongs", shown(written), noun(type_name));
            let mistake = Mistake::new("unknown-variant", message, "not a name that fits here")
                .hint(format!("leave the name out, or write `{type_name}`"));
            self.report(mistake, span);
        }
        self.members(value, members, &noun(type_name), type_name == "Scene");
    }

    /// The fields of a struct or of a variant.
    fn members(&mut self, value: Value<'_>, members: &[Member], owner: &str, is_scene: bool) {
        let mut seen: BTreeMap<&str, Range<usize>> = BTreeMap::new();
        for field in value.fields() {
            let Some(member) = members.iter().find(|member| member.name == field.name) else {
                if !value.is_unclosed() {
                    self.unknown_field(field.name, field.name_span, members, owner);
                }
                continue;
            };
            if let Some(first) = seen.get(field.name) {
                let message = format!("`{}` is given twice", field.name);
                let mistake = Mistake::new("duplicate-field", message, "again")
                    .related(&self.place(first.clone()), "first here")
                    .hint("remove one of the two");
                self.report(mistake, field.name_span);
                continue;
            }
            seen.insert(field.name, field.name_span);
            let joined = self.joins;
            if is_scene {
                self.joins = self.parts.takes(field.name);
            }
            if let Some(inner) = field.value {
                self.value(inner, &member.ty, Slot::field(&member.name, &member.doc));
            }
            self.joins = joined;
        }
        self.nameless_items(value, members, owner);
        self.missing_fields(value, members, &seen, owner, is_scene);
    }

    fn unknown_field(&mut self, name: &str, span: Range<usize>, members: &[Member], owner: &str) {
        let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        let names = if self.found.mistakes.are_many() { Vec::new() } else { names };
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "it has no fields".to_owned(),
            None => format!("{owner} has {}", listed(&names)),
        };
        let message = format!("{owner} has no field `{}`", shown(name));
        self.report(Mistake::new("unknown-field", message, "unknown field").hint(hint), span);
    }

    fn nameless_items(&mut self, value: Value<'_>, members: &[Member], owner: &str) {
        let Some(item) = value.items().find(|item| item.kind() != ValueKind::Error) else { return };
        if value.is_unclosed() {
            return;
        }
        let message = format!("{owner} has fields with names, and this value has none");
        let before = value
            .fields()
            .filter_map(|field| field.value)
            .filter(|v| v.span().end < item.span().start)
            .last();
        let hint = match (before.filter(|before| before.number().is_some()), item.number()) {
            (Some(whole), Some(_)) => {
                format!("for a fraction, write a point: {}.{}", shown(whole.text()), shown(item.text()))
            }
            _ if members.len() == 1 => format!("write `{}: {}`", first_name(members), shown(item.text())),
            _ => "write its name before it, and a colon: name: value".to_owned(),
        };
        self.at(item, Mistake::new("wrong-type", message, "a value without a name").hint(hint));
    }

    fn missing_fields(
        &mut self,
        value: Value<'_>,
        members: &[Member],
        seen: &BTreeMap<&str, Range<usize>>,
        owner: &str,
        is_scene: bool,
    ) {
        // An included file need not be a scene of its own.
        if value.is_damaged() || (is_scene && !self.parts.root) {
            return;
        }
        let missing = members.iter().filter(|m| m.required && !seen.contains_key(m.name.as_str()));
        let missing: Vec<&Member> = missing.collect();
        if missing.is_empty() {
            return;
        }
        let names: Vec<&str> = missing.iter().map(|member| member.name.as_str()).collect();
        let message = format!("{owner} needs {}", listed(&names));
        let docs = missing.iter().map(|member| format!("`{}`: {}", member.name, first_sentence(&member.doc)));
        let hint = docs.collect::<Vec<_>>().join(" ");
        let mistake = Mistake::new("missing-field", message, format!("lacks {}", listed(&names))).hint(hint);
        self.at(value, mistake);
    }

    fn variant(&mut self, value: Value<'_>, variants: &[Variant], type_name: &str, slot: Slot<'_>) {
        let all: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
        let Some((written, span)) = value.name() else {
            let quoted = value.good_string().filter(|text| all.contains(&text.as_str()));
            let hint = match quoted {
                Some(text) => format!("write {text} without quotes"),
                None => format!("one of {}", listed(&all)),
            };
            return self.wrong_type(value, &noun(type_name), slot, &hint);
        };
        let Some(variant) = variants.iter().find(|variant| variant.name == written) else {
            let message = format!("`{}` is not {}", shown(written), noun(type_name));
            let choices = if self.found.mistakes.are_many() { Vec::new() } else { all };
            let hint = suggestion(written, choices, "choices");
            return self.report(Mistake::new("unknown-variant", message, "unknown").hint(hint), span);
        };
        self.payload(value, variant, slot);
    }

    fn payload(&mut self, value: Value<'_>, variant: &Variant, slot: Slot<'_>) {
        let name = variant.name.as_str();
        let Some(ty) = &variant.payload else {
            if value.kind() == ValueKind::Group {
                let message = format!("`{name}` holds nothing");
                let mistake = Mistake::new("wrong-type", message, "no parentheses here");
                self.at(value, mistake.hint(format!("write `{name}`")));
            }
            return;
        };
        if let What::Struct(members) = &ty.what {
            return self.members(value, members, &format!("`{name}`"), false);
        }
        let items: Vec<Value<'_>> = value.items().take(2).collect();
        if let (What::Struct(members), What::Named(named), []) =
            (&resolved(ty).what, &ty.what, items.as_slice())
        {
            self.members(value, members, &format!("`{name}`"), false);
            return super::rules::check(self, named, value);
        }
        match (items.as_slice(), &ty.what) {
            ([only], _) => self.value(*only, ty, Slot { name, doc: &variant.doc, ..slot }),
            ([_, _], What::Tuple(parts)) => {
                self.tuple_items(value, parts, Slot { name, doc: &variant.doc, ..slot });
            }
            _ if value.is_damaged() => {}
            _ => {
                let message = format!("`{name}` takes one value in parentheses");
                let hint = format!("write `{name}({})`", example(ty));
                self.at(value, Mistake::new("wrong-length", message, "one value belongs here").hint(hint));
            }
        }
    }

    fn either(&mut self, value: Value<'_>, types: &[Type], slot: Slot<'_>) {
        let has_fields = value.fields().next().is_some();
        let fits = |ty: &&Type| match &resolved(ty).what {
            What::Text(_) => value.string().is_some(),
            What::Tuple(_) => value.kind() == ValueKind::Group && !has_fields,
            What::Struct(_) => value.kind() == ValueKind::Group,
            _ => false,
        };
        if let Some(ty) = types.iter().find(fits) {
            return self.value(value, ty, slot);
        }
        let wanted: Vec<String> = types.iter().map(expected).collect();
        self.wrong_type(value, &wanted.join(" or "), slot, &first_sentence(slot.doc));
    }

    fn boolean(&mut self, value: Value<'_>, slot: Slot<'_>) {
        if value.boolean().is_none() {
            self.wrong_type(
                value,
                "true or false",
                slot,
                "write true or false, in lower case and without quotes",
            );
        }
    }

    pub(super) fn wrong_type(&mut self, value: Value<'_>, expected: &str, slot: Slot<'_>, hint: &str) {
        let found = described(value);
        let message = format!("{slot} must be {expected}, but this is {found}");
        self.at(value, Mistake::new("wrong-type", message, format!("this is {found}")).hint(hint));
    }
}

fn resolved(ty: &Type) -> &Type {
    if let What::Named(name) = &ty.what { &SCHEMA.named(name).ty } else { ty }
}

fn expected(ty: &Type) -> String {
    match &resolved(ty).what {
        What::Text(_) => "text".to_owned(),
        What::Tuple(items) => format!("{} numbers in parentheses", items.len()),
        _ => "fields in parentheses".to_owned(),
    }
}

fn example(ty: &Type) -> String {
    match &resolved(ty).what {
        What::Text(_) => "\"…\"".to_owned(),
        What::Tuple(items) => shape_of(items),
        _ => "1.0".to_owned(),
    }
}

fn first_name(members: &[Member]) -> &str {
    let named = members.iter().find(|member| member.required).or(members.first());
    named.map_or("name", |member| &member.name)
}
