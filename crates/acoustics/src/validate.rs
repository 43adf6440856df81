//! Refuses timelines and settings that the rest could not work with.

use maquette_conditioning::{AcousticInstance, SoundTimeline, Track};

use crate::{Error, Settings};

/// A day; longer programmes are asked for in pieces.
const MOST_RANGE_S: f64 = 86_400.0;

/// Checks everything that indexing, division and allocation rely on.
pub(crate) fn validate(timeline: &SoundTimeline, settings: &Settings) -> Result<(), Error> {
    validate_settings(settings)?;
    let length_s = timeline.to_s - timeline.from_s;
    if !(0.0..=MOST_RANGE_S).contains(&length_s) || !timeline.from_s.is_finite() {
        return Err(Error::Range { from_s: timeline.from_s, to_s: timeline.to_s, most_s: MOST_RANGE_S });
    }
    validate_air(timeline)?;
    validate_track(&timeline.listener, || "the listener".into(), |pose| pose.is_finite())?;
    for source in &timeline.sources {
        let what = || format!("source \"{}\"", source.name);
        validate_track(&source.position_m, what, |p| p.is_finite())?;
        finite(source.start_s, what)?;
    }
    for (index, contact) in timeline.contacts.iter().enumerate() {
        let what = || format!("contact {index}");
        finite(contact.time_s + f64::from(contact.position_m.element_sum()), what)?;
    }
    timeline.instances.iter().try_for_each(validate_instance)
}

fn validate_settings(settings: &Settings) -> Result<(), Error> {
    let ranges = [
        ("max_order", f64::from(settings.max_order), 0.0, 6.0),
        ("step_s", settings.step_s, 0.0005, 0.01),
        ("max_reflectors", settings.max_reflectors as f64, 0.0, 1024.0),
        ("min_reflector_m2", settings.min_reflector_m2, 0.0, 1000.0),
        ("contact_ring_s", settings.contact_ring_s, 0.0, 60.0),
        ("late_rays", f64::from(settings.late_rays), 0.0, 1e6),
        ("late_s", settings.late_s, 0.01, 60.0),
        ("late_step_s", settings.late_step_s, 0.01, 10.0),
    ];
    let broken = ranges.into_iter().find(|&(_, value, least, most)| !(least..=most).contains(&value));
    broken.map_or(Ok(()), |(name, value, least, most)| Err(Error::Setting { name, value, least, most }))
}

fn validate_air(timeline: &SoundTimeline) -> Result<(), Error> {
    let air = &timeline.air;
    let positive = [
        ("speed_of_sound_m_s", air.speed_of_sound_m_s),
        ("temperature_k", air.temperature_k),
        ("pressure_pa", air.pressure_pa),
    ];
    let broken = positive.into_iter().find(|(_, value)| !(value.is_finite() && *value > 0.0));
    let humidity = Some(("humidity", air.humidity)).filter(|(_, value)| !(0.0..=1.0).contains(value));
    broken.or(humidity).map_or(Ok(()), |(name, value)| Err(Error::Air { name, value }))
}

fn validate_track<T>(
    track: &Track<T>,
    what: impl Fn() -> String,
    is_finite: impl Fn(&T) -> bool,
) -> Result<(), Error> {
    let fault = if track.samples.is_empty() {
        "no samples"
    } else if !(track.step_s > 0.0 && track.step_s.is_finite() && track.start_s.is_finite()) {
        "a step that is not positive, or a start that is not finite"
    } else if !track.samples.iter().all(is_finite) {
        "a value that is not finite"
    } else {
        return Ok(());
    };
    Err(Error::Track { what: what(), fault })
}

fn finite(value: f64, what: impl Fn() -> String) -> Result<(), Error> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::Track { what: what(), fault: "a value that is not finite" })
}

fn validate_instance(instance: &AcousticInstance) -> Result<(), Error> {
    let object_id = instance.object_id;
    let what = || format!("object {object_id}");
    validate_track(&instance.world_from_local, what, |placement| placement.is_finite())?;
    let corners = instance.mesh.positions.len();
    match instance.mesh.triangles.iter().flatten().find(|&&index| index as usize >= corners) {
        Some(&index) => Err(Error::Mesh { object_id, corners, index }),
        None => Ok(()),
    }
}
