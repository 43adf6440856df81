//! The terms in plain words, as the person reads them before signing.
//!
//! The text follows from the request alone. The person's own machine writes it again and compares, so nobody can be shown
//! kinder words than the ones that are signed.

use super::{
    Hash,
    grant::{Challenge, Speech, SubjectKind, Terms},
};

/// The text of a request; lines of at most 100 columns or so.
pub fn plain_text(terms: &Terms, challenge: &Challenge) -> String {
    let mut text = heading(terms);
    for (what, says) in [
        ("Scenes", only(terms.scenes.as_ref(), "every scene of this production")),
        ("Shots", only(terms.shots.as_ref(), "every shot of these scenes")),
        ("Allowed uses", terms.uses_allowed.join(", ")),
        ("Forbidden uses", or_none(&terms.uses_denied, "none beyond what is not allowed above")),
        ("Your voice", speech(&terms.speech)),
        ("Training of models", (if terms.training { "allowed" } else { "not allowed" }).to_owned()),
        ("Your approval", approval(terms.draft_approval).to_owned()),
        ("Valid", format!("from {} until {}", terms.valid_from, terms.valid_until)),
    ] {
        text += &format!("{what:<20}{says}\n");
    }
    text + &closing(challenge)
}

/// SHA-256 of the text in UTF-8, as a request names it.
pub(crate) fn text_hash(terms: &Terms, challenge: &Challenge) -> Hash {
    Hash::of(plain_text(terms, challenge).as_bytes())
}

fn heading(Terms { subject_name, subject_kind, project, .. }: &Terms) -> String {
    let subject = match subject_kind {
        SubjectKind::Person => format!(
            "{subject_name}, the production \"{project}\" asks to put a recording of you into generated scenes:\nyour \
             picture lit by and mixed with scenery that does not exist. You need not agree.\n\nSign only if you are of \
             age, it is you who is recorded, and nobody presses you."
        ),
        SubjectKind::Synthetic => format!(
            "{subject_name} is not a real person. The production \"{project}\" asks the maker of this performer to\nput \
             a recording of it into generated scenes.\n\nSign only if you made it, and it does not look or sound like a \
             real person."
        ),
    };
    format!("CONSENT TO A RECORDED APPEARANCE\n\n{subject}\n\nWhat you allow when you sign:\n\n")
}

fn only(names: Option<&Vec<String>>, all: &str) -> String {
    match names {
        Some(names) => format!("only {}", or_none(names, "none")),
        None => all.to_owned(),
    }
}

fn or_none(names: &[String], none: &str) -> String {
    if names.is_empty() { none.to_owned() } else { names.join(", ") }
}

fn speech(speech: &Speech) -> String {
    match speech {
        Speech::None => "may not be heard".to_owned(),
        Speech::Free => "may be heard, as recorded".to_owned(),
        Speech::Lines(lines) => format!(
            "may be heard with {} lines, word by word; you have been given them. Their fingerprints: {}",
            lines.len(),
            lines.iter().map(Hash::short).collect::<Vec<_>>().join(" ")
        ),
    }
}

fn approval(needed: bool) -> &'static str {
    if needed {
        "each scene is finished only after you have approved a draft"
    } else {
        "not asked for: a scene may be finished without showing you a draft"
    }
}

fn closing(challenge: &Challenge) -> String {
    format!(
        "\n\
         You can take this back at any time with `maquette consent revoke`. Programs that follow the rules\n\
         then render nothing more of you. It cannot bring back films that are already out, and nobody can\n\
         stop a changed program on somebody else's machine: see docs/consent.md.\n\n\
         Your signature does not say your name's spelling is true or who you are; it says that the holder\n\
         of your key agreed. Keep the key file: without it you cannot take anything back.\n\n\
         In the recording, show the slate to the camera for three seconds and say these digits: {}\n\
         Record and sign before {}.\n",
        challenge.digits(),
        challenge.until
    )
}
