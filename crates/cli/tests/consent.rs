//! A recorded person renders with a grant that holds, and with none that does not: no frame, no sound, no thumbnail.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests fail by panics and say what they skip")]

mod tiny_wan;

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use maquette_conditioning::{Channels, Layout};
use maquette_delivery::write_channels;
use maquette_provenance::{
    consent::{
        Asked, Attestation, Claim, ClaimedShot, DAY_S, Desk, Hash, Person, Speech, SubjectKind, Terms, Time,
        accept, ask, grant, revoke,
    },
    policy::Policy,
};

const SCENE: &str = r#"(
    title: "Room",
    project: "Corridor",
    uses: ["festival"],
    set: [(name: "floor", shape: Plane(size_m: (8.0, 8.0)), material: "concrete")],
    environment: (sky: (nit: 500.0)),
    actors: [(name: "MAYA", form: Cameo(plate: "maya.png", person: Grant("maya.grant"), height_m: 1.7, backdrop: Alpha,
              voice_db_spl_1m: None), marks: [(t_s: 0.0, at_m: (0.0, 0.0, -3.0))])],
    shots: [
        (name: "010", length_s: 8.0, camera: (focal_length_mm: 24.0, exposure: Ev100(8.0), keys: [(t_s: 0.0, at_m: (0.0, 1.0, 1.0))])),
        (name: "020", length_s: 0.1, camera: (focal_length_mm: 24.0, exposure: Ev100(8.0), keys: [(t_s: 0.0, at_m: (0.0, 1.0, 1.0))])),
    ],
)"#;

fn terms(now: Time) -> Terms {
    Terms {
        subject_name: "Maya".to_owned(),
        subject_kind: SubjectKind::Person,
        project: "Corridor".to_owned(),
        scenes: None,
        shots: Some(vec!["010".to_owned()]),
        uses_allowed: vec!["festival".to_owned()],
        uses_denied: Vec::new(),
        speech: Speech::None,
        training: false,
        draft_approval: false,
        valid_from: now,
        valid_until: now.plus(30 * DAY_S),
    }
}

/// A scene with a person in it, their grant, and the keys of both sides.
struct Set(tempfile::TempDir);

impl Set {
    /// Granted `days` ago. None, with a word about it, without ffmpeg.
    fn granted(days: u64, terms: impl Fn(Time) -> Terms) -> Option<Self> {
        // Long enough ago that everything signed since then was signed in the past.
        Self::granted_at(Time(Time::now().0 - days * DAY_S - 600), terms)
    }

    /// Asked for at this time, granted and accepted in the minutes after.
    fn granted_at(now: Time, terms: impl Fn(Time) -> Terms) -> Option<Self> {
        if maquette_media::Ffmpeg::of_system().check().is_err() {
            println!("skipped: no ffmpeg to look for the slate with");
            return None;
        }
        let set = Self(tempfile::tempdir().unwrap());
        fs::write(set.at("scene.ron"), SCENE).unwrap();
        let home = set.at("home");
        let Asked { request, slate, .. } = ask(terms(now), 30, &set.at("maya.request"), &home, now).unwrap();
        // The slate alone is the shortest recording that shows it.
        fs::copy(slate, set.at("maya.png")).unwrap();
        grant(&request, &set.at("maya.png"), &[], &set.at("maya.signed"), &home, now.plus(60)).unwrap();
        let said = Attestation { operator: "Ida".to_owned(), face_matches: true, digits_spoken: true };
        accept(
            &set.at("maya.signed"),
            &set.at("maya.png"),
            &[],
            &said,
            &set.at("maya.grant"),
            &home,
            now.plus(120),
        )
        .unwrap();
        Some(set)
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// The program, on the machine of these keys.
    fn maquette(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maquette"));
        command.env("MAQUETTE_HOME", self.at("home"));
        command
    }

    fn render(&self) -> Command {
        let mut command = self.maquette();
        command.arg("render").arg(self.at("scene.ron")).arg("--out").arg(self.at("take")).arg("--no-movie");
        command
    }

    fn command(&self, more: &[&str]) -> Command {
        let mut command = self.render();
        command.args(["--size", "64x64", "--samples", "1", "--raw"]).args(more);
        command
    }

    /// Lets a video model finish two frames.
    fn film(&self, steps: &str) -> Command {
        tiny_wan::install(&self.at("model"));
        let mut command = self.render();
        command.arg("--model").arg(self.at("model"));
        command.args(["--size", "64x64", "--samples", "1", "--frames", "1001-1002"]);
        command.args(["--shot", "010", "--generator", "wan-vace", "--steps", steps]);
        command
    }

    /// Expects the first frame to be there and to say all this; returns what it says.
    fn says(&self, expected: &[&str]) -> String {
        let verified = self.maquette().arg("verify").arg(self.at("take/010/beauty.1001.png")).output();
        let said = String::from_utf8(verified.unwrap().stdout).unwrap();
        for words in expected {
            assert!(said.contains(words), "{words}: {said}");
        }
        said
    }

    /// The person takes their grant back.
    fn revoke(&self) {
        let (signed, list) = (self.at("maya.signed"), self.at("maya.revocations"));
        revoke(&[signed], &list, &self.at("home"), Time::now()).unwrap();
    }

    fn edit(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.at("scene.ron")).unwrap();
        assert!(text.contains(from));
        fs::write(self.at("scene.ron"), text.replace(from, to)).unwrap();
    }

