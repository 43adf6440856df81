//! `maquette render` as a person runs it: the same command twice, a frame alone, an edit, bad arguments.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

const SCENE: &str = r##"#![enable(implicit_some)]
(
    title: "Small room",
    seed: 3,
    materials: { "lamp": (emission: (nit: 3000.0, kelvin: 4000.0)) },
    set: [
        (name: "floor", shape: Box(size_m: (4.0, 0.2, 4.0)), at_m: (0.0, -0.1, -2.0), material: "sealed concrete"),
        (name: "wall", shape: Box(size_m: (4.0, 3.0, 0.2)), at_m: (0.0, 1.5, -4.0), material: "plaster"),
        (name: "panel", shape: Plane(size_m: (1.0, 1.0)), at_m: (0.0, 2.6, -2.0), turn_deg: (roll: 180.0), material: "lamp"),
        (name: "ball", shape: Sphere(radius_m: 0.15), at_m: (0.0, 0.3, -2.5), material: "brushed steel", body: Dynamic(density_kg_m3: 7850.0)),
    ],
    shots: [
        (name: "a", length_s: 0.25, camera: (focal_length_mm: 24.0, exposure: Auto, keys: [(t_s: 0.0, at_m: (0.0, 1.0, 0.5), aim: On("ball"))])),
        (name: "b", from_s: 0.25, length_s: 0.25, camera: (focal_length_mm: 50.0, exposure: Ev100(8.0), keys: [(t_s: 0.0, at_m: (0.6, 0.5, 0.5), aim: On("ball"))])),
    ],
)
"##;

/// A scene in a folder of its own.
struct Set(tempfile::TempDir);

impl Set {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("scene.ron"), text).expect("written");
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn render(&self, out: &str, more: &[&str]) -> Output {
        let mut command = maquette();
        command.arg("render").arg(self.path("scene.ron")).arg("--out").arg(self.path(out));
        command.args(["--size", "64x36", "--samples", "2"]).args(more);
        command.output().expect("the program runs")
    }
}

/// The program, with keys of the tests' own.
fn maquette() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_maquette"));
    command.env("MAQUETTE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("home"));
    command
}

#[test]
fn the_same_command_twice_gives_the_same_bytes() {
    let set = Set::new(SCENE);
    succeeds(&set.render("one", &["--no-movie"]));
    succeeds(&set.render("two", &["--no-movie"]));
    let (one, two) = (files(&set.path("one")), files(&set.path("two")));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    for extension in ["exr", "png", "wav"] {
        assert!(one.keys().any(|name| name.ends_with(extension)), "no {extension} in {:?}", one.keys());
    }
    for (name, bytes) in &one {
        assert!(bytes == &two[name], "{name} differs");
    }
}

#[test]
fn without_a_session_the_program_says_only_its_own_words() {
    let set = Set::new(SCENE);
    let output = maquette()
        .arg("render")
        .arg(set.path("scene.ron"))
        .arg("--out")
        .arg(set.path("take"))
        .args(["--size", "32x18", "--samples", "1", "--raw", "--no-movie", "--frames", "1001", "--shot", "a"])
        .env_remove("XDG_RUNTIME_DIR")
        .output()
        .expect("the program runs");
    succeeds(&output);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let own = |line: &str| {
        ["frames;", "no room for a mark", "of 1 frames", "sound"].iter().any(|word| line.contains(word))
    };
    assert!(said.lines().all(own), "{said}");
}

#[test]
fn a_frame_asked_for_alone_equals_the_one_of_the_full_run() {
    let set = Set::new(SCENE);
    succeeds(&set.render("all", &["--no-movie"]));
    succeeds(&set.render("alone", &["--no-movie", "--shot", "a", "--frames", "1005"]));
    let (all, alone) = (files(&set.path("all")), files(&set.path("alone")));
    for name in ["a/beauty.1005.exr", "a/beauty.1005.png"] {
        assert!(all[name] == alone[name], "{name} differs");
    }
    assert!(!alone.contains_key("a/beauty.1004.exr"));
}

#[test]
fn a_frame_deep_in_a_shot_asked_for_alone_is_within_45_db_of_the_full_run() {
    let set = Set::new(&SCENE.replace("\"a\", length_s: 0.25", "\"a\", length_s: 2.0"));
    for (take, frames) in [("all", "1001-1040"), ("alone", "1040")] {
        let mut command = maquette();
        command.arg("render").arg(set.path("scene.ron")).arg("--out").arg(set.path(take));
        command.args(["--size", "64x36", "--no-movie", "--shot", "a", "--frames", frames]);
        succeeds(&command.output().expect("the program runs"));
    }
    let [all, alone] = ["all", "alone"].map(|take| set.path(take).join("a/beauty.1040.exr"));
    let output =
        maquette().arg("compare").args([alone, all]).args(["--format", "json"]).output().expect("runs");
    succeeds(&output);
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    let psnr = report.split("\"psnr_db\":").nth(1).and_then(|rest| rest.split([',', '}']).next());
    let psnr: f32 = psnr.and_then(|number| number.trim().parse().ok()).expect("a number");
    assert!(psnr >= 45.0, "{psnr} dB");
}

