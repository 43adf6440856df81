//! A model's name to its files on disk: what is to come, under which terms, whether there is room, then file by file.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{Error, File, Hub, Model, installed, part::Part, record::Record, transfer::Transfer};

/// What a download would bring. Making one asks the disk alone, never the network.
#[derive(Debug)]
pub struct Plan<'a> {
    home: PathBuf,
    wanted: Vec<Wanted<'a>>,
}

/// A file that is not there yet.
#[derive(Debug)]
struct Wanted<'a> {
    model: &'a Model,
    file: &'a File,
    target: PathBuf,
}

/// What happens while files come.
#[derive(Debug)]
pub enum Event<'a> {
    /// A connection brings a file, or the rest of it.
    File {
        /// Where it will lie.
        path: &'a Path,
        /// Its length.
        bytes: u64,
        /// Bytes that came earlier.
        has: u64,
    },
    /// So many more bytes came.
    Bytes(u64),
    /// It is complete and is being hashed.
    Checking(&'a Path),
    /// It lies in its place.
    Done(&'a Path),
    /// A connection broke; another is made after a pause.
    Again {
        /// What happened.
        problem: &'a str,
        /// The pause.
        after: Duration,
    },
}

impl<'a> Plan<'a> {
    /// What a model still needs, with what it shares, under the program's data folder `home`.
    ///
    /// # Errors
    /// [`Error::UserSupplied`] where it is published nowhere; [`Error::Occupied`] where another file lies in the place of
    /// one of its own.
    pub fn of(home: &Path, model: &'a Model) -> Result<Self, Error> {
        if model.source.is_none() {
            return Err(Error::UserSupplied { model: model.name, folder: installed::folder(home, model) });
        }
        let mut wanted = Vec::new();
        for model in model.with_shared() {
            for file in model.files {
                let target = installed::folder(home, model).join(file.path);
                if !is_there(file, &target)? {
                    wanted.push(Wanted { model, file, target });
                }
            }
        }
        Ok(Self { home: home.to_owned(), wanted })
    }

    /// Models of which files are to come, with their terms.
    pub fn models(&self) -> Vec<&'a Model> {
        let mut models: Vec<_> = self.wanted.iter().map(|wanted| wanted.model).collect();
        models.dedup_by_key(|model| model.name);
        models
    }

    /// Bytes to come, at most; those of unfinished files are not counted again.
    pub fn bytes(&self) -> u64 {
        let rest = |wanted: &Wanted<'_>| {
            let has = fs::metadata(Part::path_of(&wanted.target)).map_or(0, |about| about.len());
            wanted.file.bytes.saturating_sub(has)
        };
        self.wanted.iter().map(rest).sum()
    }

    /// Whether nothing is to come.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Brings everything. What an interrupted run brought is kept, and the next one goes on there.
    ///
    /// # Errors
    /// [`Error::NoRoom`] before anything is asked for; [`Error::Denied`], [`Error::Gone`], [`Error::Changed`],
    /// [`Error::Redirect`] and others of a server that does not give the published file; [`Error::Connection`] where
    /// none holds.
    pub fn fetch(&self, hub: &Hub, on_event: &mut dyn FnMut(Event<'_>)) -> Result<(), Error> {
        let free = self.free()?;
        if self.bytes() > free {
            return Err(Error::NoRoom { folder: self.home.clone(), needed: self.bytes(), free });
        }
        self.wanted.iter().try_for_each(|wanted| wanted.fetch(&self.home, hub, on_event))
    }

    /// Bytes free where the files will lie.
    fn free(&self) -> Result<u64, Error> {
        fs::create_dir_all(&self.home).map_err(Error::disk(&self.home))?;
        fs4::available_space(&self.home).map_err(Error::disk(&self.home))
    }
}

impl Wanted<'_> {
    fn fetch(&self, home: &Path, hub: &Hub, on_event: &mut dyn FnMut(Event<'_>)) -> Result<(), Error> {
        let Some(source) = &self.model.source else { return Ok(()) };
        if let Some(folder) = self.target.parent() {
            fs::create_dir_all(folder).map_err(Error::disk(folder))?;
        }
        let url = hub.address(source, self.file.path);
        let found = Transfer { hub, url, file: self.file, target: &self.target }.run(on_event)?;
        if self.file.sha256.is_none() {
            Record::open(&installed::folder(home, self.model))?.note(self.file.path, found)?;
        }
        on_event(Event::Done(&self.target));
        Ok(())
    }
}

/// Whether a file lies in its place, as far as its length tells.
fn is_there(file: &File, target: &Path) -> Result<bool, Error> {
    let Ok(about) = fs::metadata(target) else { return Ok(false) };
    if about.len() > file.bytes || file.sha256.is_some() && about.len() < file.bytes {
        return Err(Error::Occupied { path: target.to_owned(), has: about.len(), published: file.bytes });
    }
    Ok(true)
}