    /// Renders two frames, and expects a rule to say no and nothing to be there afterwards.
    fn refuses(&self, rule: &str, more: &[&str]) {
        let arguments = [&["--frames", "1001-1002", "--shot", "010"], more].concat();
        self.refused(rule, &self.command(&arguments).output().unwrap());
    }

    /// Renders a minute of film, has something happen when a frame waits, and expects as much.
    fn refuses_meanwhile(&self, rule: &str, happens: impl FnOnce(&Self)) {
        self.edit("length_s: 8.0", "length_s: 60.0");
        let mut command = self.command(&["--shot", "010"]);
        let render = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let began = Instant::now();
        while published(&self.at("take/.unpublished")).len() < 3 {
            assert!(began.elapsed() < Duration::from_secs(60), "no frame was made");
            sleep(Duration::from_millis(5));
        }
        happens(self);
        self.refused(rule, &render.wait_with_output().unwrap());
    }

    /// Somebody has a render of tomorrow permitted on the machine of these keys.
    fn see_tomorrow(&self) {
        let tomorrow = Time::now().plus(DAY_S);
        let claim = Claim {
            person: Person::NotReal("a render of tomorrow".to_owned()),
            recording: self.at("maya.png"),
            project: "Corridor".to_owned(),
            scene: "Room".to_owned(),
            scene_sha256: Hash::of(b""),
            shots: vec![ClaimedShot { name: "010".to_owned(), tags: Vec::new() }],
            uses: vec!["festival".to_owned()],
            voice: false,
            lines: Vec::new(),
            training: false,
            draft: false,
        };
        let tags = Policy::built_in().unwrap().sensitive_tags();
        Desk::open(&self.at("home"), &tags, tomorrow).unwrap().permit(claim, tomorrow).unwrap();
    }

    /// A tenth of a second of nothing to hear.
    fn write_silence(&self, name: &str) {
        write_channels(&self.at(name), &Channels::silent(Layout::Stereo, 4800)).unwrap();
    }

    /// Changes a bit in the middle of a file.
    fn change(&self, name: &str) {
        let mut bytes = fs::read(self.at(name)).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(self.at(name), bytes).unwrap();
    }

    fn refused(&self, rule: &str, output: &Output) {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{rule}: {said}");
        assert!(said.contains(rule), "{rule}: {said}");
        assert_eq!(published(&self.at("take")), Vec::<PathBuf>::new(), "{rule}");
    }
}

/// Pictures, sounds and movies below a folder, hidden ones too.
fn published(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let below = entries.flat_map(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() { published(&path) } else { vec![path] }
    });
    below.filter(|path| path.extension().is_none_or(|ending| ending != "jsonl")).collect()
}

