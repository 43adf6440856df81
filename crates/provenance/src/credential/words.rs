//! What was found out about a file, in words for people.

use super::{ConsentNote, Examined, InputSeen, MarkNote, Medium, SignedBy, Subject, Timestamp, Verdict};

/// A mark that a detector found.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Sighting {
    /// Where.
    pub medium: Medium,
    /// The number it carries. None where so little of the mark is left that the number may have been read wrong.
    pub id: Option<u32>,
    /// The number that fits best what is left.
    pub likely_id: u32,
    /// How sure the detector is, 0 to 1.
    pub confidence: f64,
}

impl std::fmt::Display for Sighting {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let confidence = percent(self.confidence);
        match self.id {
            Some(id) => write!(formatter, "{}, confidence {confidence}", mark_name(self.medium, id)),
            None => write!(
                formatter,
                "a mark in {}, confidence {confidence}; too little of it is left to read its number for sure, \
                 {:08x} is likeliest",
                place(self.medium),
                self.likely_id
            ),
        }
    }
}

impl Sighting {
    /// Whether it is this mark: even a number that is only likely is no chance where a statement says the same.
    fn is_of(&self, mark: &MarkNote) -> bool {
        (self.medium, self.likely_id) == (mark.medium, mark.id)
    }

    fn is_unsure_of(&self, medium: Medium) -> bool {
        self.medium == medium && self.id.is_none()
    }
}

impl Examined {
    /// One sentence: whether the file is as it was signed, and by whom.
    #[must_use]
    pub fn headline(&self) -> String {
        let file = self.file.display();
        match (&self.verdict, &self.signed_by) {
            (Verdict::Untouched, Some(signer)) => format!("{file}: untouched, signed by {}", signer.name()),
            (Verdict::Untouched, None) => format!("{file}: untouched"),
            (Verdict::Invalid { findings }, _) => format!("{file}: NOT VALID: {}", findings.join("; ")),
            (Verdict::NoCredential { searched }, _) => format!("{file}: NO CREDENTIAL: {searched}"),
        }
    }

    /// The whole story, a line a subject: the headline, what made it, who signed it, who is in it, marks, permissions,
    /// inputs. `sightings` are what a detector found; none where nobody looked.
    #[must_use]
    pub fn story(&self, sightings: Option<&[Sighting]>) -> String {
        let mut lines = vec![self.headline()];
        if matches!(self.verdict, Verdict::Invalid { .. }) && self.made_by.is_some() {
            lines.push("  What it says of itself can therefore not be relied on:".to_owned());
        }
        let mut line = |about: &str, text: String| lines.push(format!("  {about:<10} {text}"));
        if let Some(title) = self.title.as_ref().filter(|title| !title.is_empty()) {
            line("title", title.clone());
        }
        if let Some(program) = &self.made_by {
            line(
                "made by",
                format!("{program}{}", source_words(self.source_type.as_deref(), !self.people.is_empty())),
            );
        }
        if let Some(signer) = &self.signed_by {
            line("signed by", signer.story(self.signed_at.as_ref()));
        }
        if self.making.is_some() {
            self.people.iter().for_each(|person| line("person", person_words(person)));
            if self.people_unread {
                line("person", "what it says of people cannot be read by this version".to_owned());
            } else if self.people.is_empty() {
                line("person", "nobody recorded is in it".to_owned());
            }
            if self.making.as_ref().is_some_and(|making| making.settings.get("draft") == Some(&true.into())) {
                line("draft", "not for delivery: made for those who are in it to see first".to_owned());
            }
        }
        mark_words(&self.marks, sightings).into_iter().for_each(|text| line("mark", text));
        if let Some(allowed) = self.training_allowed {
            line("training", if allowed { "allowed" } else { "not allowed" }.to_owned());
        }
        self.inputs.iter().for_each(|input| line("input", input_words(input)));
        lines.join("\n")
    }
}

impl SignedBy {
    fn name(&self) -> String {
        match self {
            Self::ThisInstallation { .. } => "this installation".to_owned(),
            Self::Trusted { name } => name.clone(),
            Self::Unknown { name } => format!("\"{name}\", for whom nobody known vouches"),
        }
    }

