//! What can be wrong with weights, and with bringing them.

use std::{io, path::PathBuf};

/// Each names the file, what is wrong with it, and what helps.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No model of that name, no folder of that path.
    #[error(
        "{name}: neither a folder, nor a file, nor a model that this program knows\nhint: it knows {known}"
    )]
    Unknown {
        /// What was asked for.
        name: String,
        /// Names there are.
        known: String,
    },
    /// A model is not complete.
    #[error(
        "{model} is not complete. Missing:\n{}\nhint: {hint}",
        files.iter().map(|file| format!("  {}", file.display())).collect::<Vec<_>>().join("\n")
    )]
    Missing {
        /// Its name, or the folder it was sought in.
        model: String,
        /// Where files should lie.
        files: Vec<PathBuf>,
        /// What brings them.
        hint: String,
    },
    /// An index of shards, or a file of parts, that cannot be believed.
    #[error("{}: {problem}\nhint: fetch the file again from where the model was published", path.display())]
    Index {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The user supplies this model.
    #[error(
        "{model} is not published anywhere that this program knows\n\
         hint: put its transformer (config.json and .safetensors) into {}; maquette models fetch wan-shared brings the rest",
        folder.join("transformer").display()
    )]
    UserSupplied {
        /// Its name.
        model: &'static str,
        /// Where they should lie.
        folder: PathBuf,
    },
    /// Another file lies where one should come.
    #[error(
        "{}: another file of {has} bytes lies here; the published one has {published}\n\
         hint: move it away, or delete it, and fetch again", path.display()
    )]
    Occupied {
        /// The file.
        path: PathBuf,
        /// Its length.
        has: u64,
        /// Length of the published one, or the most it can be.
        published: u64,
    },
    /// Two downloads of one file at a time.
    #[error("{}: another program is fetching this file\nhint: wait until it is done", path.display())]
    Busy {
        /// The partial file.
        path: PathBuf,
    },
    /// Too little room.
    #[error(
        "{}: {:.1} GB are still to come, and the disk has room for {:.1} GB\n\
         hint: make room, or point the variable MAQUETTE_HOME to a larger disk",
        folder.display(), *needed as f64 * 1e-9, *free as f64 * 1e-9
    )]
    NoRoom {
        /// Where they would lie.
        folder: PathBuf,
        /// Bytes to fetch.
        needed: u64,
        /// Bytes free.
        free: u64,
    },
    /// The hub's address is none.
    #[error("{endpoint}: {problem}\nhint: an endpoint looks like https://huggingface.co")]
    Endpoint {
        /// What was given.
        endpoint: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The server asks who we are, or forbids it.
    #[error(
        "{url}: the server refuses with status {status}\n\
         hint: where the model asks for it, accept its terms on its page and put a token of your account into the variable HF_TOKEN"
    )]
    Denied {
        /// The file.
        url: String,
        /// 401 or 403.
        status: u16,
    },
    /// No such file.
    #[error("{url}: not there (status 404)\nhint: see docs/models.md for how to bring the files by hand")]
    Gone {
        /// The file.
        url: String,
    },
    /// A status that helps nobody.
    #[error("{url}: the server answers with status {status}\nhint: try again later; what came is kept")]
    Status {
        /// The file.
        url: String,
        /// HTTP status.
        status: u16,
    },
    /// A redirect to somewhere we do not go.
    #[error("{url}: the server sends us to {to:?}, which is refused: {problem}")]
    Redirect {
        /// Who redirects.
        url: String,
        /// Where to.
        to: String,
        /// Why not.
        problem: &'static str,
    },
    /// What the server offers is not the file that was published.
    #[error(
        "{url}: {problem}\nhint: something between here and the hub changed the file, or it was published anew; nothing of it is used"
    )]
    Changed {
        /// The file.
        url: String,
        /// What differs.
        problem: String,
    },
    /// The connection does not hold.
    #[error("{url}: {problem}\nhint: run the command again, it goes on where it stopped")]
    Connection {
        /// The file.
        url: String,
        /// What the last attempt ran into.
        problem: String,
    },
    /// A disk's or system's refusal.
    #[error("{}: {source}", path.display())]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Error {
    /// Whether the user's own input, a name or an address, needs a change; the rest failed on the way.
    pub fn is_about_input(&self) -> bool {
        matches!(self, Self::Unknown { .. } | Self::Endpoint { .. } | Self::UserSupplied { .. })
    }

    pub(crate) fn disk(path: &std::path::Path) -> impl FnOnce(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Disk { path, source }
    }
}
