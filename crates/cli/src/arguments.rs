//! What can be typed.

mod video;

use std::path::PathBuf;

use crate::{
    consent::ConsentArguments, detect::DetectArguments, models::ModelsArguments, verify::VerifyArguments,
};
use clap::{Args, Parser, Subcommand, ValueEnum};
use maquette_shoot::{Certificate, Ears, FrameRange, Quality, SoundSettings, Sync, ToneMap};

pub(crate) use video::VideoArguments;

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
    /// Render the sound alone, and draw it
    ///
    /// Writes SHOT/sound.wav, the edit's sound.wav, and SHOT/sound.png: waveform, spectrogram, what happens when, and how the
    /// room dies away. The sound is the one that `render` writes, in a fraction of the time.
    Listen(ListenArguments),
    /// Report every mistake in a scene and render nothing
    ///
    /// Exits with 0 when there is none, with 2 otherwise.
    Check(CheckArguments),
    /// Train the part of the generator that holds frames still, on your own scenes
    ///
    /// Renders every shot of the scenes twice with few samples, then learns how much of the earlier frames to keep where
    /// something changed. Writes FOLDER/temporal_head.safetensors for `render --head`, FOLDER/loss.csv and a validation strip.
    /// Run it again to go on after an interruption, or with more --steps.
    Train(TrainArguments),
    /// Measure pictures or sequences against a reference
    ///
    /// Prints relMSE, HDR-FLIP, LDR-FLIP, PSNR, SSIM, how much brighter and how much more detailed the image is; object by
    /// object where the EXRs carry ids; and for sequences how much they change from frame to frame. EXRs are compared as light
    /// in nits (as stored where the header does not say how they were exposed), PNGs as the screen shows them.
    #[command(after_help = "\
Examples:
  maquette compare takes/a takes/b                          every frame of two takes
  maquette compare a.exr reference.exr --difference d.png   two pictures, and a picture of where they differ
  maquette compare 'takes/a/010/beauty.*.exr' still.exr     a still sequence against one converged picture

Figures:
  relMSE      mean((x-r)^2/(r^2+0.01 mean(r)^2)), the worst 0.1 % of pixels dropped; 0 is equal
  HDR-FLIP    how different it looks at any exposure, 0 to 1; below 0.05 takes a close look
  LDR-FLIP    the same at one exposure, clipped and sRGB encoded; so are PSNR and SSIM
  energy      mean luminance over the reference's; detail: gradient energy over the reference's
  deviation   standard deviation in time over mean: flicker where nothing moves
  temporal    the image's change along motion against the reference's, where the frame before shows the same")]
    Compare(CompareArguments),
    /// Ask a person for consent, give it, check it, take it back
    ///
    /// A recorded person, or their voice, renders only with a grant that they signed. docs/consent.md walks through it.
    Consent(ConsentArguments),
    /// Say what made a file, whether it is untouched, who is in it with what consent, and whether its mark is there
    ///
    /// Exits with 0 when every file is as it was signed, with 1 otherwise.
    Verify(VerifyArguments),
    /// Find this program's marks in pictures, movies and sounds, even where everything else was stripped
    ///
    /// Exits with 0 when every file has one, with 1 otherwise.
    Detect(DetectArguments),
    /// List the video models' weights, fetch them, verify them
    ///
    /// Says of each model what it is for, its size and licence, and where it lies or would have to. Nothing is fetched but by
    /// `maquette models fetch NAME`.
    Models(ModelsArguments),
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
    /// Finish every frame by itself: quicker for a single frame, but a sequence flickers
    #[arg(long)]
    pub(crate) no_history: bool,
    /// A temporal head from `maquette train`, instead of the built-in one
    #[arg(long, value_name = "FILE", conflicts_with = "no_history")]
    pub(crate) head: Option<PathBuf>,
    /// Cut single bright contributions of indirect light (fireflies) at so many nits; the receipt says how much light that
    /// takes away
    #[arg(long, value_name = "NITS|off", default_value = "off", value_parser = clamp)]
    pub(crate) clamp: Clamp,
    /// Keep single bright samples out of what later frames build on; the receipt says how much light that takes away
    /// [default: on, at final off]
    #[arg(long, value_name = "on|off", conflicts_with = "no_history")]
    pub(crate) limit_fireflies: Option<Switch>,
    /// Seed of everything random; the same seed gives the same frames [default: the scene's]
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// How light becomes display values
    #[arg(long, value_enum, default_value_t = ToneMapArgument::Agx)]
    pub(crate) tone_map: ToneMapArgument,
    /// Write "SYNTHETIC" into the PNGs and the movie, wandering; the EXRs stay clean. The invisible mark is there in any case
    #[arg(long)]
    pub(crate) label: bool,
    /// The folder to write [default: takes/<scene's name>]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Save what the generator was given, too, lossless: SHOT/conditioning.1001.exr
    #[arg(long)]
    pub(crate) conditioning: bool,
    /// Write pictures and sound, but encode no movie
    #[arg(long)]
    pub(crate) no_movie: bool,
    #[command(flatten)]
    pub(crate) video: VideoArguments,
    #[command(flatten)]
    pub(crate) sound: SoundArguments,
    #[command(flatten)]
    pub(crate) certificate: CertificateArguments,
}

