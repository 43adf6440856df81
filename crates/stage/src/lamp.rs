//! The scene's lights to lamps in photometric units.
//!
//! A lumen becomes: for a point or spot Φ/4π candela (narrowing a cone does not brighten it), for a rectangle
//! Φ/(π·A) nits, since it shines to one side as a Lambert source. The sun is in lux as it stands.

use std::f32::consts::PI;

use glam::Vec3;
use maquette_conditioning::{Lamp, LampKind, Moving, Shutter};
use maquette_scene::{
    document::{Light, LightKind},
    sunlight_lux,
};

use crate::{
    document,
    pose::{Path, Pose, rotation, vec3},
    profile::Photometry,
};

/// A light of the scene, resolved.
pub(crate) struct Fixture {
    pub(crate) object_id: u32,
    pub(crate) name: String,
    kind: LampKind,
    strength: Vec3,
    rest: Pose,
    path: Option<Path>,
    on_s: f64,
    off_s: f64,
    /// Turbidity of the air that decides over the sun's light.
    daylight: Option<f32>,
    profile: Option<usize>,
}

/// Clear air, where no sky says what it is.
const CLEAR: f32 = 3.0;

impl Fixture {
    /// A light with what its photometric file says, in air of a sky's turbidity.
    pub(crate) fn new(
        light: &Light,
        object_id: u32,
        profile: Option<Photometry>,
        turbidity: Option<f32>,
    ) -> Self {
        let path = (!light.path.is_empty()).then(|| Path::new(&light.path, light.turn_deg, Vec3::ZERO));
        Self {
            object_id,
            name: light.name.clone(),
            kind: kind(&light.kind),
            strength: document::output_tint(&light.output) * strength(light, profile),
            rest: Pose::new(rotation(light.turn_deg), vec3(light.at_m)),
            path,
            on_s: light.on_at_s.unwrap_or(f64::NEG_INFINITY),
            off_s: light.off_at_s.unwrap_or(f64::INFINITY),
            daylight: light.output.daylight.then(|| turbidity.unwrap_or(CLEAR)),
            profile: profile.map(|photometry| photometry.index),
        }
    }

    /// Of a sun: the direction towards it, and its light on a plane that faces it, in lux.
    pub(crate) fn sunlight(&self, time_s: f64) -> (Vec3, Vec3) {
        let to_sun = self.pose(time_s).rotation * Vec3::Z;
        let elevation = to_sun.y.clamp(-1.0, 1.0).asin();
        let lux =
            self.daylight.map(|turbidity| self.strength * Vec3::from(sunlight_lux(elevation, turbidity)));
        (to_sun, lux.unwrap_or(self.strength))
    }

    pub(crate) fn pose(&self, time_s: f64) -> Pose {
        self.path.as_ref().map_or(self.rest, |path| path.at(time_s.max(0.0)))
    }

    /// The lamp, if it is on while the shutter is open.
    pub(crate) fn lamp(&self, shutter: &Shutter) -> Option<Lamp> {
        let at = |time_s| self.pose(time_s).affine();
        let world_from_lamp = Moving {
            open: at(shutter.open_s),
            close: at(shutter.close_s),
            previous: at(shutter.previous_open_s),
        };
        let strength = if self.daylight.is_some() { self.sunlight(shutter.open_s).1 } else { self.strength };
        let (object_id, kind, profile) = (self.object_id, self.kind, self.profile);
        let lit = self.lit(shutter)?;
        Some(Lamp { object_id, kind, strength, world_from_lamp, lit, profile })
    }

    /// The part of the shutter interval during which it is on. The world stands still before time 0.
    fn lit(&self, shutter: &Shutter) -> Option<(f32, f32)> {
        let (open_s, close_s) = (shutter.open_s.max(0.0), shutter.close_s.max(0.0));
        if close_s <= open_s {
            return (self.on_s..self.off_s).contains(&open_s).then_some(Lamp::ALWAYS);
        }
        let share = |time_s: f64| ((time_s - open_s) / (close_s - open_s)).clamp(0.0, 1.0) as f32;
        let (from, to) = (share(self.on_s), share(self.off_s));
        (from < to).then_some((from, to))
    }
}

fn kind(written: &LightKind) -> LampKind {
    let half = |degrees: f32| 0.5 * degrees.to_radians();
    match written {
        LightKind::Sun { angle_deg } => LampKind::Sun { half_angle_rad: half(*angle_deg) },
        LightKind::Point { radius_m } => LampKind::Point { radius_m: *radius_m },
        LightKind::Spot { inner_deg, outer_deg, radius_m } => {
            let (cos_inner, cos_outer) = (half(*inner_deg).cos(), half(*outer_deg).cos());
            // An edge without width would divide by nothing when it is faded.
            let cos_inner = cos_inner.max(cos_outer + 1e-5);
            LampKind::Spot { cos_inner, cos_outer, radius_m: *radius_m }
        }
        LightKind::Rect { size_m } => {
            LampKind::Rect { half_width_m: 0.5 * size_m.0, half_height_m: 0.5 * size_m.1 }
        }
    }
}

