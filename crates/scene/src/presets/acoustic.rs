//! Surfaces by name to absorption, scattering and transmission loss in eight octave bands.
//!
//! Absorption is Vorländer, "Auralization" (Springer 2008), table of annex A, as in pyroomacoustics' `materials.json`
//! (the row's key stands beside each preset): seven bands from 125 to 8000 Hz, sometimes six; the last repeats.
//!
//! That table has scattering for seats and diffusers only. For plain surfaces the values at 500 to 1000 Hz are those
//! the ODEON manual suggests (smooth 0.02 to 0.05, joints 0.1 to 0.2, rough structures 0.4 to 0.5), at the upper end,
//! since a blocked-out set lacks the small things real walls carry; below and above they fall and rise by about a
//! fifth an octave, which is our own interpolation.

//!
//! Transmission loss is measured where a table has the construction: Springer Handbook of Acoustics (Rossing, editor;
//! 2007), table 11.4, 125 to 4000 Hz; the last value repeats. Other partitions are plates: field-incidence mass law,
//! 20·log10(m·f) − 47 dB (same chapter), from the mass per area of what stands beside them, up to the critical frequency,
//! where they bend as fast as sound runs along them; there they dip, and rise again by 9 dB an octave (Cremer 1942; Fahy and
//! Gardonio, "Sound and Structural Vibration", 2nd ed., 5.2). Cloth does not bend and keeps to the mass law. Surfaces that are
//! layers on something else, or floors, let nothing through.

use std::f32::consts::PI;

use crate::document::{Acoustic, AcousticBands, BAND_CENTRES_HZ};

struct Surface {
    name: &'static str,
    absorption: &'static [f32],
    scattering: &'static [f32],
    loss: Loss,
}

