//! A file to a scene: read it and what it includes, check everything, merge, and read the types.
//!
//! 1. [`files`] reads the scene and its includes, once each, and finds cycles.
//! 2. Each file is checked for itself; then names are resolved across all of them.
//! 3. Without a mistake, the scene is read from its tree, and the included parts are appended with their paths
//!    rewritten.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;

use crate::{
    Report,
    check::{Checker, Folder, Found, names_resolved},
    document::Scene,
    files::{File, Files},
    include,
    mistake::Mistake,
    source::Source,
    syntax::{Value, typed},
};

/// A scene without mistakes, its includes merged into it.
#[derive(Clone, Debug)]
pub struct LoadedScene {
    /// The scene. `include` is empty: what it asked for has joined `materials`, `set` and `lights`.
    pub scene: Scene,
    /// The scene's folder; every path in the scene is relative to it.
    pub folder: PathBuf,
    /// The scene's file and those it includes, in the order they are named. [`check_text`] leaves the first one out.
    pub files: Vec<PathBuf>,
    /// All files that these name, included ones among them, sorted: pictures, clips, models, grants.
    pub named: Vec<PathBuf>,
}

impl LoadedScene {
    /// Where a path of the scene leads.
    pub fn resolve(&self, relative: &str) -> PathBuf {
        self.folder.join(relative)
    }

    /// The scene's own files and all that they name: with the same in each of them it shows and sounds the same.
    pub fn contents(&self) -> Vec<PathBuf> {
        self.files.iter().chain(&self.named).cloned().collect()
    }
}

/// Reads and checks a scene file.
///
/// # Errors
/// Everything that is wrong with the scene and the files it includes; or that the file cannot be read.
pub fn load(path: &Path) -> Result<LoadedScene, Report> {
    let name = path.display().to_string();
    let folder = path.parent().unwrap_or(Path::new(""));
    match crate::files::read(path) {
        Ok(text) => {
            let mut loaded = check(Source::new(name, text), Some(path), folder)?;
            loaded.files.insert(0, path.to_owned());
            Ok(loaded)
        }
        Err(unreadable) => Err(Report::of(unreadable.mistake(&name))),
    }
}

/// Checks a scene that is not, or not yet, in a file. `name` stands in the report; `folder` is where its paths start.
///
/// # Errors
/// Everything that is wrong with the scene and the files it includes.
pub fn check_text(name: &str, text: &str, folder: &Path) -> Result<LoadedScene, Report> {
    if text.len() as u64 > crate::files::MAX_FILE_BYTES {
        return Err(Report::of(crate::files::Unreadable::TooLarge.mistake(name)));
    }
    check(Source::new(name, text.to_owned()), None, folder)
}

fn check(source: Source, file: Option<&Path>, folder: &Path) -> Result<LoadedScene, Report> {
    // Included files are shown as their including file was: beside its path, or beside a mere name.
    let shown_folder = file.map_or(String::new(), |_| folder.display().to_string());
    let folder = Folder::new(folder);
    let mut found = Found::default();
    let files = Files::read(source, file, &folder, &shown_folder, &mut found);
    for file in files.iter() {
        Checker::new(&file.source, &folder, &file.base, file.parts, &mut found).run(&file.tree);
    }
    names_resolved(&mut found);
    let sources: Vec<Arc<Source>> = files.iter().map(|file| Arc::clone(&file.source)).collect();
    if let Some(report) = found.mistakes.into_report(&sources) {
        return Err(report);
    }
    let scene = merged(files.root(), files.included())?;
    let paths = files.included().iter().map(|file| folder.path().join(&file.path)).collect();
    let named = found.named.iter().map(|file| folder.path().join(file)).collect();
    Ok(LoadedScene { scene, folder: folder.path().to_owned(), files: paths, named })
}

fn merged(root: &File, included: &[File]) -> Result<Scene, Report> {
    let value =
        root.tree.root().ok_or_else(|| Report::of(Mistake::new("syntax", "the file is empty", "")))?;
    let mut scene: Scene = read(root, value)?;
    scene.include.clear();
    for file in included {
        let Some(value) = file.tree.root() else { continue };
        let mut part = include::Part::default();
        if let Some(materials) = value.field("materials").filter(|_| file.parts.materials) {
            part.materials = read(file, materials)?;
        }
        if file.parts.set {
            part.set = value.field("set").map_or(Ok(Vec::new()), |set| read(file, set))?;
            part.lights = value.field("lights").map_or(Ok(Vec::new()), |lights| read(file, lights))?;
        }
        part.join(&mut scene, &file.base);
    }
    Ok(scene)
}

/// Types from a checked tree. A mismatch is a hole in the check; it is reported, not unwrapped.
fn read<'t, T: Deserialize<'t>>(file: &File, value: Value<'t>) -> Result<T, Report> {
    typed::read(value).map_err(|mismatch| {
        let mistake = Mistake::new("wrong-type", mismatch.to_string(), "does not fit");
        Report::of(mistake.at(&file.source, value.anchor()))
    })
}
