//! The keys of marks.

/// The secret of one installation.
pub struct InstallKey(pub [u8; 32]);
