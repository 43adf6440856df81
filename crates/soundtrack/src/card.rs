//! The system's sound card, at our sample rate.
//!
//! Sounds hand over their samples as they are, so a card that runs at another rate is not taken. The card is fixed by name:
//! kira would otherwise follow the system's default card, at that card's own rate.

use kira::backend::cpal::{
    CpalBackend, CpalBackendSettings,
    cpal::{
        Device, SupportedStreamConfigRange, default_host,
        traits::{DeviceTrait, HostTrait},
    },
};
use maquette_conditioning::SAMPLE_RATE_HZ;

use crate::Error;

/// The sound card, through kira and cpal.
pub type SoundCard = CpalBackend;
/// Which card, and how it runs.
pub type SoundCardSettings = CpalBackendSettings;

/// The system's default sound card at 48 kHz, in stereo where it can.
///
/// # Errors
///
/// [`Error::Card`] when there is none, or none at that rate.
pub fn sound_card() -> Result<SoundCardSettings, Error> {
    // ALSA writes what it tries to standard error; what matters comes back as an error.
    #[cfg(target_os = "linux")]
    let _quiet = alsa::Output::local_error_handler();
    let none = |reason: String| Error::Card { reason };
    let device = default_host().default_output_device();
    let device = device.ok_or_else(|| none("the system has no sound card".to_owned()))?;
    let formats =
        device.supported_output_configs().map_err(|error| none(format!("{}: {error}", name(&device))))?;
    let fits = |format: &SupportedStreamConfigRange| {
        (format.min_sample_rate()..=format.max_sample_rate()).contains(&SAMPLE_RATE_HZ)
    };
    let format = formats.filter(fits).min_by_key(|format| format.channels().abs_diff(2));
    let format = format.ok_or_else(|| {
        none(format!("{} does not run at {SAMPLE_RATE_HZ} samples a second", name(&device)))
    })?;
    let config = format.with_sample_rate(SAMPLE_RATE_HZ).config();
    Ok(SoundCardSettings { device: Some(device), config: Some(config) })
}

fn name(device: &Device) -> String {
    device.description().map_or_else(|_| "the sound card".to_owned(), |card| card.to_string())
}