/// How much weaker sound comes out behind.
#[derive(Clone, Copy)]
enum Loss {
    /// Nothing comes out.
    Solid,
    /// Measured, in dB from 125 Hz.
    Measured(&'static [f32]),
    /// Cloth, in kilograms a square metre.
    Cloth(f32),
    /// A plate.
    Plate(Plate),
}

/// What a plate's transmission hangs on.
#[derive(Clone, Copy)]
struct Plate {
    kg_m2: f32,
    critical_hz: f32,
    /// Loss factor as mounted, edges included.
    damping: f32,
}

/// A sheet of steel, 2 mm.
const SHEET: Loss = plate(15.7, 5990.0, 0.01);
/// 16 mm of wood or board.
const BOARD: Loss = plate(10.0, 1360.0, 0.03);
/// 12 mm of it.
const PANEL: Loss = plate(8.0, 1690.0, 0.03);
/// 9 mm of it.
const PLY: Loss = plate(6.0, 2250.0, 0.03);
/// 3 mm of plastic.
const ACRYLIC: Loss = plate(4.0, 11_500.0, 0.06);
/// Half an inch of drywall on both sides of wooden studs.
const DRYWALL: Loss = Loss::Measured(&[17.0, 31.0, 33.0, 40.0, 38.0, 36.0]);
/// A solid wooden door.
const SOLID_DOOR: Loss = Loss::Measured(&[29.0, 31.0, 31.0, 31.0, 39.0, 43.0]);
/// A hollow wooden door.
const HOLLOW_DOOR: Loss = Loss::Measured(&[14.0, 19.0, 23.0, 18.0, 17.0, 21.0]);
/// One pane of an eighth of an inch.
const PANE: Loss = Loss::Measured(&[18.0, 21.0, 26.0, 31.0, 33.0, 22.0]);
/// Two such panes an inch apart.
const TWO_PANES: Loss = Loss::Measured(&[13.0, 25.0, 35.0, 44.0, 49.0, 43.0]);
/// A slab of eight inches.
const SLAB: Loss = Loss::Measured(&[32.0, 38.0, 47.0, 52.0, 57.0, 63.0]);
/// Four inches.
const BRICK: Loss = Loss::Measured(&[32.0, 34.0, 40.0, 47.0, 55.0, 61.0]);

/// Large, plane and hard: ODEON's smooth surfaces.
const SMOOTH: &[f32] = &[0.03, 0.04, 0.05, 0.05, 0.06, 0.07, 0.08, 0.1];
/// Joints, battens and panels.
const JOINTED: &[f32] = &[0.07, 0.08, 0.1, 0.12, 0.15, 0.18, 0.2, 0.22];
/// Grainy, folded or piled.
const ROUGH: &[f32] = &[0.1, 0.14, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45];
/// Rows of people, Vorländer's `theatre_audience`.
const SEATED: &[f32] = &[0.3, 0.5, 0.6, 0.6, 0.7, 0.7, 0.7];

const SURFACES: &[Surface] = &[
    // `hard_surface`: walls of brick, plaster or hard floor, average.
    surface("plaster", &[0.02, 0.02, 0.03, 0.03, 0.04, 0.05, 0.05], SMOOTH),
    // `unpainted_concrete`: smooth, unpainted.
    surface("concrete", &[0.01, 0.01, 0.02, 0.02, 0.02, 0.05, 0.05], SMOOTH).lets_through(SLAB),
    // `rough_concrete`.
    surface("rough concrete", &[0.02, 0.03, 0.03, 0.03, 0.04, 0.07, 0.07], JOINTED).lets_through(SLAB),
    // `reverb_chamber`: the walls of a reverberation chamber are painted concrete.
    surface("sealed concrete", &[0.01, 0.01, 0.01, 0.02, 0.02, 0.04, 0.04], SMOOTH),
    // `brick_wall_rough`: stuccoed with a rough finish.
    surface("brick", &[0.03, 0.03, 0.03, 0.04, 0.05, 0.07, 0.07], JOINTED).lets_through(BRICK),
    // `smooth_brickwork_flush_pointing`: painted.
    surface("painted brick", &[0.01, 0.01, 0.02, 0.02, 0.02, 0.02, 0.02], JOINTED).lets_through(BRICK),
    // `limestone_wall`.
    surface("stone", &[0.02, 0.02, 0.03, 0.04, 0.05, 0.05, 0.05], JOINTED),
    // `marble_floor`.
    surface("marble", &[0.01, 0.01, 0.01, 0.02, 0.02, 0.02, 0.02], SMOOTH),
    // `ceramic_tiles`: smooth.
    surface("tiles", &[0.01, 0.01, 0.01, 0.02, 0.02, 0.02, 0.02], SMOOTH),
    // The table has no bare metal. A thick plate is as rigid and as closed as a glazed tile: `ceramic_tiles`.
    // Loss: a sheet of 2 mm.
    surface("metal", &[0.01, 0.01, 0.01, 0.02, 0.02, 0.02, 0.02], SMOOTH).lets_through(SHEET),
    // `plasterboard`: two layers of 13 mm on a steel frame.
    surface("plasterboard", &[0.15, 0.1, 0.06, 0.04, 0.04, 0.05, 0.05], SMOOTH).lets_through(DRYWALL),
    // `wood_16mm`: on 40 mm studs. Loss: 16 mm.
    surface("wood", &[0.18, 0.12, 0.1, 0.09, 0.08, 0.07, 0.07], JOINTED).lets_through(BOARD),
    // `wooden_lining`: 12 mm on a frame. Loss: 12 mm.
    surface("wood panelling", &[0.27, 0.23, 0.22, 0.15, 0.1, 0.07, 0.06], JOINTED).lets_through(PANEL),
    // `stage_floor`: two layers, 27 mm over air.
    surface("wood floor", &[0.1, 0.07, 0.06, 0.06, 0.06, 0.06], SMOOTH),
    // `plywood_thin`. Loss: 9 mm.
    surface("plywood", &[0.42, 0.21, 0.1, 0.08, 0.06, 0.06], SMOOTH).lets_through(PLY),
    // `wooden_door`: solid.
    surface("door", &[0.14, 0.1, 0.06, 0.08, 0.1, 0.1, 0.1], SMOOTH).lets_through(SOLID_DOOR),
    // The same row; a light leaf.
    surface("hollow door", &[0.14, 0.1, 0.06, 0.08, 0.1, 0.1, 0.1], SMOOTH).lets_through(HOLLOW_DOOR),
    // `glass_3mm`: single pane.
    surface("glass", &[0.08, 0.04, 0.03, 0.03, 0.02, 0.02, 0.02], SMOOTH).lets_through(PANE),
    // `double_glazing_10mm`.
    surface("double glazing", &[0.1, 0.07, 0.05, 0.03, 0.02, 0.02, 0.02], SMOOTH).lets_through(TWO_PANES),
    // `linoleum_on_concrete`: linoleum, asphalt, rubber or cork tile on concrete.
    surface("linoleum", &[0.02, 0.03, 0.03, 0.03, 0.03, 0.02], SMOOTH),
    // The same row: `linoleum_on_concrete`.
    surface("rubber", &[0.02, 0.03, 0.03, 0.03, 0.03, 0.02], SMOOTH),
    // The same row, on a grainy surface.
    surface("asphalt", &[0.02, 0.03, 0.03, 0.03, 0.03, 0.02], ROUGH),
    // `carpet_6mm_closed_cell_foam`: 6 mm pile on foam.
    surface("carpet", &[0.03, 0.09, 0.25, 0.31, 0.33, 0.44, 0.44], ROUGH),
    // `carpet_thin`: cemented to concrete.
    surface("thin carpet", &[0.02, 0.04, 0.08, 0.2, 0.35, 0.4], JOINTED),
    // `curtains_0.2`: 0.2 kg/m², hung 90 mm from the wall.
    surface("curtain", &[0.05, 0.06, 0.39, 0.63, 0.7, 0.73, 0.73], ROUGH).lets_through(Loss::Cloth(0.2)),
    // `curtains_velvet`: tight. Loss: 0.6 kg/m².
    surface("velvet", &[0.05, 0.12, 0.35, 0.45, 0.38, 0.36, 0.36], ROUGH).lets_through(Loss::Cloth(0.6)),
    // `chairs_upholstered_cloth`: empty.
    surface("upholstery", &[0.44, 0.6, 0.77, 0.89, 0.82, 0.7, 0.7], SEATED),
    // `audience_wooden_chairs_1_m2`: one person a square metre.
    surface("people", &[0.16, 0.24, 0.56, 0.69, 0.81, 0.78, 0.78], SEATED),
    // `chairs_unoccupied_plastic`. Loss: 3 mm.
    surface("plastic", &[0.06, 0.1, 0.1, 0.2, 0.3, 0.2, 0.2], SMOOTH).lets_through(ACRYLIC),
    // `rockwool_50mm_40kgm3`.
    surface("mineral wool", &[0.23, 0.59, 0.86, 0.86, 0.86, 0.86, 0.86], ROUGH),
    // `ceiling_melamine_foam`: wedges.
    surface("foam", &[0.12, 0.33, 0.83, 0.97, 0.98, 0.95], ROUGH),
    // `ceiling_fissured_tile`.
    surface("ceiling tile", &[0.49, 0.53, 0.53, 0.75, 0.92, 0.99], JOINTED),
];

const fn surface(name: &'static str, absorption: &'static [f32], scattering: &'static [f32]) -> Surface {
    Surface { name, absorption, scattering, loss: Loss::Solid }
}

const fn plate(kg_m2: f32, critical_hz: f32, damping: f32) -> Loss {
    Loss::Plate(Plate { kg_m2, critical_hz, damping })
}

impl Surface {
    const fn lets_through(self, loss: Loss) -> Self {
        Self { loss, ..self }
    }
}

impl Loss {
    fn octaves_db(self) -> Option<[f32; 8]> {
        match self {
            Self::Solid => None,
            Self::Measured(loss_db) => Some(filled(loss_db)),
            Self::Cloth(kg_m2) => Some(over_octaves(|hz| mass_law_db(kg_m2, hz))),
            Self::Plate(plate) => Some(over_octaves(|hz| plate.loss_db(hz))),
        }
    }
}

impl Plate {
    fn loss_db(&self, hz: f32) -> f32 {
        const AIR_RAYLS: f32 = 413.0;
        let ratio = hz / self.critical_hz;
        let rigid_db = 20.0 * (PI * hz.max(self.critical_hz) * self.kg_m2 / AIR_RAYLS).log10();
        let bending_db = rigid_db + 10.0 * (2.0 * self.damping * ratio.max(1.0) / PI).log10();
        if ratio >= 1.0 {
            return bending_db;
        }
        let limp_db = mass_law_db(self.kg_m2, hz);
        // Below the critical frequency only the most slanting sound finds the plate soft.
        (limp_db + 20.0 * (1.0 - ratio * ratio).log10()).max(limp_db.min(bending_db))
    }
}

/// 20·log10(m·f) − 47 dB where that is much, and 0 dB for what weighs nothing.
fn mass_law_db(kg_m2: f32, hz: f32) -> f32 {
    10.0 * (1.0 + (kg_m2 * hz).powi(2) * 10f32.powf(-4.7)).log10()
}

/// The loss of the mean energy that passes in each octave.
fn over_octaves(loss_db: impl Fn(f32) -> f32) -> [f32; 8] {
    const LINES: i32 = 12;
    BAND_CENTRES_HZ.map(|centre_hz| {
        let line = |k: i32| centre_hz * 2f32.powf((k as f32 + 0.5) / LINES as f32 - 0.5);
        let passed: f32 = (0..LINES).map(|k| 10f32.powf(-0.1 * loss_db(line(k)))).sum();
        -10.0 * (passed / LINES as f32).log10()
    })
}

/// A surface by name, with all eight bands written out.
pub fn acoustic(name: &str) -> Option<AcousticBands> {
    let surface = SURFACES.iter().find(|surface| surface.name == name)?;
    Some(AcousticBands {
        absorption: filled(surface.absorption).to_vec(),
        scattering: filled(surface.scattering).to_vec(),
        transmission_loss_db: surface.loss.octaves_db().map(|loss_db| loss_db.to_vec()),
    })
}

/// The names of the surfaces.
pub fn acoustic_names() -> impl Iterator<Item = &'static str> {
    SURFACES.iter().map(|surface| surface.name)
}

