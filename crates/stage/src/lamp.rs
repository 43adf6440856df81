//! The scene's lights to lamps in photometric units.
//!
//! A lumen becomes: for a point or spot Φ/4π candela (narrowing a cone does not brighten it), for a rectangle
//! Φ/(π·A) nits, since it shines to one side as a Lambert source. The sun is in lux as it stands.

use std::f32::consts::PI;

use glam::Vec3;
use maquette_conditioning::{Lamp, LampKind, Moving, Shutter};
use maquette_scene::document::{Light, LightKind};

use crate::{
    document,
    pose::{Path, Pose, rotation, vec3},
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
}

impl Fixture {
    pub(crate) fn new(light: &Light, object_id: u32) -> Self {
        let path = (!light.path.is_empty()).then(|| Path::new(&light.path, light.turn_deg, Vec3::ZERO));
        Self {
            object_id,
            name: light.name.clone(),
            kind: kind(&light.kind),
            strength: document::output_tint(&light.output) * strength(light),
            rest: Pose::new(rotation(light.turn_deg), vec3(light.at_m)),
            path,
            on_s: light.on_at_s.unwrap_or(f64::NEG_INFINITY),
            off_s: light.off_at_s.unwrap_or(f64::INFINITY),
        }
    }

    pub(crate) fn pose(&self, time_s: f64) -> Pose {
        self.path.as_ref().map_or(self.rest, |path| path.at(time_s.max(0.0)))
    }

    /// The lamp, if it is on when the shutter opens.
    pub(crate) fn lamp(&self, shutter: &Shutter) -> Option<Lamp> {
        let at = |time_s| self.pose(time_s).affine();
        let world_from_lamp = Moving {
            open: at(shutter.open_s),
            close: at(shutter.close_s),
            previous: at(shutter.previous_open_s),
        };
        let on = (self.on_s..self.off_s).contains(&shutter.open_s.max(0.0));
        let (object_id, kind, strength) = (self.object_id, self.kind, self.strength);
        on.then_some(Lamp { object_id, kind, strength, world_from_lamp })
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

/// Lux, candela or nits, as the kind of lamp wants it.
fn strength(light: &Light) -> f32 {
    let (lumen, nit, lux) = (light.output.lumen, light.output.nit, light.output.lux);
    match &light.kind {
        LightKind::Sun { .. } => lux.unwrap_or(0.0),
        LightKind::Point { .. } | LightKind::Spot { .. } => lumen.unwrap_or(0.0) / (4.0 * PI),
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
            path: Vec::new(),
        }
    }

    fn shutter(open_s: f64) -> Shutter {
        Shutter { open_s, close_s: open_s + 0.02, previous_open_s: open_s - 0.04 }
    }

    #[test]
    fn lumens_become_candela_or_nits() {
        let lumen = Output { lumen: Some(800.0), ..Default::default() };
        let of = |kind| Fixture::new(&light(kind, lumen.clone()), 1).strength.y;
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
        let fixture = Fixture::new(&light(LightKind::Point { radius_m: 0.0 }, Output::default()), 1);
        let on: Vec<bool> = [0.99, 1.0, 1.99, 2.0].map(|t| fixture.lamp(&shutter(t)).is_some()).to_vec();
        assert_eq!(on, [false, true, true, false]);
    }
}
