//! The pairs of texts in `pairs.ron`, for every test that measures the policy on them.

use serde::Deserialize;

/// All pairs.
#[derive(Deserialize)]
pub(crate) struct Pairs {
    /// The rules were written with these in sight.
    pub(crate) seen: Vec<Pair>,
    /// Written afterwards.
    pub(crate) unseen: Vec<Pair>,
}

/// A text that must be allowed, and one that must be denied by a rule.
#[derive(Deserialize)]
pub(crate) struct Pair {
    pub(crate) topic: String,
    pub(crate) rule: String,
    pub(crate) allowed: String,
    pub(crate) denied: String,
}

/// Reads them.
pub(crate) fn pairs() -> Pairs {
    ron::from_str(include_str!("pairs.ron")).unwrap()
}
