//! The built-in policy's two error rates on pairs of texts: what it wrongly refuses, and what it wrongly lets through.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests fail by panics and print their rates")]

mod policy_pairs;

use maquette_provenance::policy::{Policy, Reviewed, ReviewedPerson, review};
use policy_pairs::{Pair, Pairs, pairs};

/// Rules that refuse a text in a scene with a recorded person.
fn refused_by(policy: &Policy, text: &str) -> Vec<String> {
    let scene = Reviewed {
        texts: vec![("prompt".to_owned(), text.to_owned())],
        shots: Vec::new(),
        people: vec![ReviewedPerson { place: "actor".to_owned(), declared: true }],
    };
    review(policy, &scene).into_iter().map(|refusal| refusal.rule).collect()
}

/// Allowed texts that are refused, denied texts that are not refused by their rule.
fn errors(pairs: &[Pair]) -> (usize, usize) {
    let policy = Policy::built_in().unwrap();
    let wrongly_refused = |pair: &&Pair| {
        let rules = refused_by(&policy, &pair.allowed);
        rules.iter().for_each(|rule| println!("refused by {rule} ({}): {}", pair.topic, pair.allowed));
        !rules.is_empty()
    };
    let wrongly_allowed = |pair: &&Pair| {
        let missed = !refused_by(&policy, &pair.denied).contains(&pair.rule);
        if missed {
            println!("missed by {} ({}): {}", pair.rule, pair.topic, pair.denied);
        }
        missed
    };
    (pairs.iter().filter(wrongly_refused).count(), pairs.iter().filter(wrongly_allowed).count())
}

#[test]
fn error_rates_on_allowed_and_denied_pairs_stay_within_limits() {
    let Pairs { seen, unseen } = pairs();
    assert!(seen.len() + unseen.len() >= 40);
    let rate = |count: usize, of: &[Pair]| 100.0 * count as f64 / of.len() as f64;
    for (name, pairs, most_refused, most_missed) in
        [("seen", &seen, 0.0, 0.0), ("unseen", &unseen, 15.0, 35.0)]
    {
        let (refused, missed) = errors(pairs);
        let (refused, missed) = (rate(refused, pairs), rate(missed, pairs));
        println!(
            "{name}: {} pairs, wrongly refused {refused:.1} %, wrongly allowed {missed:.1} %",
            pairs.len()
        );
        assert!(refused <= most_refused && missed <= most_missed, "{name}");
    }
}

#[test]
fn without_a_recorded_person_only_what_is_never_allowed_is_refused() {
    let policy = Policy::built_in().unwrap();
    for (text, refusals) in [
        ("a nude, oil on canvas", 0),
        ("he impersonates the president", 0),
        ("a nude child", 1),
        ("nudify", 1),
    ] {
        let scene = Reviewed { texts: vec![("prompt".to_owned(), text.to_owned())], ..Reviewed::default() };
        assert_eq!(review(&policy, &scene).len(), refusals, "{text}");
    }
}
