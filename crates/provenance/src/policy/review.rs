//! A scene's people, tags and texts against a policy: every refusal, not only the first.

use std::ops::Range;

use super::{
    Policy,
    rules::{TagRule, TextRule, When},
    words::{Word, find, words},
};
use crate::consent::{Refusal, Rule, among};

/// A recorded person without a word about who it is.
pub const UNDECLARED: Rule = Rule {
    id: "policy/undeclared-person",
    refuses: "a plate of a person, a recorded voice or a picture to take after without a grant or a declaration",
    hint: "Write person: Grant(\"maya.grant\"), or person: NotReal(\"made by … with …\")",
};

/// What a scene shows and says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reviewed {
    /// Where a text stands (`shot 010, prompt`; `model weights.safetensors, title`) and what it says.
    pub texts: Vec<(String, String)>,
    /// Every shot.
    pub shots: Vec<ReviewedShot>,
    /// Every recorded person: plates and voices.
    pub people: Vec<ReviewedPerson>,
}

/// A shot.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewedShot {
    /// Its name.
    pub name: String,
    /// What happens in it.
    pub tags: Vec<String>,
    /// Whether a recorded person may be seen or heard in it.
    pub has_person: bool,
}

/// A recorded person.
#[derive(Clone, Debug, PartialEq)]
pub struct ReviewedPerson {
    /// Where: `actor MAYA`, `sound line 1`.
    pub place: String,
    /// Whether the scene names a grant or declares that it is nobody.
    pub declared: bool,
}

/// Everything a policy refuses in a scene, in the order people, shots, texts.
pub fn review(policy: &Policy, scene: &Reviewed) -> Vec<Refusal> {
    let undeclared = scene.people.iter().filter(|person| !person.declared);
    let mut refusals: Vec<Refusal> = undeclared
        .map(|person| UNDECLARED.refusal(format!("{} does not say who it is", person.place)))
        .collect();
    let has_person = !scene.people.is_empty();
    for file in &policy.files {
        for shot in scene.shots.iter().filter(|shot| shot.has_person) {
            refusals.extend(file.denied_tags.iter().filter_map(|rule| rule.refuse(shot)));
        }
        for (place, text) in &scene.texts {
            let words = words(text);
            let rules = file.text_rules.iter().filter(|rule| has_person || rule.when == When::Always);
            let found = rules.filter_map(|rule| rule.refuse(place, &words));
            refusals.extend(found);
        }
    }
    refusals
}

impl TagRule {
    fn refuse(&self, shot: &ReviewedShot) -> Option<Refusal> {
        let is_meant = |tag: &&String| {
            let words = words(tag);
            among(&self.tags, tag) || self.tags.iter().any(|denied| !find(&words, denied).is_empty())
        };
        let tag = shot.tags.iter().find(is_meant)?;
        let what = format!("shot \"{}\" has the tag \"{tag}\": {}", shot.name, self.refuses);
        Some(Refusal { rule: self.id.clone(), what, hint: self.hint.clone() })
    }
}

impl TextRule {
    fn refuse(&self, place: &str, words: &[Word]) -> Option<Refusal> {
        let phrases = self.found(words)?.join("\" and \"");
        let what = format!("{place} has \"{phrases}\": {}", self.refuses);
        Some(Refusal { rule: self.id.clone(), what, hint: self.hint.clone() })
    }

    /// One phrase of each group, near each other.
    fn found(&self, words: &[Word]) -> Option<Vec<&str>> {
        let harmless: Vec<Range<usize>> =
            self.harmless.iter().flat_map(|phrase| find(words, phrase)).collect();
        let inside =
            |range: &Range<usize>| harmless.iter().any(|h| h.start <= range.start && range.end <= h.end);
        let groups: Vec<Vec<(&str, Range<usize>)>> = self
            .groups
            .iter()
            .map(|group| {
                let places = group
                    .iter()
                    .flat_map(|phrase| find(words, phrase).into_iter().map(|at| (phrase.as_str(), at)));
                places.filter(|(_, at)| !inside(at)).collect()
            })
            .collect();
        let near =
            |a: &Range<usize>, b: &Range<usize>| self.near == 0 || a.start.abs_diff(b.start) <= self.near;
        groups.first()?.iter().find_map(|(phrase, at)| {
            let rest = groups[1..]
                .iter()
                .map(|group| group.iter().find(|(_, other)| near(at, other)).map(|hit| hit.0));
            std::iter::once(Some(*phrase)).chain(rest).collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scene(text: &str, tags: &[&str], has_person: bool) -> Reviewed {
        let person = ReviewedPerson { place: "actor MAYA".to_owned(), declared: true };
        Reviewed {
            texts: vec![("shot 010, prompt".to_owned(), text.to_owned())],
            shots: vec![ReviewedShot {
                name: "010".to_owned(),
                tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
                has_person,
            }],
            people: if has_person { vec![person] } else { Vec::new() },
        }
    }

    fn ids(scene: &Reviewed) -> Vec<String> {
        review(&Policy::built_in().unwrap(), scene).into_iter().map(|refusal| refusal.rule).collect()
    }

    #[test]
    fn a_recorded_person_must_be_declared() {
        let mut scene = scene("a street", &[], true);
        assert!(ids(&scene).is_empty());
        scene.people[0].declared = false;
        assert_eq!(ids(&scene), ["policy/undeclared-person"]);
    }

    #[test]
    fn some_tags_are_denied_to_shots_with_a_person_and_to_no_others() {
        for tag in
            ["sexual", "Child-Performer", "IMPERSONATION", "sex scene", "s3xual content", "Underage_dancer"]
        {
            assert_eq!(ids(&scene("", &[tag], true)).len(), 1, "{tag}");
            assert!(ids(&scene("", &[tag], false)).is_empty(), "{tag}");
        }
        assert!(ids(&scene("", &["violence", "dialogue"], true)).is_empty());
    }

    #[test]
    fn a_harmless_phrase_covers_its_own_words_only() {
        assert!(ids(&scene("invisible to the naked eye", &[], true)).is_empty());
        assert_eq!(ids(&scene("to the naked eye she is naked", &[], true)), ["policy/sexual-content"]);
    }

    #[test]
    fn two_groups_must_be_near_each_other() {
        let filler = "and then the camera moves on over the roofs of the old town towards the harbour where ships lie ";
        assert!(ids(&scene(&format!("A kid waves, {filler} a sexy car"), &[], false)).is_empty());
        assert_eq!(ids(&scene("a sexy kid", &[], false)), ["policy/minors"]);
    }

    #[test]
    fn every_refusal_is_told_with_its_place() {
        let mut scene = scene("a nude", &["sexual"], true);
        scene.texts.push(("sign".to_owned(), "porn".to_owned()));
        let told: Vec<String> =
            review(&Policy::built_in().unwrap(), &scene).iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 3);
        assert!(told[1].contains("shot 010, prompt has \"nude\""), "{}", told[1]);
        assert!(told[2].contains("sign has \"porn*\""), "{}", told[2]);
    }
}
