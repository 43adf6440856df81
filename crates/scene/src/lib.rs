//! RON text to a checked scene: the language people write.
//!
//! 1. [`syntax`] turns text into a lossless tree, whatever is wrong with it.
//! 2. The check holds the tree against the schema of [`document`]'s types, and against rules a schema cannot say.
//! 3. [`load`] merges what a scene includes and reads the types, or returns a [`Report`] of every mistake with its
//!    line, the text underlined, and a hint.
//!
//! ```
//! let scene = r#"(title: "Empty", shots: [(name: "010", length_s: 1.0, camra: ())])"#;
//! let report = maquette_scene::check_text("empty.ron", scene, ".".as_ref()).unwrap_err();
//! assert_eq!(report.count(), 2); // no field `camra`, and `camera` is missing
//! ```

pub mod color;
pub mod document;
pub mod presets;
pub mod syntax;

mod black_body;
mod check;
mod files;
mod include;
mod load;
mod mistake;
mod report;
mod schema;
mod source;
mod sunlight;

pub use black_body::black_body_linear_rec709;
pub use load::{LoadedScene, check_text, load};
pub use report::Report;
pub use schema::schema;
pub use sunlight::sunlight_lux;