#[test]
fn only_frames_that_an_edit_touches_are_rendered_again() {
    let set = Set::new(SCENE);
    succeeds(&set.render("take", &["--no-movie"]));
    let before = files(&set.path("take"));
    fs::write(set.path("scene.ron"), SCENE.replace("focal_length_mm: 50.0", "focal_length_mm: 35.0"))
        .expect("written");
    let output = set.render("take", &["--no-movie"]);
    succeeds(&output);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("6 frames were complete already"), "{said}");
    let after = files(&set.path("take"));
    assert!(before["a/beauty.1001.exr"] == after["a/beauty.1001.exr"]);
    assert!(before["b/beauty.1001.exr"] != after["b/beauty.1001.exr"]);
}

#[test]
fn a_damaged_frame_is_rendered_again() {
    let set = Set::new(SCENE);
    let one = ["--no-movie", "--shot", "a", "--frames", "1001-1002"];
    succeeds(&set.render("take", &one));
    let whole = files(&set.path("take"));
    fs::write(set.path("take/a/beauty.1002.exr"), b"half").expect("written");
    succeeds(&set.render("take", &one));
    assert!(whole["a/beauty.1002.exr"] == files(&set.path("take"))["a/beauty.1002.exr"]);
}

#[test]
fn the_clip_has_both_streams_and_the_right_length() {
    if Command::new("ffprobe").arg("-version").output().is_err() {
        println!("skipped: no ffprobe");
        return;
    }
    let set = Set::new(SCENE);
    succeeds(&set.render("take", &[]));
    let probe = Command::new("ffprobe")
        .args(["-v", "error", "-show_entries", "stream=codec_name,nb_read_frames,duration", "-count_frames"])
        .args(["-of", "default=noprint_wrappers=1"])
        .arg(set.path("take/movie.mp4"))
        .output()
        .expect("ffprobe runs");
    let said = String::from_utf8_lossy(&probe.stdout).into_owned();
    assert!(said.contains("codec_name=h264") && said.contains("codec_name=aac"), "{said}");
    assert!(said.contains("nb_read_frames=12"), "{said}");
    let durations = said.lines().filter_map(|line| line.strip_prefix("duration="));
    for duration in durations.map(|d| d.parse::<f64>().expect("a number")) {
        assert!((duration - 0.5).abs() <= 1.0 / 24.0, "{said}");
    }
}

#[test]
fn what_cannot_be_rendered_is_said_with_exit_code_2_and_writes_nothing() {
    let set = Set::new(SCENE);
    let cases: [(&[&str], &str); 4] = [
        (&["--shot", "c"], "no shot is called `c`; the scene has a, b"),
        (&["--frames", "2000"], "1001-1006 of shot a"),
        (&["--frames", "ten"], "is not a frame range"),
        (&["--size", "0x0"], "at least 16x16"),
    ];
    for (arguments, expected) in cases {
        let mut command = maquette();
        command.arg("render").arg(set.path("scene.ron")).arg("--out").arg(set.path("none")).args(arguments);
        let output = command.output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
        assert!(!set.path("none").exists(), "{arguments:?} wrote something");
    }
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// What is in every file below a folder but for credentials, which have identifiers of their own, by relative path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).expect("inside").to_string_lossy().into_owned();
                let bytes = fs::read(&path).expect("readable");
                match path.extension().and_then(|ending| ending.to_str()) {
                    Some("c2pa" | "jsonl") => None,
                    Some("png") => found.insert(name, without_credential(&bytes, 8, *b"caBX", true)),
                    Some("wav") => {
                        found.insert(name, without_credential(&bytes, 12, *b"C2PA", false)[12..].to_vec())
                    }
                    _ => found.insert(name, bytes),
                };
            }
        }
    }
    found
}

/// A file of chunks without those called `credential`. A PNG's chunk has its size in big-endian before its name and a checksum
/// after its data; a WAV's its name first, and even sizes.
fn without_credential(bytes: &[u8], header: usize, credential: [u8; 4], is_png: bool) -> Vec<u8> {
    let (mut kept, mut at) = (bytes[..header].to_vec(), header);
    while at + 8 <= bytes.len() {
        let word = |at: usize| [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        let (name, length) = match is_png {
            true => (word(at + 4), 12 + u32::from_be_bytes(word(at)) as usize),
            false => (word(at), 8 + (u32::from_le_bytes(word(at + 4)) as usize).next_multiple_of(2)),
        };
        let end = (at + length).min(bytes.len());
        if name != credential {
            kept.extend(&bytes[at..end]);
        }
        at = end;
    }
    kept
}

#[test]
fn a_shot_is_played_in_its_own_time_and_nothing_is_written() {
    let set = Set::new(SCENE);
    let begun = std::time::Instant::now();
    let mut command = maquette();
    command.current_dir(set.0.path()).arg("listen").arg(set.path("scene.ron"));
    let played = command.arg("--play=nobody").output().expect("the program runs");
    succeeds(&played);
    let said = String::from_utf8_lossy(&played.stdout).into_owned();
    assert!(said.contains("shot a: 0.2 s") && said.contains("shot b: 0.2 s"), "{said}");
    assert!(said.contains("times a second") && said.contains("sound with"), "{said}");
    // Both shots, and what rings on after each.
    assert!(begun.elapsed().as_secs_f64() > 1.0, "{said}");
    assert_eq!(fs::read_dir(set.0.path()).expect("the folder").count(), 1);
    let clash = maquette().arg("listen").arg(set.path("scene.ron")).args(["--play", "--stems"]).output();
    assert_eq!(clash.expect("the program runs").status.code(), Some(2));
}
