//! A source and a listener to the specular paths between them (Allen and Berkley 1979; Borish 1984 for any planes).
//!
//! The source is mirrored across a sequence of planes; the straight line from the listener to the last image, folded
//! back at each plane, is the path. It exists when every fold falls on a triangle and nothing is in the way.

use glam::DVec3;
use maquette_conditioning::{Arrival, PathId, Via};

use crate::{
    beam::Polygon,
    detour::{Detour, Detours},
    edge::Edge,
    emitter::Emitter,
    listener::Listener,
    motion::position_at,
    obstacle::Surroundings,
    reflector::{Reflector, mixed},
};

/// Level stops rising nearer than this to a source: the inverse-distance law is for points.
const LEAST_DISTANCE_M: f64 = 0.1;
/// Legs are tested down to this distance from the plane they leave or meet, measured across the plane.
const OFF_PLANE_M: f64 = 5e-4;
/// At grazing angles the untested length of a leg ends here.
const MOST_CLEAR_M: f64 = 0.05;
/// Untested length at a recording, which may lie on a surface.
const SOURCE_CLEAR_M: f64 = 0.01;
/// Untested length at a hit: physics lets bodies sink into each other by millimetres.
const HIT_CLEAR_M: f64 = 0.1;
/// A hit this near to a plane is on it. Its level already counts that surface, so the plane does not mirror it.
const HIT_ON_PLANE_M: f64 = 0.05;
/// A recording this near to a plane has no mirror image apart from itself.
const ON_PLANE_M: f64 = 1e-4;
/// Two images this close are the same path folded in another order, at an edge.
const SAME_IMAGE_M: f64 = 1e-3;
/// Outlines are this much wider than their planes.
const OUTLINE_M: f64 = 1e-2;
/// Between the first and the last of a source's arrivals, about.
const SPREAD_S: f64 = 0.1;
/// Emission times closer than this are solved.
const SOLVED_S: f64 = 1e-10;
/// Most reflections that fit; settings stay within.
const MOST_ORDER: usize = 6;

/// The instant's listener and obstacles.
pub(crate) struct Instant<'a> {
    /// World time at the listener.
    pub(crate) time_s: f64,
    /// The ear.
    pub(crate) listener: Listener,
    /// Things that the ear is in.
    pub(crate) around_listener: Vec<u32>,
    /// What is in the way.
    pub(crate) surroundings: Surroundings<'a>,
    /// Planes of things that move, as they stand now; numbered after those of the medium.
    pub(crate) moving: Vec<Reflector>,
    /// Edges of things that move, as they stand now.
    pub(crate) moving_edges: Vec<Edge>,
}

/// What holds at every instant.
pub(crate) struct Medium {
    /// Planes that mirror and stand still.
    pub(crate) reflectors: Vec<Reflector>,
    /// Edges to bend around that stand still.
    pub(crate) edges: Vec<Edge>,
    /// Most reflections a path; at most 6.
    pub(crate) max_order: usize,
    /// Speed of sound.
    pub(crate) speed_m_s: f64,
    /// Air absorption by band.
    pub(crate) air_db_per_m: [f64; 8],
}

impl Medium {
    /// All paths from an emitter that reach the listener at an instant, sorted by id.
    ///
    /// What arrives now left earlier: each path's delay τ solves |listener(t) − image(t − τ)| = c·τ, from which Doppler
    /// shifts follow when the delay is rendered.
    pub(crate) fn arrivals(&self, emitter: &Emitter, instant: &Instant<'_>) -> Vec<Arrival> {
        let mut search = Search::new(self, emitter, instant);
        search.straight();
        search.extend(&mut Vec::with_capacity(MOST_ORDER), None);
        search.found.sort_by_key(|(_, arrival)| (arrival.order, arrival.path));
        let mut arrivals: Vec<(DVec3, Arrival)> = Vec::with_capacity(search.found.len());
        for (image, arrival) in search.found {
            let same = |(other, kept): &(DVec3, Arrival)| {
                kept.via == arrival.via && kept.order == arrival.order && other.distance(image) < SAME_IMAGE_M
            };
            if !arrivals.iter().any(same) {
                arrivals.push((image, arrival));
            }
        }
        let mut arrivals: Vec<Arrival> = arrivals.into_iter().map(|(_, arrival)| arrival).collect();
        arrivals.sort_by_key(|arrival| arrival.path);
        arrivals
    }
}

