//! Figures for two images, sequences or sounds.
//!
//! - How far a picture is from a reference: [`relative_mse`], [`psnr_db`], [`ssim`]; how different it looks:
//!   [`ldr_flip`], [`hdr_flip`]; how much brighter it is, as a whole and by object: [`mean_ratio`], [`object_ratios`]; how
//!   much detail is left: [`gradient_ratio`]; whether noise explains the rest: [`block_test`].
//! - How a sequence holds still: [`flicker`] where nothing moves, [`temporal_error`] where [`reprojectable`] says that
//!   the previous frame shows the same.
//! - How well a picture keeps to the set it was made from, outline by outline: [`adherence`], [`adherence_overlay`], over a
//!   shot [`AdherenceMeter`].
//! - How far a network is from the original: [`parity_error`].
//! - A picture of where: [`difference`], [`heat_map`].
//!
//! Every definition is written out, so that a figure can be made again elsewhere.

mod adherence;
mod block_test;
mod brightness;
mod difference;
mod error;
mod flicker;
mod flip;
mod gradient;
mod heat;
mod motion;
mod parity;
mod relative_error;
mod signal_noise;
mod similarity;
mod temporal;

pub use adherence::{
    Adherence, AdherenceMeter, MeanAdherence, ObjectAdherence, Set, adherence, adherence_overlay,
};
pub use block_test::{BlockTest, Estimate, block_test};
pub use brightness::{ObjectRatio, luminance, mean_ratio, object_ratios};
pub use difference::difference;
pub use error::Error;
pub use flicker::{Flicker, FlickerMeter, flicker};
pub use flip::{Flip, hdr_flip, ldr_flip};
pub use gradient::gradient_ratio;
pub use heat::heat_map;
pub use motion::{Seen, reproject, reprojectable};
pub use parity::{Parity, parity_error};
pub use relative_error::{outliers, relative_mse, relative_mse_of_two};
pub use signal_noise::{psnr_db, psnr8_db};
pub use similarity::{luma, ssim};
pub use temporal::{Pair, temporal_error, temporal_error_of_two};
