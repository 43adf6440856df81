//! Words for messages: nearest names, lists, what a thing is called.

use crate::syntax::{TokenKind, Value, ValueKind};

pub(crate) use crate::syntax::shortened as shown;

/// Comparing takes time; a scene with more names than this goes without the best suggestion.
const MAX_CANDIDATES: usize = 2000;

/// What other programs call it, and what it is called here.
const FAMILIAR: &[(&str, &str)] = &[
    ("albedo", "base_color"),
    ("brightness", "output"),
    ("color", "base_color"),
    ("diffuse", "base_color"),
    ("duration", "length_s"),
    ("emissive", "emission"),
    ("fov", "focal_length_mm"),
    ("fstop", "f_stop"),
    ("intensity", "output"),
    ("lookat", "aim"),
    ("loop", "looped"),
    ("objects", "set"),
    ("orientation", "turn_deg"),
    ("pos", "at_m"),
    ("position", "at_m"),
    ("power", "output"),
    ("rotation", "turn_deg"),
    ("start", "from_s"),
    ("target", "aim"),
    ("temperature", "kelvin"),
    ("time", "t_s"),
    ("translation", "at_m"),
    ("velocity", "velocity_m_s"),
    ("volume", "level_db_spl_1m"),
];

/// The candidate someone most likely meant, if any is near enough to say so.
pub(crate) fn nearest<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str> + Clone,
) -> Option<&'c str> {
    let plain = plain(written);
    let all = || candidates.clone().into_iter().take(MAX_CANDIDATES);
    let unit_forgotten =
        |c: &&str| plain.len() > 2 && c.strip_prefix(written).is_some_and(|rest| rest.starts_with('_'));
    let familiar = |c: &&str| FAMILIAR.iter().any(|(theirs, ours)| *theirs == plain && ours == c);
    all().find(unit_forgotten).or_else(|| all().find(familiar)).or_else(|| {
        let scored = all().map(|c| (strsim::damerau_levenshtein(&plain, &self::plain(c)), c));
        let (distance, best) = scored.min()?;
        (distance <= (plain.chars().count() / 3).max(1)).then_some(best)
    })
}

/// Case, blanks, dashes and underlines are how people misremember names. Long ones are cut: nobody mistypes a page.
fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).take(60);
    letters.flat_map(char::to_lowercase).collect()
}

/// "did you mean", or what there is to choose from.
pub(crate) fn suggestion<'c>(
    written: &str,
    candidates: impl IntoIterator<Item = &'c str> + Clone,
    kind: &str,
) -> String {
    if let Some(name) = nearest(written, candidates.clone()) {
        return format!("did you mean `{name}`?");
    }
    let names: Vec<&str> = candidates.into_iter().collect();
    match names.len() {
        0 => format!("there are no {kind}"),
        1 => format!("known is only {}", listed(&names)),
        2..=40 => format!("known are {}", listed(&names)),
        more => format!("known are {}, … ({more} in all)", joined(&names[..20], ", ")),
    }
}

/// `` `a`, `b` and `c` ``.
pub(crate) fn listed(names: &[&str]) -> String {
    joined(names, " and ")
}

/// `` `a`, `b` or `c` ``.
pub(crate) fn either(names: &[&str]) -> String {
    joined(names, " or ")
}

fn joined(names: &[&str], before_last: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{}`", shown(name))).collect();
    match quoted.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{}{before_last}{last}", first.join(", ")),
    }
}

/// What a type of the document is called in a sentence.
pub(crate) fn noun(type_name: &str) -> String {
    match type_name {
        "AcousticBands" => return "acoustic bands".to_owned(),
        "AirAbsorption" => return "a way for air to absorb".to_owned(),
        "Cut" => return "an entry of the edit".to_owned(),
        "Easing" => return "an easing".to_owned(),
        "Form" => return "a form of an actor".to_owned(),
        "LightKind" => return "a kind of light".to_owned(),
        "Piece" => return "a set piece".to_owned(),
        "Play" => return "an entry of `clips`".to_owned(),
        "Scene" => return "the scene".to_owned(),
        _ => {}
    }
    let mut words = String::new();
    for c in type_name.chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    let article = if words.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {words}")
}

/// What a value is, in a sentence.
pub(crate) fn described(value: Value<'_>) -> String {
    match (value.kind(), value.literal()) {
        (_, Some(TokenKind::Number)) => "a number".to_owned(),
        (_, Some(TokenKind::Quoted)) => "a quoted character".to_owned(),
        (ValueKind::Literal, _) => "text".to_owned(),
        (ValueKind::Name, _) => format!("the word `{}`", shown(value.text())),
        (ValueKind::List, _) => "a list".to_owned(),
        (ValueKind::Map, _) => "a map".to_owned(),
        (ValueKind::Group, _) => group(value),
        (ValueKind::Error, _) => "nothing readable".to_owned(),
    }
}

fn group(value: Value<'_>) -> String {
    if let Some((name, _)) = value.name() {
        return format!("`{}(…)`", shown(name));
    }
    if value.fields().next().is_some() {
        return "a group of fields".to_owned();
    }
    match value.items().count() {
        0 => "an empty pair of parentheses".to_owned(),
        1 => "one value in parentheses".to_owned(),
        count => format!("{count} values in parentheses"),
    }
}

/// The first sentence of a field's documentation.
pub(crate) fn first_sentence(doc: &str) -> String {
    let joined = doc.split('\n').take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
    let end =
        joined.match_indices(". ").find(|(at, _)| !joined[..*at].ends_with("Rec")).map(|(at, _)| at + 1);
    joined[..end.unwrap_or(joined.len())].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forgotten_units_case_and_foreign_names_are_recognised() {
        let fields = ["at_m", "name", "size_m", "turn_deg"];
        assert_eq!(nearest("size", fields), Some("size_m"));
        assert_eq!(nearest("Size-M", fields), Some("size_m"));
        assert_eq!(nearest("position", fields), Some("at_m"));
        assert_eq!(nearest("nmae", fields), Some("name"));
        assert_eq!(nearest("zebra", fields), None);
    }

    #[test]
    fn types_have_names_people_use() {
        assert_eq!(noun("CameraKey"), "a camera key");
        assert_eq!(noun("Emission"), "an emission");
    }
}