/// Lux, candela or nits, as the kind of lamp wants it. A photometric file's factors are candela, or spread the lumen.
fn strength(light: &Light, photometry: Option<Photometry>) -> f32 {
    let (lumen, nit, lux) = (light.output.lumen, light.output.nit, light.output.lux);
    match &light.kind {
        LightKind::Sun { .. } if light.output.daylight => 1.0,
        LightKind::Sun { .. } => lux.unwrap_or(0.0),
        LightKind::Point { .. } | LightKind::Spot { .. } => match (lumen, photometry) {
            (lumen, None) => lumen.unwrap_or(0.0) / (4.0 * PI),
            (None, Some(_)) => 1.0,
            (Some(lumen), Some(photometry)) => lumen / photometry.lumen.max(f32::MIN_POSITIVE),
        },
        LightKind::Rect { size_m } => {
            nit.unwrap_or_else(|| lumen.unwrap_or(0.0) / (PI * size_m.0 * size_m.1))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use maquette_scene::document::Output;

    fn light(kind: LightKind, output: Output) -> Light {
        Light {
            name: "lamp".to_owned(),
            kind,
            output,
            at_m: (0.0, 2.0, 0.0),
            turn_deg: Default::default(),
            on_at_s: Some(1.0),
            off_at_s: Some(2.0),
            profile: None,
            path: Vec::new(),
        }
    }

    fn shutter(open_s: f64) -> Shutter {
        Shutter { open_s, close_s: open_s + 0.02, previous_open_s: open_s - 0.04 }
    }

    #[test]
    fn lumens_become_candela_or_nits() {
        let lumen = Output { lumen: Some(800.0), ..Default::default() };
        let of = |kind| Fixture::new(&light(kind, lumen.clone()), 1, None, None).strength.y;
        let bulb = of(LightKind::Point { radius_m: 0.0 });
        assert!((bulb - 63.662).abs() < 1e-2, "{bulb}");
        let narrow = of(LightKind::Spot { inner_deg: 5.0, outer_deg: 10.0, radius_m: 0.0 });
        assert_eq!(narrow, bulb);
        // A Lambert panel of A square metres and L nits gives off π·L·A lumens.
        let panel = of(LightKind::Rect { size_m: (0.5, 2.0) });
        assert!((panel * PI * 1.0 - 800.0).abs() < 1e-2, "{panel}");
    }

    #[test]
    fn a_lamp_shines_from_its_on_time_to_its_off_time() {
        let lamp = light(LightKind::Point { radius_m: 0.0 }, Output::default());
        let fixture = Fixture::new(&lamp, 1, None, None);
        let lit = |open_s: f64| fixture.lamp(&shutter(open_s)).map(|lamp| lamp.lit);
        assert_eq!(lit(0.97), None);
        assert_eq!([lit(1.0), lit(1.5)], [Some((0.0, 1.0)); 2]);
        assert_eq!(lit(2.0), None);
        // On for the last quarter, and for the first half, of the shutter.
        let [dawn, dusk] = [lit(0.985), lit(1.99)].map(Option::unwrap);
        assert!((dawn.0 - 0.75).abs() < 1e-4 && dawn.1 == 1.0, "{dawn:?}");
        assert!(dusk.0 == 0.0 && (dusk.1 - 0.5).abs() < 1e-4, "{dusk:?}");
        let frozen = Shutter { close_s: 1.0, ..shutter(1.0) };
        assert_eq!(fixture.lamp(&frozen).map(|lamp| lamp.lit), Some((0.0, 1.0)));
    }

    #[test]
    fn a_daylight_sun_is_as_bright_as_the_air_lets_it() {
        let output = Output { daylight: true, ..Default::default() };
        let mut sun = light(LightKind::Sun { angle_deg: 0.53 }, output);
        sun.turn_deg.pitch = -40.0;
        let fixture = Fixture::new(&sun, 1, None, Some(3.0));
        let (to_sun, lux) = fixture.sunlight(1.0);
        assert!((to_sun.y - 40f32.to_radians().sin()).abs() < 1e-5);
        assert_eq!(lux, Vec3::from(sunlight_lux(to_sun.y.asin(), 3.0)));
        assert_eq!(fixture.lamp(&shutter(1.2)).map(|lamp| lamp.strength), Some(lux));
    }
}
