//! The previous frame seen through this frame's motion: what was there, and where it cannot be known.

use maquette_conditioning::Plane;

use crate::{
    Error,
    error::{finite, same_size},
};

/// A surface may be this much nearer or farther than a frame ago, as a share of its distance, before it counts as another one.
const DEPTH_CHANGE: f32 = 0.1;

/// What a frame shows, for telling surfaces apart.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Which thing; 0 is none.
    pub object_id: &'a Plane<u32>,
    /// Metres away; infinite for none.
    pub depth: &'a Plane<f32>,
}

/// Where the previous frame shows what this one does: all four pixels around the place that `motion` points to lie in the
/// picture, carry the same id, and are as far away within 10 %.
///
/// `motion` is previous minus current pixel, +x right, +y down. Surfaces that turn up from behind others, or come into the
/// picture, are left out; so are the outermost pixels of silhouettes.
///
/// Errors: sizes differ, no pixels.
pub fn reprojectable(
    motion: &Plane<[f32; 2]>,
    current: Seen<'_>,
    previous: Seen<'_>,
) -> Result<Plane<bool>, Error> {
    same_size(motion, current.object_id)?;
    for seen in [current, previous] {
        same_size(seen.object_id, current.object_id)?;
        same_size(seen.depth, current.object_id)?;
    }
    let mut valid = motion.map(|_| false);
    for (index, valid) in valid.data.iter_mut().enumerate() {
        let Some(footprint) = Footprint::new(motion, index) else { continue };
        let (id, depth) = (current.object_id.data[index], current.depth.data[index]);
        *valid = footprint.weighted().all(|(pixel, _)| {
            previous.object_id.data[pixel] == id && same_distance(previous.depth.data[pixel], depth)
        });
    }
    Ok(valid)
}

/// The previous frame where this frame's surfaces were, bilinear; black where that lies outside the picture.
///
/// Errors: sizes differ, no pixels, a value that is no number.
pub fn reproject(previous: &Plane<[f32; 3]>, motion: &Plane<[f32; 2]>) -> Result<Plane<[f32; 3]>, Error> {
    same_size(previous, motion)?;
    finite("the previous frame", previous)?;
    let mut warped = motion.map(|_| [0.0; 3]);
    for (index, color) in warped.data.iter_mut().enumerate() {
        for (pixel, weight) in Footprint::new(motion, index).iter().flat_map(Footprint::weighted) {
            color.iter_mut().zip(previous.data[pixel]).for_each(|(sum, value)| *sum += weight * value);
        }
    }
    Ok(warped)
}

fn same_distance(a: f32, b: f32) -> bool {
    a == b || (a - b).abs() <= DEPTH_CHANGE * b
}

/// The two by two pixels around a place in the previous frame.
struct Footprint {
    pixels: [usize; 4],
    weights: [f32; 4],
}

impl Footprint {
    fn new(motion: &Plane<[f32; 2]>, index: usize) -> Option<Self> {
        let (width, height) = (motion.width(), motion.height());
        let [dx, dy] = motion.data[index];
        let place = |at: usize, shift: f32, side: usize| {
            let place = at as f32 + shift;
            (place >= 0.0 && place <= (side - 1) as f32).then_some(place)
        };
        let (x, y) = (place(index % width, dx, width)?, place(index / width, dy, height)?);
        let (left, top) = (x as usize, y as usize);
        let (right, bottom) = ((left + 1).min(width - 1), (top + 1).min(height - 1));
        let (u, v) = (x - left as f32, y - top as f32);
        Some(Self {
            pixels: [top * width + left, top * width + right, bottom * width + left, bottom * width + right],
            weights: [(1.0 - u) * (1.0 - v), u * (1.0 - v), (1.0 - u) * v, u * v],
        })
    }

    fn weighted(&self) -> impl Iterator<Item = (usize, f32)> + '_ {
        self.pixels.into_iter().zip(self.weights).filter(|(_, weight)| *weight > 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(row: [u32; 6]) -> Plane<u32> {
        Plane::from_vec(6, 1, row.to_vec()).unwrap()
    }

    #[test]
    fn motion_points_to_the_previous_frame_and_half_a_pixel_is_a_mean() {
        let previous =
            Plane::from_vec(6, 1, [0.0, 1.0, 2.0, 4.0, 8.0, 16.0].map(|v| [v; 3]).to_vec()).unwrap();
        let warp = |dx: f32| {
            let warped = reproject(&previous, &previous.map(|_| [dx, 0.0])).unwrap();
            warped.data.iter().map(|color| color[0]).collect::<Vec<_>>()
        };
        assert_eq!(warp(1.0), [1.0, 2.0, 4.0, 8.0, 16.0, 0.0]);
        assert_eq!(warp(-0.5), [0.0, 0.5, 1.5, 3.0, 6.0, 12.0]);
    }

    #[test]
    fn what_a_thing_uncovers_has_no_history() {
        // The thing 7 went two pixels to the left; 3 is the wall behind it.
        let (previous, current) = (ids([3, 3, 7, 7, 3, 3]), ids([7, 7, 3, 3, 3, 3]));
        let depth = previous.map(|_| 2.0f32);
        let motion = current.map(|&id| if id == 7 { [2.0, 0.0] } else { [0.0, 0.0] });
        let valid = reprojectable(
            &motion,
            Seen { object_id: &current, depth: &depth },
            Seen { object_id: &previous, depth: &depth },
        );
        assert_eq!(valid.unwrap().data, [true, true, false, false, true, true]);
    }

    #[test]
    fn another_distance_or_a_place_outside_has_no_history() {
        let id = ids([1; 6]);
        let (near, far) = (id.map(|_| 2.0f32), id.map(|_| 2.5f32));
        let still = id.map(|_| [0.0f32; 2]);
        let seen = |depth| Seen { object_id: &id, depth };
        assert!(reprojectable(&still, seen(&near), seen(&far)).unwrap().data.iter().all(|valid| !valid));
        let out = id.map(|_| [0.0f32, -1.0]);
        assert!(reprojectable(&out, seen(&near), seen(&near)).unwrap().data.iter().all(|valid| !valid));
        let sky = id.map(|_| f32::INFINITY);
        assert!(reprojectable(&still, seen(&sky), seen(&sky)).unwrap().data.iter().all(|valid| *valid));
        let nowhere = id.map(|_| [f32::NAN; 2]);
        assert!(reprojectable(&nowhere, seen(&near), seen(&near)).unwrap().data.iter().all(|valid| !valid));
    }
}
