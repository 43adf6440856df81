//! Weights of the video models: which there are, where they lie, whether they are whole, and how they come.
//!
//! 1. [`catalogue`] lists the models that this program knows: files, sizes, hashes, licences.
//! 2. [`Installed`] finds a model's parts on disk, or says which file is missing and where it should lie.
//! 3. [`verify`] hashes what lies there and says what differs.
//! 4. [`Plan`] says what a download would bring and under which licence; [`Plan::fetch`] brings it.
//!
//! On disk a model is a folder in the layout of diffusers (`transformer/`, `vae/`, `text_encoder/`, `tokenizer/`; where it
//! begins from a picture `image_encoder/`, `image_processor/`) under `<home>/models/<name>/`; models of one family find what they share in one folder. Nothing here reaches the network but
//! [`Plan::fetch`], and nothing that a server says ever names a file on disk.

mod catalogue;
mod error;
mod fetch;
mod hash;
mod hub;
mod index;
mod installed;
mod part;
mod record;
#[cfg(test)]
mod tests;
mod transfer;
mod verify;
mod wan;

pub use catalogue::{File, Licence, Model, Source, catalogue};
pub use error::Error;
pub use fetch::{Event, Plan};
pub use hub::Hub;
pub use installed::{ImageParts, Installed, folder};
pub use verify::{Checked, State, verify};
