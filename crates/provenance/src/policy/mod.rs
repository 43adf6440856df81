//! Rules that hold for every render, whatever was granted.
//!
//! A signed [`Policy`] and a scene's people, tags and texts ([`Reviewed`]) become refusals ([`review()`]). Structure comes
//! first: a plate of a person needs a word about who it is. Then tags, which the scene states; then words, which are only a
//! hint of what a picture will show, and are read through disguises.

mod review;
mod rules;
mod words;

pub use review::{Reviewed, ReviewedPerson, ReviewedShot, UNDECLARED, review};
pub use rules::{NOT_SIGNED, Policy, sign_policy};