/// What to sign with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Credential")]
pub(crate) struct CertificateArguments {
    /// Sign with certificates of your own: PEM, the signing one first [default: this installation's]
    #[arg(long, value_name = "PEM", requires = "key")]
    pub(crate) certificate: Option<PathBuf>,
    /// Its private key: PKCS#8 in PEM
    #[arg(long, value_name = "PEM", requires = "certificate")]
    pub(crate) key: Option<PathBuf>,
    /// A timestamp authority (RFC 3161) to ask for every file, so that signatures outlive the certificate; uses the network
    #[arg(long, value_name = "URL", requires = "certificate")]
    pub(crate) timestamps: Option<String>,
}

impl CertificateArguments {
    /// The user's own, if there is one.
    pub(crate) fn own(&self) -> Option<Certificate> {
        let (chain, key) = (self.certificate.clone()?, self.key.clone()?);
        Some(Certificate { chain, key, authority: self.timestamps.clone() })
    }
}

/// How sound is made.
#[derive(Debug, Args)]
#[command(next_help_heading = "Sound")]
pub(crate) struct SoundArguments {
    /// What it is listened to with; a movie has two channels in any case
    #[arg(long = "sound", value_enum, value_name = "LAYOUT", default_value_t = LayoutArgument::Stereo)]
    pub(crate) layout: LayoutArgument,
    /// Ears for binaural sound, which this asks for: a SOFA file of head-related impulse responses [default: the KEMAR dummy
    /// head]
    #[arg(long, value_name = "SOFA")]
    pub(crate) hrir: Option<PathBuf>,
    /// Mirror reflections followed one by one, 0 to 6; the rest comes as energy. More is finer and slower
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u32).range(0..=6))]
    pub(crate) reflections: u32,
    /// Write dialogue, effects, ambience and music apart, too
    #[arg(long)]
    pub(crate) stems: bool,
    /// Write the edit's sound as an MP3 of two channels, too
    #[arg(long)]
    pub(crate) mp3: bool,
    /// Loudness of the whole edit in LUFS: -23 for broadcast, -16 for the web
    #[arg(long, value_name = "LUFS", default_value_t = -23.0, value_parser = lufs, allow_negative_numbers = true)]
    pub(crate) loudness: f64,
    /// Whether sound takes its time to the listener, 3 ms a metre, or is heard when it is seen
    #[arg(long, value_enum, default_value_t = SyncArgument::Physical)]
    pub(crate) sync: SyncArgument,
}

/// What to listen to.
#[derive(Debug, Args)]
pub(crate) struct ListenArguments {
    /// The scene file (.ron)
    pub(crate) scene: PathBuf,
    /// Only this shot
    #[arg(long, value_name = "NAME")]
    pub(crate) shot: Option<String>,
    /// Only these frames of every selected shot: 1001-1024
    #[arg(long, value_name = "RANGE")]
    pub(crate) frames: Option<FrameRange>,
    /// The folder to write [default: takes/<scene's name>]
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: Option<PathBuf>,
    /// Play it now instead, in stereo, with acoustics at draft; nothing is rendered
    #[arg(
        long, value_enum, value_name = "WHERE", num_args = 0..=1, require_equals = true,
        default_missing_value = "card",
        conflicts_with_all = ["responses", "out", "layout", "hrir", "reflections", "sync", "stems", "mp3", "certificate"]
    )]
    pub(crate) play: Option<OutputArgument>,
    /// Write what the room does to each source, too: SHOT/response.SOURCE.wav (pressure, left, right), and SHOT/paths.json with
    /// every path and RT60 (as T20 and T30), EDT, C50, D50 and DRR by octave
    #[arg(long)]
    pub(crate) responses: bool,
    #[command(flatten)]
    pub(crate) sound: SoundArguments,
    #[command(flatten)]
    pub(crate) certificate: CertificateArguments,
}

