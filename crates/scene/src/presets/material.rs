//! Materials by name.
//!
//! Metals are the reflection colours of their measured indices of refraction, as tabulated at physicallybased.info
//! (CC0); the rest are round values for what such surfaces usually are. All colours are linear Rec.709.

use crate::document::{Acoustic, Color, Detail, Material, Pattern, Scene};

/// What differs from plain matte grey.
#[derive(Clone, Copy)]
struct Preset {
    name: &'static str,
    base_color: (f32, f32, f32),
    roughness: f32,
    metallic: f32,
    transmission: f32,
    thin: bool,
    clearcoat: f32,
    /// Pattern, its scale (0 is the usual one), strength, and amount (negative is the usual one).
    detail: Option<(Pattern, f32, f32, f32)>,
    acoustic: &'static str,
}

const fn dielectric(
    name: &'static str,
    base_color: (f32, f32, f32),
    roughness: f32,
    acoustic: &'static str,
) -> Preset {
    Preset {
        name,
        base_color,
        roughness,
        metallic: 0.0,
        transmission: 0.0,
        thin: false,
        clearcoat: 0.0,
        detail: None,
        acoustic,
    }
}

const fn metal(name: &'static str, base_color: (f32, f32, f32), roughness: f32) -> Preset {
    Preset { metallic: 1.0, ..dielectric(name, base_color, roughness, "metal") }
}

const fn clear(name: &'static str, roughness: f32) -> Preset {
    Preset { transmission: 1.0, ..dielectric(name, (1.0, 1.0, 1.0), roughness, "glass") }
}

impl Preset {
    /// With a pattern of the usual scale and amount.
    const fn with(self, pattern: Pattern, strength: f32) -> Self {
        Self { detail: Some((pattern, 0.0, strength, -1.0)), ..self }
    }

    /// With a pattern's main feature of a size.
    const fn sized(self, pattern: Pattern, scale_m: f32, strength: f32) -> Self {
        Self { detail: Some((pattern, scale_m, strength, -1.0)), ..self }
    }

    /// With so much of the pattern's second thing.
    const fn amount(self, amount: f32) -> Self {
        match self.detail {
            Some((pattern, scale_m, strength, _)) => {
                Self { detail: Some((pattern, scale_m, strength, amount)), ..self }
            }
            None => self,
        }
    }

    const fn coated(self, clearcoat: f32) -> Self {
        Self { clearcoat, ..self }
    }

    const fn pane(self) -> Self {
        Self { thin: true, ..self }
    }
}

/// What everything is that nobody described.
const MATTE_GREY: Preset = dielectric("matte grey", (0.5, 0.5, 0.5), 0.8, "plaster");

