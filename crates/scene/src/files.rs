//! A scene's file and the files it includes: read once each, in the order they are named.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::{
    check::{Folder, Found, Parts, shown},
    mistake::Mistake,
    source::{Place, Source},
    syntax::{Tree, Value},
};

/// A scene file may have this many bytes.
pub(crate) const MAX_FILE_BYTES: u64 = 16 << 20;

/// A scene may consist of this many files.
const MAX_FILES: usize = 64;

/// One file of a scene.
pub(crate) struct File {
    /// Relative to the scene's folder; empty for the scene itself.
    pub path: String,
    /// The folder part of `path`, empty or ending in `/`.
    pub base: String,
    pub source: Arc<Source>,
    pub tree: Tree,
    pub parts: Parts,
}

/// All files of a scene, the scene first.
pub(crate) struct Files(Vec<File>);

impl Files {
    /// Reads what the scene includes. What cannot be read, or includes itself, is reported.
    /// `file` is where the scene itself was read from, if it was.
    pub(crate) fn read(
        root: Source,
        file: Option<&Path>,
        folder: &Folder,
        shown_folder: &str,
        found: &mut Found,
    ) -> Self {
        let own = file.and_then(|file| file.canonicalize().ok());
        let at = own.into_iter().map(|own| (own, Some(0))).collect();
        let mut reader = Reader { folder, shown_folder, files: Vec::new(), edges: Vec::new(), at, found };
        reader.add(String::new(), Arc::new(root), Parts::ROOT);
        reader.includes(0, &mut vec![0]);
        reader.spread();
        Self(reader.files)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &File> {
        self.0.iter()
    }

    pub(crate) fn root(&self) -> &File {
        &self.0[0]
    }

    pub(crate) fn included(&self) -> &[File] {
        &self.0[1..]
    }
}

struct Reader<'a> {
    folder: &'a Folder,
    shown_folder: &'a str,
    files: Vec<File>,
    /// Who includes whom, and which parts.
    edges: Vec<(usize, usize, Parts)>,
    /// Files by their real path, so that two spellings are one file.
    at: BTreeMap<PathBuf, Option<usize>>,
    found: &'a mut Found,
}

impl Reader<'_> {
    fn add(&mut self, path: String, source: Arc<Source>, parts: Parts) -> usize {
        let base = path.rfind('/').map_or("", |slash| &path[..=slash]).to_owned();
        let tree = Tree::parse(&source.text);
        self.files.push(File { path, base, source, tree, parts });
        self.files.len() - 1
    }

    /// Reads what file `from` includes, depth first; `stack` is the way to it.
    fn includes(&mut self, from: usize, stack: &mut Vec<usize>) {
        for wish in wishes(&self.files[from]) {
            let place = Place { source: Arc::clone(&self.files[from].source), span: wish.span };
            // Paths that lead nowhere are the checker's to report.
            let Ok(path) = self.folder.locate(&self.files[from].base, &wish.file) else {
                self.found.names.incomplete = true;
                continue;
            };
            let real = self.folder.path().join(&path).canonicalize().unwrap_or_default();
            let known = self.at.get(&real).copied();
            let to = known.unwrap_or_else(|| self.open(&path, &place));
            self.at.entry(real).or_insert(to);
            let Some(to) = to else { continue };
            self.edges.push((from, to, wish.parts));
            if stack.contains(&to) {
                self.cycle(stack, to, place);
            } else if known.is_none() {
                stack.push(to);
                self.includes(to, stack);
                stack.pop();
            }
        }
    }

    fn open(&mut self, path: &str, place: &Place) -> Option<usize> {
        let full = self.folder.path().join(path);
        let name = Path::new(self.shown_folder).join(path).display().to_string();
        let text = if self.files.len() < MAX_FILES { read(&full) } else { Err(Unreadable::TooMany) };
        match text {
            Ok(text) => {
                let parts = Parts { root: false, materials: false, set: false };
                Some(self.add(path.to_owned(), Arc::new(Source::new(name, text)), parts))
            }
            Err(unreadable) => {
                self.found.names.incomplete = true;
                let mut mistake = unreadable.mistake(&name);
                // A file that can be shown is; otherwise, the place that asks for it.
                if mistake.place.is_none() {
                    mistake = mistake.at(&place.source, place.span.clone());
                }
                self.found.mistakes.push(mistake);
                None
            }
        }
    }

    fn cycle(&mut self, stack: &[usize], to: usize, place: Place) {
        let start = stack.iter().position(|file| *file == to).unwrap_or(0);
        let way = stack[start..].iter().chain([&to]).map(|file| self.files[*file].source.name.as_str());
        let way: Vec<&str> = way.collect();
        let message =
            if way.len() == 2 { "this file includes itself" } else { "these files include each other" };
        let mistake = Mistake::new("include-cycle", message, "closes the circle")
            .at(&place.source, place.span)
            .hint(format!("{}; move what they share into a file of its own", way.join(" → ")));
        self.found.mistakes.push(mistake);
    }

    /// A file gives what any of the files that include it takes, and what reaches those in turn.
    fn spread(&mut self) {
        // At most two parts can be added to each file.
        for _ in 0..2 * self.files.len() {
            for (from, to, wish) in &self.edges {
                let giver = self.files[*from].parts;
                let parts = &mut self.files[*to].parts;
                parts.materials |= wish.materials && giver.materials;
                parts.set |= wish.set && giver.set;
            }
        }
    }
}