/// Where sound that plays now goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputArgument {
    /// The system's sound card
    Card,
    /// Nowhere: to see what it costs
    Nobody,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LayoutArgument {
    /// Two loudspeakers
    Stereo,
    /// Headphones
    Binaural,
    /// Five loudspeakers and one for low frequencies: L R C LFE Ls Rs
    Surround,
    /// First-order Ambisonics: four channels, ACN order, SN3D
    Ambix,
    /// Third-order Ambisonics: sixteen channels, ACN order, SN3D
    Ambix3,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SyncArgument {
    /// Thunder after lightning
    Physical,
    /// As editors cut it
    Edit,
}

impl From<&SoundArguments> for SoundSettings {
    fn from(arguments: &SoundArguments) -> Self {
        Self {
            ears: match (arguments.layout, &arguments.hrir) {
                (_, Some(head)) => Ears::Binaural(Some(head.clone())),
                (LayoutArgument::Stereo, None) => Ears::Stereo,
                (LayoutArgument::Binaural, None) => Ears::Binaural(None),
                (LayoutArgument::Surround, None) => Ears::Surround,
                (LayoutArgument::Ambix, None) => Ears::AmbiX,
                (LayoutArgument::Ambix3, None) => Ears::AmbiX3,
            },
            sync: match arguments.sync {
                SyncArgument::Physical => Sync::Physical,
                SyncArgument::Edit => Sync::Edit,
            },
            target_lufs: arguments.loudness,
            reflections: arguments.reflections,
            stems: arguments.stems,
            mp3: arguments.mp3,
        }
    }
}

fn lufs(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(lufs) if (-60.0..=0.0).contains(&lufs) => Ok(lufs),
        _ => Err("write a loudness from -60 to 0 LUFS, such as -23".to_owned()),
    }
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

/// What to train on, and how long.
#[derive(Debug, Args)]
pub(crate) struct TrainArguments {
    /// Scene files (.ron); the last shot of the last one is kept for validation
    #[arg(required = true)]
    pub(crate) scenes: Vec<PathBuf>,
    /// The course's folder
    #[arg(long, value_name = "FOLDER", default_value = "takes/training")]
    pub(crate) out: PathBuf,
    /// Size of the rendered frames
    #[arg(long, value_name = "WxH", value_parser = picture_size, default_value = "192x112")]
    pub(crate) size: (usize, usize),
    /// Light samples a pixel
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256), default_value_t = 4)]
    pub(crate) samples: u32,
    /// Light samples a pixel of the independent renders that the head's pictures are compared with
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=65536), default_value_t = 32)]
    pub(crate) target_samples: u32,
    /// Steps in all
    #[arg(long, value_name = "N", default_value_t = 1500)]
    pub(crate) steps: usize,
    /// Seed of the random numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

/// What to compare with what.
#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// A picture (.exr, .png), the folder of a take or a shot, or a pattern such as 'beauty.*.exr'
    pub(crate) image: PathBuf,
    /// What it should look like: the same kinds; one picture is the reference of every frame
    pub(crate) reference: PathBuf,
    /// The reference rendered once more with another --seed: its noise then counts no longer in relMSE and temporal error
    #[arg(long, value_name = "PATH")]
    pub(crate) again: Option<PathBuf>,
    /// Only these frames of every shot: 1001, 1001-1024 or 1001-1024x2
    #[arg(long, value_name = "RANGE")]
    pub(crate) frames: Option<FrameRange>,
    /// Write where they differ as a heat map: black is equal, pale yellow as different as can be
    #[arg(long, value_name = "PNG")]
    pub(crate) difference: Option<PathBuf>,
    /// Exposure at which light is looked at for LDR-FLIP, PSNR and SSIM [default: the reference's own; else the one that makes
    /// its median middle grey]
    #[arg(long, value_name = "EV", allow_negative_numbers = true)]
    pub(crate) ev100: Option<f32>,
    /// Take EXR values as they are, even where the header tells nits
    #[arg(long)]
    pub(crate) as_stored: bool,
    /// How to report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For tools: JSON on standard output
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
