//! The scene document's values to the numbers of a world: the only place that asks the `scene` crate to resolve
//! colours, presets and names.

use glam::Vec3;
use maquette_conditioning::{Air, Coverage, Detail, Haze, Pattern, ReflectionModel, Surface};
use maquette_scene::document::{self, Acoustic, AcousticBands, AirAbsorption, Emission, Output, Sensor, Sky};
use maquette_scene::presets;

use crate::{Error, daylight::Daylight, pose::vec3};

/// What a surface sounds like when nothing is said.
const DEFAULT_ACOUSTIC: &str = "plaster";

/// The scene's material of a name, or the preset of that name; presets are applied.
pub(crate) fn material(scene: &document::Scene, user: &str, name: &str) -> Result<document::Material, Error> {
    match scene.materials.get(name) {
        Some(material) => Ok(material.resolved()),
        None => presets::material(name).ok_or_else(|| Error::NoSuch {
            user: user.to_owned(),
            kind: "material",
            name: name.to_owned(),
        }),
    }
}

/// Acoustic behaviour in eight bands; where fewer numbers are given, the last repeats.
pub(crate) fn surface(acoustic: Option<&Acoustic>) -> Surface {
    let bands = match acoustic {
        Some(Acoustic::Bands(bands)) => Some(bands.clone()),
        Some(Acoustic::Preset(name)) => presets::acoustic(name),
        None => presets::acoustic(DEFAULT_ACOUSTIC),
    };
    bands.map_or_else(Surface::default, |bands| eight(&bands))
}

fn eight(bands: &AcousticBands) -> Surface {
    let fill = |values: &[f32], default: f32| {
        std::array::from_fn(|band| values.get(band).or(values.last()).copied().unwrap_or(default))
    };
    Surface {
        absorption: fill(&bands.absorption, 0.1),
        scattering: fill(&bands.scattering, 0.1),
        transmission_loss_db: bands.transmission_loss_db.as_ref().map(|loss_db| fill(loss_db, 0.0)),
    }
}

/// Colour of luminance 1.
pub(crate) fn output_tint(output: &Output) -> Vec3 {
    Vec3::from(output.tint())
}

/// Nits of a glowing surface.
pub(crate) fn emission(emission: &Emission) -> Vec3 {
    Vec3::from(emission.tint()) * emission.nit
}

/// The fine structure of a surface, if it has any.
pub(crate) fn detail(written: &document::Detail) -> Option<Detail> {
    use document::Pattern as Written;
    let pattern = match written.pattern {
        Written::Plain => return None,
        Written::Brushed => Pattern::Brushed,
        Written::Grained => Pattern::Grained,
        Written::Worn => Pattern::Worn,
        Written::Concrete => Pattern::Concrete,
        Written::Wood => Pattern::Wood,
        Written::Woven => Pattern::Woven,
        Written::Leather => Pattern::Leather,
        Written::Skin => Pattern::Skin,
        Written::Asphalt => Pattern::Asphalt,
        Written::Brick => Pattern::Brick,
        Written::Tiled => Pattern::Tiled,
        Written::Tufted => Pattern::Tufted,
        Written::Veined => Pattern::Veined,
        Written::Smudged => Pattern::Smudged,
    };
    Some(Detail { pattern, scale_m: written.scale(), strength: written.strength, amount: written.amount() })
}

/// What a material's coverage does: cut where it says so, else mixed when some of it can be missing.
pub(crate) fn coverage(written: &document::Material) -> Coverage {
    match (written.cutout, written.opacity) {
        (Some(least), _) => Coverage::Cutout(least),
        (None, Some(opacity)) if opacity < 1.0 || written.base_color_texture.is_some() => Coverage::Blended,
        (None, _) => Coverage::Full,
    }
}

