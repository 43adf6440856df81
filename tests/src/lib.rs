//! Cross-crate tests live in the integration tests beside this crate.
