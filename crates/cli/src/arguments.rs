//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use maquette_shoot::{FrameRange, Quality, ToneMap};

/// Turns a scene blocked in simple shapes into the finished shot: light that follows real paths, sound that the
/// room makes.
#[derive(Debug, Parser)]
#[command(
    name = "maquette",
    version,
    after_help = "\
Start here:
  maquette check scenes/corridor.ron                  look for mistakes, render nothing
  maquette render scenes/corridor.ron                 the whole edit, draft quality
  maquette render scenes/corridor.ron --shot 010 --frames 1012 --quality final

Exit codes:
  0  done
  1  something failed on the way (a device, a full disk, a missing program); the message says what
  2  the scene or the arguments need a change; the message says where"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Render shots to pictures, sound and a movie
    ///
    /// Writes a folder: SHOT/beauty.1001.png for the screen, SHOT/beauty.1001.exr with every plane, sound.wav,
    /// movie.mp4, contact_sheet.png and receipt.json. Run it again after an edit: only frames that the edit touches
    /// are rendered anew.
    Render(RenderArguments),
    /// Report every mistake in a scene and render nothing
    ///
    /// Exits with 0 when there is none, with 2 otherwise.
    Check(CheckArguments),
    /// Print the scene format as a JSON Schema, for editors and tools
    Schema,
}

/// What to render, and how.
#[derive(Debug, Args)]
pub(crate) struct RenderArguments {
    /// The scene file (.ron)
    pub(crate) scene: PathBuf,
    /// Only this shot
    #[arg(long, value_name = "NAME")]
    pub(crate) shot: Option<String>,
    /// Only these frames of every selected shot: 1001, 1001-1024 or 1001-1024x2
    #[arg(long, value_name = "RANGE")]
    pub(crate) frames: Option<FrameRange>,
    /// How much work a frame gets
    #[arg(long, value_enum, default_value_t = QualityArgument::Draft)]
    pub(crate) quality: QualityArgument,
    /// Picture size in pixels; the sensor's width decides the view, the aspect its height [default: the quality's]
    #[arg(long, value_name = "WxH", value_parser = picture_size)]
    pub(crate) size: Option<(usize, usize)>,
    /// Light samples a pixel, 1 to 65536: more is cleaner and slower [default: the quality's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536))]
    pub(crate) samples: Option<u32>,
    /// Deliver the radiance as traced, without the network
    #[arg(long)]
    pub(crate) raw: bool,
    /// Cut single bright contributions of indirect light (fireflies) at so many nits; the receipt says how much light that
    /// takes away
    #[arg(long, value_name = "NITS|off", default_value = "off", value_parser = clamp)]
    pub(crate) clamp: Clamp,
    /// Seed of everything random; the same seed gives the same frames [default: the scene's]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// How light becomes display values
    #[arg(long, value_enum, default_value_t = ToneMapArgument::Agx)]
    pub(crate) tone_map: ToneMapArgument,
    /// The folder to write [default: takes/<scene's name>]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Save what the generator was given, too, lossless: SHOT/conditioning.1001.exr
    #[arg(long)]
    pub(crate) conditioning: bool,
    /// Write pictures and sound, but encode no movie
    #[arg(long)]
    pub(crate) no_movie: bool,
}

/// What to check, and how to report.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The scene file (.ron)
    pub(crate) scene: PathBuf,
    /// How to report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// For people, with the text underlined
    Text,
    /// For tools: a JSON list of mistakes on standard output
    Json,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum QualityArgument {
    /// 480x270, 8 samples: seconds a frame
    Draft,
    /// 1280x720, 32 samples
    Standard,
    /// 1920x1080, 256 samples
    Final,
}

impl From<QualityArgument> for Quality {
    fn from(argument: QualityArgument) -> Self {
        match argument {
            QualityArgument::Draft => Self::Draft,
            QualityArgument::Standard => Self::Standard,
            QualityArgument::Final => Self::Final,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ToneMapArgument {
    /// A film-like curve that keeps bright colours from breaking
    Agx,
    /// No curve: clipped at white
    Linear,
}

impl From<ToneMapArgument> for ToneMap {
    fn from(argument: ToneMapArgument) -> Self {
        match argument {
            ToneMapArgument::Agx => Self::Agx,
            ToneMapArgument::Linear => Self::Linear,
        }
    }
}

/// A cut at so many nits, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Clamp(pub(crate) Option<f32>);

fn clamp(text: &str) -> Result<Clamp, String> {
    if text == "off" {
        return Ok(Clamp(None));
    }
    match text.parse() {
        Ok(nits) if nits > 0.0 && f32::is_finite(nits) => Ok(Clamp(Some(nits))),
        _ => Err("write an amount of nits above 0, such as 1000, or off".to_owned()),
    }
}

/// Largest picture, in pixels: a 16K frame.
const MOST_PIXELS: usize = 15360 * 8640;

fn picture_size(text: &str) -> Result<(usize, usize), String> {
    let size = text.split_once('x').and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?)));
    let (width, height): (usize, usize) = size.ok_or("write WIDTHxHEIGHT, such as 1280x720")?;
    let fits = width.checked_mul(height).is_some_and(|pixels| pixels <= MOST_PIXELS);
    match width >= 16 && height >= 16 && fits {
        true => Ok((width, height)),
        false => Err("a picture is at least 16x16 and at most 15360x8640 pixels".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_clamp_is_an_amount_or_off() {
        assert_eq!(clamp("off"), Ok(Clamp(None)));
        assert_eq!(clamp("1e3"), Ok(Clamp(Some(1000.0))));
        for text in ["0", "-1", "inf", "nan", "bright", ""] {
            assert!(clamp(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_read_and_bounded() {
        assert_eq!(picture_size("640x360"), Ok((640, 360)));
        for text in ["640", "x", "0x10", "640x-1", "99999999999x99999999999", "15361x8640"] {
            assert!(picture_size(text).is_err(), "{text}");
        }
    }
}
