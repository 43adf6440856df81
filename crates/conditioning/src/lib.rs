//! The nouns every stage shares: moments, planes, light, sound.
//!
//! Plain data only. After `stage` makes a [`Moment`], nothing downstream needs a Bevy world, so each stage is
//! tested from a hand-written value. Units: metres, seconds, radians, kelvin, pascal; light in nits, linear
//! Rec.709; right-handed axes, +Y up, a camera looks along −Z.

mod acoustics;
mod body;
mod camera;
mod conditioning;
mod content;
mod detail;
mod figure;
mod frame;
mod gbuffer;
mod haze;
mod instance;
mod lamp;
mod light;
mod material;
mod mesh;
mod mix;
mod moment;
mod plane;
mod profile;
mod room_figures;
mod sound_timeline;
mod stand_in;
mod take;
mod texture;

pub use acoustics::{Acoustics, Arrival, Late, LateBin, PathId, SourceAcoustics, Via};
pub use body::{Body, BodyShape};
pub use camera::{Camera, Lens};
pub use conditioning::Conditioning;
pub use content::ContentId;
pub use detail::{Detail, Pattern};
pub use figure::{Figure, JOINTS};
pub use frame::{FIRST_FRAME, Frame, FrameNumber, exposure_factor};
pub use gbuffer::GBuffer;
pub use haze::Haze;
pub use instance::{Instance, Vertices};
pub use lamp::{Lamp, LampKind};
pub use light::Light;
pub use maquette_scene::document::{Ambience, BAND_CENTRES_HZ, Backdrop, Cameo, Stem};
pub use material::{Coverage, Material, ReflectionModel, Surface};
pub use mesh::Mesh;
pub use mix::{Channels, Layout, Mix, SAMPLE_RATE_HZ, Stems};
pub use moment::{Environment, Moment, Moving, Shutter};
pub use plane::Plane;
pub use profile::Profile;
pub use room_figures::{BandFigures, EnergyDecay, RoomFigures};
pub use sound_timeline::{
    AcousticInstance, Air, Bed, Clip, Contact, Slide, SoundSource, SoundTimeline, Track,
};
pub use stand_in::StandIn;
pub use take::Take;
pub use texture::{Texels, Texture, Wrap};