/// One emitter at one instant.
struct Search<'a> {
    medium: &'a Medium,
    emitter: &'a Emitter,
    instant: &'a Instant<'a>,
    /// Things that do not block the first leg.
    own: Vec<u32>,
    /// The source when it sent what arrives directly.
    source: DVec3,
    /// Planes that can mirror this emitter.
    usable: Vec<usize>,
    /// Their outlines.
    outlines: Vec<Polygon>,
    /// A first guess at every delay: that of the direct path.
    direct_delay_s: f64,
    found: Vec<(DVec3, Arrival)>,
}

/// What lies before a plane and shows through it.
struct View<'w> {
    image: DVec3,
    window: &'w Polygon,
    /// Of the plane, towards where it mirrors.
    normal: DVec3,
    offset: f64,
}

impl View<'_> {
    fn reaches(&self, outline: &Polygon) -> bool {
        outline.corners().iter().any(|&corner| self.normal.dot(corner) > self.offset - OUTLINE_M)
    }

    fn lit(&self, outline: &Polygon) -> Option<Polygon> {
        outline.cut(self.normal, self.offset - OUTLINE_M)?.seen_through(self.window, self.image)
    }
}

/// A source and its images across the first, the first two, … planes of a sequence.
type Images = [DVec3; MOST_ORDER + 1];

impl<'a> Search<'a> {
    fn new(medium: &'a Medium, emitter: &'a Emitter, instant: &'a Instant<'a>) -> Self {
        let mut search = Self {
            medium,
            emitter,
            instant,
            own: Vec::new(),
            source: DVec3::ZERO,
            usable: Vec::new(),
            outlines: Vec::new(),
            direct_delay_s: 0.0,
            found: Vec::new(),
        };
        let (images, distance) = search.images(&[]);
        let source = images[0];
        search.source = source;
        search.direct_delay_s = distance / medium.speed_m_s;
        search.own = match emitter.struck {
            Some(objects) => instant.surroundings.struck_bodies(objects),
            None => instant.surroundings.bodies_around(source, emitter.carrier),
        };
        let on_plane_m = if emitter.struck.is_some() { HIT_ON_PLANE_M } else { ON_PLANE_M };
        let off = |plane: &Reflector| {
            plane.side(source).abs() >= on_plane_m || !plane.is_near(source, HIT_ON_PLANE_M)
        };
        let count = medium.reflectors.len() + instant.moving.len();
        search.usable = (0..count).filter(|&i| off(search.plane(i))).collect();
        // A source in motion lights each plane from a slightly different place: from where it was when it sent.
        let before = position_at(&emitter.position, instant.time_s - search.direct_delay_s - SPREAD_S);
        let margin_m = OUTLINE_M + source.distance(before);
        search.outlines = search.usable.iter().map(|&i| search.plane(i).outline(margin_m)).collect();
        search
    }