impl Acoustic {
    /// The numbers, whether written or by name. A name that is no preset is plaster (a checked scene has none).
    pub fn bands(&self) -> AcousticBands {
        match self {
            Self::Bands(bands) => bands.clone(),
            Self::Preset(name) => acoustic(name).or_else(|| acoustic("plaster")).unwrap_or_default(),
        }
    }
}

impl Default for AcousticBands {
    /// Plaster's absorption at 1 kHz in all bands.
    fn default() -> Self {
        Self { absorption: vec![0.03], scattering: vec![0.1], transmission_loss_db: None }
    }
}

impl AcousticBands {
    /// Absorption in the eight bands of [`BAND_CENTRES_HZ`](crate::document::BAND_CENTRES_HZ).
    pub fn absorption_octaves(&self) -> [f32; 8] {
        filled(&self.absorption)
    }

    /// Scattering in the eight bands.
    pub fn scattering_octaves(&self) -> [f32; 8] {
        filled(&self.scattering)
    }

    /// Transmission loss in the eight bands; `None` where nothing comes out.
    pub fn transmission_loss_octaves_db(&self) -> Option<[f32; 8]> {
        self.transmission_loss_db.as_deref().map(filled)
    }
}

/// The last number repeats; no number at all is 0.
fn filled(numbers: &[f32]) -> [f32; 8] {
    let last = numbers.last().copied().unwrap_or(0.0);
    std::array::from_fn(|band| numbers.get(band).copied().unwrap_or(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_surface_has_eight_bands_that_are_shares() {
        for name in acoustic_names() {
            let bands = acoustic(name).expect("named");
            assert_eq!((bands.absorption.len(), bands.scattering.len()), (8, 8), "{name}");
            let all = bands.absorption.iter().chain(&bands.scattering);
            assert!(all.clone().all(|share| (0.0..=1.0).contains(share)), "{name}");
        }
    }

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<&str> = acoustic_names().collect();
        assert_eq!(names.len(), SURFACES.len());
        assert!(names.len() >= 14);
    }

    #[test]
    fn the_last_band_repeats() {
        let bands = AcousticBands {
            absorption: vec![0.1, 0.2],
            scattering: vec![0.3],
            transmission_loss_db: Some(vec![20.0, 30.0]),
        };
        assert_eq!(bands.absorption_octaves(), [0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]);
        assert_eq!(bands.scattering_octaves(), [0.3; 8]);
        assert_eq!(
            bands.transmission_loss_octaves_db(),
            Some([20.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0])
        );
    }

    #[test]
    fn curtains_absorb_more_than_concrete_at_every_middle_frequency() {
        let octaves = |name: &str| acoustic(name).expect("named").absorption_octaves();
        let (curtain, concrete) = (octaves("curtain"), octaves("concrete"));
        assert!((2..8).all(|band| curtain[band] > 5.0 * concrete[band]));
    }
}
