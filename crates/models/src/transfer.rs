//! One file from the hub to the disk, across as many connections as it takes.
//!
//! 1. What came so far lies in `<name>.part`, locked against a second program.
//! 2. Each connection asks for the rest. What it announces must fit what was published.
//! 3. Complete, the file is hashed, flushed, and gets its name: no file of that name is ever incomplete.

use std::{
    fs::{self, File as Disk, OpenOptions, TryLockError},
    io::{Read, Write},
    path::{Path, PathBuf},
    thread,
};

use crate::{
    Error, Event, File,
    hash::sha256,
    hub::{Answer, Fault, Hub, text},
};

const PIECE_BYTES: usize = 1 << 18;
/// Connections in a row that bring nothing.
const MAX_IDLE: u32 = 5;

/// A file on its way.
pub(crate) struct Transfer<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) url: String,
    pub(crate) file: &'a File,
    pub(crate) target: &'a Path,
}

/// What the connections so far told.
#[derive(Default)]
struct Told {
    bytes: Option<u64>,
    sha256: Option<String>,
}

/// The name of a file that is not complete.
pub(crate) fn partial(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

impl Transfer<'_> {
    /// Brings the file, and says its SHA-256.
    pub(crate) fn run(&self, say: &mut dyn FnMut(Event<'_>)) -> Result<String, Error> {
        let path = partial(self.target);
        let mut part = open(&path)?;
        let told = self.receive(&path, &mut part, say).inspect_err(|_| {
            // A part of nothing is worth nothing; if it cannot be removed, the first error still says more.
            let _ = part.metadata().is_ok_and(|about| about.len() == 0).then(|| fs::remove_file(&path));
        })?;
        say(Event::Checking(self.target));
        let found = sha256(&path, &mut |_| {})?;
        let expected = self.file.sha256.or(told.sha256.as_deref());
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            fs::remove_file(&path).map_err(Error::disk(&path))?;
            return Err(self.changed(format!("the file that came has SHA-256 {found}, not {expected}")));
        }
        part.sync_all().map_err(Error::disk(&path))?;
        fs::rename(&path, self.target).map_err(Error::disk(self.target))?;
        Ok(found)
    }

    /// Fills the part, connection by connection.
    fn receive(&self, path: &Path, part: &mut Disk, say: &mut dyn FnMut(Event<'_>)) -> Result<Told, Error> {
        let mut told = Told { bytes: self.file.sha256.map(|_| self.file.bytes), ..Told::default() };
        let mut idle = 0;
        loop {
            let has = length(path, part)?;
            if told.bytes.is_some_and(|bytes| has > bytes) {
                restart(path, part)?;
                continue;
            }
            if told.bytes == Some(has) {
                return Ok(told);
            }
            let problem = match self.connection(path, part, has, &mut told, say) {
                Ok(()) => "the connection ended early".to_owned(),
                Err(Fault::Passing(problem)) => problem,
                Err(Fault::Lasting(error)) => return Err(error),
            };
            idle = if length(path, part)? > has { 0 } else { idle + 1 };
            if idle == MAX_IDLE {
                return Err(Error::Connection { url: self.url.clone(), problem });
            }
            if told.bytes != Some(length(path, part)?) {
                // Half a pause where something came: a connection that breaks now and then costs little.
                let pause = self.hub.pause * (1 << idle) / 2;
                say(Event::Again { problem: &problem, after: pause });
                thread::sleep(pause);
            }
        }
    }

    /// One request, and as much of the file as it brings.
    fn connection(
        &self,
        path: &Path,
        part: &mut Disk,
        mut has: u64,
        told: &mut Told,
        say: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Fault> {
        let Answer { announced, response } = self.hub.get(&self.url, has)?;
        self.agrees(announced.bytes, announced.sha256.as_deref())?;
        told.bytes = told.bytes.or(announced.bytes);
        told.sha256 = told.sha256.take().or(announced.sha256);
        let headers = response.headers();
        let range = text(headers, "content-range").and_then(range);
        match response.status().as_u16() {
            200 => {
                if has > 0 {
                    restart(path, part)?;
                    has = 0;
                }
                let length = text(headers, "content-length").and_then(|length| length.parse().ok());
                self.agrees(length, None)?;
                told.bytes = told.bytes.or(length);
            }
            206 => {
                let Some((_, total)) = range.filter(|(start, _)| *start == Some(has)) else {
                    return Err(self
                        .changed(format!("asked for the part from byte {has}, it sends another"))
                        .into());
                };
                self.agrees(total, None)?;
                told.bytes = told.bytes.or(total);
            }
            416 => {
                told.bytes = told.bytes.or(range.and_then(|(_, total)| total).filter(|total| *total == has));
                if told.bytes != Some(has) {
                    restart(path, part)?;
                }
                return Ok(());
            }
            status => return Err(self.refused(status)),
        }
        let Some(bytes) = told.bytes else {
            return Err(self.changed("the server does not say how long it is".to_owned()).into());
        };
        // Less than came already: the part is begun anew.
        let Some(rest) = bytes.checked_sub(has) else { return Ok(()) };
        say(Event::File { path: self.target, bytes, has });
        self.copy(path, part, response.into_body().into_reader(), rest, say)
    }

    /// At most `bytes` from a connection to the part.
    fn copy(
        &self,
        path: &Path,
        part: &mut Disk,
        mut from: impl Read,
        mut bytes: u64,
        say: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Fault> {
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let read = from.read(&mut piece).map_err(|error| Fault::Passing(error.to_string()))?;
            if read as u64 > bytes {
                return Err(self.changed("more bytes come than were announced".to_owned()).into());
            }
            if read == 0 {
                return Ok(());
            }
            part.write_all(&piece[..read]).map_err(Error::disk(path))?;
            bytes -= read as u64;
            say(Event::Bytes(read as u64));
        }
    }

    /// What is announced must fit what was published.
    fn agrees(&self, bytes: Option<u64>, sha256: Option<&str>) -> Result<(), Error> {
        let File { bytes: published, sha256: hash, .. } = *self.file;
        if let Some(bytes) = bytes.filter(|bytes| *bytes > published || hash.is_some() && *bytes < published)
        {
            let most = if hash.is_some() { "" } else { "at most " };
            return Err(
                self.changed(format!("it offers {bytes} bytes; the published file has {most}{published}"))
            );
        }
        match (sha256, hash) {
            (Some(offered), Some(hash)) if offered != hash => {
                Err(self.changed(format!("it offers the SHA-256 {offered}; the published file has {hash}")))
            }
            _ => Ok(()),
        }
    }

    fn refused(&self, status: u16) -> Fault {
        let url = self.url.clone();
        match status {
            401 | 403 => Error::Denied { url, status }.into(),
            404 => Error::Gone { url }.into(),
            408 | 429 | 500.. => Fault::Passing(format!("the server answers with status {status}")),
            _ => Error::Status { url, status }.into(),
        }
    }

    fn changed(&self, problem: String) -> Error {
        Error::Changed { url: self.url.clone(), problem }
    }
}

/// The part as it was left, for this program alone.
fn open(path: &Path) -> Result<Disk, Error> {
    let options = OpenOptions::new().append(true).create(true).open(path);
    let part = options.map_err(Error::disk(path))?;
    match part.try_lock() {
        Ok(()) => Ok(part),
        Err(TryLockError::WouldBlock) => Err(Error::Busy { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(Error::disk(path)(error)),
    }
}

fn length(path: &Path, part: &Disk) -> Result<u64, Error> {
    Ok(part.metadata().map_err(Error::disk(path))?.len())
}

fn restart(path: &Path, part: &Disk) -> Result<(), Error> {
    part.set_len(0).map_err(Error::disk(path))
}

/// `bytes 3-9/10` to 3 and 10; either may be left open with a star.
fn range(header: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (part, total) = header.strip_prefix("bytes ")?.split_once('/')?;
    Some((part.split_once('-').and_then(|(start, _)| start.parse().ok()), total.parse().ok()))
}
