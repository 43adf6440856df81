//! The whole of consent: asked for, granted, accepted, and everything that must not get past it.
//!
//! A small renderer stands for the real one: it asks for a permit, works in batches, and publishes only what was sealed. What
//! counts is how many frames are in its folder at the end.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests fail by panics and say what they skip")]

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
    policy::{Policy, UNDECLARED},
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
        let out = self.at("maya.grant");
        accept(&self.at("maya.signed"), &self.at("maya.png"), said, &out, &self.at("project"), NOW.plus(120))
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

#[test]
fn no_bit_of_a_grant_or_list_can_change() {
    let Some(world) = World::granted() else { return };
    let (desk, now) = (world.desk(NOW.plus(DAY_S)).unwrap(), NOW.plus(DAY_S));
    let grant = world.at("maya.grant");
    let verified = || desk.verify(&grant, None, now).map(drop).map_err(|refusal| refusal.rule);
    assert_eq!(verified(), Ok(()));
    for (path, rule) in
        [(grant.clone(), "consent/tampered"), (world.at("maya.revocations"), "consent/list-tampered")]
    {
        let bytes = fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            fs::write(&path, changed).unwrap();
            assert_eq!(verified(), Err(rule.to_owned()), "byte {at} of {}", path.display());
        }
        fs::write(&path, [&bytes[..], b"\0"].concat()).unwrap();
        assert_eq!(verified(), Err(rule.to_owned()), "a byte more");
        fs::write(&path, &bytes).unwrap();
    }
    assert_eq!(verified(), Ok(()));
}

#[test]
fn one_party_s_signature_does_not_stand_for_the_other_s() {
    let Some(world) = World::granted() else { return };
    // The person's half alone, and a list that somebody else signed.
    let (now, grant, list) = (NOW.plus(DAY_S), world.at("maya.grant"), world.at("maya.revocations"));
    let claim = Claim { person: Person::Grant(world.at("maya.signed")), ..world.claim() };
    assert_eq!(world.permit(claim, now).unwrap_err().rule, "consent/tampered");
    revoke(&[], &list, &world.at("stranger"), now).unwrap();
    assert_eq!(world.permit(world.claim(), now).unwrap_err().rule, "consent/list-tampered");
    // A stranger cannot take it back either.
    assert!(revoke(&[grant], &list, &world.at("stranger"), now).is_err());
}

#[test]
fn a_grant_is_good_only_where_its_project_key_is() {
    let Some(world) = World::granted() else { return };
    let now = NOW.plus(DAY_S);
    let desk = Desk::open(&world.at("another"), &policy().sensitive_tags(), now).unwrap();
    assert_eq!(desk.permit(world.claim(), now).unwrap_err().rule, "consent/wrong-project");
    // A machine that only renders has the public half.
    fs::create_dir_all(world.at("farm/keys")).unwrap();
    fs::copy(world.at("project/keys/project.did"), world.at("farm/keys/project.did")).unwrap();
    Desk::open(&world.at("farm"), &policy().sensitive_tags(), now)
        .unwrap()
        .permit(world.claim(), now)
        .unwrap();
}

#[test]
fn a_challenge_serves_one_recording_once_and_in_time() {
    let Some(world) = World::new() else { return };
    let rule = |result: Result<(), Error>| match result {
        Err(Error::Refused(refusal)) => refusal.rule,
        other => panic!("{other:?}"),
    };
    let late = grant(
        &world.asked.request,
        &world.at("maya.png"),
        &[],
        &world.at("late.signed"),
        &world.at("person"),
        NOW.plus(MINUTES * 60 + 1),
    );
    assert_eq!(rule(late.map(drop)), "consent/challenge-expired");
    world.grant().unwrap();
    let unsure = Attestation { digits_spoken: false, ..attestation() };
    assert_eq!(rule(world.accept(&unsure).map(drop)), "consent/not-attested");
    world.accept(&attestation()).unwrap();

    // The same challenge again, by another person with a recording of their own.
    let mut other = fs::read(world.at("maya.png")).unwrap();
    other.extend(b"someone else");
    fs::write(world.at("other.png"), other).unwrap();
    grant(
        &world.asked.request,
        &world.at("other.png"),
        &[],
        &world.at("other.signed"),
        &world.at("stranger"),
        NOW.plus(60),
    )
    .unwrap();
    let accept_as = |recording: &str, home: &str| {
        let (signed, out) = (world.at("other.signed"), world.at("other.grant"));
        accept(&signed, &world.at(recording), &attestation(), &out, &world.at(home), NOW.plus(180)).map(drop)
    };
    assert_eq!(rule(accept_as("maya.png", "project")), "consent/swapped-recording");
    assert_eq!(rule(accept_as("other.png", "project")), "consent/replayed");
    assert_eq!(rule(accept_as("other.png", "another")), "consent/wrong-project");
    assert!(!world.at("other.grant").exists());

    // And a second acceptance by a log that has forgotten the first: the first log refuses to render it.
    let forgotten = world.at("copy");
    fs::create_dir_all(forgotten.join("keys")).unwrap();
    fs::create_dir_all(forgotten.join("consent")).unwrap();
    for name in ["keys/project.pem", "keys/project.did"] {
        fs::copy(world.at("project").join(name), forgotten.join(name)).unwrap();
    }
    let log = fs::read_to_string(world.at("project/consent/log.jsonl")).unwrap();
    fs::write(forgotten.join("consent/log.jsonl"), format!("{}\n", log.lines().next().unwrap())).unwrap();
    accept_as("other.png", "copy").unwrap();
    let claim = Claim {
        person: Person::Grant(world.at("other.grant")),
        recording: world.at("other.png"),
        ..world.claim()
    };
    world.refuses("consent/replayed", claim, undisturbed);
}

