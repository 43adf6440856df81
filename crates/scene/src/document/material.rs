//! What a surface does to light.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Acoustic, Detail, Temperature};

/// A colour: `"#rrggbb"` in sRGB, or linear Rec.709 as `(r, g, b)`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Color {
    /// sRGB hexadecimal, `"#2b2c30"`.
    Hex(#[schemars(regex(pattern = r"^#[0-9a-fA-F]{6}$"))] String),
    /// Linear Rec.709, each 0 or more.
    Linear(#[schemars(extend("x-color" = true))] (f32, f32, f32)),
}

/// How a surface looks and sounds. Fields left out come from the preset, or else from plain matte grey.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Material {
    /// A material to start from, such as `"brushed steel"`.
    #[schemars(extend("x-ref" = "material-preset"))]
    pub preset: Option<String>,
    /// Diffuse colour of a dielectric, reflection colour of a metal. Each channel 0 to 1.
    pub base_color: Option<Color>,
    /// Perceptual roughness, 0 (mirror) to 1 (chalk). GGX alpha is its square.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub roughness: Option<f32>,
    /// 0 for everything but metal, 1 for metal.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub metallic: Option<f32>,
    /// Strength of the dielectric reflection: F0 = 0.16·reflectance². 0.5 is common plastic or glass.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub reflectance: Option<f32>,
    /// Light the surface gives off by itself, on its front side.
    pub emission: Option<Emission>,
    /// Share of the light that passes through, 0 to 1: clear glass at `roughness` 0, frosted above.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub transmission: Option<f32>,
    /// Index of refraction of what transmits. Default 1.5.
    #[schemars(range(min = 1.0, max = 4.0))]
    pub ior: Option<f32>,
    /// Whether it is a pane: one sheet stands for both its faces, and light goes straight on instead of being bent. For
    /// windows; a closed solid of glass is not thin. Default false.
    pub thin: Option<bool>,
    /// Share of the surface that is there, 0 to 1; the rest is open. Multiplied by the alpha of `base_color_texture`
    /// where it has one. Default 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub opacity: Option<f32>,
    /// Cuts the surface away where its opacity is below this, instead of mixing. For leaves and fences.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub cutout: Option<f32>,
    /// Strength of a clear coat of lacquer on top, 0 to 1. Default 0.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub clearcoat: Option<f32>,
    /// Perceptual roughness of the clear coat. Default 0.05.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub clearcoat_roughness: Option<f32>,
    /// How it reflects. Default `EnergyConserving`.
    pub model: Option<ReflectionModel>,
    /// Relief, wear and grain. `(pattern: Plain)` takes away the preset's.
    pub detail: Option<Detail>,
    /// Image multiplied into `base_color`, sRGB.
    #[schemars(extend("x-path" = true, "x-files" = ["png", "jpg", "jpeg"]))]
    pub base_color_texture: Option<String>,
    /// Image whose green is roughness and blue metallic (glTF's packing), multiplied into both.
    #[schemars(extend("x-path" = true, "x-files" = ["png", "jpg", "jpeg"]))]
    pub metallic_roughness_texture: Option<String>,
    /// Normal map, +Y up the image (glTF, OpenGL).
    #[schemars(extend("x-path" = true, "x-files" = ["png", "jpg", "jpeg"]))]
    pub normal_texture: Option<String>,
    /// Image multiplied into the emission, sRGB.
    #[schemars(extend("x-path" = true, "x-files" = ["png", "jpg", "jpeg"]))]
    pub emission_texture: Option<String>,
    /// What it does to sound. Default: the preset's, or `"plaster"`.
    pub acoustic: Option<Acoustic>,
}

/// How the opaque part of a surface reflects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ReflectionModel {
    /// glTF's lobes made to conserve energy: a white surface returns what it receives.
    EnergyConserving,
    /// glTF 2.0 Appendix B to the letter, for comparisons with other programs: rough metals darken.
    AppendixB,
}

/// Light a surface gives off.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Emission {
    /// Luminance in candela per square metre. A phone screen is 500, a fluorescent tube 8000.
    #[schemars(range(min = 0.0, max = 1e9))]
    pub nit: f32,
    /// Its colour, normalised to luminance 1. Default white.
    #[serde(default)]
    pub color: Option<Color>,
    /// Its colour as a black body's temperature, instead of `color`.
    #[serde(default)]
    #[schemars(range(min = 1000.0, max = 40000.0))]
    pub kelvin: Option<Temperature>,
}
