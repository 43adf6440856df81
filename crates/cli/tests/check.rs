//! `maquette check` and `maquette --help` as a person meets them.

use std::{fs, path::Path, process::Command};

fn maquette() -> Command {
    Command::new(env!("CARGO_BIN_EXE_maquette"))
}

fn scenes() -> impl Iterator<Item = std::path::PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenes");
    let entries = fs::read_dir(folder).expect("the scenes folder");
    entries.map(|e| e.expect("an entry").path()).filter(|path| path.extension().is_some_and(|e| e == "ron"))
}

#[test]
fn every_shipped_scene_is_free_of_mistakes() {
    let mut count = 0;
    for scene in scenes() {
        let output = maquette().arg("check").arg(&scene).output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        count += 1;
    }
    assert!(count >= 3, "only {count} scenes");
}

#[test]
fn mistakes_are_all_reported_with_exit_code_2() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("scene.ron");
    fs::write(&path, "(title: \"x\",\n shotz: [],\n gravity_m_s2: -4.0,\n)\n").expect("written");
    let text = maquette().arg("check").arg(&path).output().expect("the program runs");
    assert_eq!(text.status.code(), Some(2));
    let said = String::from_utf8_lossy(&text.stderr).into_owned();
    assert!(said.contains("shotz") && said.contains("shots") && said.contains("gravity_m_s2"), "{said}");

    let json =
        maquette().arg("check").arg(&path).args(["--format", "json"]).output().expect("the program runs");
    assert_eq!(json.status.code(), Some(2));
    let list: serde_json::Value = serde_json::from_slice(&json.stdout).expect("JSON");
    let lines: Vec<u64> =
        list.as_array().expect("a list").iter().filter_map(|m| m["line"].as_u64()).collect();
    assert_eq!(lines, [2, 3]);
}

#[test]
fn a_missing_file_is_named() {
    let output = maquette().args(["check", "no/such/scene.ron"]).output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no/such/scene.ron"));
}

#[test]
fn help_names_the_commands_and_exit_codes() {
    let output = maquette().arg("--help").output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    for word in ["render", "check", "schema", "Exit codes"] {
        assert!(said.contains(word), "{said}");
    }
}
