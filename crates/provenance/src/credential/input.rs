//! A plate or a picture that already carries a credential: it is kept, so that the chain of makers stays whole.
//!
//! Read once and shared by every file that is made from it: hashing a plate for each of a thousand frames would take
//! longer than rendering them.

use std::{fs::File, path::Path, sync::Arc};

use c2pa::{Builder, Context, Ingredient};
use serde_json::json;

use super::{Error, container::Container, reading::offline};

/// What part an input has in what is made from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Its pixels are in the picture, or its samples in the sound.
    Plate,
    /// It guided the picture.
    Reference,
}

/// An input with its credential.
#[derive(Clone, Debug)]
pub struct Input {
    pub(super) ingredient: Arc<Ingredient>,
    pub(super) role: Role,
}

impl Input {
    /// Reads the credential that a file carries inside; none where it carries none. Its name does not travel along:
    /// a file's name may tell who is in it.
    ///
    /// # Errors
    /// [`Error::File`] where the file cannot be read, [`Error::Input`] where its credential is damaged.
    pub fn read(path: &Path, role: Role) -> Result<Option<Self>, Error> {
        let refuse = |why: c2pa::Error| Error::Input { path: path.to_owned(), why: why.to_string() };
        let (title, relationship) = match role {
            Role::Plate => ("plate", "componentOf"),
            Role::Reference => ("reference", "inputTo"),
        };
        let about = json!({ "title": title, "relationship": relationship }).to_string();
        let mut file = File::open(path).map_err(Error::file("read", path))?;
        let context = Context::new().with_settings(offline()).map_err(refuse)?;
        let mut builder = Builder::from_context(context);
        let mime = Container::of(path)?.mime;
        let read = builder.add_ingredient_from_stream(about, mime, &mut file);
        let ingredient = match read {
            Ok(ingredient) => ingredient.clone(),
            Err(c2pa::Error::UnsupportedType) => return Ok(None),
            Err(why) => return Err(refuse(why)),
        };
        let credentialed = ingredient.active_manifest().is_some();
        Ok(credentialed.then(|| Self { ingredient: Arc::new(ingredient), role }))
    }
}
