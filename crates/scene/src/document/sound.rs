//! What plays in the space or under it, and who hears it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Person;

/// Something that sounds: a recording, a line read by a synthesiser, or a background made of nothing.
///
/// One of `clip`, `speech` and `ambience` says what plays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sound {
    /// Its name.
    pub name: String,
    /// A WAV, FLAC, OGG Vorbis or MP3 file of any sample rate. Channels are summed: the room makes the width. On a
    /// `Bed`, they stay apart.
    #[serde(default)]
    #[schemars(extend("x-path" = true, "x-files" = ["wav", "flac", "ogg", "mp3"]))]
    pub clip: Option<String>,
    /// A line that `espeak-ng` or `flite` reads, as a scratch track until there is a recording:
    /// `speech: (text: "Hold the door.")`.
    #[serde(default)]
    pub speech: Option<Speech>,
    /// A synthesised background: `ambience: Ventilation`. It goes on from `at_s` without end, and never repeats within
    /// twenty seconds.
    #[serde(default)]
    pub ambience: Option<Ambience>,
    /// Where it comes from.
    pub on: Emitter,
    /// Start on the world's clock. Default 0.
    #[serde(default)]
    #[schemars(range(min = -86400.0, max = 86400.0))]
    pub at_s: f64,
    /// Level at one metre: active RMS in dB SPL. Quiet speech 55, speech 62, a shout 85; a quiet vent 40, a loud one 60.
    /// On a `Bed`, the level at the listener.
    #[schemars(range(min = -20.0, max = 140.0))]
    pub level_db_spl_1m: f32,
    /// Plays again and again. Default false.
    #[serde(default)]
    pub looped: bool,
    /// The stem it goes to. Default: `Dialogue` for what comes from an actor or is speech, `Ambience` for ambience,
    /// `Music` for a clip on a `Bed`, `Effects` for the rest.
    #[serde(default)]
    pub stem: Option<Stem>,
    /// Whose voice a clip is. Needed for every recording on the dialogue stem.
    #[serde(default)]
    pub person: Option<Person>,
    /// The words of a recorded voice, line by line. Needed where the grant allows certain lines only.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub says: Vec<String>,
}

/// A line for a speech synthesiser that is installed beside this program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Speech {
    /// What is said.
    pub text: String,
    /// A voice as the synthesiser names it, such as "en-gb", "en+f3" (espeak-ng) or "slt" (flite). Default: its own.
    #[serde(default)]
    pub voice: Option<String>,
    /// Words a minute, 80 to 400. Default 165.
    #[serde(default = "default_pace")]
    #[schemars(range(min = 80, max = 400))]
    pub words_a_minute: u32,
}

/// Backgrounds that a synthesiser makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Ambience {
    /// The almost nothing of a quiet room.
    RoomTone,
    /// Air from a duct: broad noise that falls with frequency.
    Ventilation,
    /// A transformer or a machine: harmonics of 100 Hz over a little noise.
    Hum,
    /// Gusts, with a faint whistle.
    Wind,
    /// Drops on hard ground.
    Rain,
    /// Distant traffic that swells and fades.
    City,
}

/// The parts a programme is delivered in.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum Stem {
    /// What people say.
    Dialogue,
    /// Hits, steps and everything that happens.
    #[default]
    Effects,
    /// Backgrounds.
    Ambience,
    /// Music.
    Music,
}

/// Where a sound comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Emitter {
    /// A fixed point.
    At(#[schemars(extend("x-each-within" = 1e6))] (f32, f32, f32)),
    /// An actor's mouth. A voice is louder ahead of it than behind.
    Actor(#[schemars(extend("x-ref" = "actor"))] String),
    /// A set piece's middle.
    Piece(#[schemars(extend("x-ref" = "piece"))] String),
    /// Nowhere: it is laid under the scene as it is, past all acoustics, with its stereo image kept.
    Bed,
}

/// A microphone or listener that stands somewhere on its own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Boom {
    /// Its name.
    pub name: String,
    /// Where it is.
    #[schemars(extend("x-each-within" = 1e6))]
    pub at_m: (f32, f32, f32),
    /// What it faces: a set piece, a light or an actor, whom it follows. Default: along −Z.
    #[serde(default)]
    #[schemars(extend("x-ref" = "thing"))]
    pub aim: Option<String>,
}

/// Who hears a shot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Ear {
    /// The camera, so that what is seen on the left is heard on the left.
    #[default]
    Camera,
    /// A boom of the scene.
    Boom(#[schemars(extend("x-ref" = "boom"))] String),
    /// An actor's head, facing as the actor does.
    Head(#[schemars(extend("x-ref" = "actor"))] String),
}

/// What becomes of the point of hearing at a cut.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub enum Perspective {
    /// It jumps with the picture: each shot is heard as the shot says.
    #[default]
    EachShot,
    /// It stays with a boom of the scene through all shots.
    Boom(#[schemars(extend("x-ref" = "boom"))] String),
    /// It stays with an actor's head through all shots.
    Head(#[schemars(extend("x-ref" = "actor"))] String),
}

impl Sound {
    /// The stem it goes to.
    pub fn stem(&self) -> Stem {
        let usual = match (&self.on, self.ambience) {
            (_, Some(_)) => Stem::Ambience,
            (Emitter::Actor(_), None) => Stem::Dialogue,
            _ if self.speech.is_some() => Stem::Dialogue,
            (Emitter::Bed, None) => Stem::Music,
            (Emitter::At(_) | Emitter::Piece(_), None) => Stem::Effects,
        };
        self.stem.unwrap_or(usual)
    }
}

fn default_pace() -> u32 {
    165
}
