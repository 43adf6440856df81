//! RON text to a lossless tree: every byte of the source, comments and blanks included, is in it.
//!
//! serde and ron give types but forget where they came from. A checker needs the place of every value, an editor
//! must put back what it did not touch, and both want to go on after the first slip of the pen. So the scene
//! language has a tree of its own; types are read from the same tree.

mod literal;
mod parse;
mod recover;
mod token;
mod tree;
pub(crate) mod typed;
mod value;

pub use literal::Number;
pub(crate) use literal::shortened;
pub use token::{Token, TokenKind};
pub use tree::{SyntaxError, Tree};
pub use value::{Entry, Field, Value, ValueKind};

/// Brackets may nest this deep. A scene needs about a dozen; the cap keeps hostile files off the call stack.
pub const MAX_DEPTH: usize = 128;
