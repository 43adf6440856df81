//! Text: its escapes, its pattern, what it refers to, and the file it names.

use super::{
    Checker,
    walk::Slot,
    words::{either, first_sentence, shown},
};
use crate::{
    mistake::Mistake,
    schema::Text,
    syntax::{TokenKind, Value, ValueKind},
};

impl Checker<'_> {
    pub(super) fn text(&mut self, value: Value<'_>, wanted: &Text, slot: Slot<'_>) {
        let text = match value.string() {
            Some(Ok(text)) => text,
            Some(Err(escape)) => {
                let message = format!("`{}` is no escape sequence", shown(&escape));
                let hint = "known are \\n, \\t, \\\", \\\\ and \\u{1F3AC}; for a lone backslash write \\\\";
                return self.at(value, Mistake::new("syntax", message, "in this text").hint(hint));
            }
            None => return self.no_text(value, slot),
        };
        if let Some(pattern) = &wanted.pattern {
            self.pattern(value, &text, pattern, slot);
        }
        if let Some(kind) = &wanted.reference {
            self.reference(kind, value, &text);
        }
        if wanted.path {
            self.path(value, &text, wanted, slot);
        }
    }

    fn no_text(&mut self, value: Value<'_>, slot: Slot<'_>) {
        // The parser has said what is wrong with it.
        if value.literal() == Some(TokenKind::OpenText) {
            return;
        }
        let hint = match (value.kind(), value.literal()) {
            (ValueKind::Name, _) => format!("put it in quotes: \"{}\"", shown(value.text())),
            (_, Some(TokenKind::Quoted)) => {
                format!("text stands in double quotes: \"{}\"", shown(value.text().trim_matches('\'')))
            }
            (_, Some(TokenKind::Number)) => format!("put it in quotes: \"{}\"", shown(value.text())),
            _ => first_sentence(slot.doc),
        };
        self.wrong_type(value, "text", slot, &hint);
    }

    fn pattern(&mut self, value: Value<'_>, text: &str, pattern: &str, slot: Slot<'_>) {
        let Some(known) = PATTERNS.iter().find(|known| known.pattern == pattern) else { return };
        if !(known.fits)(text) {
            let message = format!("{slot} must be {}, but is \"{}\"", known.meaning, shown(text));
            self.at(value, Mistake::new("malformed-text", message, "does not fit").hint(known.hint));
        }
    }

    fn path(&mut self, value: Value<'_>, text: &str, wanted: &Text, slot: Slot<'_>) {
        let extension = text.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let supported =
            extension.is_some_and(|extension| wanted.files.contains(&extension)) || text.is_empty();
        if !wanted.files.is_empty() && !supported {
            let names: Vec<String> = wanted.files.iter().map(|file| format!(".{file}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let message = format!("`{}` is not a file that {slot} can use", shown(text));
            let hint = format!("its name must end in {}", either(&names));
            return self
                .at(value, Mistake::new("unsupported-file", message, "unsupported kind of file").hint(hint));
        }
        match self.folder.locate(self.base, text) {
            Ok(path) => drop(self.found.named.insert(path)),
            Err(fault) => self.at(value, fault.mistake(text)),
        }
    }
}

/// The schema's regular expressions, each with a reader and words. There are two, so a regex engine would be the
/// larger half of this crate.
struct Pattern {
    pattern: &'static str,
    fits: fn(&str) -> bool,
    meaning: &'static str,
    hint: &'static str,
}

const PATTERNS: &[Pattern] = &[
    Pattern {
        pattern: "^#[0-9a-fA-F]{6}$",
        fits: is_hex_color,
        meaning: "a colour",
        hint: "write six hexadecimal digits, \"#2b2c30\", or linear (r, g, b)",
    },
    Pattern {
        pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$",
        fits: is_folder_name,
        meaning: "a name that a folder can have",
        hint: "use up to 64 letters, digits, `_`, `-` and `.`, and no `.` or `-` in front",
    },
];

fn is_hex_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| hex.len() == 6 && hex.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_folder_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let mut bytes = text.bytes();
    text.len() <= 64 && bytes.next().is_some_and(plain) && bytes.all(|b| plain(b) || b == b'.' || b == b'-')
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;

    use super::*;

    fn patterns(json: &Json, found: &mut Vec<String>) {
        match json {
            Json::Object(object) => {
                found.extend(object.get("pattern").and_then(Json::as_str).map(str::to_owned));
                object.values().for_each(|inner| patterns(inner, found));
            }
            Json::Array(items) => items.iter().for_each(|inner| patterns(inner, found)),
            _ => {}
        }
    }

    #[test]
    fn every_pattern_of_the_schema_has_a_reader() {
        let mut found = Vec::new();
        patterns(&crate::schema(), &mut found);
        assert!(found.len() >= 2);
        assert!(
            found.iter().all(|pattern| PATTERNS.iter().any(|known| known.pattern == pattern)),
            "{found:?}"
        );
    }

    #[test]
    fn shots_names_are_folder_names() {
        assert!(is_folder_name("010_a.b-c"));
        assert!(
            ["", ".", "..", "-a", "a/b", "a b", &"x".repeat(65)].iter().all(|name| !is_folder_name(name))
        );
    }
}