#[test]
fn a_list_cannot_go_back_and_cannot_lose_entries() {
    let Some(world) = World::granted() else { return };
    let (list, now, person) = (world.at("maya.revocations"), NOW.plus(DAY_S), world.at("person"));
    let first = fs::read(&list).unwrap();
    revoke(&[], &list, &person, now).unwrap();
    world.permit(world.claim(), now).unwrap();
    fs::write(&list, &first).unwrap();
    assert_eq!(world.permit(world.claim(), now).unwrap_err().rule, "consent/list-rolled-back");
    // A list that forked from the first: the same number, other content.
    fs::write(person.join("consent/mine.revocations"), &first).unwrap();
    revoke(&[], &list, &person, now.plus(1)).unwrap();
    assert_eq!(world.permit(world.claim(), now.plus(1)).unwrap_err().rule, "consent/list-rolled-back");
    revoke(&[], &list, &person, now.plus(2)).unwrap();
    world.permit(world.claim(), now.plus(2)).unwrap();
    let issued = RevocationList::read(&list).unwrap();
    assert_eq!((issued.issue, issued.entries.len()), (3, 0));
    // From the future, and too old.
    revoke(&[], &list, &person, now.plus(DAY_S)).unwrap();
    assert_eq!(world.permit(world.claim(), now.plus(3)).unwrap_err().rule, "consent/list-from-future");
    let late = now.plus(DAY_S + FRESH_FOR_S);
    world.permit(world.claim(), late).unwrap();
    assert_eq!(world.permit(world.claim(), late.plus(1)).unwrap_err().rule, "consent/list-stale");
}

#[test]
fn a_revocation_stands_however_old_its_list_is() {
    let Some(world) = World::granted() else { return };
    revoke(&[world.at("maya.grant")], &world.at("maya.revocations"), &world.at("person"), NOW.plus(200))
        .unwrap();
    let refusal = world.permit(world.claim(), NOW.plus(20 * DAY_S)).unwrap_err();
    assert_eq!(refusal.rule, "consent/revoked");
    assert!(refusal.to_string().contains("Maya"), "{refusal}");
}

#[test]
fn a_person_who_wants_to_see_a_draft_first_is_asked() {
    let Some(world) = World::granted_with(Terms { draft_approval: true, ..terms() }) else { return };
    let now = NOW.plus(DAY_S);
    assert_eq!(world.permit(world.claim(), now).unwrap_err().rule, "consent/not-approved");
    world.permit(Claim { draft: true, ..world.claim() }, now).unwrap();
    approve(
        &world.at("maya.grant"),
        Hash::of(b"scene"),
        &world.at("maya.approval"),
        &world.at("person"),
        now,
    )
    .unwrap();
    world.permit(world.claim(), now).unwrap();
    let changed = Claim { scene_sha256: Hash::of(b"another scene"), ..world.claim() };
    assert_eq!(world.permit(changed, now).unwrap_err().rule, "consent/not-approved");
}

