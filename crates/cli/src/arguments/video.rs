//! What the command line says about finishing shots: by which generator, and how a video model samples.

use clap::{Args, ValueEnum};
use maquette_scene::document::Generator;
use maquette_shoot::{Levels, SamplerKind, Sampling, VideoSettings};

/// What finishes frames, and how video models work.
#[derive(Debug, Args)]
#[command(next_help_heading = "Generator")]
pub(crate) struct VideoArguments {
    /// What finishes the frames of every shot [default: what the shot's look says]
    #[arg(long, value_enum, value_name = "GENERATOR", conflicts_with = "raw")]
    pub(crate) generator: Option<GeneratorArgument>,
    /// The video model: a name of `maquette models`, a folder, or a transformer in one file [default: the generator's own]
    #[arg(long, value_name = "NAME|PATH")]
    pub(crate) model: Option<String>,
    /// Steps from noise to picture: more are finer and slower
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(crate) steps: u16,
    /// The noise levels to visit instead, before the shift, for models that were distilled to a few steps: 1,0.75,0.5,0.25
    #[arg(long, value_name = "X,X,...", conflicts_with = "steps", value_parser = levels)]
    pub(crate) levels: Option<Levels>,
    /// How strongly the words are followed, 1 to 20; at 1 a step costs half
    #[arg(long, value_name = "X", default_value_t = 5.0, value_parser = guidance)]
    pub(crate) guidance: f64,
    /// How much of the way lies near noise, 0.1 to 20: 3 for 480 rows, 5 for 720
    #[arg(long, value_name = "X", default_value_t = 3.0, value_parser = shift)]
    pub(crate) shift: f64,
    /// Who goes from noise to picture
    #[arg(long, value_enum, default_value_t = SamplerArgument::Unipc)]
    pub(crate) sampler: SamplerArgument,
    /// Frames that the model sees at once, 45 to 161, 81 as trained; longer shots go in windows that share 20 frames
    #[arg(long, value_name = "FRAMES", default_value_t = 81, value_parser = clap::value_parser!(u16).range(45..=161))]
    pub(crate) window: u16,
    /// For models that were trained to look back only: frames that are made together, 4 to 80 by fours, 12 as trained; they
    /// see those before them in the same window
    #[arg(long, value_name = "FRAMES", value_parser = causal)]
    pub(crate) causal: Option<usize>,
    /// Memory that the video model may take, in GB; what needs more is refused before it begins, with what would fit
    #[arg(long, value_name = "GB", value_parser = gigabytes)]
    pub(crate) memory: Option<f64>,
    /// Write .film/SHOT/preview.png, what the middle of the shot (with --causal, of what is being made) is going to be, every so many steps
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) preview: Option<u16>,
    /// Draw where frames keep to the set's outlines and where not, too: SHOT/adherence.1001.png
    #[arg(long)]
    pub(crate) overlay: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GeneratorArgument {
    /// The light of the set, cleaned of noise: boxes stay boxes
    Reconstruct,
    /// Wan 2.1 with VACE, led by the set's distances and outlines
    WanVace,
    /// Wan 2.1 led by the set's surfaces
    WanGbuffer,
    /// Wan 2.1 going on from the look's first frame, or the set's
    WanImage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SamplerArgument {
    /// Second order: finer with few steps
    Unipc,
    /// First order
    Euler,
    /// Latent consistency: for models that were distilled to a few steps
    Lcm,
}

impl From<GeneratorArgument> for Generator {
    fn from(argument: GeneratorArgument) -> Self {
        match argument {
            GeneratorArgument::Reconstruct => Self::Reconstruct,
            GeneratorArgument::WanVace => Self::WanVace,
            GeneratorArgument::WanGbuffer => Self::WanGBuffer,
            GeneratorArgument::WanImage => Self::WanImage,
        }
    }
}

impl From<&VideoArguments> for VideoSettings {
    fn from(arguments: &VideoArguments) -> Self {
        let sampling = Sampling {
            sampler: match arguments.sampler {
                SamplerArgument::Unipc => SamplerKind::UniPc,
                SamplerArgument::Euler => SamplerKind::Euler,
                SamplerArgument::Lcm => SamplerKind::Lcm,
            },
            levels: arguments.levels.clone().unwrap_or(Levels::Spaced(arguments.steps.into())),
            guidance: arguments.guidance,
            shift: arguments.shift,
            window: arguments.window.into(),
            causal: arguments.causal,
            memory_bytes: arguments.memory.map(|gigabytes| (1e9 * gigabytes) as u64),
            preview_every: arguments.preview.unwrap_or(0).into(),
            ..Sampling::default()
        };
        Self { model: arguments.model.clone(), sampling, overlay: arguments.overlay }
    }
}

fn gigabytes(text: &str) -> Result<f64, String> {
    within(text, 0.1..=1000.0).ok_or_else(|| "write gigabytes from 0.1 to 1000, such as 8".to_owned())
}

fn guidance(text: &str) -> Result<f64, String> {
    within(text, 1.0..=20.0).ok_or_else(|| "write a number from 1 to 20, such as 5".to_owned())
}

fn shift(text: &str) -> Result<f64, String> {
    within(text, 0.1..=20.0).ok_or_else(|| "write a number from 0.1 to 20, such as 3".to_owned())
}

fn levels(text: &str) -> Result<Levels, String> {
    let levels: Option<Vec<f64>> = text.split(',').map(|level| within(level.trim(), 1e-3..=1.0)).collect();
    let falls = |levels: &Vec<f64>| levels.len() <= 1000 && levels.windows(2).all(|pair| pair[0] > pair[1]);
    let levels = levels.filter(falls).map(Levels::Listed);
    levels.ok_or_else(|| "write falling numbers from 1 (noise) to 0.001, such as 1,0.75,0.5,0.25".to_owned())
}

fn causal(text: &str) -> Result<usize, String> {
    let frames = text.parse().ok().filter(|frames| (4..=80).contains(frames) && frames % 4 == 0);
    frames.ok_or_else(|| "write a multiple of 4 from 4 to 80, such as 12".to_owned())
}

fn within(text: &str, range: std::ops::RangeInclusive<f64>) -> Option<f64> {
    text.parse().ok().filter(|number| range.contains(number))
}