const PRESETS: &[Preset] = &[
    MATTE_GREY,
    dielectric("mannequin", (0.55, 0.55, 0.55), 0.6, "people").sized(Pattern::Grained, 0.0008, 0.8),
    dielectric("skin", (0.6, 0.36, 0.25), 0.45, "people").with(Pattern::Skin, 1.0),
    // Walls and floors.
    dielectric("plaster", (0.75, 0.73, 0.7), 0.9, "plaster").sized(Pattern::Grained, 0.004, 1.2),
    dielectric("white paint", (0.8, 0.8, 0.8), 0.5, "plasterboard").with(Pattern::Grained, 1.0),
    dielectric("black paint", (0.03, 0.03, 0.03), 0.5, "plasterboard").with(Pattern::Grained, 1.0),
    dielectric("concrete", (0.42, 0.41, 0.39), 0.9, "concrete").with(Pattern::Concrete, 1.0),
    dielectric("sealed concrete", (0.3, 0.3, 0.3), 0.25, "sealed concrete").with(Pattern::Concrete, 0.4),
    dielectric("brick", (0.26, 0.1, 0.06), 0.9, "brick").with(Pattern::Brick, 1.0),
    dielectric("tiles", (0.75, 0.75, 0.73), 0.15, "tiles").with(Pattern::Tiled, 1.0),
    dielectric("marble", (0.83, 0.79, 0.75), 0.1, "marble").with(Pattern::Veined, 1.0),
    dielectric("asphalt", (0.05, 0.05, 0.05), 0.9, "asphalt").with(Pattern::Asphalt, 1.0),
    dielectric("wet asphalt", (0.04, 0.04, 0.04), 0.75, "asphalt").with(Pattern::Asphalt, 1.0).amount(0.5),
    // Wood.
    dielectric("wood", (0.36, 0.21, 0.1), 0.6, "wood").with(Pattern::Wood, 1.0).amount(0.0),
    dielectric("dark wood", (0.07, 0.035, 0.02), 0.45, "wood").with(Pattern::Wood, 1.0).amount(0.0),
    dielectric("oak planks", (0.36, 0.23, 0.12), 0.5, "wood").with(Pattern::Wood, 1.0),
    // Soft things.
    dielectric("fabric", (0.35, 0.33, 0.32), 0.95, "upholstery").with(Pattern::Woven, 1.0),
    dielectric("curtain", (0.3, 0.05, 0.05), 0.95, "curtain").sized(Pattern::Woven, 0.0006, 1.0),
    dielectric("carpet", (0.2, 0.18, 0.17), 1.0, "carpet").with(Pattern::Tufted, 1.0),
    dielectric("leather", (0.12, 0.06, 0.03), 0.5, "upholstery").with(Pattern::Leather, 1.0),
    // Man-made.
    dielectric("plastic", (0.6, 0.6, 0.6), 0.4, "plastic").sized(Pattern::Grained, 0.0006, 0.8),
    dielectric("black plastic", (0.03, 0.03, 0.03), 0.35, "plastic").sized(Pattern::Grained, 0.0006, 0.8),
    dielectric("rubber", (0.03, 0.03, 0.03), 0.8, "rubber").sized(Pattern::Grained, 0.0007, 1.0),
    dielectric("painted metal", (0.25, 0.28, 0.3), 0.4, "metal").with(Pattern::Worn, 1.0),
    dielectric("car paint", (0.35, 0.02, 0.02), 0.5, "metal").coated(1.0).sized(
        Pattern::Grained,
        0.0003,
        0.5,
    ),
    // Metals.
    metal("aluminium", (0.91, 0.92, 0.92), 0.3).sized(Pattern::Brushed, 0.0003, 0.5),
    metal("brass", (0.91, 0.78, 0.42), 0.25).with(Pattern::Smudged, 1.0),
    metal("brushed steel", (0.67, 0.64, 0.6), 0.35).with(Pattern::Brushed, 1.0),
    metal("chrome", (0.64, 0.65, 0.66), 0.05).with(Pattern::Smudged, 0.7),
    metal("copper", (0.93, 0.72, 0.5), 0.25).with(Pattern::Smudged, 1.0),
    metal("gold", (1.0, 0.77, 0.31), 0.2).with(Pattern::Smudged, 0.5),
    metal("iron", (0.53, 0.51, 0.5), 0.6).sized(Pattern::Grained, 0.003, 1.5),
    // Mirrors and glass.
    metal("mirror", (0.95, 0.95, 0.95), 0.0),
    clear("clear glass", 0.0),
    clear("frosted glass", 0.4).sized(Pattern::Grained, 0.0006, 0.7),
    clear("window", 0.0).pane(),
    clear("frosted window", 0.4).sized(Pattern::Grained, 0.0006, 0.7).pane(),
];

impl Preset {
    fn material(&self) -> Material {
        let detail = |&(pattern, scale_m, strength, amount): &(Pattern, f32, f32, f32)| Detail {
            scale_m: (scale_m > 0.0).then_some(scale_m),
            strength,
            amount: (amount >= 0.0).then_some(amount),
            ..Detail::usual(pattern)
        };
        Material {
            base_color: Some(Color::Linear(self.base_color)),
            roughness: Some(self.roughness),
            metallic: Some(self.metallic),
            reflectance: Some(0.5),
            transmission: Some(self.transmission),
            ior: Some(1.5),
            thin: Some(self.thin),
            clearcoat: Some(self.clearcoat),
            detail: self.detail.as_ref().map(detail),
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
    /// `reflectance`, `transmission`, `ior`, `thin`, `clearcoat` and `acoustic` are there, and `preset` is not.
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
            thin: own.thin.or(below.thin),
            clearcoat: own.clearcoat.or(below.clearcoat),
            detail: own.detail.or(below.detail),
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
