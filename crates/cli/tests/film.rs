//! `maquette render --generator wan-vace` as a person runs it, through a tiny model with random weights: the whole route from
//! the scene to signed frames, what of it is kept, and what happens when it is stopped.

mod tiny_wan;

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use maquette_delivery::read_exr;
use serde_json::Value;

const SCENE: &str = r##"#![enable(implicit_some)]
(
    title: "Small film",
    seed: 3,
    materials: { "lamp": (emission: (nit: 3000.0, kelvin: 4000.0)) },
    set: [
        (name: "floor", shape: Box(size_m: (4.0, 0.2, 4.0)), at_m: (0.0, -0.1, -2.0), material: "sealed concrete"),
        (name: "wall", shape: Box(size_m: (4.0, 3.0, 0.2)), at_m: (0.0, 1.5, -4.0), material: "plaster"),
        (name: "panel", shape: Plane(size_m: (1.0, 1.0)), at_m: (0.0, 2.6, -2.0), turn_deg: (roll: 180.0), material: "lamp"),
        (name: "block", shape: Box(size_m: (0.8, 0.8, 0.8)), at_m: (0.0, 0.4, -2.5), material: "brushed steel"),
    ],
    shots: [
        (name: "a", length_s: 0.25, camera: (focal_length_mm: 24.0, exposure: Ev100(7.0), keys: [(t_s: 0.0, at_m: (0.0, 1.0, 0.5), aim: On("block"))]),
         look: (generator: WanVace, prompt: "PROMPT", keep: ["block"], start: 0.0)),
    ],
)
"##;

/// A scene and a model in a folder of their own.
struct Set(tempfile::TempDir);

impl Set {
    fn new() -> Self {
        let set = Self(tempfile::tempdir().expect("a folder"));
        set.write("wet steel, sodium light");
        tiny_wan::install(&set.path("model"));
        set
    }

    fn write(&self, prompt: &str) {
        fs::write(self.path("scene.ron"), SCENE.replace("PROMPT", prompt)).expect("written");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, out: &str, more: &[&str]) -> Command {
        self.command_with("model", out, more)
    }