#[test]
fn terms_that_no_grant_can_hold_are_not_even_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let longer = Terms { valid_until: NOW.plus(3654 * DAY_S), ..terms() };
    let backwards = Terms { valid_until: Time(NOW.0 - 1), ..terms() };
    let hidden = Terms { subject_name: "Ma\u{202e}ya".to_owned(), ..terms() };
    let useless = Terms { uses_allowed: Vec::new(), ..terms() };
    for terms in [longer, backwards, hidden, useless] {
        assert!(
            ask(terms, MINUTES, &folder.path().join("a.request"), &folder.path().join("home"), NOW).is_err()
        );
        assert!(!folder.path().join("a.request").exists());
    }
}

#[test]
fn a_declared_person_goes_through_the_same_door() {
    let folder = tempfile::tempdir().unwrap();
    let recording = folder.path().join("plate.mov");
    fs::write(&recording, b"frames").unwrap();
    let claim = Claim {
        person: Person::NotReal("modelled and rendered by this program's demo".to_owned()),
        recording: recording.clone(),
        project: String::new(),
        scene: "Demo".to_owned(),
        scene_sha256: Hash::of(b"scene"),
        shots: vec![ClaimedShot { name: "010".to_owned(), tags: vec!["violence".to_owned()] }],
        uses: Vec::new(),
        voice: true,
        lines: Vec::new(),
        training: false,
        draft: false,
    };
    let desk = Desk::open(folder.path(), &policy().sensitive_tags(), NOW).unwrap();
    let permit = desk.permit(claim, NOW).unwrap();
    assert_eq!(permit.recording(), recording.canonicalize().unwrap());
    assert_eq!(permit.voice(), Some(permit.recording()));
    permit.still_holds(NOW.plus(60)).unwrap();
    let statement = permit.seal(NOW.plus(120)).unwrap();
    assert_eq!(statement.grant_sha256, None);
    assert!(statement.assurance.contains("this program's demo"), "{}", statement.assurance);
    fs::write(&recording, b"a real person").unwrap();
    assert_eq!(permit.still_holds(NOW.plus(180)).unwrap_err().rule, "consent/swapped-recording");
}

#[test]
fn a_log_proves_its_lines_and_that_it_only_grew() {
    let Some(world) = World::granted() else { return };
    let folder = world.at("project/consent");
    let early = world.permit(world.claim(), NOW.plus(DAY_S)).unwrap().statement().log;
    for day in 2..7 {
        world.permit(world.claim(), NOW.plus(day * DAY_S)).unwrap();
    }
    let log = Log::open(&folder).unwrap();
    assert!(log.grew_from(&early).is_ok());
    let lines: Vec<String> = log.lines().collect();
    for (index, line) in (0..).zip(&lines) {
        let proof = log.prove(index).unwrap();
        assert!(proof.holds() && proof.line == *line);
        let forged = Inclusion { line: line.replace("time", "tame"), ..proof.clone() };
        assert!(!forged.holds());
        assert!(!Inclusion { index: index + 1, ..proof }.holds());
    }
    assert_eq!(log.prove(lines.len() as u64), None);
    // RFC 6962, section 2.1, by hand: the tree of the first two lines.
    let node = |parts: &[&[u8]]| Hash::of(&parts.concat());
    let leaves = [0, 1].map(|line: usize| node(&[&[0], lines[line].as_bytes()]));
    assert!(
        log.grew_from(&maquette_provenance::consent::LogHead {
            size: 2,
            root: node(&[&[1], &leaves[0].0, &leaves[1].0])
        })
        .is_ok()
    );
    assert!(log.grew_from(&maquette_provenance::consent::LogHead { size: 2, root: leaves[0] }).is_err());
}

#[test]
fn a_log_that_was_changed_cut_or_taken_away_refuses_everything() {
    let Some(world) = World::granted() else { return };
    let path = world.at("project/consent/log.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    let refused = |content: Option<String>| {
        match content {
            Some(content) => fs::write(&path, content).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        let rule = world.desk(NOW.plus(DAY_S)).map(drop).unwrap_err().rule;
        fs::write(&path, &whole).unwrap();
        rule
    };
    let first = whole.lines().next().unwrap();
    for content in [
        None,
        Some(String::new()),
        Some(format!("{first}\n")),
        Some(whole.replace("1800000120", "1800000121")),
        Some(format!("{first}\n{whole}")),
        Some(format!("{whole}no line\n")),
    ] {
        assert_eq!(refused(content.clone()), "consent/log-tampered", "{content:?}");
    }
    // A line that a crash cut short was no decision.
    fs::write(&path, format!("{whole}{{\"time\":18000")).unwrap();
    world.desk(NOW.plus(DAY_S)).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), whole);
}

