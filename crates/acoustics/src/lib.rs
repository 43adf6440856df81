//! A [`SoundTimeline`](maquette_conditioning::SoundTimeline) to the [`Acoustics`] each of its sources meets.
//!
//! Early sound is computed exactly, by image sources against the scene's own triangles: the direct path and mirror
//! reflections up to a small order, each with its travel time, its level by octave band and its direction. Steps:
//!
//! 1. `reflector`: coplanar triangles of large things that stand still become planar reflectors.
//! 2. `prominence`: probe rays keep the reflectors that listener and sources see most of.
//! 3. `obstacle`: everything, moving or not, can stand in the way.
//! 4. `image_source`: at each instant, each source is mirrored across each sequence of reflectors; a path counts when
//!    every reflection point lies on its reflector and every leg is free.
//!
//! Left for later, and missing on purpose: sound around and through things (a hidden source has reflections only,
//! or nothing), scattering (reflections keep all energy in the mirror direction), and the late tail. Moving things
//! block but do not reflect.

mod air;
mod beam;
mod chance;
mod detour;
mod diffraction;
mod edge;
mod emitter;
mod error;
mod image_source;
mod late;
mod late_field;
mod listener;
mod motion;
mod moving_planes;
mod obstacle;
mod prominence;
mod propagate;
mod receiver;
mod reflector;
mod settings;
mod skin;
mod validate;

pub use air::air_absorption_db_per_m;
pub use error::Error;
pub use maquette_conditioning::Acoustics;
pub use propagate::propagate;
pub use settings::Settings;
