//! A recorded person, keyed, relit and put into a set.
//!
//! 1. [`Picture`]s are decoded to linear light;
//! 2. [`key`] parts person and backdrop: a [`Matte`] a frame, steadied by its neighbours in a [`Performance`];
//! 3. [`Framing`] gives pixels their metres, from the person's stated height;
//! 4. [`Card::placed`] makes a mesh, a material and its images that the tracer treats like anything else on the set;
//! 5. [`Voice`] is what was said, without the room it was said in;
//! 6. `grain` takes the camera's noise and milky blacks from the person, which the set does not have.
//!
//! A recording is opened by whoever holds a permit for it, and by nobody else.

mod backdrop;
mod cameo;
mod card;
mod error;
pub mod figures;
mod framing;
mod grain;
mod guided;
mod mask;
mod matte;
mod normals;
mod performance;
mod plate;
mod pyramid;
mod relight;
mod screen;
mod transfer;
mod voice;
mod window;

pub use backdrop::Backdrop;
pub use cameo::{Cameo, Casting};
pub use card::{Card, MOST_TURN_DEG, Oblique, Placed, Placing};
pub use error::Error;
pub use framing::Framing;
pub use mask::{Mask, Region, Verdict};
pub use matte::{Keying, Matte, REACH, key};
pub use performance::Performance;
pub use plate::{Picture, Span, pattern_of};
pub use relight::Lighting;
pub use transfer::Transfer;
pub use voice::{VOICE_RATE_HZ, Voice};
