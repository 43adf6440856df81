//! Sensors by name to their size.

use crate::document::Sensor;

/// Name, width and height in millimetres.
const SENSORS: &[(&str, (f32, f32))] = &[
    // 4-perforation 35 mm, full aperture (SMPTE ST 59).
    ("super35", (24.89, 18.66)),
    // 8-perforation still film.
    ("full_frame", (36.0, 24.0)),
    // 35 mm with room for a sound track (SMPTE ST 59).
    ("academy", (21.95, 16.0)),
    // SMPTE ST 201.
    ("super16", (12.52, 7.41)),
    // 15-perforation 65 mm.
    ("imax", (70.41, 52.63)),
    // The Micro Four Thirds System, 2008.
    ("micro_four_thirds", (17.3, 13.0)),
];

/// The names of the sensors.
pub fn sensor_names() -> impl Iterator<Item = &'static str> {
    SENSORS.iter().map(|(name, _)| *name)
}

/// Width and height of a named sensor in millimetres.
pub fn sensor_size_mm(name: &str) -> Option<(f32, f32)> {
    SENSORS.iter().find(|(known, _)| *known == name).map(|(_, size)| *size)
}

impl Sensor {
    /// Width and height in metres; `None` for a name that is no preset (a checked scene has none).
    pub fn size_m(&self) -> Option<(f32, f32)> {
        let (width, height) = match self {
            Self::Preset(name) => sensor_size_mm(name)?,
            Self::SizeMm(size) => *size,
        };
        Some((width * 1e-3, height * 1e-3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_sensor_exists_and_sizes_are_metres() {
        let (width, _) = Sensor::default().size_m().expect("super35");
        assert!((width - 0.02489).abs() < 1e-7);
        assert_eq!(Sensor::Preset("potato".to_owned()).size_m(), None);
        assert_eq!(Sensor::SizeMm((36.0, 24.0)).size_m(), Sensor::Preset("full_frame".to_owned()).size_m());
    }
}
