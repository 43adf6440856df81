//! `maquette consent`: the steps from asking a person to rendering them, and back.

mod arguments;

use std::{
    io::{IsTerminal, Write, stderr, stdin},
    path::{Path, PathBuf},
    process::ExitCode,
};

use maquette_provenance::{
    consent::{
        AcceptedGrant, Asked, Attestation, DAY_S, Desk, Did, Error, Log, RevocationList, Role, SignedGrant,
        SignedRequest, Speech, SubjectKind, Terms, Time, accept, approve, ask, consent_record, grant,
        line_hash, load_key, plain_text, revoke, scene_hash, text_of,
    },
    policy::{Policy, sign_policy},
};

pub(crate) use arguments::ConsentArguments;
use arguments::{
    AcceptArguments, ApproveArguments, LogArguments, PolicyArguments, RefreshArguments, RequestArguments,
    RevokeArguments, ShowArguments, ShowFormat, SignArguments, Step, VerifyArguments, VoiceArgument,
};

use crate::{
    check::load_or_show,
    console::{FAILED, NEEDS_CHANGE, complain, print},
};

pub(crate) fn run(arguments: &ConsentArguments) -> ExitCode {
    let Some(home) = maquette_provenance::home::data_folder() else {
        complain("there is no place for keys: set the environment variable MAQUETTE_HOME to a folder");
        return ExitCode::from(NEEDS_CHANGE);
    };
    let now = Time::now();
    let done = match &arguments.step {
        Step::Request(arguments) => request(arguments, &home, now),
        Step::Sign(arguments) => return sign(arguments, &home, now),
        Step::Accept(arguments) => accepted(arguments, &home, now),
        Step::Approve(arguments) => return approved(arguments, &home, now),
        Step::Show(arguments) => show(arguments),
        Step::Verify(arguments) => verify(arguments, &home, now),
        Step::Revoke(RevokeArguments { grants, out }) => {
            let out = out.clone().unwrap_or_else(|| grants[0].with_extension("revocations"));
            revoked(grants, &out, &home, now)
        }
        Step::Refresh(RefreshArguments { out }) => revoked(&[], out, &home, now),
        Step::Log(arguments) => log(arguments, &home),
        Step::Key => key(&home),
        Step::Policy(arguments) => policy(arguments, &home),
    };
    done.map_or_else(|error| ended(&error), |()| ExitCode::SUCCESS)
}

/// A refusal is something to change; the rest failed on the way.
fn ended(error: &Error) -> ExitCode {
    complain(&error.to_string());
    match error {
        Error::Refused(_) | Error::Invalid { .. } => ExitCode::from(NEEDS_CHANGE),
        _ => ExitCode::from(FAILED),
    }
}

fn line(what: &str, path: &Path) {
    print(&format!("{what:<14}{}", path.display()));
}

fn request(arguments: &RequestArguments, home: &Path, now: Time) -> Result<(), Error> {
    let Asked { request, text, slate, signed } =
        ask(terms(arguments, now), arguments.minutes, &arguments.request, home, now)?;
    line("request", &request);
    line("text", &text);
    line("slate", &slate);
    let challenge = signed.request.challenge;
    print(&format!(
        "{} records with the slate, saying {}, and signs before {}:\n    maquette consent sign {} RECORDING",
        arguments.name,
        challenge.digits(),
        challenge.until,
        request.display()
    ));
    Ok(())
}

fn terms(arguments: &RequestArguments, now: Time) -> Terms {
    let RequestArguments { name, project, uses, denied, scenes, shots, lines, voice, .. } = arguments;
    Terms {
        subject_name: name.clone(),
        subject_kind: if arguments.synthetic { SubjectKind::Synthetic } else { SubjectKind::Person },
        project: project.clone(),
        scenes: (!arguments.all_scenes).then(|| scenes.clone()),
        shots: (!arguments.all_shots).then(|| shots.clone()),
        uses_allowed: uses.clone(),
        uses_denied: denied.clone(),
        speech: match voice {
            _ if !lines.is_empty() => Speech::Lines(lines.iter().map(|line| line_hash(line)).collect()),
            VoiceArgument::None => Speech::None,
            VoiceArgument::Free => Speech::Free,
        },
        training: arguments.training,
        draft_approval: arguments.draft_approval,
        valid_from: arguments.from.unwrap_or(now),
        // The last day counts as a whole.
        valid_until: arguments.until.plus(DAY_S - 1),
    }
}

