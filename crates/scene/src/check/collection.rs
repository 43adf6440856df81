//! Tuples, lists and maps: their brackets, their lengths, what is in them.

use std::{collections::BTreeMap, ops::Range};

use super::{
    Checker, NameKind,
    walk::Slot,
    words::{described, first_sentence, shown},
};
use crate::{
    mistake::Mistake,
    schema::{Text, Type},
    syntax::{Value, ValueKind},
};

impl Checker<'_> {
    pub(super) fn tuple(&mut self, value: Value<'_>, items: &[Type], slot: Slot<'_>) {
        let hint = match value.kind() {
            ValueKind::Group if value.name().is_none() && value.fields().next().is_none() => {
                return self.tuple_items(value, items, slot);
            }
            ValueKind::List => format!("write it in parentheses, not square brackets: {}", shape_of(items)),
            _ => format!("write {}. {}", shape_of(items), first_sentence(slot.doc)),
        };
        self.wrong_type(value, &format!("{} numbers in parentheses", items.len()), slot, &hint);
    }

    pub(super) fn tuple_items(&mut self, value: Value<'_>, types: &[Type], slot: Slot<'_>) {
        let count = value.items().count();
        if count != types.len() && !value.is_damaged() {
            let plural = if count == 1 { "" } else { "s" };
            let message = format!("{slot} takes {} numbers, but this has {count}", types.len());
            let hint = format!("write {}. {}", shape_of(types), first_sentence(slot.doc));
            let mistake = Mistake::new("wrong-length", message, format!("{count} number{plural}"));
            self.report(mistake.hint(hint), value.span());
        }
        value.items().zip(types).for_each(|(item, ty)| self.value(item, ty, slot));
    }

    pub(super) fn list(
        &mut self,
        value: Value<'_>,
        item: &Type,
        lengths: std::ops::RangeInclusive<usize>,
        slot: Slot<'_>,
    ) {
        if value.kind() != ValueKind::List {
            let hint = "a list stands in square brackets, even with one item: [ … ]";
            return self.wrong_type(value, "a list", slot, hint);
        }
        let count = value.items().count();
        if !lengths.contains(&count) && !value.is_damaged() {
            let (min, max) = (lengths.start(), lengths.end());
            let wanted = if count < *min { format!("at least {min}") } else { format!("at most {max}") };
            let message = format!("{slot} has {}, but takes {wanted}", items_are(count));
            let mistake = Mistake::new("wrong-length", message, items_are(count));
            self.at(value, mistake.hint(first_sentence(slot.doc)));
        }
        for field in value.fields() {
            let message = format!("{slot} is a list, whose items have no names");
            let hint = "an item of several fields stands in its own parentheses: [(name: value, …)]";
            self.report(Mistake::new("wrong-type", message, "a named item").hint(hint), field.name_span);
        }
        // Only so much of an overlong list is looked at.
        value.items().take(*lengths.end()).for_each(|inner| self.value(inner, item, slot.item()));
    }

    pub(super) fn map(&mut self, value: Value<'_>, item: &Type, slot: Slot<'_>) {
        if value.kind() != ValueKind::Map {
            let hint = format!("write names and values in braces: {}: {{ \"name\": (…) }}", slot.name);
            return self.wrong_type(value, "a map", slot, &hint);
        }
        let mut seen: BTreeMap<String, Range<usize>> = BTreeMap::new();
        for entry in value.entries() {
            let key = self.key(entry.key, slot);
            if let Some(inner) = entry.value {
                self.value(inner, item, Slot::field(key.as_deref().unwrap_or(slot.name), slot.doc));
            }
            let Some(key) = key else { continue };
            if let Some(first) = seen.get(&key) {
                let mistake =
                    Mistake::new("duplicate-key", format!("`{}` is defined twice", shown(&key)), "again")
                        .related(&self.place(first.clone()), "first here")
                        .hint("rename or remove one of the two");
                self.report(mistake, entry.key.span());
                continue;
            }
            if slot.name == "materials" {
                self.name(NameKind::Material, entry.key);
            }
            seen.insert(key, entry.key.span());
        }
    }

    pub(super) fn key(&mut self, key: Value<'_>, slot: Slot<'_>) -> Option<String> {
        if key.string().is_some() {
            self.text(key, &Text::default(), slot);
            return key.good_string();
        }
        if key.kind() != ValueKind::Error {
            let message = format!("the names in {slot} are text, but this is {}", described(key));
            let hint = format!("put it in quotes: \"{}\"", shown(key.text().trim_matches('\'')));
            self.at(key, Mistake::new("wrong-type", message, "not text").hint(hint));
        }
        None
    }
}

pub(super) fn shape_of(items: &[Type]) -> String {
    format!("({})", vec!["…"; items.len()].join(", "))
}

fn items_are(count: usize) -> String {
    match count {
        0 => "no items".to_owned(),
        1 => "1 item".to_owned(),
        _ => format!("{count} items"),
    }
}
