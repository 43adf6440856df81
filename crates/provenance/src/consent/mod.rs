//! A grant is signed by the person it is about; nothing else opens a plate.
//!
//! A production asks ([`ask`]), a person records themself with a slate and signs ([`grant()`]), the production accepts
//! ([`accept`]). A render claims what it wants to show at the [`Desk`] and gets a [`Permit`], the only way to the recording's
//! path, or a [`Refusal`] that names its rule. `docs/consent.md` says what this can promise and what it cannot.

mod approval;
mod cbor;
mod desk;
mod error;
mod file;
mod flow;
mod grant;
mod hash;
mod home;
mod key;
mod log;
mod permit;
mod record;
mod recording;
mod refusal;
mod revocation;
mod scope;
mod signed;
mod slate;
mod text;
mod time;

pub use approval::{Approval, scene_hash};
pub use desk::{Claim, ClaimedShot, Desk, Person};
pub use error::Error;
pub(crate) use file::{read as read_file, write as write_file};
pub use flow::{Asked, Attestation, accept, approve, ask, grant, revoke, text_of};
pub use grant::{
    Acceptance, AcceptedGrant, Challenge, Grant, LONGEST_VALIDITY_S, Request, SignedGrant, SignedRequest,
    Speech, SubjectKind, Terms, line_hash,
};
pub use hash::{Bytes, Hash};
pub use home::Role;
pub use key::{Did, load_key, load_or_make_key, make_key};
pub use log::{Event, Inclusion, Log, LogHead};
pub use permit::{Permit, Statement};
pub use record::consent_record;
pub use recording::Recording;
pub use refusal::{RULES, Refusal, Rule};
pub use revocation::{FRESH_FOR_S, Revocation, RevocationList};
pub(crate) use scope::among;
pub use slate::{find_slate, slate_png};
pub use text::plain_text;
pub use time::{DAY_S, Time};
