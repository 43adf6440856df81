//! The whole of consent: asked for, granted, accepted, and everything that must not get past it.
//!
//! A small renderer stands for the real one: it asks for a permit, works in batches, and publishes only what was sealed. What
//! counts is how many frames are in its folder at the end.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests fail by panics and say what they skip")]

mod papers;
mod records;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use maquette_provenance::{
    consent::{
        AcceptedGrant, Asked, Attestation, Claim, ClaimedShot, DAY_S, Desk, Error, FRESH_FOR_S, Hash,
        Inclusion, Log, Permit, Person, RULES, Refusal, RevocationList, Speech, Statement, SubjectKind,
        Terms, Time, accept, approve, ask, consent_record, find_slate, grant, line_hash, revoke, slate_png,
    },
    policy::{NOT_SIGNED, Policy, UNDECLARED},
};

const NOW: Time = Time(1_800_000_000);
const MINUTES: u64 = 30;

/// A production and a person, a home each, with an accepted grant for "Corridor", shots 010 and 020.
struct World {
    folder: tempfile::TempDir,
    asked: Asked,
}

fn terms() -> Terms {
    Terms {
        subject_name: "Maya".to_owned(),
        subject_kind: SubjectKind::Person,
        project: "Corridor".to_owned(),
        scenes: Some(vec!["Engine room".to_owned()]),
        shots: Some(vec!["010".to_owned(), "020".to_owned()]),
        uses_allowed: vec!["festival".to_owned(), "smoking".to_owned()],
        uses_denied: vec!["advertising".to_owned(), "clowns".to_owned()],
        speech: Speech::Lines(vec![line_hash("We are not alone.")]),
        training: false,
        draft_approval: false,
        valid_from: NOW,
        valid_until: NOW.plus(30 * DAY_S),
    }
}

fn policy() -> Policy {
    Policy::built_in().unwrap()
}

fn attestation() -> Attestation {
    Attestation { operator: "Ida".to_owned(), face_matches: true, digits_spoken: true }
}

impl World {
    /// None, with a word about it, without ffmpeg.
    fn new() -> Option<Self> {
        Self::with(terms())
    }