    fn command_with(&self, model: &str, out: &str, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maquette"));
        command.env("MAQUETTE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("home"));
        command.arg("render").arg(self.path("scene.ron")).arg("--out").arg(self.path(out));
        command.arg("--model").arg(self.path(model));
        command.args(["--size", "200x112", "--samples", "2", "--no-movie"]).args(more);
        command
    }

    fn render(&self, out: &str, more: &[&str]) -> Output {
        self.command(out, more).output().expect("the program runs")
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn succeeds(output: &Output) {
    assert!(output.status.success(), "{}", said(output));
}

/// The colours of a take's EXRs, by name.
fn pictures(take: &Path) -> BTreeMap<String, Vec<[f32; 3]>> {
    let entries = fs::read_dir(take.join("a")).expect("the shot's folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let named = paths.map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), path));
    let beauties = named.filter(|(name, _)| name.starts_with("beauty") && name.ends_with("exr"));
    beauties.map(|(name, path)| (name, read_exr(&path).expect("an EXR").color.data)).collect()
}

#[test]
fn a_film_is_delivered_signed_and_measured_and_kept_while_nothing_changes() {
    let set = Set::new();
    succeeds(&set.render("take", &["--steps", "3", "--overlay"]));
    let take = set.path("take");
    let first = pictures(&take);
    assert_eq!(first.len(), 6);
    let receipt: Value =
        serde_json::from_slice(&fs::read(take.join("receipt.json")).expect("a receipt")).expect("JSON");
    let film = &receipt["shots"][0]["video_model"];
    assert_eq!(film["settings"]["prompt"], "wet steel, sodium light");
    assert_eq!(film["keep"][0], "block");
    assert_eq!(film["adherence"]["frames"], 6);
    // It is the model that is judged, not what was put back, and a random one follows nothing.
    assert!(film["adherence"]["edge"].as_f64().expect("judged") < 0.2, "{film:#}");
    let report: Value =
        serde_json::from_slice(&fs::read(take.join("a/adherence.json")).expect("a report")).expect("JSON");
    let each = report["each_frame"].as_array().expect("frames");
    assert_eq!(
        each.iter().map(|frame| frame["frame"].as_u64()).collect::<Vec<_>>(),
        (1001..1007).map(Some).collect::<Vec<_>>()
    );
    let mean = each.iter().map(|frame| frame["edge"].as_f64().expect("judged")).sum::<f64>() / 6.0;
    assert!((mean - report["edge"].as_f64().expect("judged")).abs() < 1e-6, "{report:#}");
    assert!(take.join("a/adherence.1003.png").exists());

    let mut verify = Command::new(env!("CARGO_BIN_EXE_maquette"));
    verify.env("MAQUETTE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("home"));
    let verified = verify
        .arg("verify")
        .arg(take.join("a/beauty.1001.exr"))
        .args(["--format", "json"])
        .output()
        .expect("runs");
    let text = String::from_utf8_lossy(&verified.stdout).into_owned();
    succeeds(&verified);
    assert!(text.contains("Wan 2.1 VACE") && text.contains("trainedAlgorithmicMedia"), "{text}");

    let again = set.render("take", &["--steps", "3", "--overlay"]);
    succeeds(&again);
    assert!(!said(&again).contains("step"), "{}", said(&again));
    let kept: Value =
        serde_json::from_slice(&fs::read(take.join("receipt.json")).expect("a receipt")).expect("JSON");
    assert_eq!(kept["shots"], receipt["shots"]);

    // Another grade begins with what was sampled, and overlays alike.
    let graded = set.render("take", &["--steps", "3", "--label", "--conditioning"]);
    succeeds(&graded);
    assert!(said(&graded).contains("decoding") && !said(&graded).contains("step"), "{}", said(&graded));

    // Other words begin with the same set.
    set.write("a meadow at noon");
    let reworded = set.render("take", &["--steps", "3"]);
    succeeds(&reworded);
    assert!(
        said(&reworded).contains("step 3 of 3") && !said(&reworded).contains(": the set"),
        "{}",
        said(&reworded)
    );
    let second = pictures(&take);
    assert_eq!(first.keys().collect::<Vec<_>>(), second.keys().collect::<Vec<_>>());
    assert!(first != second);
}

#[test]
fn a_film_that_was_killed_goes_on_at_the_next_step_and_ends_the_same() {
    const STEPS: [&str; 2] = ["--steps", "150"];
    let set = Set::new();
    let mut killed = set.command("killed", &STEPS).stderr(Stdio::piped()).spawn().expect("the program runs");
    let said_so_far = BufReader::new(killed.stderr.take().expect("its words"));
    let mut words = said_so_far.lines().map(|line| line.expect("words"));
    let earlier: Vec<String> = words.by_ref().take_while(|line| !line.contains("step 20 of 150")).collect();
    assert!(earlier.iter().any(|line| line.contains("step 19 of 150")), "{}", earlier.join("\n"));
    killed.kill().expect("killed");
    killed.wait().expect("ended");
    assert!(!set.path("killed/receipt.json").exists() && !set.path("killed/a/beauty.1001.exr").exists());

    let resumed = set.render("killed", &STEPS);
    succeeds(&resumed);
    let steps: Vec<usize> = said(&resumed)
        .lines()
        .filter_map(|line| line.split_once("step ")?.1.split_once(' ')?.0.parse().ok())
        .collect();
    let goes_on = steps.first().is_some_and(|&first| first >= 20) && steps.last() == Some(&150);
    assert!(goes_on, "{}", said(&resumed));
    succeeds(&set.render("whole", &STEPS));
    assert!(pictures(&set.path("killed")) == pictures(&set.path("whole")));
}

#[test]
fn a_model_that_is_not_there_or_not_whole_is_named() {
    let set = Set::new();
    fs::remove_file(set.path("model/vae/config.json")).expect("removed");
    let whole = fs::read(set.path("model/transformer/diffusion_pytorch_model.safetensors")).expect("read");
    let output = set.render("take", &[]);
    assert!(!output.status.success() && said(&output).contains("vae/config.json"), "{}", said(&output));

    let set = Set::new();
    fs::write(set.path("model/transformer/diffusion_pytorch_model.safetensors"), &whole[..whole.len() / 2])
        .expect("cut");
    let output = set.render("take", &[]);
    assert!(
        !output.status.success() && said(&output).contains("diffusion_pytorch_model.safetensors"),
        "{}",
        said(&output)
    );

    let mut command = set.command("take", &["--frames", "1001-1006x2"]);
    let output = command.output().expect("the program runs");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("follow one another"), "{}", said(&output));

    let output = set.render("take", &["--generator", "reconstruct"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("no shot of the selection is finished by one"), "{}", said(&output));
}

#[test]
fn what_a_model_says_of_itself_is_read_by_the_policy() {
    let set = Set::new();
    let weights = set.path("model/transformer/diffusion_pytorch_model.safetensors");
    let bytes = fs::read(&weights).expect("read");
    let (length, rest) = bytes.split_at(8);
    let (header, values) = rest.split_at(u64::from_le_bytes(length.try_into().expect("eight")) as usize);
    let mut header: Value = serde_json::from_slice(header).expect("a header");
    header["__metadata__"] = serde_json::json!({ "description": "DeepNude for video" });
    let header = header.to_string();
    let said = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), values].concat();
    fs::write(&weights, said).expect("written");
    tiny_wan::install(&set.path("nudify"));
    for model in ["model", "nudify"] {
        let output = set.command_with(model, "take", &[]).output().expect("the program runs");
        assert_eq!(output.status.code(), Some(2), "{}", self::said(&output));
        assert!(self::said(&output).contains("policy/sexual-content"), "{}", self::said(&output));
    }
}

#[test]
fn a_picture_that_cannot_be_read_is_named_with_its_shot() {
    let set = Set::new();
    fs::write(set.path("ship.png"), "not pixels").expect("written");
    let scene = fs::read_to_string(set.path("scene.ron")).expect("read");
    let led = scene.replace(
        "keep: [\"block\"]",
        "references: [\"ship.png\"], person: NotReal(\"a drawing of a ship, by nobody\")",
    );
    fs::write(set.path("scene.ron"), led).expect("written");
    let output = set.render("take", &[]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("shot a, look") && said(&output).contains("ship.png"),
        "{}",
        said(&output)
    );
}

#[test]
fn few_steps_in_stretches_are_taken_and_written_down() {
    let set = Set::new();
    let few = ["--sampler", "lcm", "--levels", "1, 0.5", "--causal", "4", "--guidance", "1"];
    let output = set.render("take", &few);
    succeeds(&output);
    // Six frames are three latent ones.
    assert!(said(&output).contains("step 6 of 6"), "{}", said(&output));
    let receipt = fs::read_to_string(set.path("take/receipt.json")).expect("a receipt");
    let receipt: Value = serde_json::from_str(&receipt).expect("JSON");
    let settings = &receipt["shots"][0]["video_model"]["settings"];
    assert_eq!(settings["levels"], serde_json::json!([1.0, 0.5]), "{receipt}");
    assert_eq!((&settings["sampler"], &settings["causal"]), (&"Lcm".into(), &4.into()), "{settings}");

    let scene = fs::read_to_string(set.path("scene.ron")).expect("read");
    fs::write(set.path("scene.ron"), scene.replace("start: 0.0", "start: 0.0, blocks: [1.0, 0.5, 0.5]"))
        .expect("written");
    for (more, says) in [
        (&[][..], "`blocks` has 3 strengths, and the model has 2 control blocks"),
        (&["--levels", "0.5,1"], "falling numbers from 1 (noise)"),
        (&["--levels", "1,0.5", "--steps", "4"], "cannot be used with"),
        (&["--causal", "6"], "a multiple of 4"),
    ] {
        let output = set.render("take", more);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(says), "{}", said(&output));
    }
}
