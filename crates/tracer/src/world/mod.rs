//! A moment as flat arrays that both executors read.
//!
//! 1. `surfaces`: materials and textures.
//! 2. `shapes`: vertices, triangles, and instances at each time slice of the `shutter`.
//! 3. `lamps`: lamps at each time slice.
//! 4. `sky`: a grid for importance sampling.
//! 5. `lights`: one alias table over all that shines, and a tree over local lights when there are many.
//! 6. `mirrors`: flat ones at each time slice.
//!
//! Plain records (`layout`) instead of the moment's own types, because the same bytes go to the GPU.

mod alias;
mod lamps;
mod layout;
mod light_tree;
mod lights;
mod mip;
mod mirrors;
mod shapes;
mod shutter;
mod sky;
mod surfaces;
mod tables;

use std::sync::Arc;

use maquette_conditioning::Moment;

pub(crate) use lamps::LampBalls;
pub(crate) use layout::*;
pub(crate) use light_tree::{BallRecord, LEAF, MOST_PAIRS, PairRecord};
pub(crate) use lights::GlowRecord;
pub(crate) use shapes::{Shapes, SliceShape};
pub(crate) use shutter::{MOST_SLICES, Slice};
pub(crate) use sky::Sky;
pub(crate) use surfaces::Surfaces;
pub(crate) use tables::*;

use crate::{Error, Settings};

/// How a light path may find a lamp. Only tests use other than [`Strategy::Both`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strategy {
    /// Both, weighted by the balance heuristic.
    Both,
    /// Chosen points on lamps only.
    #[cfg(test)]
    Lights,
    /// Chance hits only.
    #[cfg(test)]
    Chance,
}

/// Everything a path can meet during one frame.
pub(crate) struct World {
    /// Camera, settings and counts.
    pub(crate) frame: FrameRecord,
    /// Geometry.
    pub(crate) shapes: Shapes,
    /// Materials and textures.
    pub(crate) surfaces: Arc<Surfaces>,
    /// Rectangles first; [`FrameRecord::lamps`] a slice.
    pub(crate) lamps: Vec<LampRecord>,
    /// Balls around those that rays can meet, as many a slice, if they are few.
    pub(crate) lamp_balls: Vec<LampBalls>,
    /// Local lights first, then distant ones.
    pub(crate) lights: Vec<LightRecord>,
    /// The first of `lights`, those that are triangles, ready for the CPU to sample.
    pub(crate) glows: Vec<GlowRecord>,
    /// The tree over local lights; see [`FrameRecord::light_tree`].
    pub(crate) light_nodes: Vec<LightNode>,
    /// Its topmost nodes once more.
    pub(crate) light_pairs: Vec<PairRecord>,
    /// Flat mirrors; [`FrameRecord::mirrors`] a slice.
    pub(crate) mirrors: Vec<MirrorRecord>,
    /// Sky grid, row by row from straight up.
    pub(crate) sky_cells: std::sync::Arc<Vec<SkyCell>>,
    /// See [`mod@tables`].
    pub(crate) tables: &'static [f32],
}

/// What can be kept from one frame to the next.
#[derive(Default)]
pub(crate) struct WorldCache {
    surfaces: surfaces::SurfacesCache,
    shapes: shapes::ShapesCache,
    sky: sky::SkyCache,
}

impl World {
    /// Flattens `moment` for `settings`.
    pub(crate) fn new(
        moment: &Moment,
        settings: &Settings,
        strategy: Strategy,
        cache: &mut WorldCache,
    ) -> Result<Self, Error> {
        if moment.haze.is_some_and(|haze| !haze.extinction_per_m.is_finite() || !haze.albedo.is_finite()) {
            return Err(Error::NotFinite { field: "haze", item: 0 });
        }
        let surfaces = cache.surfaces.surfaces(moment)?;
        let slices = shutter::slices(moment, settings);
        let shapes = Shapes::new(moment, &surfaces, &slices, &mut cache.shapes)?;
        let lamps = lamps::lamps(moment, &surfaces, &slices)?;
        let sky = cache.sky.sky(moment, &surfaces);
        let mut table = lights::lights(&shapes, &surfaces, &lamps, moment.lamps.len(), &sky);
        let tree = light_tree::light_tree(&mut table, &shapes, slices.len());
        let mut frame = FrameRecord::new(moment, settings, strategy);
        frame.count_geometry(&shapes, &slices, &lamps);
        frame.count_lights(&table);
        frame.place_sky(&sky);
        (frame.light_tree, frame.lamp_tree) = (tree.root, tree.lamp_root);
        moment.haze.iter().for_each(|haze| frame.fill_haze(haze));
        let mirrors = mirrors::mirrors(&shapes, &surfaces);
        frame.mirrors = (mirrors.len() / slices.len()) as u32;
        let lamp_balls = lamps::lamp_balls(&table.lamps, frame.lamps as usize, frame.solid_lamps as usize);
        let world = Self {
            frame,
            shapes: shapes.with_lights(&table),
            surfaces,
            lamps: table.lamps,
            lamp_balls,
            lights: table.lights,
            glows: table.glows,
            light_nodes: tree.nodes,
            light_pairs: tree.pairs,
            mirrors,
            sky_cells: sky.cells.clone(),
            tables: tables(),
        };
        Ok(world)
    }
}
