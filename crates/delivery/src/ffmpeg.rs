//! The system's `ffmpeg` program.
//!
//! A program, not a library: no build step, the system's codecs, and its licence stays its own.

use std::{
    env,
    ffi::OsString,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
};

use crate::Error;

/// Where to find the program.
pub(crate) struct Ffmpeg {
    program: OsString,
}

/// Lines of ffmpeg's last words that go into an error.
const TAIL_LINES: usize = 12;

impl Ffmpeg {
    /// `MAQUETTE_FFMPEG` when set, else `ffmpeg` in `PATH`.
    pub(crate) fn of_system() -> Self {
        let named = env::var_os("MAQUETTE_FFMPEG").filter(|name| !name.is_empty());
        Self { program: named.unwrap_or_else(|| "ffmpeg".into()) }
    }

    #[cfg(test)]
    pub(crate) fn at(program: impl Into<OsString>) -> Self {
        Self { program: program.into() }
    }

    /// Starts it, quiet but for errors, with its input a pipe.
    pub(crate) fn start(&self, arguments: &[OsString]) -> Result<Running, Error> {
        let mut child = Command::new(&self.program)
            .args(["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|source| Error::NoFfmpeg {
                program: self.program.to_string_lossy().into_owned(),
                source,
            })?;
        // Read on its own thread, or a chatty ffmpeg would wait for us while we wait for it.
        let tail = child.stderr.take().map(|stderr| thread::spawn(move || last_lines(stderr)));
        Ok(Running { child, tail })
    }
}

/// A started ffmpeg. Dropped before [`finish`](Self::finish), it is ended.
pub(crate) struct Running {
    child: Child,
    tail: Option<JoinHandle<String>>,
}

impl Running {
    /// Sends bytes to its input; false when it no longer listens.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> bool {
        self.child.stdin.as_mut().is_some_and(|stdin| stdin.write_all(bytes).is_ok())
    }

    /// Ends its input and waits; a failure brings its last words.
    pub(crate) fn finish(mut self, path: &Path) -> Result<(), Error> {
        drop(self.child.stdin.take());
        let status: ExitStatus = self.child.wait().map_err(Error::file("wait for ffmpeg writing", path))?;
        let tail = self.tail.take().and_then(|tail| tail.join().ok()).unwrap_or_default();
        if status.success() { Ok(()) } else { Err(Error::Ffmpeg { path: path.to_owned(), status, tail }) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail harmlessly on a process that has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn last_lines(stream: impl Read) -> String {
    let mut lines = std::collections::VecDeque::new();
    for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
        lines.push_back(String::from_utf8_lossy(&line).into_owned());
        if lines.len() > TAIL_LINES {
            lines.pop_front();
        }
    }
    Vec::from(lines).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_an_error_that_says_how_to_get_it() {
        let Err(error) = Ffmpeg::at("no-such-ffmpeg").start(&[]) else { panic!("started") };
        let text = error.to_string();
        for part in ["no-such-ffmpeg", "apt install ffmpeg", "MAQUETTE_FFMPEG"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let text: String = (0..100).map(|i| format!("line {i}\n")).collect();
        let tail = last_lines(text.as_bytes());
        assert_eq!(tail.lines().count(), TAIL_LINES);
        assert!(tail.ends_with("line 99"));
    }
}