    fn plane(&self, index: usize) -> &'a Reflector {
        let still = &self.medium.reflectors;
        still.get(index).unwrap_or_else(|| &self.instant.moving[index - still.len()])
    }

    /// The direct path: in sight, through partitions, around edges, or not at all.
    fn straight(&mut self) {
        let (images, distance_m) = self.images(&[]);
        let listener = self.instant.listener.position;
        // A head neither hides its own voice nor colours it: what it does, a voice's directivity has.
        let bystands = |edge: &&Edge| {
            ![&self.own, &self.instant.around_listener].iter().any(|own| own.contains(&edge.object_id))
        };
        let edges = self.medium.edges.iter().chain(&self.instant.moving_edges).filter(bystands);
        let edges: Vec<&Edge> = edges.collect();
        let detours = Detours {
            edges: &edges,
            surroundings: &self.instant.surroundings,
            source: self.source,
            listener,
            around_source: &self.own,
            around_listener: &self.instant.around_listener,
            speed_m_s: self.medium.speed_m_s,
        };
        if self.legs_are_free(&[], &images) {
            let direct = self.arrival(&[], &images, listener, distance_m, detours.beside());
            self.found.push((self.source, direct));
            return;
        }
        let mut found: Vec<(DVec3, Arrival)> = self.through(&images, distance_m).into_iter().collect();
        found.extend(detours.around().into_iter().map(|detour| self.bent(&detour)));
        self.found.extend(found);
    }

    fn through(&self, images: &Images, distance_m: f64) -> Option<(DVec3, Arrival)> {
        let at_source = if self.emitter.struck.is_some() { HIT_CLEAR_M } else { SOURCE_CLEAR_M };
        let skip: Vec<u32> = self.own.iter().chain(&self.instant.around_listener).copied().collect();
        let listener = self.instant.listener.position;
        let passed = self.instant.surroundings.passing(self.source, listener, [at_source, 0.0], &skip)?;
        let kept = passed.map(|share| f64::from(share).sqrt());
        let arrival = self.arrival(&[], images, listener, distance_m, kept);
        Some((self.source, Arrival { via: Via::Transmitted, ..arrival }))
    }

    fn bent(&self, detour: &Detour) -> (DVec3, Arrival) {
        // What spreading there is, the detour knows.
        let kept = detour.pressure.map(|pressure| pressure * detour.length_m.max(LEAST_DISTANCE_M));
        let [first, last] =
            [detour.points.first(), detour.points.last()].map(|p| p.copied().unwrap_or(self.source));
        let arrival = self.arrival(&[], &[self.source; MOST_ORDER + 1], first, detour.length_m, kept);
        let direction = self.instant.listener.direction_to(last);
        let path = PathId(mixed(detour.edges.iter().copied()).max(1));
        (last, Arrival { path, via: Via::Diffracted, order: detour.edges.len() as u32, direction, ..arrival })
    }

    /// Tries a sequence and every longer one that starts with it. `window` is what shows of its last plane.
    fn extend(&mut self, sequence: &mut Vec<usize>, window: Option<&Polygon>) {
        if !sequence.is_empty() {
            let found = self.path(sequence);
            self.found.extend(found);
        }
        let left = self.medium.max_order - sequence.len();
        if left == 0 {
            return;
        }
        let view = window.map(|window| self.view(sequence, window));
        for at in 0..self.usable.len() {
            let plane = self.usable[at];
            if sequence.last() == Some(&plane) {
                continue;
            }
            let outline = self.outlines[at];
            // The last plane of the longest sequences is tried at once: that is cheaper than cutting its outline.
            let lit = match &view {
                Some(view) if left > 1 => view.lit(&outline),
                Some(view) => view.reaches(&outline).then_some(outline),
                None => Some(outline),
            };
            if let Some(lit) = lit {
                sequence.push(plane);
                self.extend(sequence, Some(&lit));
                sequence.pop();
            }
        }
    }

    /// What the image across a sequence lights.
    fn view<'w>(&self, sequence: &[usize], window: &'w Polygon) -> View<'w> {
        let image = sequence.iter().fold(self.source, |image, &plane| self.plane(plane).mirror(image));
        let (normal, offset) = sequence.last().map_or((DVec3::X, 0.0), |&plane| self.plane(plane).plane());
        // In front of the plane: where the image is not.
        let sign = if normal.dot(image) > offset { -1.0 } else { 1.0 };
        View { image, window, normal: sign * normal, offset: sign * offset }
    }

    fn path(&self, sequence: &[usize]) -> Option<(DVec3, Arrival)> {
        let (images, distance_m) = self.images(sequence);
        let mut stops = images;
        let kept = self.fold(sequence, &images, &mut stops)?;
        if !self.legs_are_free(sequence, &stops) {
            return None;
        }
        let next = if sequence.is_empty() { self.instant.listener.position } else { stops[1] };
        Some((images[sequence.len()], self.arrival(sequence, &images, next, distance_m, kept)))
    }

    /// What comes from the last image over a distance, with what is left of its pressure. `next` is where it first goes.
    fn arrival(
        &self,
        sequence: &[usize],
        images: &Images,
        next: DVec3,
        distance_m: f64,
        kept: [f64; 8],
    ) -> Arrival {
        let spread = 1.0 / distance_m.max(LEAST_DISTANCE_M);
        let air = self.medium.air_db_per_m.map(|db_per_m| 10f64.powf(-db_per_m * distance_m / 20.0));
        Arrival {
            path: self.id(sequence),
            via: if sequence.is_empty() { Via::Direct } else { Via::Reflected },
            order: sequence.len() as u32,
            delay_s: distance_m / self.medium.speed_m_s,
            gain: std::array::from_fn(|band| (spread * kept[band] * air[band]) as f32),
            direction: self.instant.listener.direction_to(images[sequence.len()]),
            departure: (next - images[0]).normalize_or_zero().as_vec3(),
        }
    }

    /// The source and its images when it sent what arrives now, and the length of the way.
    fn images(&self, sequence: &[usize]) -> (Images, f64) {
        let mut delay_s = self.direct_delay_s;
        let mut images = [DVec3::ZERO; MOST_ORDER + 1];
        // Each turn shrinks the error by the Mach number: three turns for a runner. Faster than sound has no answer.
        for _ in 0..32 {
            images[0] = position_at(&self.emitter.position, self.instant.time_s - delay_s);
            for (k, &plane) in sequence.iter().enumerate() {
                images[k + 1] = self.plane(plane).mirror(images[k]);
            }
            let distance_m = images[sequence.len()].distance(self.instant.listener.position);
            let solved = (distance_m / self.medium.speed_m_s - delay_s).abs() < SOLVED_S;
            delay_s = distance_m / self.medium.speed_m_s;
            if solved || !self.emitter.moves {
                break;
            }
        }
        (images, delay_s * self.medium.speed_m_s)
    }

    /// Folds the line from the listener back at each plane. Fills `stops` with source and reflection points in order of
    /// travel; yields what all reflections together keep.
    fn fold(&self, sequence: &[usize], images: &Images, stops: &mut Images) -> Option<[f64; 8]> {
        let mut kept = [1.0; 8];
        let mut target = self.instant.listener.position;
        for (k, &plane) in sequence.iter().enumerate().rev() {
            let (point, share) = self.plane(plane).reflection(target, images[k + 1])?;
            kept = std::array::from_fn(|band| kept[band] * share[band]);
            stops[k + 1] = point;
            target = point;
        }
        Some(kept)
    }

    fn legs_are_free(&self, sequence: &[usize], stops: &Images) -> bool {
        (0..=sequence.len()).all(|leg| {
            let from = stops[leg];
            let to = if leg < sequence.len() { stops[leg + 1] } else { self.instant.listener.position };
            let direction = (to - from).normalize_or_zero();
            let off_plane = |plane: usize| {
                let cosine = self.plane(plane).cosine(direction);
                (OFF_PLANE_M / cosine).min(MOST_CLEAR_M)
            };
            let at_source = if self.emitter.struck.is_some() { HIT_CLEAR_M } else { SOURCE_CLEAR_M };
            let start = if leg == 0 { at_source } else { off_plane(sequence[leg - 1]) };
            let end = if leg < sequence.len() { off_plane(sequence[leg]) } else { 0.0 };
            let mut skip = if leg == 0 { self.own.clone() } else { Vec::new() };
            if leg == sequence.len() {
                skip.extend(&self.instant.around_listener);
            }
            self.instant.surroundings.is_free(from, to, [start, end], &skip)
        })
    }

    fn id(&self, sequence: &[usize]) -> PathId {
        match sequence {
            [] => PathId(0),
            planes => PathId(mixed(planes.iter().map(|&p| self.plane(p).key)).max(1)),
        }
    }
}
