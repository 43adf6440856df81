//! The policy on whole scenes in pairs: news, medicine and drama that must pass, each beside one that must not.

use std::{collections::BTreeSet, fs, path::Path};

use maquette_provenance::policy::{Policy, review};

use super::reviewed;
use policy_pairs::{Pairs, pairs};

#[path = "../../../provenance/tests/policy_pairs/mod.rs"]
mod policy_pairs;

/// Where a scene can say something.
const PLACES: [&str; 4] = ["title", "prompt", "read", "played"];

/// A recorded person on a set, with `text` at one of the places and the topic among the shot's tags.
fn scene(topic: &str, place: &str, text: &str) -> String {
    let said = |here: &str, otherwise: &str| {
        let text = if place == here { text } else { otherwise };
        text.replace('\\', "\\\\").replace('"', "\\\"")
    };
    format!(
        r#"#![enable(implicit_some)]
(
    title: "{title}",
    uses: ["festival"],
    set: [
        (name: "floor", shape: Plane(size_m: (6.0, 6.0))),
        (name: "desk", shape: Box(size_m: (1.6, 0.75, 0.7)), at_m: (0.0, 0.375, -2.4), material: "oak planks"),
    ],
    lights: [(name: "key", kind: Rect(size_m: (1.0, 1.0)), output: (lumen: 3000.0, kelvin: 5000.0), at_m: (1.5, 2.6, 0.0), turn_deg: (pitch: -60.0))],
    actors: [
        (name: "MAYA", form: Cameo(plate: "maya.mp4", person: NotReal("a test"), height_m: 1.7, says: ["{played}"]), marks: [(t_s: 0.0, at_m: (0.0, 0.0, -2.0))]),
    ],
    sounds: [(name: "voice", speech: (text: "{read}"), on: Actor("MAYA"), level_db_spl_1m: 62.0)],
    shots: [(name: "010", length_s: 1.0, tags: ["{topic}"],
        look: (generator: WanVace, prompt: "{prompt}"),
        camera: (focal_length_mm: 35.0, exposure: Ev100(6.0), keys: [(t_s: 0.0, at_m: (0.0, 1.4, 1.5), aim: On("MAYA"))]))],
)
"#,
        title = said("title", "A day at work"),
        prompt = said("prompt", "soft daylight, 35 mm"),
        read = said("read", "Good evening."),
        played = said("played", "Good evening."),
    )
}

/// Rules that refuse a scene.
fn refused(policy: &Policy, folder: &Path, source: &str) -> Vec<String> {
    let file = folder.join("scene.ron");
    fs::write(&file, source).unwrap();
    let loaded = maquette_scene::load(&file).unwrap_or_else(|report| panic!("{report:?}\n{source}"));
    let refusals = review(policy, &reviewed(&loaded, &BTreeSet::from(["010"])));
    refusals.into_iter().map(|refusal| refusal.rule).collect()
}

#[test]
fn error_rates_on_allowed_and_denied_scenes_stay_within_limits() {
    let Pairs { seen, unseen } = pairs();
    let (policy, folder) = (Policy::built_in().unwrap(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("maya.mp4"), "no plate is opened").unwrap();
    for (name, pairs, most_refused, most_missed) in
        [("seen", &seen, 0.0, 0.0), ("unseen", &unseen, 0.15, 0.35)]
    {
        let (mut wrongly_refused, mut missed, mut count) = (0, 0, 0);
        for (pair, place) in pairs.iter().flat_map(|pair| PLACES.map(|place| (pair, place))) {
            let rules = |text| refused(&policy, folder.path(), &scene(&pair.topic, place, text));
            wrongly_refused += usize::from(!rules(&pair.allowed).is_empty());
            missed += usize::from(!rules(&pair.denied).contains(&pair.rule));
            count += 1;
        }
        let [refused, missed] = [wrongly_refused, missed].map(|errors| errors as f64 / f64::from(count));
        println!(
            "{name}: {count} pairs of scenes, wrongly refused {refused:.3}, wrongly allowed {missed:.3}"
        );
        assert!(refused <= most_refused && missed <= most_missed, "{name}");
    }
}

#[test]
fn a_recording_at_a_mouth_is_a_voice_whatever_its_stem() {
    let (policy, folder) = (Policy::built_in().unwrap(), tempfile::tempdir().unwrap());
    for file in ["maya.mp4", "line.wav"] {
        fs::write(folder.path().join(file), "nothing is opened").unwrap();
    }
    let rules = |sound: &str| {
        let source = scene("drama", "read", "")
            .replace(r#"speech: (text: "")"#, &format!(r#"clip: "line.wav"{sound}"#));
        refused(&policy, folder.path(), &source)
    };
    assert_eq!(rules(", stem: Effects"), ["policy/undeclared-person"]);
    assert_eq!(rules(r#", stem: Effects, person: NotReal("footsteps")"#), [""; 0]);
}

#[test]
fn what_a_film_is_for_and_what_is_said_of_its_people_is_read_too() {
    let (policy, folder) = (Policy::built_in().unwrap(), tempfile::tempdir().unwrap());
    fs::write(folder.path().join("maya.mp4"), "nothing is opened").unwrap();
    let plain = scene("drama", "read", "Good evening.");
    let rules = |from: &str, to: &str| {
        assert!(plain.contains(from), "{from}");
        refused(&policy, folder.path(), &plain.replace(from, to))
    };
    assert_eq!(rules("festival", "festival"), [""; 0]);
    assert_eq!(rules("festival", "pornography"), ["policy/sexual-content"]);
    assert_eq!(rules(r#"uses:"#, r#"project: "Naked", uses:"#), ["policy/sexual-content"]);
    assert_eq!(
        rules(r#"NotReal("a test")"#, r#"NotReal("a nude drawn by hand")"#),
        ["policy/sexual-content"]
    );
    assert_eq!(rules("\"MAYA\"", "\"NUDE\""), ["policy/sexual-content"]);
}
