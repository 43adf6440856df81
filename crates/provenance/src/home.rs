//! Where this installation keeps its keys.
//!
//! Scenes and takes travel between machines; keys do not, so they live in the platform's folder for a program's
//! data, or where the variable `MAQUETTE_HOME` says.

use std::{
    env,
    ffi::OsString,
    fs::{self, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// The program's data folder: `$MAQUETTE_HOME`, else the platform's (`$XDG_DATA_HOME/maquette` or
/// `~/.local/share/maquette`, on macOS `~/Library/Application Support/maquette`, on Windows `%APPDATA%\maquette`).
/// Nothing where the environment names none of them. The folder need not exist yet.
pub fn data_folder() -> Option<PathBuf> {
    folder_by(|name| env::var_os(name).filter(|value| !value.is_empty()))
}

fn folder_by(variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let under = |name: &str, rest: &str| Some(PathBuf::from(variable(name)?).join(rest));
    let platform = if cfg!(windows) {
        under("APPDATA", "maquette")
    } else if cfg!(target_os = "macos") {
        under("HOME", "Library/Application Support/maquette")
    } else {
        under("XDG_DATA_HOME", "maquette").or_else(|| under("HOME", ".local/share/maquette"))
    };
    variable("MAQUETTE_HOME").map(PathBuf::from).or(platform)
}

/// Writes a file that only its owner can read and that must not exist yet, whole or not at all.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] where the file is there: a key is never overwritten.
pub fn write_secret(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let temporary = path.with_file_name(name);
    let written = write_owned(&temporary, bytes);
    // A link, not a rename: of two first uses at the same time one wins, and the other learns of it.
    let linked = written.and_then(|()| fs::hard_link(&temporary, path));
    let _ = fs::remove_file(&temporary);
    linked
}

fn write_owned(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Whether others than its owner may read a file. Never so where the system has no such permissions.
pub fn is_readable_by_others(path: &Path) -> io::Result<bool> {
    let about = fs::metadata(path)?;
    #[cfg(unix)]
    let open = std::os::unix::fs::PermissionsExt::mode(&about.permissions()) & 0o077 != 0;
    #[cfg(not(unix))]
    let open = !about.is_file();
    Ok(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(all(unix, not(target_os = "macos")))]
    fn the_most_specific_variable_names_the_folder() {
        let all = [("MAQUETTE_HOME", "/m"), ("XDG_DATA_HOME", "/x"), ("HOME", "/h")];
        let folders = ["/m", "/x/maquette", "/h/.local/share/maquette"];
        for (known, folder) in folders.iter().enumerate() {
            let named = |name: &str| Some(all[known..].iter().find(|(key, _)| *key == name)?.1.into());
            assert_eq!(folder_by(named), Some(PathBuf::from(folder)));
        }
        assert_eq!(folder_by(|_| None), None);
    }

    #[test]
    fn a_secret_is_written_once_and_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/a.pem");
        write_secret(&path, b"first").unwrap();
        assert!(!is_readable_by_others(&path).unwrap());
        let again = write_secret(&path, b"second").unwrap_err();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no temporary file is left");
    }

    #[test]
    #[cfg(unix)]
    fn a_file_that_others_can_read_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("open.pem");
        fs::write(&path, b"").unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        assert!(is_readable_by_others(&path).unwrap());
    }
}
