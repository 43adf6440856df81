//! The scene document, version 1: the types behind the RON people write.
//!
//! Everything here is plain data as written: degrees where a field says `_deg`, names instead of references,
//! nothing resolved. Field docs are the manual; ranges and references are part of the schema, so the same
//! declaration documents, checks and deserialises a field.
//!
//! Schema extensions used by the checker:
//! - `"x-ref": KIND`: a name that must exist; `"x-each-ref"`: a list of them. Kinds are `material` (or a material preset),
//!   `material-preset`, `acoustic-preset`, `sensor`, `actor`, `piece`, `shot`, `boom` and `thing` (a set piece, a light or an
//!   actor);
//! - `"x-path": true`: a file inside the scene's folder; `"x-each-path"`: a list of them; `"x-files"`: the
//!   extensions it may have;
//! - `"x-each-over"`, `"x-each-up-to"`: limits of each number of a tuple, the lower one excluded;
//! - `"x-each-within": L`: each number of a tuple, or of a list's tuples, lies in −L…L. A million metres or metres a
//!   second is far beyond any set, and squares of it still fit 32-bit floats;
//! - `"x-color"`: each channel is 0 or more.

mod acoustic;
mod actor;
mod camera;
mod detail;
mod light;
mod look;
mod material;
mod person;
mod piece;
mod scene;
mod shot;
mod sound;

pub use acoustic::{Acoustic, AcousticBands, BAND_CENTRES_HZ};
pub use actor::{Actor, Form, Mark, Play};
pub use camera::{Aim, Camera, CameraKey, Easing, Exposure, Focus, Sensor};
pub use detail::{Detail, Pattern};
pub use light::{Daylight, Environment, Haze, HazeBox, Light, LightKind, Output, Sky, Temperature};
pub use look::{Generator, Look, Lora};
pub use material::{Color, Emission, Material, ReflectionModel};
pub use person::{Backdrop, Cameo, Matte, MatteKind, Person};
pub use piece::{Body, MotionKey, Opening, Piece, Shape, Turn, Wall};
pub use scene::{Air, AirAbsorption, Include, Scene};
pub use shot::{Cut, Shot};
pub use sound::{Ambience, Boom, Ear, Emitter, Perspective, Sound, Speech, Stem};
