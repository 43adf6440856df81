//! Who may be shown, and what a file says of itself.
//!
//! - [`consent`]: a person's grant becomes a `Permit`, or a refusal that names its rule;
//! - [`policy`]: what no grant lifts;
//! - [`mark`]: what stays in pixels and samples when everything around them is stripped;
//! - [`credential`]: signed statements in and beside delivered files (C2PA);
//! - [`home`]: where the keys for all of this are kept.

pub mod consent;
pub mod credential;
pub mod home;
pub mod mark;
mod pending;
pub mod policy;
