//! Papers that must not be believed: changed, exchanged, replayed, rolled back.

use super::*;

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
    let refused = revoke(&[grant], &list, &world.at("stranger"), now).unwrap_err().to_string();
    assert!(refused.contains("consent/not-yours"), "{refused}");
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
        accept(&signed, &world.at(recording), &[], &attestation(), &out, &world.at(home), NOW.plus(180))
            .map(drop)
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
