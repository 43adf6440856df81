//! A folder becomes what can be said about every delivered file in it.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use rayon::prelude::*;

use super::{
    Error, Examined, Trust, Verdict,
    container::{Container, Place, SIDECAR, sidecar_of},
    examine,
};

/// Looks into every picture, sound and movie of a folder and those below it, into all other files that have a sidecar,
/// and for sidecars whose file is gone; in the order of their names. Hidden files, and data without a sidecar such as a
/// journal, are left out.
///
/// # Errors
/// [`Error::File`] where a folder or a file cannot be read.
pub fn examine_folder(folder: &Path, trust: &Trust) -> Result<Vec<Examined>, Error> {
    let mut all = BTreeSet::new();
    collect(folder, &mut all)?;
    let (sidecars, files): (BTreeSet<_>, BTreeSet<_>) =
        all.into_iter().partition(|path| path.extension().is_some_and(|ending| ending == SIDECAR));
    let delivered: Vec<_> = files.iter().filter(|path| is_delivered(path, &sidecars)).collect();
    let mut examined =
        delivered.into_par_iter().map(|path| examine(path, trust)).collect::<Result<Vec<_>, _>>()?;
    let needed: BTreeSet<_> = files
        .iter()
        .filter(|path| place_of(path) == Some(Place::Beside))
        .map(|path| sidecar_of(path))
        .collect();
    examined.extend(sidecars.difference(&needed).map(|sidecar| orphan(sidecar)));
    examined.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(examined)
}

fn is_delivered(path: &Path, sidecars: &BTreeSet<PathBuf>) -> bool {
    let Ok(container) = Container::of(path) else { return false };
    container.place == Place::Inside || container.is_picture() || sidecars.contains(&sidecar_of(path))
}

fn place_of(path: &Path) -> Option<Place> {
    Some(Container::of(path).ok()?.place)
}

fn orphan(sidecar: &Path) -> Examined {
    let findings = vec!["the file that this credential speaks of is missing".to_owned()];
    Examined::without_credential(sidecar, Verdict::Invalid { findings })
}

fn collect(folder: &Path, into: &mut BTreeSet<PathBuf>) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::file("read", folder))? {
        let entry = entry.map_err(Error::file("read", folder))?;
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let path = entry.path();
        if entry.file_type().map_err(Error::file("read", &path))?.is_dir() {
            collect(&path, into)?;
        } else {
            into.insert(path);
        }
    }
    Ok(())
}
