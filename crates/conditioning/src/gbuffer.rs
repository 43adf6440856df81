//! What each pixel shows, apart from the traced light.

use crate::Plane;

/// Geometry and surface planes: one pinhole ray a pixel, through the pixel's centre, at shutter open.
///
/// A miss has infinite depth and distance, zero normal, and id 0. `albedo_mean` and `normal_mean` are the
/// denoiser's: means over the light samples, followed through mirrors and clear glass. The `image_` planes are of what a
/// mirror shows, where the mirror shows it: a flat mirror's image stands as far behind it as the thing before it.
/// Elsewhere they repeat the surface's.
#[derive(Clone, Debug, PartialEq)]
pub struct GBuffer {
    /// Metres along the view axis.
    pub depth: Plane<f32>,
    /// Metres from the camera to the hit.
    pub distance: Plane<f32>,
    /// World position.
    pub position: Plane<[f32; 3]>,
    /// World shading normal, unit, facing the camera.
    pub normal: Plane<[f32; 3]>,
    /// Base colour, linear Rec.709, 0 to 1.
    pub albedo: Plane<[f32; 3]>,
    /// Perceptual roughness.
    pub roughness: Plane<f32>,
    /// Metallic.
    pub metallic: Plane<f32>,
    /// Pixels, previous minus current: +x right, +y down.
    pub motion: Plane<[f32; 2]>,
    /// Which thing; 0 is none.
    pub object_id: Plane<u32>,
    /// Which material; 0 is none.
    pub material_id: Plane<u32>,
    /// World position of what is seen, through mirrors.
    pub image_position: Plane<[f32; 3]>,
    /// Its normal, mirrored likewise.
    pub image_normal: Plane<[f32; 3]>,
    /// Pixels, where it was seen before minus where it is seen now: +x right, +y down.
    pub image_motion: Plane<[f32; 2]>,
    /// Which thing is seen; surroundings in a mirror have the mirror's.
    pub image_id: Plane<u32>,
    /// Nits that what is seen sends on diffusely of small lamps' light, through mirrors, each lamp as if all of it came from
    /// its middle: hard shadows, no noise. Lamps count less from an angular radius of 0.05 on, and not from 0.15 on. Black
    /// where there are more than 16 lamps.
    pub lamp_light: Plane<[f32; 3]>,
    /// Sample mean of albedo, 0 to 1.
    pub albedo_mean: Plane<[f32; 3]>,
    /// Sample mean of the world normal, −1 to 1, not unit.
    pub normal_mean: Plane<[f32; 3]>,
}

impl GBuffer {
    /// Planes of a size, all a miss.
    pub fn new(width: usize, height: usize) -> Self {
        let mut depth = Plane::new(width, height);
        depth.data.fill(f32::INFINITY);
        Self {
            distance: depth.clone(),
            depth,
            position: Plane::new(width, height),
            normal: Plane::new(width, height),
            albedo: Plane::new(width, height),
            roughness: Plane::new(width, height),
            metallic: Plane::new(width, height),
            motion: Plane::new(width, height),
            object_id: Plane::new(width, height),
            material_id: Plane::new(width, height),
            image_position: Plane::new(width, height),
            image_normal: Plane::new(width, height),
            image_motion: Plane::new(width, height),
            image_id: Plane::new(width, height),
            lamp_light: Plane::new(width, height),
            albedo_mean: Plane::new(width, height),
            normal_mean: Plane::new(width, height),
        }
    }

    /// Pixels across.
    pub fn width(&self) -> usize {
        self.depth.width()
    }

    /// Pixels down.
    pub fn height(&self) -> usize {
        self.depth.height()
    }
}