    fn story(&self, signed_at: Option<&Timestamp>) -> String {
        let who = match self {
            Self::ThisInstallation { name } => format!("this installation ({name})"),
            Self::Trusted { name } => format!("{name}, for whom your trust list vouches"),
            Self::Unknown { name } => {
                format!(
                    "\"{name}\": the signature is valid, the signer unknown; anyone could have chosen that name"
                )
            }
        };
        let when = match signed_at {
            None => ", no timestamp".to_owned(),
            Some(Timestamp { time, trusted: true }) => format!(", timestamp {time}"),
            Some(Timestamp { time, trusted: false }) => {
                format!(", timestamp {time} by an authority for which nobody known vouches")
            }
        };
        who + &when
    }
}

fn source_words(source_type: Option<&str>, has_people: bool) -> String {
    let words = match source_type {
        Some("trainedAlgorithmicMedia") => "generated by a trained network from a scene",
        Some("compositeWithTrainedAlgorithmicMedia") => {
            "a recorded person in a scene generated by a trained network"
        }
        Some("compositeSynthetic") if has_people => {
            "a recorded person in what was computed from a scene, no trained network"
        }
        Some("compositeSynthetic") => "computed from a scene, no trained network",
        Some("digitalCapture") => "captured by a camera",
        Some(other) => return format!(": {other}"),
        None => return String::new(),
    };
    format!(": {words}")
}

fn person_words(person: &ConsentNote) -> String {
    let grant = person.grant.as_ref().map_or("no grant".to_owned(), |hash| format!("grant {hash}"));
    match person.subject {
        Subject::DeclaredNotReal => {
            let reason = person.declared.as_deref().unwrap_or("no reason given");
            format!("declared not to be a real one: {reason}")
        }
        Subject::Person => format!("a real one, with consent ({grant}){}", terms(person)),
        Subject::Synthetic => format!("a made-up one ({grant}){}", terms(person)),
    }
}

fn terms(person: &ConsentNote) -> String {
    let uses = (!person.uses.is_empty()).then(|| format!("for {}", person.uses.join(", ")));
    let terms = uses.into_iter().chain(person.attested.iter().cloned());
    terms.map(|term| format!("; {term}")).collect()
}

/// A line a mark: those stated, whether found or not, then those found that nobody stated.
fn mark_words(stated: &[MarkNote], sightings: Option<&[Sighting]>) -> Vec<String> {
    let mut words: Vec<String> = stated
        .iter()
        .map(|mark| {
            let seen = sightings.map(|seen| seen.iter().find(|seen| seen.is_of(mark)));
            let whether = match seen {
                None => "stated, not looked for".to_owned(),
                Some(None) if mark.medium == Medium::Sound => {
                    "stated, not found; a few seconds, or little to hear, are not enough to find one in"
                        .to_owned()
                }
                Some(None)
                    if sightings.is_some_and(|seen| seen.iter().any(|s| s.is_unsure_of(mark.medium))) =>
                {
                    "stated; a mark is there, with too little left of it to tell whether it is this one"
                        .to_owned()
                }
                Some(None) => "stated, NOT FOUND".to_owned(),
                Some(Some(found)) => format!("stated and found, confidence {}", percent(found.confidence)),
            };
            format!("{}: {whether}", mark_name(mark.medium, mark.id))
        })
        .collect();
    let more = sightings.unwrap_or_default().iter();
    let more = more.filter(|seen| !stated.iter().any(|mark| seen.is_of(mark)));
    words.extend(more.map(|sighting| format!("{sighting}; no credential states it")));
    if words.is_empty() && sightings.is_some() {
        words.push("none found".to_owned());
    }
    words
}

fn mark_name(medium: Medium, id: u32) -> String {
    format!("{id:08x} in {}", place(medium))
}

fn place(medium: Medium) -> &'static str {
    match medium {
        Medium::Picture => "the picture",
        Medium::Sound => "the sound",
    }
}

/// Rounded down to what may be claimed: 100 % is never said.
fn percent(confidence: f64) -> String {
    format!("{:.4} %", (confidence.clamp(0.0, 1.0) * 1e6).floor().min(999_999.0) / 1e4)
}

fn input_words(input: &InputSeen) -> String {
    let maker = input.made_by.as_deref().unwrap_or("an unnamed program");
    let signer = input.signed_by.as_deref().unwrap_or("nobody");
    format!("{}, by {maker}, signed by {signer}", input.used_as)
}