    fn with(terms: Terms) -> Option<Self> {
        if maquette_media::Ffmpeg::of_system().check().is_err() {
            println!("skipped: no ffmpeg to look for the slate with");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let asked =
            ask(terms, MINUTES, &folder.path().join("maya.request"), &folder.path().join("project"), NOW)
                .unwrap();
        let world = Self { folder, asked };
        // The slate alone is the shortest recording that shows it.
        fs::copy(&world.asked.slate, world.at("maya.png")).unwrap();
        Some(world)
    }

    fn granted() -> Option<Self> {
        Self::granted_with(terms())
    }

    fn granted_with(terms: Terms) -> Option<Self> {
        let world = Self::with(terms)?;
        world.grant().unwrap();
        world.accept(&attestation()).unwrap();
        Some(world)
    }

    fn grant(&self) -> Result<(), Error> {
        let (request, recording, out) = (&self.asked.request, self.at("maya.png"), self.at("maya.signed"));
        grant(request, &recording, &[], &out, &self.at("person"), NOW.plus(60)).map(drop)
    }

    fn accept(&self, said: &Attestation) -> Result<AcceptedGrant, Error> {
        self.accept_with(&[], said)
    }

    fn accept_with(&self, also: &[PathBuf], said: &Attestation) -> Result<AcceptedGrant, Error> {
        let [signed, recording, out, home] =
            ["maya.signed", "maya.png", "maya.grant", "project"].map(|name| self.at(name));
        accept(&signed, &recording, also, said, &out, &home, NOW.plus(120))
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn claim(&self) -> Claim {
        Claim {
            person: Person::Grant(self.at("maya.grant")),
            recording: self.at("maya.png"),
            project: "Corridor".to_owned(),
            scene: "Engine room".to_owned(),
            scene_sha256: Hash::of(b"scene"),
            shots: vec![ClaimedShot { name: "010".to_owned(), tags: vec!["dialogue".to_owned()] }],
            uses: vec!["festival".to_owned()],
            voice: false,
            lines: Vec::new(),
            training: false,
            draft: false,
        }
    }

    fn desk(&self, now: Time) -> Result<Desk, Refusal> {
        Desk::open(&self.at("project"), &policy().sensitive_tags(), now)
    }

    fn permit(&self, claim: Claim, now: Time) -> Result<Permit, Refusal> {
        self.desk(now)?.permit(claim, now)
    }

    /// Renders three batches an hour apart, beginning a day after the grant, and publishes what was sealed.
    fn render(&self, claim: Claim, during: impl Fn(usize, &mut Time)) -> Result<Statement, Refusal> {
        let mut now = NOW.plus(DAY_S);
        let permit = self.permit(claim, now)?;
        for batch in 0..3 {
            now = now.plus(3600);
            during(batch, &mut now);
            permit.still_holds(now)?;
        }
        during(3, &mut now);
        let statement = permit.seal(now)?;
        fs::create_dir_all(self.at("take")).unwrap();
        fs::copy(permit.recording(), self.at("take/beauty.1001.png")).unwrap();
        Ok(statement)
    }

    fn frames_published(&self) -> usize {
        fs::read_dir(self.at("take")).map_or(0, Iterator::count)
    }

    fn refuses(&self, rule: &str, claim: Claim, during: impl Fn(usize, &mut Time)) {
        let refusal = self.render(claim, during).map(|_| "published").unwrap_err();
        assert_eq!(refusal.rule, rule, "{refusal}");
        assert!(RULES.iter().any(|known| known.id == rule && refusal.hint == known.hint));
        assert_eq!(self.frames_published(), 0, "{rule}");
        if rule != "consent/log-tampered" {
            let log = Log::open(&self.at("project/consent")).unwrap();
            assert!(log.lines().any(|line| line.contains(&format!("\"{rule}\""))), "{rule} is in the log");
        }
    }
}

fn undisturbed(_: usize, _: &mut Time) {}

#[test]
fn a_grant_that_holds_is_rendered_and_says_nothing_about_the_person() {
    let Some(world) = World::granted() else { return };
    let statement = world.render(world.claim(), undisturbed).unwrap();
    assert_eq!(world.frames_published(), 1);
    let told = serde_json::to_string(&statement).unwrap();
    assert!(
        told.contains("\"subject\":\"person\"") && told.contains("not verified by the program"),
        "{told}"
    );
    assert!(!told.contains("Maya") && !told.contains("Ida"), "{told}");
    let log = Log::open(&world.at("project/consent")).unwrap();
    assert_eq!(statement.log, log.head());
}

#[test]
fn a_claim_beyond_the_grant_is_refused_and_nothing_is_published() {
    let Some(world) = World::granted() else { return };
    let shot = |name: &str, tag: &str| ClaimedShot { name: name.to_owned(), tags: vec![tag.to_owned()] };
    let base = world.claim();
    let cases = [
        ("consent/wrong-project", Claim { project: "Other film".to_owned(), ..base.clone() }),
        ("consent/wrong-scene", Claim { scene: "Bridge".to_owned(), ..base.clone() }),
        ("consent/wrong-shot", Claim { shots: vec![shot("010", ""), shot("030", "")], ..base.clone() }),
        ("consent/wrong-shot", Claim { shots: Vec::new(), ..base.clone() }),
        ("consent/no-use", Claim { uses: Vec::new(), ..base.clone() }),
        (
            "consent/wrong-use",
            Claim { uses: vec!["festival".to_owned(), "streaming".to_owned()], ..base.clone() },
        ),
        ("consent/wrong-use", Claim { uses: vec!["Advertising".to_owned()], ..base.clone() }),
        ("consent/wrong-tag", Claim { shots: vec![shot("010", "clowns")], ..base.clone() }),
        ("consent/wrong-tag", Claim { shots: vec![shot("010", "Violence")], ..base.clone() }),
        ("consent/speech", Claim { voice: true, ..base.clone() }),
        ("consent/speech", Claim { voice: true, lines: vec!["We are alone.".to_owned()], ..base.clone() }),
        ("consent/training", Claim { training: true, ..base.clone() }),
        ("consent/no-recording", Claim { recording: world.at("nobody.mp4"), ..base.clone() }),
        ("consent/no-grant", Claim { person: Person::Grant(world.at("nobody.grant")), ..base.clone() }),
        ("consent/no-reason", Claim { person: Person::NotReal("trust me".to_owned()), ..base.clone() }),
    ];
    for (rule, claim) in cases {
        world.refuses(rule, claim, undisturbed);
    }
    let lines = vec!["We are  not\nalone.".to_owned()];
    let allowed = Claim { voice: true, lines, shots: vec![shot("020", "smoking")], ..base };
    world.render(allowed, undisturbed).unwrap();
}

#[test]
fn what_changes_during_a_render_ends_it() {
    let Some(world) = World::granted() else { return };
    let saved = |path: &Path| fs::read(path).unwrap();
    let logs = ["log.jsonl", "log.head"].map(|name| world.at("project/consent").join(name));
    let before = logs.clone().map(|path| saved(&path));
    let disturb = |rule: &str, batch: usize, what: &dyn Fn(&mut Time), restore: &dyn Fn()| {
        world.refuses(rule, world.claim(), |at, now| {
            if at == batch {
                what(now);
            }
        });
        restore();
        // The log saw the end of this render; the next one begins before.
        logs.iter().zip(&before).for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    };
    let list = world.at("maya.revocations");
    let (grant, recording, fresh) =
        (saved(&world.at("maya.grant")), saved(&world.at("maya.png")), saved(&list));
    let replaced = |path: &Path| {
        fs::copy(path, path.with_extension("copy"))
            .and_then(|_| fs::rename(path.with_extension("copy"), path))
    };
    for batch in [0, 2, 3] {
        // The same content, but what was there in between?
        disturb("consent/swapped-recording", batch, &|_| replaced(&world.at("maya.png")).unwrap(), &|| {});
        let first_line = 1 + before[0].iter().position(|&byte| byte == b'\n').unwrap();
        disturb(
            "consent/log-tampered",
            batch,
            &|_| {
                fs::write(&logs[0], &before[0][..first_line]).unwrap();
                fs::remove_file(&logs[1]).unwrap();
            },
            &|| {},
        );
        disturb(
            "consent/swapped-recording",
            batch,
            &|_| fs::write(world.at("maya.png"), b"someone else").unwrap(),
            &|| {
                fs::write(world.at("maya.png"), &recording).unwrap();
            },
        );
        disturb(
            "consent/tampered",
            batch,
            &|_| fs::write(world.at("maya.grant"), b"nothing").unwrap(),
            &|| {
                fs::write(world.at("maya.grant"), &grant).unwrap();
            },
        );
        disturb("consent/list-missing", batch, &|_| fs::remove_file(&list).unwrap(), &|| {
            fs::write(&list, &fresh).unwrap();
        });
        disturb("consent/clock-set-back", batch, &|now| *now = Time(now.0 - 7200), &|| {});
    }
    disturb(
        "consent/revoked",
        2,
        &|now| {
            revoke(&[world.at("maya.signed")], &list, &world.at("person"), *now).map(drop).unwrap();
        },
        &|| {},
    );
}

#[test]
fn time_that_passes_during_a_render_counts() {
    for (rule, days) in [("consent/list-stale", 8), ("consent/expired", 31)] {
        let Some(world) = World::granted() else { return };
        let later = |batch: usize, now: &mut Time| {
            if batch == 1 {
                *now = now.plus(days * DAY_S);
            }
        };
        if rule == "consent/expired" {
            // A fresh list does not make an old grant young.
            let list = world.at("maya.revocations");
            revoke(&[], &list, &world.at("person"), NOW.plus(DAY_S)).unwrap();
        }
        world.refuses(rule, world.claim(), later);
    }
}

#[test]
fn a_clock_that_is_set_back_between_renders_is_noticed() {
    let Some(world) = World::granted() else { return };
    world.render(world.claim(), undisturbed).unwrap();
    let before = NOW.plus(DAY_S - 600);
    assert_eq!(world.permit(world.claim(), before).unwrap_err().rule, "consent/clock-set-back");
}
