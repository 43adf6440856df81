//! What a surface does to light and sound, resolved.

use glam::Vec3;

use crate::{ContentId, Detail};

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
    /// Share of light that passes through, 0 to 1: clear at roughness 0, frosted above.
    pub transmission: f32,
    /// Index of refraction of what transmits.
    pub ior: f32,
    /// Whether what transmits is a pane: one sheet stands for both its faces, and light goes straight on.
    pub thin: bool,
    /// Strength of a clear coat of index 1.5 on top of everything else, 0 to 1.
    pub clearcoat: f32,
    /// Perceptual roughness of the clear coat.
    pub clearcoat_roughness: f32,
    /// How the opaque part reflects.
    pub model: ReflectionModel,
    /// Coverage, 0 to 1; multiplied by the alpha of `base_color_texture`.
    pub opacity: f32,
    /// What the coverage does.
    pub coverage: Coverage,
    /// Relief, wear and grain that no image holds.
    pub detail: Option<Detail>,
    /// Multiplies `base_color`; an index into [`Moment::textures`](crate::Moment::textures).
    pub base_color_texture: Option<usize>,
    /// Green multiplies `roughness`, blue `metallic`.
    pub metallic_roughness_texture: Option<usize>,
    /// Normals in tangent space (glTF: +Y up the image, linear).
    pub normal_texture: Option<usize>,
    /// Scales the normal map's slopes; 1 as painted.
    pub normal_scale: f32,
    /// Multiplies `emission`.
    pub emission_texture: Option<usize>,
    /// What it does to sound.
    pub surface: Surface,
}

/// How a surface's opaque part reflects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ReflectionModel {
    /// glTF's lobes made to conserve energy: a white surface returns what it receives.
    #[default]
    EnergyConserving,
    /// glTF 2.0 Appendix B to the letter, for comparisons: rough metals darken.
    AppendixB,
}

/// What coverage (alpha) does to light.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub enum Coverage {
    /// Nothing: the surface is all there.
    #[default]
    Full,
    /// Where it is below this, there is no surface.
    Cutout(f32),
    /// That share of the light meets the surface, the rest goes straight on.
    Blended,
}

/// Acoustic behaviour in the eight octave bands, 125 to 16 000 Hz.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surface {
    /// Share of arriving energy that does not come back.
    pub absorption: [f32; 8],
    /// Share of reflected energy that leaves in other than the mirror direction.
    pub scattering: [f32; 8],
    /// Transmission loss (sound reduction index) of the whole partition in dB: −10·log10 of the share of arriving energy
    /// that comes out behind. `None` lets nothing through.
    pub transmission_loss_db: Option<[f32; 8]>,
}

impl Default for Surface {
    fn default() -> Self {
        Self { absorption: [0.1; 8], scattering: [0.1; 8], transmission_loss_db: None }
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
            thin: false,
            clearcoat: 0.0,
            clearcoat_roughness: 0.0,
            model: ReflectionModel::default(),
            opacity: 1.0,
            coverage: Coverage::default(),
            detail: None,
            base_color_texture: None,
            metallic_roughness_texture: None,
            normal_texture: None,
            normal_scale: 1.0,
            emission_texture: None,
            surface: Surface::default(),
        }
    }
}