/// How a material's opaque part reflects.
pub(crate) fn reflection(written: &document::Material) -> ReflectionModel {
    match written.model {
        Some(document::ReflectionModel::AppendixB) => ReflectionModel::AppendixB,
        Some(document::ReflectionModel::EnergyConserving) | None => ReflectionModel::EnergyConserving,
    }
}

/// Nits of an even sky.
pub(crate) fn sky(sky: &Sky) -> Vec3 {
    Vec3::from(sky.tint()) * sky.nit
}

/// The sky of a clear day.
pub(crate) fn daylight(daylight: &document::Daylight) -> Daylight {
    let ground = Vec3::from(daylight.ground.linear()).clamp(Vec3::ZERO, Vec3::ONE);
    Daylight { turbidity: daylight.turbidity, ground }
}

/// Haze of a visibility V: its extinction is ln 50 / V, where a black thing's contrast has sunk to 2 % (Koschmieder 1924).
pub(crate) fn haze(haze: &document::Haze) -> Haze {
    let half = |size: (f32, f32, f32)| 0.5 * vec3(size);
    Haze {
        extinction_per_m: 50f32.ln() / haze.visibility_m,
        albedo: haze
            .color
            .as_ref()
            .map_or(Vec3::ONE, |c| Vec3::from(c.linear()).clamp(Vec3::ZERO, Vec3::ONE)),
        anisotropy: haze.anisotropy,
        within_m: haze.within.map(|b| (vec3(b.at_m) - half(b.size_m), vec3(b.at_m) + half(b.size_m))),
    }
}

/// Width of a sensor in metres.
pub(crate) fn sensor_width_m(sensor: &Sensor, shot: &str) -> Result<f32, Error> {
    let name = || match sensor {
        Sensor::Preset(name) => name.clone(),
        Sensor::SizeMm(size) => format!("{size:?}"),
    };
    let size = sensor.size_m();
    size.map(|(width, _)| width).ok_or_else(|| Error::NoSuch {
        user: shot.to_owned(),
        kind: "sensor",
        name: name(),
    })
}

/// The air with its speed of sound: 331.3·√(1 + T/273.15 °C) m/s in dry air, unless it is fixed.
pub(crate) fn air(air: &document::Air) -> Air {
    let derived = 331.3 * (1.0 + air.temperature_c / 273.15).sqrt();
    Air {
        temperature_k: air.temperature_c + 273.15,
        humidity: air.humidity,
        pressure_pa: air.pressure_kpa * 1000.0,
        speed_of_sound_m_s: air.speed_of_sound_m_s.unwrap_or(derived),
        absorbs: air.absorption == AirAbsorption::Iso9613,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_bands_repeat_the_last() {
        let bands =
            AcousticBands { absorption: vec![0.1, 0.2], scattering: vec![0.3], transmission_loss_db: None };
        let surface = eight(&bands);
        assert_eq!(surface.absorption, [0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]);
        assert_eq!(surface.scattering, [0.3; 8]);
    }

    #[test]
    fn two_per_cent_are_left_at_the_visibility() {
        let written = document::Haze { visibility_m: 40.0, anisotropy: 0.3, color: None, within: None };
        let resolved = haze(&written);
        assert!(((-40.0 * resolved.extinction_per_m).exp() - 0.02).abs() < 1e-6);
        let within = document::HazeBox { at_m: (1.0, 2.0, 3.0), size_m: (2.0, 4.0, 6.0) };
        let boxed = haze(&document::Haze { within: Some(within), ..written });
        assert_eq!(boxed.within_m, Some((Vec3::ZERO, Vec3::new(2.0, 4.0, 6.0))));
    }

    #[test]
    fn sound_is_343_metres_a_second_at_20_degrees_unless_fixed() {
        let derived = air(&document::Air::default());
        assert!((derived.speed_of_sound_m_s - 343.2).abs() < 0.1);
        let fixed = document::Air { speed_of_sound_m_s: Some(340.0), ..Default::default() };
        assert_eq!(air(&fixed).speed_of_sound_m_s, 340.0);
    }
}
