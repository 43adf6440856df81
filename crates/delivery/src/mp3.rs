//! A WAV to an MP3, for those who cannot take anything better.

use std::{ffi::OsString, path::Path};

use maquette_media::Ffmpeg;

use crate::{Error, atomic::Pending};

/// Writes 320 kbit/s of the two channels of `wav`. The same sound gives the same bytes with the same ffmpeg.
pub fn write_mp3(path: &Path, wav: &Path) -> Result<(), Error> {
    let pending = Pending::new(path)?;
    let mut arguments: Vec<OsString> = vec!["-i".into(), wav.into()];
    let rest = ["-ac", "2", "-c:a", "libmp3lame", "-b:a", "320k", "-map_metadata", "-1"];
    arguments.extend(rest.into_iter().chain(["-fflags", "+bitexact", "-f", "mp3"]).map(OsString::from));
    arguments.push(pending.path().into());
    Ffmpeg::of_system().write(&arguments)?.finish(path)?;
    pending.commit()
}