#[test]
fn the_slate_is_read_from_a_compressed_blurred_noisy_movie_and_from_no_other() {
    let Some(world) = World::new() else { return };
    let challenge = world.asked.signed.request.challenge;
    let movie = world.at("maya.mp4");
    // A second of noise, then the slate at 40 % of the width, tilted, blurred, and noisy, in H.264.
    let graph = "[1]scale=512:-1,rotate=0.12:c=gray:ow=rotw(0.12):oh=roth(0.12),gblur=0.8[s];\
                 [0][s]overlay=600:200:enable='gte(t,1)',noise=alls=12:allf=t";
    let slate = world.asked.slate.to_str().unwrap();
    let made = Command::new("ffmpeg")
        .args([
            "-loglevel",
            "error",
            "-f",
            "lavfi",
            "-i",
            "color=c=0x709070:s=1280x720:r=12:d=2",
            "-loop",
            "1",
            "-i",
            slate,
        ])
        .args(["-filter_complex", graph, "-t", "2", "-c:v", "libx264", "-preset", "ultrafast", "-crf", "28"])
        .arg(&movie)
        .status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: this ffmpeg does not write H.264");
        return;
    }
    let seen_s = find_slate(&movie, &challenge).unwrap().unwrap();
    assert!((1.0..1.6).contains(&seen_s), "{seen_s}");
    let other = ask(terms(), MINUTES, &world.at("other.request"), &world.at("project"), NOW).unwrap();
    assert_eq!(find_slate(&movie, &other.signed.request.challenge).unwrap(), None);
    let refused =
        grant(&other.request, &movie, &[], &world.at("x.signed"), &world.at("person"), NOW.plus(60));
    assert!(refused.unwrap_err().to_string().contains("does not show the slate"));
    assert!(!world.at("x.signed").exists() && !world.at("x.revocations").exists());
}

#[test]
fn further_recordings_and_numbered_pictures_are_covered_when_they_were_named() {
    let Some(world) = World::new() else { return };
    for number in 1..4 {
        fs::write(world.at(&format!("cut.{number:04}.png")), format!("picture {number}")).unwrap();
    }
    let pattern = world.at("cut.%04d.png");
    let (request, out) = (&world.asked.request, world.at("maya.signed"));
    grant(
        request,
        &world.at("maya.png"),
        std::slice::from_ref(&pattern),
        &out,
        &world.at("person"),
        NOW.plus(60),
    )
    .unwrap();
    world.accept(&attestation()).unwrap();
    let claim = Claim { recording: pattern, ..world.claim() };
    world.permit(claim.clone(), NOW.plus(DAY_S)).unwrap();
    fs::write(world.at("cut.0004.png"), "picture 4").unwrap();
    world.refuses("consent/swapped-recording", claim, undisturbed);
}

#[test]
fn the_exported_record_has_the_fields_of_ts_27560() {
    let Some(world) = World::granted() else { return };
    let record = consent_record(&AcceptedGrant::read(&world.at("maya.grant")).unwrap());
    for field in [
        "schema_version",
        "record_id",
        "pii_principal_id",
        "privacy_notice",
        "language",
        "purposes",
        "party_identification",
        "events",
    ] {
        assert!(!record[field].is_null(), "{field}");
    }
    let purpose = &record["purposes"][0];
    assert_eq!((&purpose["purpose"], &purpose["lawful_basis"]), (&"festival".into(), &"consent".into()));
    assert_eq!(record["events"][0]["event_time"], "2027-01-15T08:01:00Z");
}

#[test]
fn the_slate_of_equal_challenges_is_equal() {
    let Some(world) = World::new() else { return };
    let challenge = world.asked.signed.request.challenge;
    assert_eq!(slate_png(&challenge, "Corridor").unwrap(), fs::read(&world.asked.slate).unwrap());
}

#[test]
fn the_documentation_prints_the_table_of_rules() {
    let policy = policy();
    let mut rules: Vec<_> = RULES.iter().map(|rule| (rule.id, rule.refuses, rule.hint)).collect();
    rules.push((UNDECLARED.id, UNDECLARED.refuses, UNDECLARED.hint));
    rules.extend(policy.rules());
    let mut table = String::from("| rule | refuses when | what to do |\n|---|---|---|\n");
    for (id, refuses, hint) in rules {
        table += &format!("| `{id}` | {refuses} | {hint}. |\n");
    }
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/consent.md")).unwrap();
    assert!(page.contains(&table), "docs/consent.md should hold this table:\n\n{table}");
}