/// One entry of `include`.
struct Wish {
    file: String,
    span: std::ops::Range<usize>,
    parts: Parts,
}

fn wishes(file: &File) -> Vec<Wish> {
    let list = file.tree.root().and_then(|root| root.field("include"));
    let wish = |entry: Value<'_>| {
        let path = entry.field("file")?;
        let flag = |name: &str, default| entry.field(name).and_then(Value::boolean).unwrap_or(default);
        let parts = Parts { root: false, materials: flag("materials", true), set: flag("set", false) };
        Some(Wish { file: path.good_string()?, span: path.span(), parts })
    };
    list.into_iter().flat_map(Value::items).filter_map(wish).take(MAX_FILES).collect()
}

/// Why a file cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("is not a file")]
    NoFile,
    #[error("is larger than a scene file may be, {} MiB", MAX_FILE_BYTES >> 20)]
    TooLarge,
    #[error("would be one file too many: a scene may consist of {MAX_FILES}")]
    TooMany,
    #[error("is not UTF-8 text")]
    NoText { bytes: Vec<u8>, valid: usize },
}

impl Unreadable {
    pub(crate) fn mistake(self, name: &str) -> Mistake {
        let message = format!("`{}` {self}", shown(name));
        match self {
            Self::NoText { bytes, valid } => {
                let source = Arc::new(Source::new(name, String::from_utf8_lossy(&bytes).into_owned()));
                Mistake::new("not-text", message, "from here on")
                    .hint("save it as UTF-8; a picture or a model is no scene")
                    .at(&source, valid..valid + '\u{fffd}'.len_utf8())
            }
            Self::TooLarge => Mistake::new("file-too-large", message, "too large")
                .hint("put large geometry into a model file, and name it with Gltf(\"…\")"),
            _ => Mistake::new("unreadable-file", message, "cannot be read"),
        }
    }
}

/// Reads a text file of bounded size. Pipes and devices are no files.
pub(crate) fn read(path: &Path) -> Result<String, Unreadable> {
    let metadata = fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(Unreadable::NoFile);
    }
    if metadata.len() > MAX_FILE_BYTES {
        return Err(Unreadable::TooLarge);
    }
    let mut bytes = Vec::new();
    // It may grow meanwhile.
    fs::File::open(path)?.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Unreadable::TooLarge);
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        Unreadable::NoText { bytes: error.into_bytes(), valid }
    })
}
