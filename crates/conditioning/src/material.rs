//! What a surface does to light and sound, resolved.

use glam::Vec3;

use crate::ContentId;

/// A surface, with presets applied and colours linear.
#[derive(Clone, Debug, PartialEq)]
pub struct Material {
    /// Its name in the scene or model.
    pub name: String,
    /// Identity by content.
    pub id: ContentId,
    /// Linear Rec.709, each 0 to 1.
    pub base_color: Vec3,
    /// Perceptual roughness, 0 to 1; GGX alpha is its square.
    pub roughness: f32,
    /// 0 to 1.
    pub metallic: f32,
    /// Dielectric reflection: F0 = 0.16·reflectance². 0 also means F90 = 0: pure Lambert.
    pub reflectance: f32,
    /// Emission on the front side, linear Rec.709 nits.
    pub emission: Vec3,
    /// Share of light that passes through, 0 to 1.
    pub transmission: f32,
    /// Index of refraction of what transmits.
    pub ior: f32,
    /// Multiplies `base_color`; an index into [`Moment::textures`](crate::Moment::textures).
    pub base_color_texture: Option<usize>,
    /// Green multiplies `roughness`, blue `metallic`.
    pub metallic_roughness_texture: Option<usize>,
    /// Multiplies `emission`.
    pub emission_texture: Option<usize>,
    /// What it does to sound.
    pub surface: Surface,
}

/// Acoustic behaviour in the eight octave bands, 125 to 16 000 Hz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surface {
    /// Share of arriving energy that does not come back.
    pub absorption: [f32; 8],
    /// Share of reflected energy that leaves in other than the mirror direction.
    pub scattering: [f32; 8],
}

impl Default for Surface {
    fn default() -> Self {
        Self { absorption: [0.1; 8], scattering: [0.1; 8] }
    }
}

impl Default for Material {
    /// Matte mid grey.
    fn default() -> Self {
        Self {
            name: String::new(),
            id: ContentId([0; 32]),
            base_color: Vec3::splat(0.5),
            roughness: 0.8,
            metallic: 0.0,
            reflectance: 0.5,
            emission: Vec3::ZERO,
            transmission: 0.0,
            ior: 1.5,
            base_color_texture: None,
            metallic_roughness_texture: None,
            emission_texture: None,
            surface: Surface::default(),
        }
    }
}