fn sign(arguments: &SignArguments, home: &Path, now: Time) -> ExitCode {
    match agreed(arguments) {
        Ok(true) => {}
        Ok(false) => {
            complain("nothing was signed");
            return ExitCode::from(NEEDS_CHANGE);
        }
        Err(error) => return ended(&error),
    }
    let SignArguments { request, recording, also, .. } = arguments;
    let out = arguments.out.clone().unwrap_or_else(|| request.with_extension("signed"));
    match grant(request, recording, also, &out, home, now) {
        Ok(_) => {
            line("signed", &out);
            line("revocations", &out.with_extension("revocations"));
            print(&format!(
                "Give both files and the recording to the production. Keep {}: with it you can take this back.",
                Role::Subject.key_path(home).display()
            ));
            ExitCode::SUCCESS
        }
        Err(error) => ended(&error),
    }
}

/// Shows the text and asks; without a terminal nobody can answer, and no is the answer.
fn agreed(arguments: &SignArguments) -> Result<bool, Error> {
    print(&text_of(&arguments.request, &SignedRequest::read(&arguments.request)?)?);
    for also in &arguments.also {
        print(&format!("It also covers {}.", also.display()));
    }
    if arguments.agree {
        return Ok(true);
    }
    if !stdin().is_terminal() {
        complain("there is nobody to ask here: --agree signs without asking");
        return Ok(false);
    }
    let _ = write!(stderr(), "Do you agree to all of this? [y/N] ");
    let mut answer = String::new();
    let _ = stdin().read_line(&mut answer);
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

fn accepted(arguments: &AcceptArguments, home: &Path, now: Time) -> Result<(), Error> {
    let AcceptArguments { signed, recording, also, operator, face_matches, digits_spoken, out } = arguments;
    let out = out.clone().unwrap_or_else(|| signed.with_extension("grant"));
    let attestation = Attestation {
        operator: operator.clone(),
        face_matches: *face_matches,
        digits_spoken: *digits_spoken,
    };
    accept(signed, recording, also, &attestation, &out, home, now)?;
    line("grant", &out);
    print(&format!(
        "Keep {} beside it, and ask for a new one before it is seven days old.",
        out.with_extension("revocations").display()
    ));
    Ok(())
}

fn approved(arguments: &ApproveArguments, home: &Path, now: Time) -> ExitCode {
    let ApproveArguments { grant, scene, out } = arguments;
    let scene = match load_or_show(scene) {
        Ok(scene) => scene,
        Err(code) => return code,
    };
    let out = out.clone().unwrap_or_else(|| grant.with_extension("approval"));
    match scene_hash(&scene.contents()).and_then(|scene| approve(grant, scene, &out, home, now)) {
        Ok(()) => {
            line("approval", &out);
            ExitCode::SUCCESS
        }
        Err(error) => ended(&error),
    }
}

fn show(ShowArguments { file, format }: &ShowArguments) -> Result<(), Error> {
    if *format == ShowFormat::Json {
        print(&format!("{:#}", consent_record(&AcceptedGrant::read(file)?)));
        return Ok(());
    }
    if let Ok(list) = RevocationList::read(file) {
        show_list(&list);
    } else if let Ok(granted) = AcceptedGrant::read(file) {
        show_grant(&granted.signed);
        let said = &granted.acceptance;
        let word = |yes: bool| if yes { "yes" } else { "no" };
        print(&format!(
            "accepted            {}, key {}\nattested            by operator {}, not verified by this program: face matches: {}, \
             digits spoken: {}",
            said.accepted_at,
            granted.signed.request.project_key,
            said.operator,
            word(said.face_matches),
            word(said.digits_spoken)
        ));
    } else if let Ok(signed) = SignedGrant::read(file) {
        show_grant(&signed);
        print("accepted            not yet");
    } else {
        print(&text_of(file, &SignedRequest::read(file)?)?);
    }
    Ok(())
}

fn show_grant(signed: &SignedGrant) {
    print(&plain_text(&signed.request.terms, &signed.request.challenge));
    let grant = &signed.grant;
    print(&format!(
        "grant               {}\nrecording           {}\nsigned              {}, key {}",
        signed.id(),
        grant.recording,
        grant.signed_at,
        grant.subject_key
    ));
    for also in &grant.also {
        print(&format!("also covers         {also}"));
    }
}

fn show_list(list: &RevocationList) {
    print(&format!("revocation list {} of {}, signed {}", list.issue, list.subject_key, list.issued_at));
    for entry in &list.entries {
        print(&format!("{:>4}  {}  grant {}", entry.number, entry.at, entry.grant));
    }
    if list.entries.is_empty() {
        print("nothing is taken back");
    }
}

fn verify(
    VerifyArguments { grant, recording }: &VerifyArguments,
    home: &Path,
    now: Time,
) -> Result<(), Error> {
    let granted = Desk::open(home, &[], now)?.verify(grant, recording.as_deref(), now)?;
    let terms = &granted.signed.request.terms;
    print(&format!(
        "{}: holds at {now}. {} for \"{}\", until {}.",
        grant.display(),
        terms.subject_name,
        terms.project,
        terms.valid_until
    ));
    if recording.is_none() {
        print("The recording was not compared: name it with --recording.");
    }
    Ok(())
}

fn revoked(grants: &[PathBuf], out: &Path, home: &Path, now: Time) -> Result<(), Error> {
    let list = revoke(grants, out, home, now)?;
    line("revocations", out);
    show_list(&list);
    print("Give this file to every production that has a grant of yours.");
    Ok(())
}

fn log(arguments: &LogArguments, home: &Path) -> Result<(), Error> {
    let folder = home.join("consent");
    let log = Log::open(&folder)?;
    if let Some(index) = arguments.prove {
        let what = format!("has {} lines, none with number {index}", log.head().size);
        let invalid = Error::Invalid { path: folder, what, hint: "Lines count from 0" };
        let proof = log.prove(index).ok_or(invalid)?;
        let json = serde_json::to_string_pretty(&proof).unwrap_or_default();
        print(&json);
        return Ok(());
    }
    if let Some(earlier) = &arguments.since {
        log.grew_from(earlier)?;
        print(&format!(
            "The log continues the one with {} lines: nothing changed, nothing gone.",
            earlier.size
        ));
    }
    let head = log.head();
    print(&format!("{} lines, latest {}\nhead {}:{}", head.size, log.latest(), head.size, head.root));
    Ok(())
}

fn key(home: &Path) -> Result<(), Error> {
    for (what, role) in [("project", Role::Project), ("subject", Role::Subject)] {
        let did = Did::of(&role.key(home)?);
        print(&format!("{what:<14}{did}\n{:<14}{}", "", role.key_path(home).display()));
    }
    Ok(())
}

fn policy(arguments: &PolicyArguments, home: &Path) -> Result<(), Error> {
    let Some(file) = &arguments.file else {
        let policy = Policy::of_home(home)?;
        print(&format!("{}, sha256 {}", policy.names().join(" and "), policy.sha256()));
        for (id, refuses, _) in policy.rules() {
            print(&format!("{id:<26}{refuses}"));
        }
        return Ok(());
    };
    let key = arguments.key.as_ref().map_or_else(|| Role::Project.key(home), |path| load_key(path))?;
    sign_policy(file, &key)?;
    print(&format!("signed by {}; in force as {}", Did::of(&key), home.join("policy.ron").display()));
    Ok(())
}
