//! The system's `ffmpeg` and `ffprobe`, started.

use std::{
    env,
    ffi::{OsStr, OsString},
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread::{self, JoinHandle},
};

use crate::Error;

/// Where to find the program.
#[derive(Clone, Debug)]
pub struct Ffmpeg {
    program: OsString,
}

/// Kinds of file that are read, by ffmpeg's names: those that hold their pictures and sound themselves. A playlist (concat, HLS,
/// DASH) would bring in files that nobody named, looked at or hashed.
const FORMATS: &str = "mov,mp4,matroska,webm,avi,mxf,mpegts,mpeg,mpegvideo,asf,flv,nut,ivf,obu,h264,hevc,m4v,dv,yuv4mpegpipe,\
    gif,apng,image2,png_pipe,jpeg_pipe,jpegls_pipe,jpegxl_pipe,j2k_pipe,tiff_pipe,exr_pipe,webp_pipe,bmp_pipe,dpx_pipe,\
    ppm_pipe,pgm_pipe,pfm_pipe,qoi_pipe,psd_pipe,ico,wav,w64,aiff,au,caf,flac,ogg,mp3,aac,ac3,eac3,ape,wv,tta,amr";

/// Arguments that name a file to be read.
pub(crate) fn input(path: &Path) -> [OsString; 4] {
    ["-format_whitelist".into(), FORMATS.into(), "-i".into(), path.into()]
}

/// Lines of ffmpeg's last words that go into an error.
const TAIL_LINES: usize = 12;

impl Ffmpeg {
    /// `MAQUETTE_FFMPEG` when set, else `ffmpeg` in `PATH`.
    pub fn of_system() -> Self {
        let named = env::var_os("MAQUETTE_FFMPEG").filter(|name| !name.is_empty());
        Self { program: named.unwrap_or_else(|| "ffmpeg".into()) }
    }

    #[cfg(test)]
    pub(crate) fn at(program: impl Into<OsString>) -> Self {
        Self { program: program.into() }
    }

    /// Whether it can be started at all: starts it and stops it. Worth asking before hours of rendering.
    pub fn check(&self) -> Result<(), Error> {
        self.write(&["-version"]).map(drop)
    }

    /// Starts it, quiet but for errors, with its input a pipe: for frames that go in.
    pub fn write(&self, arguments: &[impl AsRef<OsStr>]) -> Result<Running, Error> {
        let mut command = Command::new(&self.program);
        command.args(["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y"]).args(arguments);
        Running::start(command.stdin(Stdio::piped()).stdout(Stdio::null()))
    }

    /// Starts it, quiet but for errors, with its output a pipe: for frames that come out.
    pub fn read(&self, arguments: &[impl AsRef<OsStr>]) -> Result<Running, Error> {
        let mut command = Command::new(&self.program);
        command.args(["-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"]).args(arguments);
        Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))
    }

    /// Starts the `ffprobe` that lies beside it, with its output a pipe.
    pub(crate) fn probe(&self, arguments: &[impl AsRef<OsStr>]) -> Result<Running, Error> {
        let mut command = Command::new(self.beside("ffprobe"));
        command.args(["-hide_banner", "-loglevel", "error"]).args(arguments);
        Running::start(command.stdin(Stdio::null()).stdout(Stdio::piped()))
    }

    /// A program of the same folder and ending: `/opt/bin/ffmpeg` to `/opt/bin/ffprobe`.
    fn beside(&self, name: &str) -> PathBuf {
        let path = Path::new(&self.program);
        let mut sibling = path.with_file_name(name);
        if let Some(ending) = path.extension().filter(|ending| *ending == "exe") {
            sibling.set_extension(ending);
        }
        sibling
    }
}

/// A started program. Dropped before [`finish`](Self::finish), it is ended.
pub struct Running {
    program: String,
    child: Child,
    tail: Option<JoinHandle<String>>,
}

impl Running {
    fn start(command: &mut Command) -> Result<Self, Error> {
        let program = command.get_program().to_string_lossy().into_owned();
        let started = command.stderr(Stdio::piped()).spawn();
        let mut child = started.map_err(|source| Error::NoFfmpeg { program: program.clone(), source })?;
        // Read on its own thread, or a chatty ffmpeg would wait for us while we wait for it.
        let tail = child.stderr.take().map(|stderr| thread::spawn(move || last_lines(stderr)));
        Ok(Self { program, child, tail })
    }

    /// Sends bytes to its input; false when it no longer listens.
    pub fn send(&mut self, bytes: &[u8]) -> bool {
        self.child.stdin.as_mut().is_some_and(|stdin| stdin.write_all(bytes).is_ok())
    }

    /// Fills `bytes` from its output; how many came before the end.
    pub(crate) fn receive(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let Some(stdout) = self.child.stdout.as_mut() else { return Ok(0) };
        let mut filled = 0;
        while filled < bytes.len() {
            match stdout.read(&mut bytes[filled..])? {
                0 => break,
                more => filled += more,
            }
        }
        Ok(filled)
    }

    /// All of its output, at most `limit` bytes.
    pub(crate) fn receive_all(&mut self, limit: u64) -> std::io::Result<Vec<u8>> {
        let mut all = Vec::new();
        if let Some(stdout) = self.child.stdout.as_mut() {
            stdout.take(limit).read_to_end(&mut all)?;
        }
        Ok(all)
    }

    /// Ends its input and waits; a failure brings its last words. `path` is the file it wrote or read.
    pub fn finish(mut self, path: &Path) -> Result<(), Error> {
        drop(self.child.stdin.take());
        drop(self.child.stdout.take());
        let status: ExitStatus = self.child.wait().map_err(Error::file("wait for ffmpeg on", path))?;
        let tail = self.tail.take().and_then(|tail| tail.join().ok()).unwrap_or_default();
        match status.success() {
            true => Ok(()),
            false => {
                Err(Error::Ffmpeg { path: path.to_owned(), program: self.program.clone(), status, tail })
            }
        }
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
        let Err(error) = Ffmpeg::at("no-such-ffmpeg").check() else { panic!("started") };
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

    #[test]
    fn ffprobe_is_looked_for_where_ffmpeg_lies() {
        assert_eq!(Ffmpeg::at("/opt/bin/ffmpeg").beside("ffprobe"), Path::new("/opt/bin/ffprobe"));
        assert_eq!(Ffmpeg::at("tools/ffmpeg.exe").beside("ffprobe"), Path::new("tools/ffprobe.exe"));
        assert_eq!(Ffmpeg::at("ffmpeg").beside("ffprobe"), Path::new("ffprobe"));
    }
}
