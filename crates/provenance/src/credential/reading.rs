//! A file becomes its credential, unread: from inside the file, or from the sidecar beside it.

use std::{fs::File, io::Read, path::Path, sync::Arc};

use c2pa::{Context, Reader, Settings};

use super::{
    Error,
    container::{Container, sidecar_of},
};

/// Largest sidecar that is looked at, in bytes. A credential is a few kilobytes, with those of its inputs a few hundred.
const LARGEST_SIDECAR: u64 = 64 << 20;

/// What was found where a credential could be.
pub(super) enum Found {
    Credential(Box<Reader>),
    /// None, and where it was looked for.
    Absent(String),
    /// Something that is no readable credential, or a file too damaged to look into.
    Damaged(String),
}

/// Settings under which the library asks nobody, draws no thumbnails and adds nothing of its own.
pub(super) fn offline() -> Settings {
    let mut settings = Settings::default();
    settings.core.allowed_network_hosts = Some(Vec::new());
    settings.verify.remote_manifest_fetch = false;
    settings.verify.verify_after_sign = false;
    settings.builder.thumbnail.enabled = false;
    settings.builder.actions.auto_placed_action.enabled = false;
    settings
}

/// Reads the credential of a file and checks it against the file's bytes.
pub(super) fn read(path: &Path, context: &Arc<Context>) -> Result<Found, Error> {
    let mut file = File::open(path).map_err(Error::file("read", path))?;
    if let Some(format) = c2pa::format_from_path(path) {
        match Reader::from_shared_context(context).with_stream(&format, &mut file) {
            Ok(reader) => return Ok(Found::Credential(Box::new(reader))),
            Err(c2pa::Error::JumbfNotFound | c2pa::Error::UnsupportedType) => {}
            Err(why) => return Ok(Found::Damaged(why.to_string())),
        }
    }
    beside(path, file, context)
}

fn beside(path: &Path, file: File, context: &Arc<Context>) -> Result<Found, Error> {
    let sidecar = sidecar_of(path);
    let name = sidecar.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Ok(opened) = File::open(&sidecar) else {
        return Ok(Found::Absent(format!("there is none inside, and no {name} beside it")));
    };
    let mut manifest = Vec::new();
    opened.take(LARGEST_SIDECAR + 1).read_to_end(&mut manifest).map_err(Error::file("read", &sidecar))?;
    if manifest.len() as u64 > LARGEST_SIDECAR {
        return Ok(Found::Damaged(format!("{name} is larger than any credential")));
    }
    let mime = Container::of(path)?.mime;
    let read = Reader::from_shared_context(context).with_manifest_data_and_stream(&manifest, mime, file);
    Ok(match read {
        Ok(reader) => Found::Credential(Box::new(reader)),
        Err(why) => Found::Damaged(format!("{name}: {why}")),
    })
}
