//! Hostile files end in a report, quickly, and within the scene's folder.

use std::{fs, path::Path, time::Instant};

use maquette_scene::{Report, check_text, load};

fn report(text: &str, folder: &Path) -> Report {
    check_text("test.ron", text, folder).expect_err("a mistake")
}

fn codes(report: &Report) -> Vec<String> {
    let list = report.to_json();
    let each = list.as_array().expect("a list").iter();
    each.map(|mistake| mistake["code"].as_str().expect("a code").to_owned()).collect()
}

#[test]
fn a_file_over_the_cap_is_not_read() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("large.ron");
    fs::File::create(&path).and_then(|file| file.set_len((16 << 20) + 1)).expect("written");
    assert_eq!(codes(&load(&path).expect_err("too large")), ["file-too-large"]);
    assert_eq!(codes(&report(&" ".repeat((16 << 20) + 1), folder.path())), ["file-too-large"]);
}

#[test]
fn what_is_no_text_file_is_named_as_such() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("binary.ron");
    fs::write(&path, b"(\n  title: \"\xff\xfe\",\n)").expect("written");
    let binary = load(&path).expect_err("no text");
    assert_eq!(codes(&binary), ["not-text"]);
    assert_eq!((&binary.to_json()[0]["line"], &binary.to_json()[0]["column"]), (&2.into(), &11.into()));
    assert_eq!(codes(&load(folder.path()).expect_err("a folder")), ["unreadable-file"]);
    assert_eq!(codes(&load(&folder.path().join("absent.ron")).expect_err("absent")), ["unreadable-file"]);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_folder_is_refused_and_one_inside_is_not() {
    let outside = tempfile::tempdir().expect("a folder");
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(outside.path().join("secret.png"), "x").expect("written");
    fs::write(folder.path().join("wall.png"), "x").expect("written");
    std::os::unix::fs::symlink(outside.path().join("secret.png"), folder.path().join("out.png"))
        .expect("a link");
    std::os::unix::fs::symlink(outside.path(), folder.path().join("out")).expect("a link");
    std::os::unix::fs::symlink("wall.png", folder.path().join("in.png")).expect("a link");
    let scene =
        |path: &str| format!("(title: \"t\", materials: {{ \"m\": (base_color_texture: \"{path}\") }})");
    for path in ["out.png", "out/secret.png"] {
        assert_eq!(codes(&report(&scene(path), folder.path())), ["path-leaves-folder"], "{path}");
    }
    assert_eq!(codes(&report(&scene("out/secre.png"), folder.path())), ["missing-file"]);
    let hint = report(&scene("out/secre.png"), folder.path()).to_json()[0]["hint"].to_string();
    assert!(!hint.contains("secret"), "names of files outside are not given away: {hint}");
    assert!(check_text("test.ron", &scene("in.png"), folder.path()).is_ok());
}

#[test]
fn a_scene_may_not_consist_of_ever_more_files() {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..70 {
        let text = format!("(include: [(file: \"{}.ron\")])", number + 1);
        fs::write(folder.path().join(format!("{number}.ron")), text).expect("written");
    }
    let report = report("(title: \"t\", include: [(file: \"0.ron\")])", folder.path());
    assert_eq!(codes(&report), ["unreadable-file"]);
    assert!(report.to_string().contains("64"), "{report}");
}

#[test]
fn a_million_mistakes_are_counted_and_few_are_shown() {
    let text = format!("(title: \"t\", set: [{}])", "NaN,".repeat(1_000_000));
    let start = Instant::now();
    let report = report(&text, Path::new("."));
    // One of them is that there are so many pieces.
    assert_eq!(report.count(), 1_000_001);
    let page = report.render(100, false);
    assert!(page.lines().count() < 4000 && page.len() < 2_000_000, "{} bytes", page.len());
    assert!(page.contains("1000001 mistakes"), "{}", page.lines().last().unwrap_or_default());
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn files_of_brackets_and_quotes_take_no_quadratic_time() {
    for piece in ["(]", "[)", "r#\"\n", "\"\n", "'", "({[)", "/*", "a:", "\"a\":", "(a:", "]\n", "#![", "\\"]
    {
        let start = Instant::now();
        report(&piece.repeat((2 << 20) / piece.len()), Path::new("."));
        assert!(start.elapsed().as_secs() < 10, "{piece:?} takes {:?}", start.elapsed());
    }
}

#[test]
fn a_large_mesh_loads() {
    let count = 100_000;
    let vertices: String = (0..count).map(|i| format!("({i}.5, 0.25, -1e-3),")).collect();
    let triangles: String = (0..count - 2).map(|i| format!("({i}, {}, {}),", i + 1, i + 2)).collect();
    let text = format!(
        "(title: \"t\", set: [(name: \"m\", shape: Mesh(vertices_m: [{vertices}], triangles: [{triangles}]))])"
    );
    let scene =
        check_text("mesh.ron", &text, Path::new(".")).unwrap_or_else(|report| panic!("{report}")).scene;
    let maquette_scene::document::Shape::Mesh { vertices_m, .. } = &scene.set[0].shape else {
        panic!("no mesh")
    };
    assert_eq!((vertices_m.len(), vertices_m[99_999].0), (count, 99_999.5));
}
