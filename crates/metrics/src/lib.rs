//! Figures for two images, sequences or sounds.
//!
//! How far a picture is from a reference ([`relative_mse`], [`psnr_db`], [`ssim`]), how much brighter
//! ([`mean_ratio`], [`object_ratios`]), how far a network is from the original ([`parity_error`]), how much a
//! sequence flickers ([`flicker`]), and a picture of where ([`difference`]). Every definition is written out, so that
//! a figure can be made again elsewhere.

mod brightness;
mod difference;
mod error;
mod flicker;
mod flip;
mod parity;
mod relative_error;
mod signal_noise;
mod similarity;

pub use brightness::{ObjectRatio, luminance, mean_ratio, object_ratios};
pub use difference::difference;
pub use error::Error;
pub use flicker::{Flicker, flicker};
pub use flip::{Flip, hdr_flip, ldr_flip};
pub use parity::{Parity, parity_error};
pub use relative_error::{outliers, relative_mse};
pub use signal_noise::{psnr_db, psnr8_db};
pub use similarity::{luma, ssim};
