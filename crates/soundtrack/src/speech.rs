//! A line of text to a scratch recording, by a speech synthesiser that stands beside this program.
//!
//! `espeak-ng` is asked first, then `flite`; the environment variable `MAQUETTE_SPEECH` names another program of either
//! kind. They run on their own: their licences stay theirs, and a scene without them only lacks its scratch lines.

use std::{
    ffi::OsString,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use crate::{Error, visemes};

/// What is to be said, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Line {
    /// The words.
    pub text: String,
    /// A voice as the synthesiser names it; its own if `None`.
    pub voice: Option<String>,
    /// Pace.
    pub words_a_minute: u32,
}

/// flite's own pace.
const FLITE_WORDS_A_MINUTE: f64 = 170.0;

/// Reads a line to a WAV file of one channel. The same line gives the same sound with the same program. Returns its phonemes
/// with their times, as [`visemes`](crate::visemes) reads them, where the synthesiser tells: flite does, espeak-ng for its
/// `mb-` voices. Kept beside the WAV file with the ending `pho`, they move the [`jaw`](fn@crate::jaw).
///
/// # Errors
///
/// [`Error::Speech`] when no synthesiser is installed, or it fails.
pub fn speak(line: &Line, wav: &Path) -> Result<Option<String>, Error> {
    match std::env::var_os("MAQUETTE_SPEECH") {
        Some(program) => speak_with(&[program], line, wav),
        None => speak_with(&["espeak-ng", "flite"].map(OsString::from), line, wav),
    }
}

/// By the first of these programs that there is.
fn speak_with(programs: &[OsString], line: &Line, wav: &Path) -> Result<Option<String>, Error> {
    for program in programs {
        match run(program, line, wav) {
            Err(Failure::Missing) => {}
            Err(Failure::Failed(reason)) => return Err(wrong(line, reason)),
            Ok(phonemes) => return Ok(phonemes),
        }
    }
    let names: Vec<String> = programs.iter().map(|p| p.to_string_lossy().into_owned()).collect();
    let reason = format!(
        "there is no {}. Install espeak-ng or flite, name one in MAQUETTE_SPEECH, or give the sound a `clip`",
        names.join(" and no ")
    );
    Err(wrong(line, reason))
}

enum Failure {
    Missing,
    Failed(String),
}

fn wrong(line: &Line, reason: String) -> Error {
    const SHOWN: usize = 40;
    let mut text: String = line.text.chars().take(SHOWN).collect();
    if text.len() < line.text.len() {
        text.push('…');
    }
    Error::Speech { text, reason }
}

fn run(program: &OsString, line: &Line, wav: &Path) -> Result<Option<String>, Failure> {
    let name = program.to_string_lossy().into_owned();
    let failed = |reason: String| Failure::Failed(format!("{name} {reason}"));
    let mut command = Command::new(program);
    arguments(&mut command, &name, line, wav);
    let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Failure::Missing),
        Err(error) => return Err(failed(format!("cannot be started: {error}"))),
    };
    // On standard input, so that no text can be taken for an option. A program that does not want it says so itself.
    if let Some(mut input) = child.stdin.take() {
        let _ = input.write_all(format!("{}\n", line.text).as_bytes());
    }
    let output = child.wait_with_output().map_err(|error| failed(format!("did not end: {error}")))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if !output.status.success() {
        return Err(failed(format!("ended with {}: {said}", output.status)));
    }
    // Some say nothing and succeed when they cannot.
    let bytes = std::fs::metadata(wav).map_or(0, |file| file.len());
    if bytes <= 44 {
        return Err(failed(format!("wrote no sound. {said}")));
    }
    let phonemes = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(visemes(&phonemes).is_ok_and(|found| !found.is_empty()).then_some(phonemes))
}

fn arguments(command: &mut Command, name: &str, line: &Line, wav: &Path) {
    if Path::new(name).file_stem().is_some_and(|stem| stem.to_string_lossy().starts_with("flite")) {
        let stretch = FLITE_WORDS_A_MINUTE / f64::from(line.words_a_minute.max(1));
        command.arg("--setf").arg(format!("duration_stretch={stretch}"));
        if let Some(voice) = &line.voice {
            command.arg("-voice").arg(voice);
        }
        command.arg("-psdur").arg("-f").arg("/dev/stdin").arg("-o").arg(wav);
    } else {
        command.arg("-s").arg(line.words_a_minute.to_string());
        if let Some(voice) = &line.voice {
            command.arg("-v").arg(voice);
            if voice.starts_with("mb-") {
                command.arg("--pho");
            }
        }
        command.arg("--stdin").arg("-w").arg(wav);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_synthesiser_the_hint_names_what_to_install() {
        let folder = tempfile::tempdir().unwrap();
        let line = Line { text: "Hold the door.".into(), voice: None, words_a_minute: 165 };
        let programs = ["no-such-espeak", "no-such-flite"].map(OsString::from);
        let error = speak_with(&programs, &line, &folder.path().join("line.wav")).unwrap_err().to_string();
        for word in ["Hold the door.", "no-such-espeak", "Install espeak-ng or flite", "`clip`"] {
            assert!(error.contains(word), "{error}");
        }
    }

    #[test]
    fn a_program_that_fails_is_named_with_what_it_says() {
        let folder = tempfile::tempdir().unwrap();
        let line = Line { text: "x".repeat(100), voice: None, words_a_minute: 165 };
        let error = speak_with(&["false".into()], &line, &folder.path().join("line.wav")).unwrap_err();
        assert!(error.to_string().contains("false ended with") && error.to_string().contains('…'), "{error}");
    }

    #[test]
    #[allow(clippy::print_stdout, reason = "says what it skips")]
    fn flite_tells_when_the_mouth_is_open() {
        let folder = tempfile::tempdir().unwrap();
        let line = Line { text: "Mama. Papa.".into(), voice: None, words_a_minute: 165 };
        let wav = folder.path().join("line.wav");
        if Command::new("flite").arg("--version").output().is_err() {
            println!("skipped: flite, which tells its phonemes, is not installed");
            return;
        }
        let phonemes = speak_with(&["flite".into()], &line, &wav).unwrap().expect("phonemes");
        let found = visemes(&phonemes).unwrap();
        let length_s =
            crate::clip::load(&wav).unwrap().len() as f64 / f64::from(maquette_conditioning::SAMPLE_RATE_HZ);
        // Two words of two vowels; the list ends within the last pause.
        assert!(found.iter().filter(|viseme| viseme.openness == 1.0).count() >= 2, "{phonemes}");
        assert!((found.last().unwrap().time_s - length_s).abs() < 0.15, "{phonemes} {length_s}");
    }
}
