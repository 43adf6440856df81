//! Terms, declarations, the log, the slate, and what is written down of them.

use super::*;

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
    assert!(refused.unwrap_err().to_string().contains("consent/no-slate"));
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
    // Nobody can have watched what is not there.
    let refused = world.accept(&attestation()).unwrap_err().to_string();
    assert!(refused.contains("consent/swapped-recording"), "{refused}");
    world.accept_with(std::slice::from_ref(&pattern), &attestation()).unwrap();
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
    rules.extend([UNDECLARED, NOT_SIGNED].map(|rule| (rule.id, rule.refuses, rule.hint)));
    rules.extend(policy.rules());
    let mut table = String::from("| rule | refuses when | what to do |\n|---|---|---|\n");
    for (id, refuses, hint) in rules {
        table += &format!("| `{id}` | {refuses} | {hint}. |\n");
    }
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/consent.md")).unwrap();
    assert!(page.contains(&table), "docs/consent.md should hold this table:\n\n{table}");
}
