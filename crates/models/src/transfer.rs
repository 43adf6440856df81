//! One file from the hub to the disk, across as many connections as it takes.
//!
//! 1. What came so far lies in a part of its own.
//! 2. Each connection asks for the rest. What it announces must fit what was published.
//! 3. Complete, the part is hashed, flushed, and gets its name: no file of that name is ever incomplete.

use std::{io::Read, path::Path, thread};

use ureq::http::HeaderMap;

use crate::{
    Error, Event, File,
    hash::sha256,
    hub::{Answer, Fault, Hub, text},
    part::Part,
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

impl Transfer<'_> {
    /// Brings the file, and says its SHA-256.
    pub(crate) fn run(&self, say: &mut dyn FnMut(Event<'_>)) -> Result<String, Error> {
        let mut part = Part::open(self.target)?;
        let told = match self.receive(&mut part, say) {
            Ok(told) => told,
            Err(error) => {
                if part.bytes()? == 0 {
                    part.discard()?;
                }
                return Err(error);
            }
        };
        say(Event::Checking(self.target));
        let found = sha256(part.path(), &mut |_| {})?;
        let expected = self.file.sha256.or(told.sha256.as_deref());
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            part.discard()?;
            return Err(self.changed(format!("the file that came has SHA-256 {found}, not {expected}")));
        }
        part.complete(self.target)?;
        Ok(found)
    }

    /// Fills the part, connection by connection.
    fn receive(&self, part: &mut Part, say: &mut dyn FnMut(Event<'_>)) -> Result<Told, Error> {
        let mut told = Told { bytes: self.file.sha256.map(|_| self.file.bytes), ..Told::default() };
        let mut idle = 0;
        loop {
            let has = part.bytes()?;
            if told.bytes == Some(has) {
                return Ok(told);
            }
            if told.bytes.is_some_and(|bytes| has > bytes) {
                part.restart()?;
                continue;
            }
            let problem = match self.connect(part, &mut told, say) {
                Ok(()) => "the connection ended early".to_owned(),
                Err(Fault::Passing(problem)) => problem,
                Err(Fault::Lasting(error)) => return Err(error),
            };
            idle = if part.bytes()? > has { 0 } else { idle + 1 };
            if idle == MAX_IDLE {
                return Err(Error::Connection { url: self.url.clone(), problem });
            }
            if told.bytes != Some(part.bytes()?) {
                // Half a pause where something came: a connection that breaks now and then costs little.
                let after = self.hub.pause * (1 << idle) / 2;
                say(Event::Again { problem: &problem, after });
                thread::sleep(after);
            }
        }
    }

    /// One request, and as much of the file as it brings.
    fn connect(&self, part: &mut Part, told: &mut Told, say: &mut dyn FnMut(Event<'_>)) -> Result<(), Fault> {
        let Answer { announced, response } = self.hub.get(&self.url, part.bytes()?)?;
        self.agrees(announced.bytes, announced.sha256.as_deref())?;
        told.bytes = told.bytes.or(announced.bytes);
        told.sha256 = told.sha256.take().or(announced.sha256);
        let (status, headers) = (response.status().as_u16(), response.headers());
        let range = text(headers, "content-range").and_then(range).unwrap_or_default();
        match status {
            200 => self.begin_anew(part, headers, told)?,
            206 => self.go_on(part, range, told)?,
            // There is nothing after what came: it is all, or not of this file.
            416 if range.1 == Some(part.bytes()?) => {
                told.bytes = told.bytes.or(range.1);
                return Ok(());
            }
            416 => return Ok(part.restart()?),
            _ => return Err(self.refused(status)),
        }
        let Some(bytes) = told.bytes else {
            return Err(self.changed("the server does not say how long it is".to_owned()).into());
        };
        let has = part.bytes()?;
        // Less than came already: the part is begun anew.
        let Some(rest) = bytes.checked_sub(has) else { return Ok(()) };
        say(Event::File { path: self.target, bytes, has });
        self.copy(part, response.into_body().into_reader(), rest, say)
    }

    /// The server sends the whole file, whatever it was asked for.
    fn begin_anew(&self, part: &Part, headers: &HeaderMap, told: &mut Told) -> Result<(), Error> {
        part.restart()?;
        let length = text(headers, "content-length").and_then(|length| length.parse().ok());
        self.agrees(length, None)?;
        told.bytes = told.bytes.or(length);
        Ok(())
    }

    /// The server sends a part of the file.
    fn go_on(
        &self,
        part: &Part,
        (start, total): (Option<u64>, Option<u64>),
        told: &mut Told,
    ) -> Result<(), Error> {
        let has = part.bytes()?;
        if start != Some(has) {
            return Err(self.changed(format!("asked for the part from byte {has}, it sends another")));
        }
        self.agrees(total, None)?;
        told.bytes = told.bytes.or(total);
        Ok(())
    }

    /// At most `bytes` from a connection to the part.
    fn copy(
        &self,
        part: &mut Part,
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
            part.append(&piece[..read])?;
            bytes -= read as u64;
            say(Event::Bytes(read as u64));
        }
    }

    /// What is announced must fit what was published.
    fn agrees(&self, bytes: Option<u64>, sha256: Option<&str>) -> Result<(), Error> {
        let File { bytes: published, sha256: hash, .. } = *self.file;
        let fits = |bytes| if hash.is_some() { bytes == published } else { bytes <= published };
        if let Some(bytes) = bytes.filter(|&bytes| !fits(bytes)) {
            let most = if hash.is_some() { "" } else { "at most " };
            let problem = format!("it offers {bytes} bytes; the published file has {most}{published}");
            return Err(self.changed(problem));
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

/// `bytes 3-9/10` to 3 and 10; a star leaves either open.
fn range(header: &str) -> Option<(Option<u64>, Option<u64>)> {
    let (part, total) = header.strip_prefix("bytes ")?.split_once('/')?;
    Some((part.split_once('-').and_then(|(start, _)| start.parse().ok()), total.parse().ok()))
}
