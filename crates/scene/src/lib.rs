//! RON text to a checked scene: the language people write.

pub mod document;
