//! Where live sound goes: to the system's sound card, or to nobody.
//!
//! Sounds hand over their samples as they are, so a card that runs at another rate is not taken. The card is fixed by name:
//! kira would otherwise follow the system's default card, at that card's own rate.

use kira::backend::cpal::{
    CpalBackendSettings,
    cpal::{
        Device, SupportedStreamConfigRange, default_host,
        traits::{DeviceTrait, HostTrait},
    },
};
use maquette_conditioning::SAMPLE_RATE_HZ;

use crate::{Error, nobody::Cost};

/// What plays live sound.
#[derive(Clone)]
pub enum Output {
    /// A sound card, through kira and cpal.
    Card(CpalBackendSettings),
    /// Nothing: sound is made in time, and what that costs is counted.
    Nobody(Cost),
}

impl Output {
    /// The system's default sound card at 48 kHz, in stereo where it can.
    ///
    /// # Errors
    ///
    /// [`Error::Card`] when there is none, or none at that rate.
    pub fn card() -> Result<Self, Error> {
        // ALSA writes what it tries to standard error; what matters comes back as an error.
        #[cfg(target_os = "linux")]
        let _quiet = alsa::Output::local_error_handler();
        let none = |reason: String| Error::Card { reason };
        let device = default_host().default_output_device();
        let device = device.ok_or_else(|| none("the system has no sound card".to_owned()))?;
        let unknown = |error| none(format!("{}: {error}", name(&device)));
        let mut formats = device.supported_output_configs().map_err(unknown)?;
        let fits = |format: &SupportedStreamConfigRange| {
            (format.min_sample_rate()..=format.max_sample_rate()).contains(&SAMPLE_RATE_HZ)
        };
        let format = formats.by_ref().filter(fits).min_by_key(|format| format.channels().abs_diff(2));
        let other = || none(format!("{} does not run at {SAMPLE_RATE_HZ} samples a second", name(&device)));
        let config = format.ok_or_else(other)?.with_sample_rate(SAMPLE_RATE_HZ).config();
        drop(formats);
        Ok(Self::Card(CpalBackendSettings { device: Some(device), config: Some(config) }))
    }
}

fn name(device: &Device) -> String {
    device.description().map_or_else(|_| "the sound card".to_owned(), |card| card.to_string())
}
