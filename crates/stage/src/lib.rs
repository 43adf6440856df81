//! A checked scene, played in a headless Bevy world, to moments for light and timelines for sound.
//!
//! 1. Load: shapes, models, materials and pictures become shared, immutable meshes and surfaces.
//! 2. Build: set pieces, lights and actors are placed; what is solid goes into rapier's world.
//! 3. Play: physics runs at 240 Hz and writes down every step; everything else is a function of time.
//! 4. Look: a frame's [`Moment`](maquette_conditioning::Moment) is read off at shutter open, shutter close and the
//!    frame before; a stretch of sound becomes a [`SoundTimeline`](maquette_conditioning::SoundTimeline).
//!
//! No window, no renderer, no sound device; nothing here reads a clock.

mod actor;
mod bounce;
mod camera;
mod collider;
mod daylight;
mod document;
mod easing;
mod error;
mod finish;
mod floor;
mod lamp;
mod library;
mod listener;
mod mannequin;
mod model;
mod physics;
mod picture;
mod pose;
mod presence;
mod profile;
mod rub;
mod set;
mod shape;
mod solidity;
mod sound;
mod stage;
mod strike;
mod surroundings;
mod trajectory;
mod world;

pub use error::Error;
pub use stage::Stage;
