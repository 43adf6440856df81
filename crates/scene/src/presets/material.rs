//! Materials by name.
//!
//! Metals are the reflection colours of their measured indices of refraction, as tabulated at physicallybased.info
//! (CC0); the rest are round values for what such surfaces usually are. All colours are linear Rec.709.

use crate::document::{Acoustic, Color, Material, Scene};

/// What differs from plain matte grey.
struct Preset {
    name: &'static str,
    base_color: (f32, f32, f32),
    roughness: f32,
    metallic: f32,
    transmission: f32,
    acoustic: &'static str,
}

const fn dielectric(
    name: &'static str,
    base_color: (f32, f32, f32),
    roughness: f32,
    acoustic: &'static str,
) -> Preset {
    Preset { name, base_color, roughness, metallic: 0.0, transmission: 0.0, acoustic }
}

const fn metal(name: &'static str, base_color: (f32, f32, f32), roughness: f32) -> Preset {
    Preset { name, base_color, roughness, metallic: 1.0, transmission: 0.0, acoustic: "metal" }
}

const fn clear(name: &'static str, base_color: (f32, f32, f32), roughness: f32) -> Preset {
    Preset { name, base_color, roughness, metallic: 0.0, transmission: 1.0, acoustic: "glass" }
}

/// What everything is that nobody described.
const MATTE_GREY: Preset = dielectric("matte grey", (0.5, 0.5, 0.5), 0.8, "plaster");

const PRESETS: &[Preset] = &[
    MATTE_GREY,
    dielectric("mannequin", (0.55, 0.55, 0.55), 0.6, "people"),
    dielectric("skin", (0.6, 0.36, 0.25), 0.5, "people"),
    // Walls and floors.
    dielectric("plaster", (0.75, 0.73, 0.7), 0.9, "plaster"),
    dielectric("white paint", (0.8, 0.8, 0.8), 0.5, "plasterboard"),
    dielectric("black paint", (0.03, 0.03, 0.03), 0.5, "plasterboard"),
    dielectric("concrete", (0.42, 0.41, 0.39), 0.9, "concrete"),
    dielectric("sealed concrete", (0.3, 0.3, 0.3), 0.25, "sealed concrete"),
    dielectric("brick", (0.26, 0.1, 0.06), 0.9, "brick"),
    dielectric("tiles", (0.75, 0.75, 0.73), 0.15, "tiles"),
    dielectric("marble", (0.83, 0.79, 0.75), 0.1, "marble"),
    dielectric("asphalt", (0.05, 0.05, 0.05), 0.9, "asphalt"),
    // Wood.
    dielectric("wood", (0.36, 0.21, 0.1), 0.6, "wood"),
    dielectric("dark wood", (0.07, 0.035, 0.02), 0.45, "wood"),
    // Soft things.
    dielectric("fabric", (0.35, 0.33, 0.32), 0.95, "upholstery"),
    dielectric("curtain", (0.3, 0.05, 0.05), 0.95, "curtain"),
    dielectric("carpet", (0.2, 0.18, 0.17), 1.0, "carpet"),
    dielectric("leather", (0.12, 0.06, 0.03), 0.5, "upholstery"),
    // Man-made.
    dielectric("plastic", (0.6, 0.6, 0.6), 0.4, "plastic"),
    dielectric("black plastic", (0.03, 0.03, 0.03), 0.35, "plastic"),
    dielectric("rubber", (0.03, 0.03, 0.03), 0.8, "rubber"),
    dielectric("painted metal", (0.25, 0.28, 0.3), 0.4, "metal"),
    // Metals.
    metal("aluminium", (0.91, 0.92, 0.92), 0.3),
    metal("brass", (0.91, 0.78, 0.42), 0.25),
    metal("brushed steel", (0.67, 0.64, 0.6), 0.35),
    metal("chrome", (0.64, 0.65, 0.66), 0.05),
    metal("copper", (0.93, 0.72, 0.5), 0.25),
    metal("gold", (1.0, 0.77, 0.31), 0.2),
    metal("iron", (0.53, 0.51, 0.5), 0.6),
    // Mirrors and glass.
    metal("mirror", (0.95, 0.95, 0.95), 0.0),
    clear("clear glass", (1.0, 1.0, 1.0), 0.0),
    clear("frosted glass", (1.0, 1.0, 1.0), 0.5),
];

impl Preset {
    fn material(&self) -> Material {
        Material {
            base_color: Some(Color::Linear(self.base_color)),
            roughness: Some(self.roughness),
            metallic: Some(self.metallic),
            reflectance: Some(0.5),
            transmission: Some(self.transmission),
            ior: Some(1.5),
            acoustic: Some(Acoustic::Preset(self.acoustic.to_owned())),
            ..Material::default()
        }
    }
}

/// A material by name, with every optical field and an acoustic surface.
pub fn material(name: &str) -> Option<Material> {
    PRESETS.iter().find(|preset| preset.name == name).map(Preset::material)
}

/// The names of the materials.
pub fn material_names() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|preset| preset.name)
}

impl Material {
    /// The material with its preset applied, or else plain matte grey: after this, `base_color`, `roughness`, `metallic`,
    /// `reflectance`, `transmission`, `ior` and `acoustic` are there, and `preset` is not.
    #[must_use]
    pub fn resolved(&self) -> Self {
        let below = self.preset.as_deref().and_then(material).unwrap_or_else(|| MATTE_GREY.material());
        let own = self.clone();
        Self {
            preset: None,
            base_color: own.base_color.or(below.base_color),
            roughness: own.roughness.or(below.roughness),
            metallic: own.metallic.or(below.metallic),
            reflectance: own.reflectance.or(below.reflectance),
            transmission: own.transmission.or(below.transmission),
            ior: own.ior.or(below.ior),
            acoustic: own.acoustic.or(below.acoustic),
            ..own
        }
    }
}

impl Scene {
    /// What a reference to a material means: the scene's own, or a preset; resolved.
    pub fn material(&self, name: &str) -> Option<Material> {
        self.materials.get(name).map(Material::resolved).or_else(|| material(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_are_complete_and_conserve_energy() {
        for name in material_names() {
            let preset = material(name).expect("named");
            assert_eq!(preset.resolved(), preset, "{name} leaves something open");
            let color = preset.base_color.as_ref().expect("a colour").linear();
            assert!(color.iter().all(|channel| (0.0..=1.0).contains(channel)), "{name}");
            let Some(Acoustic::Preset(surface)) = &preset.acoustic else { panic!("{name}") };
            assert!(super::super::acoustic(surface).is_some(), "{name} sounds like {surface}");
        }
        assert!(PRESETS.len() >= 14);
    }

    #[test]
    fn what_is_written_wins_over_the_preset() {
        let written =
            Material { preset: Some("chrome".to_owned()), roughness: Some(0.7), ..Material::default() };
        let resolved = written.resolved();
        assert_eq!((resolved.roughness, resolved.metallic), (Some(0.7), Some(1.0)));
        assert_eq!(resolved.resolved(), resolved);
    }

    #[test]
    fn nothing_written_is_matte_grey() {
        assert_eq!(Material::default().resolved(), material("matte grey").expect("named"));
    }
}
