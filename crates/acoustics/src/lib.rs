//! A [`SoundTimeline`](maquette_conditioning::SoundTimeline) to the [`Acoustics`] each of its sources meets.
//!
//! Early sound is computed exactly, by image sources against the scene's own triangles, each path with its travel time,
//! its level by octave band and its direction; all other energy is traced by rays. No energy is counted twice. Steps:
//!
//! 1. `reflector`, `moving_planes`: coplanar triangles of large things become planar reflectors, and `edge` finds the
//!    edges that sound bends around.
//! 2. `prominence`: probe rays keep the reflectors that listener and sources see most of.
//! 3. `obstacle`: everything, moving or not, can stand in the way; `skin` says what gets through.
//! 4. `image_source`: at each instant, each source is mirrored across each sequence of reflectors that `beam` leaves; a
//!    path counts when every reflection point lies on its reflector and every leg is free.
//! 5. A source out of sight is heard through partitions (`obstacle`) and around one or two edges (`detour`,
//!    `diffraction`).
//! 6. `late`, `late_field`: at a few moments, rays from the listener carry energy by band, time and direction, mirrored,
//!    scattered and transmitted, to the balls (`receiver`) around the sources.
//!
//! Left out on purpose: mirror reflections of hidden sources by way of edges or partitions (the late field has the
//! latter), and curved surfaces as anything but their triangles.

mod air;
mod beam;
mod chance;
mod detour;
mod diffraction;
mod edge;
mod emitter;
mod error;
mod export;
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
pub use export::paths_json;
pub use maquette_conditioning::Acoustics;
pub use propagate::propagate;
pub use settings::Settings;
