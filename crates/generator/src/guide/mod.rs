//! What guides a video model, and the way back: a shot's frames of the set as the pictures that the model was trained on,
//! and the model's display-referred frames as scene-linear ones with the set's exposure and colour.
//!
//! 1. `frame` keeps of each traced and finished frame what guiding needs, small enough to hold a shot; `blob` is its file.
//! 2. `depth` maps distances to grey by one fixed rule a shot, `edges` draws lines, `pose` figures, `keep` masks what stays
//!    as traced: the guides of VACE.
//! 3. `surfaces` are the five pictures of the model with G-buffer input.
//! 4. `display` takes scene-linear light to code values and back.
//! 5. `padding` takes a shot to a size that the model can make, and crops back.
//! 6. `relock` gives a generated frame the low frequencies of the set's, in exposure and colour; `paint` says what of the
//!    generated colours may stay, because it is no drift.
//!
//! Pictures are planes of three channels from 0 to 1, of the shot's own size.

mod blob;
mod depth;
mod display;
mod edges;
mod frame;
mod gain;
mod keep;
mod padding;
mod paint;
mod pose;
mod relock;
mod surfaces;

pub use blob::BlobError;
pub(crate) use depth::{DepthHistogram, DepthRange};
pub(crate) use display::{DISPLAY_LIMIT, decode, encode};
pub(crate) use edges::edges;
pub use frame::{GuideFrame, GuideFrames};
pub(crate) use keep::keep;
pub(crate) use padding::Padding;
pub(crate) use paint::Paint;
pub(crate) use pose::pose;
pub(crate) use relock::relock;
pub(crate) use surfaces::Surface;
