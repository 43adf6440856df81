//! Things that move to the planes they mirror with and the edges sound bends around: doors, walls, screens.
//!
//! Each thing's planes and edges are found once, in its first placement, and carried along with it.

use glam::{Affine3A, DAffine3};

use crate::{
    edge::{Edge, edges},
    motion::placement_at,
    obstacle::Obstacles,
    reflector::{Reflector, Reflectors},
};

/// Most planes that move.
const MOST: usize = 16;
/// Most edges of one thing that moves.
const MOST_EDGES: usize = 24;

/// Planes of things that move.
pub(crate) struct MovingPlanes {
    /// Thing, among those that move, and its plane where the thing first stood.
    planes: Vec<(usize, Reflector)>,
    /// Per thing and triangle, whether it belongs to one of the planes.
    owned: Vec<Vec<bool>>,
    /// Thing and its edges where it first stood.
    edges: Vec<(usize, Vec<Edge>)>,
    first: Vec<DAffine3>,
}

impl MovingPlanes {
    /// The largest planes of at least `least_m2`.
    pub(crate) fn gather(obstacles: &Obstacles<'_>, least_m2: f64) -> Self {
        let place = |placement: Affine3A| placement.as_daffine3();
        let first: Vec<DAffine3> =
            obstacles.movers.iter().map(|(i, _)| place(i.world_from_local.samples[0])).collect();
        let gathered: Vec<Reflectors> = obstacles
            .movers
            .iter()
            .zip(&first)
            .map(|((instance, _), first)| Reflectors::gather(&[(instance, *first)], least_m2))
            .collect();
        let mut order: Vec<(usize, usize)> = (0..gathered.len())
            .flat_map(|thing| (0..gathered[thing].planes.len()).map(move |p| (thing, p)))
            .collect();
        order.sort_by(|a, b| {
            gathered[b.0].planes[b.1].area_m2.total_cmp(&gathered[a.0].planes[a.1].area_m2).then(a.cmp(b))
        });
        order.truncate(MOST);
        let owned = gathered.iter().enumerate().map(|(thing, reflectors)| {
            let owner = reflectors.owner.first().map_or(&[][..], |owner| owner);
            let kept = |plane: &Option<usize>| plane.is_some_and(|plane| order.contains(&(thing, plane)));
            owner.iter().map(kept).collect()
        });
        Self {
            owned: owned.collect(),
            edges: obstacles
                .movers
                .iter()
                .enumerate()
                .map(|(thing, (instance, _))| (thing, edges(&[(instance, first[thing])], MOST_EDGES)))
                .filter(|(_, edges)| !edges.is_empty())
                .collect(),
            planes: order
                .iter()
                .map(|&(thing, plane)| (thing, gathered[thing].planes[plane].clone()))
                .collect(),
            first,
        }
    }

    /// Where they are at a time.
    pub(crate) fn at(&self, obstacles: &Obstacles<'_>, time_s: f64) -> Vec<Reflector> {
        self.planes
            .iter()
            .map(|(thing, plane)| plane.moved(&self.motion(obstacles, *thing, time_s)))
            .collect()
    }

    /// Where the edges are at a time.
    pub(crate) fn edges_at(&self, obstacles: &Obstacles<'_>, time_s: f64) -> Vec<Edge> {
        let moved = |(thing, edges): &(usize, Vec<Edge>)| {
            let motion = self.motion(obstacles, *thing, time_s);
            edges.iter().map(move |edge| edge.moved(&motion)).collect::<Vec<_>>()
        };
        self.edges.iter().flat_map(moved).collect()
    }

    /// From where a thing first stood to where it is.
    fn motion(&self, obstacles: &Obstacles<'_>, thing: usize, time_s: f64) -> DAffine3 {
        let now = placement_at(&obstacles.movers[thing].0.world_from_local, time_s).as_daffine3();
        now * self.first[thing].inverse()
    }

    /// Whether a triangle of a thing belongs to one of the planes.
    pub(crate) fn has(&self, thing: usize, triangle: u32) -> bool {
        self.owned[thing].get(triangle as usize).copied().unwrap_or(false)
    }
}
