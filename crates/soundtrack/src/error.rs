//! What can be wrong with a recording or a request.

use std::path::PathBuf;

/// Why a programme could not be rendered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A recording that cannot be opened.
    #[error("cannot open the recording {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// A recording that is not WAV, FLAC, OGG Vorbis or MP3 with one or two channels, or is damaged.
    #[error(
        "cannot decode the recording {path}: {reason}. Mono and stereo WAV, FLAC, OGG Vorbis and MP3 are understood\nhint: convert it: ffmpeg -i \"{path}\" -ac 2 \"{path}.wav\""
    )]
    Decode {
        /// The file.
        path: PathBuf,
        /// What the decoder says.
        reason: String,
    },
    /// A recording at an unusual rate.
    #[error("the recording {path} has {rate_hz} samples a second; {least_hz} to {most_hz} are understood")]
    Rate {
        /// The file.
        path: PathBuf,
        /// Its rate.
        rate_hz: u32,
        /// Lowest rate.
        least_hz: u32,
        /// Highest rate.
        most_hz: u32,
    },
    /// A recording without samples.
    #[error("the recording {name} is empty")]
    Empty {
        /// The file, or the source's name.
        name: String,
    },
    /// A recording with samples that are not numbers.
    #[error("the recording {name} holds a sample that is not a finite number, at {index}")]
    NotFinite {
        /// The file, or the source's name.
        name: String,
        /// The first such sample.
        index: usize,
    },
    /// A range that ends before it starts, is not finite, or is longer than a day.
    #[error(
        "sound was asked for from {from_s} s to {to_s} s; give a finite range of up to {most_s} s that does not run backwards"
    )]
    Range {
        /// Asked start.
        from_s: f64,
        /// Asked end.
        to_s: f64,
        /// Longest range.
        most_s: f64,
    },
    /// A setting outside its range.
    #[error("setting `{name}` is {value}; it must lie between {least} and {most}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What was asked.
        value: f64,
        /// Smallest allowed.
        least: f64,
        /// Largest allowed.
        most: f64,
    },
    /// A file that cannot be written.
    #[error("cannot write {path}: {reason}")]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// Acoustics of another timeline.
    #[error("the timeline has {expected} sources and contacts, the acoustics have {found}")]
    Sources {
        /// Sources and contacts of the timeline.
        expected: usize,
        /// Sources of the acoustics.
        found: usize,
    },
    /// A set of head-related impulse responses that cannot be used.
    #[error("cannot listen through the head in {path}: {reason}. A SOFA file of two ears is needed")]
    Head {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A line that no synthesiser could read.
    #[error("cannot speak \"{text}\": {reason}")]
    Speech {
        /// The beginning of the line.
        text: String,
        /// What is missing or went wrong, and what to do.
        reason: String,
    },
    /// A list of phonemes that cannot be read.
    #[error(
        "line {line} of the phonemes is \"{text}\"; flite's `-psdur` (`aa:0.453 p:0.581`, ends in seconds) and MBROLA's .pho (`A: 57`, milliseconds) are understood"
    )]
    Phonemes {
        /// Which, from 1.
        line: usize,
        /// Its beginning.
        text: String,
    },
    /// A list of phonemes beside a recording that cannot be read.
    #[error("cannot follow the phonemes in {path}; without that file the jaw follows the recording's level")]
    Lips {
        /// The file.
        path: PathBuf,
        /// Where it is wrong.
        #[source]
        source: Box<Error>,
    },
    /// Sound cannot be played here.
    #[error("cannot play sound: {reason}\nhint: without `--play`, `maquette listen` writes it to a file")]
    Card {
        /// What is missing.
        reason: String,
    },
    /// The mixer refused a track or a sound.
    #[error("the mixer has no room for {what}")]
    Console {
        /// What did not fit.
        what: &'static str,
    },
}
