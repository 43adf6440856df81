//! Signed statements in and beside delivered files (C2PA 2.2).
//!
//! Writing: a [`Statement`] says what a file is, and a [`Signer`] signs it into the file ([`Signer::sign_file`]), or into
//! a sidecar where the kind of file has no room for it. Reading: [`examine`] checks a file against its credential and
//! says what both tell, under a [`Trust`] in known signers.
//!
//! A credential proves that a file is as its signer left it. It does not prove that what the signer states is true; that
//! depends on who the signer is, so the two are reported apart.

mod certificate;
mod container;
mod error;
mod examine;
mod identity;
mod input;
mod manifest;
mod reading;
mod signer;
mod statement;
mod take;
mod timestamp;
mod trust;
mod validity;
mod words;

pub use container::sidecar_of;
pub use error::Error;
pub use examine::{Examined, InputSeen, SignedBy, Timestamp, Verdict, examine};
pub use input::{Input, Role};
pub use signer::{Signed, Signer};
pub use statement::{ConsentNote, Frames, LogHead, Making, MarkNote, Medium, Method, Statement, Subject};
pub use take::examine_folder;
pub use trust::Trust;
pub use words::Sighting;
