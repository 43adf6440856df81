//! The light that reaches each pixel.

use crate::Plane;

/// Radiance in nits, linear Rec.709, split by how it came.
///
/// The five parts add up to the whole. "Direct" has met one surface between lamp and camera, "indirect" more;
/// diffuse or specular is decided at the first surface the camera sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Light {
    /// Seen lamps, glowing surfaces and sky.
    pub emitted: Plane<[f32; 3]>,
    /// One bounce, diffuse.
    pub direct_diffuse: Plane<[f32; 3]>,
    /// One bounce, specular.
    pub direct_specular: Plane<[f32; 3]>,
    /// More bounces, diffuse first.
    pub indirect_diffuse: Plane<[f32; 3]>,
    /// More bounces, specular (or transmitted) first.
    pub indirect_specular: Plane<[f32; 3]>,
    /// Samples a pixel behind these values.
    pub samples: u32,
}

impl Light {
    /// Darkness of a size.
    pub fn new(width: usize, height: usize) -> Self {
        Self {
            emitted: Plane::new(width, height),
            direct_diffuse: Plane::new(width, height),
            direct_specular: Plane::new(width, height),
            indirect_diffuse: Plane::new(width, height),
            indirect_specular: Plane::new(width, height),
            samples: 0,
        }
    }

    /// The five parts, in declaration order.
    pub fn parts(&self) -> [&Plane<[f32; 3]>; 5] {
        [
            &self.emitted,
            &self.direct_diffuse,
            &self.direct_specular,
            &self.indirect_diffuse,
            &self.indirect_specular,
        ]
    }

    /// All of the light.
    pub fn total(&self) -> Plane<[f32; 3]> {
        let mut sum = self.emitted.clone();
        for part in &self.parts()[1..] {
            for (total, value) in sum.data.iter_mut().zip(&part.data) {
                (0..3).for_each(|channel| total[channel] += value[channel]);
            }
        }
        sum
    }
}
