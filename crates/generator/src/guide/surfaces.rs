//! What surfaces are made of to the five pictures of the model with G-buffer input.
//!
//! AlayaRenderer (Huang et al., "Generative World Renderer", 2026) takes albedo, depth, metallic, normal and roughness, in this
//! order, each as a video of its own; normals are in camera space. It continues DiffusionRenderer (Liang et al. 2025), whose
//! conventions hold for the rest: albedo in sRGB code values, normals as (n + 1)/2 with +x right, +y up and +z towards the
//! camera, roughness (perceptual, as in glTF) and metallic as grey. How its training data maps depth is not published: it is
//! relative inverse depth here, as for VACE.

use half::f16;
use maquette_conditioning::Plane;

use super::{DepthRange, GuideFrame};
use crate::transfer::srgb_forward;

/// One of the pictures.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Surface {
    Albedo,
    Depth,
    Metallic,
    Normal,
    Roughness,
}

impl Surface {
    /// All of them, in the model's order.
    pub(crate) const ALL: [Self; 5] =
        [Self::Albedo, Self::Depth, Self::Metallic, Self::Normal, Self::Roughness];

    /// Its picture. Where there is no surface all but the normal (0.5: no direction) are black.
    pub(crate) fn picture(self, guide: &GuideFrame, range: DepthRange) -> Plane<[f32; 3]> {
        let finish = |which: usize| guide.finish.map(|finish: &[f16; 2]| [finish[which].to_f32(); 3]);
        match self {
            Self::Albedo => guide.albedo.map(|albedo| albedo.map(|value| srgb_forward(value.to_f32()))),
            Self::Depth => range.picture(guide),
            Self::Metallic => finish(1),
            Self::Normal => {
                guide.normal.map(|normal| normal.map(|n| (0.5 * n.to_f32() + 0.5).clamp(0.0, 1.0)))
            }
            Self::Roughness => finish(0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::DepthHistogram;
    use super::super::frame::tests::{Shown, set};
    use super::*;

    #[test]
    fn channels_come_in_the_models_order_and_code() {
        let normal = [0.6, 0.0, 0.8];
        let guide = set(8, 8, |x, _| Shown { depth: 2.0 + x as f32, id: 1, normal, light: [0.1; 3] });
        let mut histogram = DepthHistogram::new();
        histogram.add(&guide);
        let range = histogram.range();
        let [albedo, depth, metallic, normal, roughness] =
            Surface::ALL.map(|surface| *surface.picture(&guide, range).at(5, 5));
        // Linear 0.25, 0.5 and 1 are code values 137, 188 and 255.
        assert_eq!(albedo.map(|value| (255.0 * value).round() as u8), [137, 188, 255]);
        assert_eq!(depth, *range.picture(&guide).at(5, 5));
        assert_eq!((metallic, roughness), ([1.0; 3], [0.5; 3]));
        assert!((0..3).all(|axis| (normal[axis] - [0.8, 0.5, 0.9][axis]).abs() < 1e-3), "{normal:?}");
    }
}
