//! Paths: relative to their file, inside the scene's folder, and there.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::words::{nearest, shown};
use crate::mistake::Mistake;

/// A folder larger than this is not searched for a similar name.
const MAX_LISTED: usize = 2000;

/// The scene's folder.
pub(crate) struct Folder {
    path: PathBuf,
    canonical: Option<PathBuf>,
}

/// Why a path is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Empty,
    Backslash,
    Absolute,
    Leaves,
    LinkLeaves,
    NoFile,
    Missing { nearest: Option<String> },
}

impl Folder {
    pub(crate) fn new(path: &Path) -> Self {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        Self { path: path.to_owned(), canonical: path.canonicalize().ok() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where a path written in a file of folder `base` leads, relative to the scene's folder, with `/`.
    pub(crate) fn locate(&self, base: &str, written: &str) -> Result<String, Fault> {
        let relative = normalised(base, written)?;
        let full = self.path.join(&relative);
        let canonical = full.canonicalize().map_err(|_| self.missing(base, &relative))?;
        if self.canonical.as_ref().is_none_or(|folder| !canonical.starts_with(folder)) {
            return Err(Fault::LinkLeaves);
        }
        if canonical.is_file() { Ok(relative) } else { Err(Fault::NoFile) }
    }

    fn missing(&self, base: &str, relative: &str) -> Fault {
        let (folder, name) = relative.rsplit_once('/').unwrap_or(("", relative));
        let found = self.listing(folder).unwrap_or_default();
        let near = nearest(name, found.iter().map(String::as_str));
        let full =
            near.map(|name| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") });
        // As it would be written in that file.
        Fault::Missing { nearest: full.and_then(|path| path.strip_prefix(base).map(str::to_owned)) }
    }

    fn listing(&self, folder: &str) -> io::Result<Vec<String>> {
        // Not outside, and not through a link.
        let path = self.path.join(folder).canonicalize()?;
        if self.canonical.as_ref().is_none_or(|own| !path.starts_with(own)) {
            return Ok(Vec::new());
        }
        let entries = std::fs::read_dir(path)?.take(MAX_LISTED).flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        Ok(names)
    }
}

/// Resolves `.` and `..` by name alone; the path of the folder stays out of it.
pub(crate) fn normalised(base: &str, written: &str) -> Result<String, Fault> {
    if written.trim().is_empty() || written.contains('\0') {
        return Err(Fault::Empty);
    }
    if written.contains('\\') {
        return Err(Fault::Backslash);
    }
    let drive = written.as_bytes().get(1) == Some(&b':') && written.as_bytes()[0].is_ascii_alphabetic();
    if written.starts_with('/') || drive {
        return Err(Fault::Absolute);
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in base.split('/').chain(written.split('/')) {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop().ok_or(Fault::Leaves)?),
            _ => parts.push(part),
        }
    }
    Ok(parts.join("/"))
}

impl Fault {
    pub(crate) fn mistake(self, written: &str) -> Mistake {
        let path = shown(written);
        match self {
            Self::Empty => Mistake::new("missing-file", "this path is empty", "a file belongs here"),
            Self::Backslash => {
                Mistake::new("path-leaves-folder", format!("`{path}` has a backslash"), "not a path here")
                    .hint(format!(
                        "write `{}`: scenes use `/` on every system",
                        shown(&written.replace('\\', "/"))
                    ))
            }
            Self::Absolute => {
                Mistake::new("path-leaves-folder", format!("`{path}` is an absolute path"), "absolute path")
                    .hint(
                        "write it relative to this file, so that the scene's folder can be moved and shared",
                    )
            }
            Self::Leaves => Mistake::new(
                "path-leaves-folder",
                format!("`{path}` leaves the scene's folder"),
                "leads outside",
            )
            .hint("copy the file into the scene's folder: a scene travels with all that it needs"),
            Self::LinkLeaves => Mistake::new(
                "path-leaves-folder",
                format!("`{path}` leaves the scene's folder through a link"),
                "leads outside",
            )
            .hint("replace the link by the file itself: a scene travels with all that it needs"),
            Self::NoFile => Mistake::new("missing-file", format!("`{path}` is not a file"), "not a file"),
            Self::Missing { nearest } => {
                let hint = match nearest {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "paths are relative to the file they stand in".to_owned(),
                };
                Mistake::new("missing-file", format!("there is no file `{path}`"), "not found").hint(hint)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_resolve_within_the_folder_and_not_beyond() {
        assert_eq!(normalised("", "./a//b.glb"), Ok("a/b.glb".to_owned()));
        assert_eq!(normalised("lib/", "../models/a.glb"), Ok("models/a.glb".to_owned()));
        assert_eq!(normalised("lib/", "../../a.glb"), Err(Fault::Leaves));
        assert_eq!(normalised("", "a/../../a.glb"), Err(Fault::Leaves));
        assert_eq!(normalised("", "/etc/passwd"), Err(Fault::Absolute));
        assert_eq!(normalised("", "C:/a"), Err(Fault::Absolute));
        assert_eq!(normalised("", "a\\b"), Err(Fault::Backslash));
    }
}
