//! Every malformed scene is reported completely, at the right places, in words fixed by a golden file.
//!
//! A scene says itself what is wrong with it: `// ^ code` points from below at the column where a mistake of that
//! code starts, and `// expect: code@line:column` (or `code@file:line:column`) says it in numbers where an arrow cannot
//! point. The pages people see are golden files beside the scenes; `MAQUETTE_RENEW=1` writes them anew.

use std::{
    fs,
    path::{Path, PathBuf},
};

use maquette_scene::{Report, load};
use serde_json::Value as Json;

const FOLDER: &str = "tests/malformed";

/// A mistake's file, line, column and code.
type Found = (String, u64, u64, String);

fn scenes() -> Vec<PathBuf> {
    let entries = fs::read_dir(FOLDER).expect("the folder of malformed scenes");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "ron"));
    paths.sort();
    paths
}

fn report(path: &Path) -> Report {
    load(path).expect_err(&format!("{} loads", path.display()))
}

/// What the comments of a file promise.
fn expectations(path: &Path) -> Vec<Found> {
    let text = fs::read_to_string(path).expect("readable");
    let name = path.display().to_string();
    let mut pointed_at = 0;
    let mut promises = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let comment = line.trim_start().strip_prefix("//").map(str::trim_start);
        if let Some(code) = comment.and_then(|comment| comment.strip_prefix('^')) {
            let column = line.find('^').expect("an arrow") as u64 + 1;
            promises.push((name.clone(), pointed_at, column, code.trim().to_owned()));
        } else if let Some(promise) = comment.and_then(|comment| comment.strip_prefix("expect: ")) {
            promises.push(in_numbers(promise, &name));
        } else {
            pointed_at = number;
        }
    }
    promises
}

fn in_numbers(promise: &str, own_name: &str) -> Found {
    let (code, place) = promise.split_once('@').expect("code@place");
    let mut parts = place.rsplitn(3, ':');
    let mut number = || parts.next().and_then(|part| part.parse().ok()).expect("line:column");
    let (column, line) = (number(), number());
    let file = parts.next().map_or(own_name.to_owned(), |file| format!("{FOLDER}/{file}"));
    (file, line, column, code.to_owned())
}

fn mistakes(report: &Report) -> Vec<Found> {
    let text = |value: &Json| value.as_str().expect("text").to_owned();
    let number = |value: &Json| value.as_u64().expect("a number");
    let list = report.to_json();
    let each = list.as_array().expect("a list").iter();
    each.map(|m| (text(&m["file"]), number(&m["line"]), number(&m["column"]), text(&m["code"]))).collect()
}

#[test]
fn every_mistake_stands_where_the_scene_says_and_no_other_is_reported() {
    let mut wrong = Vec::new();
    for path in scenes() {
        let mut found = mistakes(&report(&path));
        let mut files: Vec<PathBuf> = found.iter().map(|(file, ..)| PathBuf::from(file)).collect();
        files.push(path.clone());
        files.sort();
        files.dedup();
        let mut promised: Vec<Found> = files.iter().flat_map(|file| expectations(file)).collect();
        promised.sort();
        found.sort();
        if promised != found {
            let missing: Vec<_> = promised.iter().filter(|p| !found.contains(p)).collect();
            let surplus: Vec<_> = found.iter().filter(|f| !promised.contains(f)).collect();
            wrong.push(format!(
                "{}:\n  not reported {missing:#?}\n  not promised {surplus:#?}",
                path.display()
            ));
        }
        assert!(!promised.is_empty(), "{} promises nothing", path.display());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_pages_people_see_are_the_golden_ones() {
    let renew = std::env::var_os("MAQUETTE_RENEW").is_some();
    let mut changed = Vec::new();
    for path in scenes() {
        let page = report(&path).render(100, false);
        let golden = path.with_extension("txt");
        if renew {
            fs::write(&golden, &page).expect("writable");
        }
        match fs::read_to_string(&golden) {
            Ok(expected) if expected == page => {}
            Ok(_) => changed.push(format!("{} differs; now:\n{page}", golden.display())),
            Err(_) => changed.push(format!("{} is missing; the page is:\n{page}", golden.display())),
        }
    }
    assert!(changed.is_empty(), "MAQUETTE_RENEW=1 accepts:\n{}", changed.join("\n"));
}

#[test]
fn there_are_no_golden_pages_without_a_scene() {
    assert!(scenes().len() >= 22);
    for entry in fs::read_dir(FOLDER).expect("the folder") {
        let path = entry.expect("an entry").path();
        let golden = path.extension().is_some_and(|extension| extension == "txt");
        assert!(!golden || path.with_extension("ron").is_file(), "{}", path.display());
    }
}

#[test]
fn six_different_mistakes_are_reported_in_one_run() {
    let report = report(&Path::new(FOLDER).join("six_mistakes.ron"));
    let mut codes: Vec<String> = mistakes(&report).into_iter().map(|(.., code)| code).collect();
    codes.sort();
    codes.dedup();
    assert_eq!((report.count(), codes.len()), (6, 6), "{report}");
}

#[test]
fn the_list_for_tools_agrees_with_the_text_it_points_at() {
    let path = Path::new(FOLDER).join("unknown_field.ron");
    let text = fs::read_to_string(&path).expect("readable");
    let list = report(&path).to_json();
    let first = &list[0];
    let (offset, length) =
        (first["offset"].as_u64().expect("offset"), first["length"].as_u64().expect("length"));
    assert_eq!(&text[offset as usize..(offset + length) as usize], "roughnes");
    let line = text.lines().nth(first["line"].as_u64().expect("line") as usize - 1).expect("a line");
    let columns = first["column"].as_u64().expect("column") as usize
        ..first["end_column"].as_u64().expect("end") as usize;
    assert_eq!(&line[columns.start - 1..columns.end - 1], "roughnes");
    assert_eq!(first["end_line"], first["line"]);
    assert_eq!(first["hint"], "did you mean `roughness`?");
}
