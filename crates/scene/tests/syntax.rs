//! The tree holds any text, byte for byte, and never gives up on one.

use std::{fs, path::Path};

use maquette_scene::{
    check_text,
    syntax::{MAX_DEPTH, SyntaxError, Tree, Value},
};

/// SplitMix64: a stream of numbers that is the same on every machine.
struct Stream(u64);

impl Stream {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }
}

fn samples(folders: &[&str]) -> Vec<String> {
    folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).expect("a folder"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ron"))
        .map(|path| fs::read_to_string(path).expect("readable"))
        .collect()
}

const INSERTS: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    "\"",
    "'",
    "/*",
    "*/",
    "//",
    "\n",
    "\\",
    "#",
    "r#\"",
    "\"#",
    "=",
    "Some(",
    "None",
    "-",
    "1e",
    "0x",
    "NaN",
    "inf",
    "é",
    "🎬",
    "\u{feff}",
    "\0",
    "\r\n",
    "title",
    "999999999999999999999999999999999999999999",
];

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn mutated(text: &str, stream: &mut Stream) -> String {
    let mut text = text.to_owned();
    for _ in 0..1 + stream.below(4) {
        let at = boundary(&text, stream.below(text.len() + 1));
        let end = boundary(&text, (at + stream.below(30)).min(text.len())).max(at);
        match stream.below(4) {
            0 => text.insert_str(at, INSERTS[stream.below(INSERTS.len())]),
            1 => text.replace_range(at..end, ""),
            2 => text.truncate(at),
            _ => {
                let piece = text[at..end].to_owned();
                let to = boundary(&text, stream.below(text.len() + 1));
                text.insert_str(to, &piece);
            }
        }
    }
    text
}

/// Spans lie inside the text, in order, and on character boundaries; looking at everything does not panic.
fn walk(text: &str, value: Value<'_>) {
    let span = value.span();
    assert!(text.get(span.clone()).is_some() && text.get(value.anchor()).is_some());
    let _ = (value.number(), value.string(), value.boolean(), value.name());
    for inner in value.items().chain(value.fields().filter_map(|field| field.value)) {
        assert!(span.start <= inner.span().start && inner.span().end <= span.end);
        walk(text, inner);
    }
    value.entries().for_each(|entry| walk(text, entry.key));
}

fn hold(text: &str) {
    let tree = Tree::parse(text);
    assert_eq!(tree.text(), text);
    assert_eq!(tree.tokens().last().map_or(0, |token| token.end as usize), text.len());
    for error in tree.errors() {
        assert!(text.get(error.span.clone()).is_some(), "{error:?}");
    }
    if let Some(root) = tree.root() {
        walk(text, root);
    }
}

#[test]
fn any_mutation_of_any_sample_is_held_byte_for_byte() {
    let mut stream = Stream(1);
    let samples = samples(&["tests/valid", "tests/malformed"]);
    for round in 0..6000 {
        hold(&mutated(&samples[round % samples.len()], &mut stream));
    }
}

#[test]
fn noise_is_held_byte_for_byte() {
    let mut stream = Stream(2);
    for _ in 0..3000 {
        let length = stream.below(60);
        hold(&(0..length).map(|_| INSERTS[stream.below(INSERTS.len())]).collect::<String>());
    }
}

#[test]
fn every_beginning_of_a_scene_is_held_and_reported() {
    let text = fs::read_to_string("tests/valid/corridor.ron").expect("readable");
    let complete = text.trim_end().len();
    for end in (0..complete).filter(|end| text.is_char_boundary(*end)) {
        hold(&text[..end]);
        assert!(!Tree::parse(&text[..end]).errors().is_empty(), "cut at {end}");
    }
}

#[test]
fn checking_a_mutated_scene_ends_in_a_scene_or_in_a_report_that_can_be_shown() {
    let mut stream = Stream(3);
    let samples = samples(&["tests/valid"]);
    let (mut good, mut bad) = (0, 0);
    for round in 0..1500 {
        let text = mutated(&samples[round % samples.len()], &mut stream);
        match check_text("mutated.ron", &text, Path::new("tests/valid")) {
            Ok(_) => good += 1,
            Err(report) => {
                bad += 1;
                assert!(!report.render(80, round % 2 == 0).is_empty());
                let list = report.to_json();
                for mistake in list.as_array().expect("a list") {
                    // Reading types from a checked tree must not fail: the check has a hole otherwise.
                    assert!(
                        !mistake["message"].as_str().expect("text").starts_with("expected "),
                        "{text}\n{mistake}"
                    );
                }
            }
        }
    }
    assert!(good > 10 && bad > 1000, "{good} good, {bad} bad");
}

#[test]
fn what_serdes_ron_can_parse_has_no_syntax_errors() {
    let mut stream = Stream(4);
    let samples = samples(&["tests/valid", "tests/malformed"]);
    let mut compared = 0;
    for round in 0..2000 {
        let text = mutated(&samples[round % samples.len()], &mut stream);
        // What ron reads as any value, this must read without complaint.
        if ron::from_str::<ron::Value>(&text).is_ok() {
            compared += 1;
            let tree = Tree::parse(&text);
            // Except for `name (…)` in parentheses: ron takes it for a struct, this for a field without its colon.
            let errors =
                tree.errors().iter().filter(|error| !error.message.starts_with("a colon is missing"));
            assert_eq!(errors.collect::<Vec<_>>(), Vec::<&SyntaxError>::new(), "{text}");
        }
    }
    assert!(compared > 20, "{compared}");
}

#[test]
fn brackets_nest_to_the_cap_and_no_further() {
    let nested = |depth: usize| format!("{}{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Tree::parse(&nested(MAX_DEPTH)).errors().is_empty());
    assert_eq!(Tree::parse(&nested(MAX_DEPTH + 1)).errors().len(), 1);
    for text in ["(".repeat(1_000_000), "[{(".repeat(300_000), "/*".repeat(500_000), nested(500_000)] {
        let tree = Tree::parse(&text);
        assert!(!tree.errors().is_empty() && tree.text() == text);
    }
}

#[test]
fn an_edit_keeps_every_other_byte_and_comment() {
    let text = "( // the title\n  title: \"Old\", /* and */ seed: 1,)";
    let tree = Tree::parse(text);
    let title = tree.root().and_then(|root| root.field("title")).expect("a title");
    let edited = tree.edited(title.span(), "\"New\"");
    assert_eq!(edited.text(), text.replace("Old", "New"));
    assert_eq!(
        edited.root().and_then(|root| root.field("title")).and_then(Value::good_string).as_deref(),
        Some("New")
    );
    assert_eq!(tree.edited(9..1000, "x").text(), text);
}