#[test]
fn a_person_with_a_grant_is_rendered_and_every_file_says_so() {
    let Some(set) = Set::granted(0, terms) else { return };
    let output = set.command(&["--frames", "1001-1002", "--shot", "010"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(set.at("take/010/beauty.1002.png").exists() && !set.at("take/.unpublished").exists());
    let said = set.says(&["untouched", "a real one, with consent", "for festival", "training   not allowed"]);
    assert!(!said.contains("Maya"), "{said}");
}

#[test]
fn a_production_and_a_person_walk_the_steps_with_a_folder_of_keys_each() {
    if maquette_media::Ffmpeg::of_system().check().is_err() {
        println!("skipped: no ffmpeg to look for the slate with");
        return;
    }
    let set = Set(tempfile::tempdir().unwrap());
    fs::write(set.at("scene.ron"), SCENE).unwrap();
    let consent = |home: &str, arguments: &[&str]| {
        let mut command = set.maquette();
        command.env("MAQUETTE_HOME", set.at(home)).current_dir(set.0.path()).arg("consent").args(arguments);
        let output = command.output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&said).into_owned())
    };
    let done = |home: &str, arguments: &[&str]| {
        let (code, said) = consent(home, arguments);
        assert_eq!(code, Some(0), "{arguments:?}: {said}");
        said
    };
    let asked = [
        "--name",
        "Maya",
        "--project",
        "Corridor",
        "--use",
        "festival",
        "--shot",
        "010",
        "--scene",
        "Room",
        "--until",
        "2090-01-01",
    ];
    let (code, said) = consent("home", &[&["request", "maya.request"], &asked[..]].concat());
    assert!(code == Some(2) && said.contains("consent/bad-terms"), "{said}");
    let until = Time::now().plus(30 * DAY_S).to_string();
    let asked = [&asked[..11], &[&until[..10]]].concat();
    done("home", &[&["request", "maya.request"], &asked[..]].concat());
    // The slate alone is the shortest recording that shows it.
    fs::copy(set.at("maya.slate.png"), set.at("maya.png")).unwrap();
    assert!(done("maya", &["sign", "maya.request", "maya.png", "--agree"]).contains("Maya"));
    let operator = ["--operator", "Ida"];
    let (code, said) = consent("home", &[&["accept", "maya.signed", "maya.png"], &operator[..]].concat());
    assert!(code == Some(2) && said.contains("consent/not-attested"), "{said}");
    let attested = ["accept", "maya.signed", "maya.png", "--face-matches", "--digits-spoken"];
    let (code, said) = consent("stranger", &[&attested[..], &operator].concat());
    assert!(code == Some(2) && said.contains("consent/wrong-project"), "{said}");
    done("home", &[&attested[..], &operator].concat());
    assert!(done("home", &["show", "maya.grant"]).contains("festival"));
    done("home", &["verify", "maya.grant"]);
    let output = set.command(&["--frames", "1001", "--shot", "010"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!set.says(&["a real one, with consent", "attested"]).contains("not for delivery"));

    let (code, said) = consent("stranger", &["revoke", "maya.signed"]);
    assert!(code == Some(2) && said.contains("consent/not-yours"), "{said}");
    done("maya", &["revoke", "maya.signed"]);
    fs::remove_dir_all(set.at("take")).unwrap();
    set.refuses("consent/revoked", &[]);
    let (code, said) = consent("home", &["verify", "maya.grant"]);
    assert!(code == Some(2) && said.contains("consent/revoked"), "{said}");
    done("home", &["log"]);
}

#[test]
fn what_a_grant_does_not_cover_is_not_rendered() {
    let Some(set) = Set::granted(0, terms) else { return };
    set.refused("consent/wrong-shot", &set.command(&["--shot", "020"]).output().unwrap());
    set.refused("consent/wrong-shot", &set.command(&["--frames", "1001"]).output().unwrap());
    set.edit("\"festival\"", "\"festival\", \"advertising\"");
    set.refuses("consent/wrong-use", &[]);
    set.edit(", \"advertising\"", "");
    set.edit("project: \"Corridor\"", "project: \"Another film\"");
    set.refuses("consent/wrong-project", &[]);
    set.edit("project: \"Another film\"", "project: \"Corridor\"");
    set.edit("voice_db_spl_1m: None", "voice_db_spl_1m: 62.0");
    set.refuses("consent/speech", &[]);
    set.edit("voice_db_spl_1m: 62.0", "voice_db_spl_1m: None");
    set.edit("Grant(\"maya.grant\")", "NotReal(\"trust me\")");
    set.refuses("consent/no-reason", &[]);
}

#[test]
fn what_was_changed_or_exchanged_is_not_rendered() {
    let Some(set) = Set::granted(0, terms) else { return };
    let [grant, plate] = ["maya.grant", "maya.png"].map(|name| fs::read(set.at(name)).unwrap());
    set.change("maya.grant");
    set.refuses("consent/tampered", &[]);
    fs::write(set.at("maya.grant"), grant).unwrap();
    set.change("maya.png");
    set.refuses("consent/swapped-recording", &[]);
    fs::write(set.at("maya.png"), plate).unwrap();
    fs::remove_file(set.at("maya.revocations")).unwrap();
    set.refuses("consent/list-missing", &[]);
}

#[test]
fn a_challenge_is_answered_once() {
    let Some(set) = Set::granted(0, terms) else { return };
    let later = Time(Time::now().0 - 300);
    let [request, plate, again] = ["maya.request", "maya.png", "again.signed"].map(|name| set.at(name));
    grant(&request, &plate, &[], &again, &set.at("home"), later).unwrap();
    let mut command = set.maquette();
    command.args(["consent", "accept"]).arg(&again).arg(&plate);
    command.args(["--operator", "Ida", "--face-matches", "--digits-spoken"]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("consent/replayed"), "{said}");
    assert!(!set.at("again.grant").exists());
}

#[test]
fn time_runs_out_for_grants_and_lists_and_does_not_run_backwards() {
    let brief = |now: Time| Terms { valid_until: now.plus(DAY_S), ..terms(now) };
    let Some(set) = Set::granted(2, brief) else { return };
    set.refuses("consent/expired", &[]);
    let Some(set) = Set::granted(8, terms) else { return };
    set.refuses("consent/list-stale", &[]);
    let Some(set) = Set::granted(0, terms) else { return };
    set.see_tomorrow();
    set.refuses("consent/clock-set-back", &[]);
}

#[test]
fn what_happens_to_papers_and_recordings_during_a_render_ends_it_and_leaves_no_frame() {
    let refuses = |rule: &str, happens: fn(&Set)| {
        let Some(set) = Set::granted(0, terms) else { return };
        set.refuses_meanwhile(rule, happens);
        // Nor afterwards.
        set.refuses(rule, &[]);
    };
    refuses("consent/revoked", Set::revoke);
    refuses("consent/tampered", |set| set.change("maya.grant"));
    refuses("consent/list-missing", |set| fs::remove_file(set.at("maya.revocations")).unwrap());
    refuses("consent/swapped-recording", |set| set.change("maya.png"));
    refuses("consent/clock-set-back", Set::see_tomorrow);
}

#[test]
fn time_that_runs_out_during_a_render_ends_it_and_leaves_no_frame() {
    /// Time to render some frames in.
    const LEFT_S: u64 = 6;
    let ends = |now: Time| Terms { valid_until: now.plus(600 + LEFT_S), ..terms(now) };
    let Some(set) = Set::granted(0, ends) else { return };
    set.refuses_meanwhile("consent/expired", |_| ());
    // The list is signed with the grant, a minute after it was asked for.
    let Some(set) = Set::granted_at(Time(Time::now().0 - 7 * DAY_S - 60 + LEFT_S), terms) else { return };
    set.refuses_meanwhile("consent/list-stale", |_| ());
}

#[test]
fn a_recording_that_is_declared_waits_for_the_last_check_too() {
    let Some(set) = Set::granted(0, terms) else { return };
    set.edit("Grant(\"maya.grant\")", "NotReal(\"drawn by nobody with a pencil\")");
    set.refuses_meanwhile("consent/swapped-recording", |set| set.change("maya.png"));
}

#[test]
fn nobody_is_listened_to_after_they_took_their_grant_back() {
    let Some(set) = Set::granted(0, terms) else { return };
    let listen = |more: &[&str]| {
        let mut command = set.maquette();
        command
            .arg("listen")
            .arg(set.at("scene.ron"))
            .args(["--shot", "010", "--frames", "1001-1010"])
            .args(more);
        command.arg("--out").arg(set.at("take")).output().unwrap()
    };
    let output = listen(&[]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_dir_all(set.at("take")).unwrap();
    set.revoke();
    set.refused("consent/revoked", &listen(&[]));
    set.refused("consent/revoked", &listen(&["--responses", "--stems"]));
}

#[test]
fn a_model_learns_from_a_person_only_while_they_allow_it() {
    let everywhere = |training: bool| move |now| Terms { training, shots: None, ..terms(now) };
    let train = |set: &Set, steps: &str| {
        let mut command = set.maquette();
        command.arg("train").arg(set.at("scene.ron")).arg("--out").arg(set.at("take"));
        command.args(["--size", "64x64", "--samples", "1", "--target-samples", "1", "--steps", steps]);
        command.output().unwrap()
    };
    let Some(set) = Set::granted(0, everywhere(false)) else { return };
    set.refused("consent/training", &train(&set, "2"));
    let Some(set) = Set::granted(0, everywhere(true)) else { return };
    set.edit("length_s: 8.0", "length_s: 0.1");
    let output = train(&set, "2");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let verified = set.maquette().arg("verify").arg(set.at("take/validation.png")).output().unwrap();
    let said = String::from_utf8(verified.stdout).unwrap();
    assert!(said.contains("untouched") && said.contains("grant "), "{said}");
    assert!(set.at("take/data").exists() && set.at("take/state").exists());
    set.revoke();
    let output = train(&set, "4");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(2) && said.contains("consent/revoked"), "{said}");
    assert!(!set.at("take/data").exists() && !set.at("take/state").exists());
}

#[test]
fn a_kept_frame_never_says_what_no_longer_holds() {
    let Some(set) = Set::granted(0, terms) else { return };
    let render = || {
        let output = set.command(&["--frames", "1001", "--shot", "010"]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    set.edit("Grant(\"maya.grant\")", "NotReal(\"drawn by nobody with a pencil\")");
    render();
    assert!(!set.says(&["drawn by nobody"]).contains("grant "));
    set.edit("NotReal(\"drawn by nobody with a pencil\")", "Grant(\"maya.grant\")");
    render();
    assert!(!set.says(&["grant "]).contains("drawn by nobody"));
}

#[test]
fn what_another_run_left_unpublished_stays_so() {
    let Some(set) = Set::granted(0, terms) else { return };
    let left = set.at("take/.unpublished/020");
    fs::create_dir_all(&left).unwrap();
    fs::write(left.join("beauty.1001.png"), "of a run that was killed").unwrap();
    let output = set.command(&["--frames", "1001", "--shot", "010"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(set.at("take/010/beauty.1001.png").exists());
    assert!(!set.at("take/020").exists() && !set.at("take/.unpublished").exists());
}

#[test]
fn words_in_a_persons_mouth_need_their_grant_whoever_speaks_them() {
    let Some(set) = Set::granted(0, terms) else { return };
    set.write_silence("other.wav");
    set.edit("shots: [", "sounds: [SOUND], shots: [");
    let mut before = "SOUND".to_owned();
    let mut sounds = |now: &str| {
        set.edit(&before, now);
        before = now.to_owned();
    };
    sounds(
        r#"(name: "MAYA", on: Actor("MAYA"), level_db_spl_1m: 62.0, clip: "other.wav", person: NotReal("a silence made by a test"))"#,
    );
    set.refuses("consent/speech", &[]);
    sounds(r#"(name: "line", on: Actor("MAYA"), level_db_spl_1m: 62.0, speech: (text: "I endorse this."))"#);
    set.refuses("consent/speech", &[]);
    // Not from her mouth, it is nobody's business but its maker's; under her name it is another's still.
    sounds(
        r#"(name: "MAYA", on: Bed, level_db_spl_1m: 62.0, clip: "other.wav", person: NotReal("a silence made by a test"))"#,
    );
    let output = set.command(&["--frames", "1001", "--shot", "010"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    set.says(&["a real one, with consent", "a silence made by a test"]);
}

#[test]
fn a_granted_recording_needs_its_grant_whatever_the_scene_calls_it() {
    let Some(set) = Set::granted(0, terms) else { return };
    fs::copy(set.at("maya.png"), set.at("music.wav")).unwrap();
    set.edit("shots: [", r#"sounds: [(name: "music", on: Bed, level_db_spl_1m: 62.0, clip: "music.wav", stem: Music)], shots: ["#);
    set.refuses("policy/undeclared-person", &[]);
}

#[test]
fn a_list_of_other_files_is_no_recording() {
    let Some(set) = Set::granted(0, terms) else { return };
    fs::rename(set.at("maya.png"), set.at("inner.png")).unwrap();
    fs::write(set.at("maya.png"), "ffconcat version 1.0\nfile inner.png\n").unwrap();
    set.edit("Grant(\"maya.grant\")", "NotReal(\"drawn by nobody with a pencil\")");
    let output = set.command(&["--frames", "1001", "--shot", "010"]).output().unwrap();
    assert!(!output.status.success() && published(&set.at("take")).is_empty());
}

#[test]
fn a_movie_says_who_is_in_it_and_a_draft_that_it_is_one() {
    let Some(set) = Set::granted(0, |now| Terms { draft_approval: true, ..terms(now) }) else { return };
    let mut command = set.maquette();
    command.arg("render").arg(set.at("scene.ron")).arg("--out").arg(set.at("take"));
    command.args(["--size", "64x64", "--samples", "1", "--raw", "--shot", "010", "--frames", "1001-1004"]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let verified = set.maquette().arg("verify").arg(set.at("take/movie.mp4")).output().unwrap();
    let said = String::from_utf8(verified.stdout).unwrap();
    for words in [
        "untouched",
        "a recorded person in what was computed",
        "a real one, with consent",
        "not for delivery",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_picture_to_take_after_needs_a_grant_as_a_recording_does() {
    let Some(set) = Set::granted(0, terms) else { return };
    set.edit("length_s: 8.0,", "length_s: 8.0, look: (references: [\"maya.png\"]),");
    set.refuses("policy/undeclared-person", &[]);
    set.edit("[\"maya.png\"]", "[\"maya.png\"], person: Some(Grant(\"maya.grant\"))");
    let output = set.command(&["--frames", "1001", "--shot", "010"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_dir_all(set.at("take")).unwrap();
    let mut other = fs::read(set.at("maya.png")).unwrap();
    *other.last_mut().unwrap() ^= 1;
    fs::write(set.at("other.png"), other).unwrap();
    set.edit("[\"maya.png\"]", "[\"other.png\"]");
    set.refuses("consent/swapped-recording", &[]);
}

#[test]
fn what_the_person_has_not_approved_yet_is_rendered_as_a_draft_and_no_better() {
    let Some(set) = Set::granted(0, |now| Terms { draft_approval: true, ..terms(now) }) else { return };
    for finer in [["--size", "640x360"], ["--samples", "9"], ["--quality", "standard"]] {
        let output = set.render().args(["--frames", "1001", "--shot", "010"]).args(finer).output().unwrap();
        set.refused("consent/not-approved", &output);
    }
    let draft = set.command(&["--frames", "1001", "--shot", "010"]).output().unwrap();
    assert!(draft.status.success(), "{}", String::from_utf8_lossy(&draft.stderr));
    fs::remove_dir_all(set.at("take")).unwrap();
    // What is approved is the scene with the clips that it names.
    set.write_silence("hum.wav");
    set.edit("shots: [", r#"sounds: [(name: "hum", on: Bed, level_db_spl_1m: 40.0, clip: "hum.wav", stem: Effects)], shots: ["#);
    let (grant, scene) = (set.at("maya.grant"), set.at("scene.ron"));
    assert!(set.maquette().args(["consent", "approve"]).arg(grant).arg(scene).status().unwrap().success());
    let mut finer = set.render();
    finer.args(["--frames", "1001", "--shot", "010", "--size", "64x64", "--samples", "9"]);
    assert!(finer.status().unwrap().success());
    fs::remove_dir_all(set.at("take")).unwrap();
    set.change("hum.wav");
    set.refused("consent/not-approved", &finer.output().unwrap());
}

#[test]
fn a_person_in_a_film_needs_the_same_grant_until_the_last_step() {
    let Some(set) = Set::granted(0, terms) else { return };
    let output = set.film("2").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // Of the person, only what was granted stays: no set, no sampler's state.
    assert!(set.at("take/010/beauty.1002.png").exists() && !set.at("take/.film").exists());
    set.says(&["untouched", "a real one, with consent", "generated by a trained network"]);

    fs::remove_dir_all(set.at("take")).unwrap();
    let mut filming = set.film("900").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut told = BufReader::new(filming.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.any(|line| line.contains("step 3 of")));
    set.revoke();
    let rest: Vec<String> = told.collect();
    let output = Output { stderr: rest.join("\n").into_bytes(), ..filming.wait_with_output().unwrap() };
    set.refused("consent/revoked", &output);
}

#[test]
fn what_no_grant_lifts_is_refused_with_its_rule() {
    let Some(set) = Set::granted(0, terms) else { return };
    set.edit("length_s: 8.0,", "length_s: 8.0, tags: [\"sexual\"],");
    set.refuses("policy/sexual-content", &[]);
    set.edit(" tags: [\"sexual\"],", " look: (prompt: \"the n4ked woman\"),");
    set.refuses("policy/sexual-content", &[]);
    // Both decisions are in the log.
    let log = fs::read_to_string(set.at("home/consent/log.jsonl")).unwrap();
    assert_eq!(log.matches("policy/sexual-content").count(), 2, "{log}");
    fs::write(set.at("home/policy.ron"), "(version: 1, name: \"house\")").unwrap();
    set.refuses("policy/not-signed", &[]);
}
