//! A hidden source to the ways around one or two edges.
//!
//! Each way is the shortest over its edges: at every edge it comes and goes at one angle (Keller 1962). It must bend
//! into the edge's shadow, and have room beside the edge: what is narrower than a hand is closed, as the gap around a
//! door is to all but the highest notes.

use glam::DVec3;
use maquette_conditioning::BAND_CENTRES_HZ;

use crate::{
    diffraction::{Bend, amplitude_of},
    edge::Edge,
    obstacle::Surroundings,
};

/// Room that a way needs beside an edge.
const ROOM_M: f64 = 0.05;
/// Ways that are longer than the straight line by more than this are too weak.
const MOST_DETOUR_M: f64 = 20.0;
/// Ways over two edges are made of this many edges, those of the shortest ways over one.
const MOST_PAIRED: usize = 24;
/// Shortest ways that are kept.
const MOST_WAYS: usize = 4;
/// Ways this alike are one: two edges in one place.
const SAME_M: f64 = 1e-2;
/// Turns of the search for the shortest way over two edges.
const TURNS: usize = 16;
/// A way along a face touches both its edges within this angle.
const GRAZING: f64 = 1e-3;
/// An edge near the straight line colours a visible source: how many wavelengths longer the way over the edge is where
/// that begins to fade, and where it ends. The exact field rises to +1.4 dB at 0.37 and falls to −1.1 dB at 0.87; beyond,
/// it ripples about 1 by less than 0.8 dB.
const FADE: [f64; 2] = [1.0, 1.5];
/// So many edges colour it, those with the shortest ways.
const MOST_BESIDE: usize = 8;
/// In a gap it fades between these distances of the straight line from the edge.
const GAP_FADE_M: [f64; 2] = [0.15, 0.3];

/// A way around edges.
#[derive(Clone, Debug)]
pub(crate) struct Detour {
    /// Keys of its edges, in order of travel.
    pub(crate) edges: Vec<u64>,
    /// Where it meets them.
    pub(crate) points: Vec<DVec3>,
    /// Its whole length.
    pub(crate) length_m: f64,
    /// Pressure relative to 1 m from the source, by band.
    pub(crate) pressure: [f64; 8],
}

/// Two ends and what is between them.
pub(crate) struct Detours<'a> {
    /// Edges, moving or not.
    pub(crate) edges: &'a [&'a Edge],
    /// What is in the way.
    pub(crate) surroundings: &'a Surroundings<'a>,
    /// Where the source is.
    pub(crate) source: DVec3,
    /// Where the listener is.
    pub(crate) listener: DVec3,
    /// Things that do not hide the source.
    pub(crate) around_source: &'a [u32],
    /// Things that do not hide the listener.
    pub(crate) around_listener: &'a [u32],
    /// Speed of sound.
    pub(crate) speed_m_s: f64,
}

impl Detours<'_> {
    /// The shortest ways over one edge, or over two where there are none.
    pub(crate) fn around(&self) -> Vec<Detour> {
        let direct_m = self.source.distance(self.listener);
        let mut near: Vec<(f64, &Edge)> = self
            .edges
            .iter()
            .map(|edge| (self.over(edge, self.source, self.listener).1, *edge))
            .filter(|(length_m, _)| *length_m <= direct_m + MOST_DETOUR_M)
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.key.cmp(&b.1.key)));
        let mut ways = Vec::new();
        for (_, edge) in &near {
            self.one(edge).into_iter().for_each(|way| keep(&mut ways, way));
            if ways.len() == MOST_WAYS {
                return ways;
            }
        }
        if !ways.is_empty() {
            return ways;
        }
        near.truncate(MOST_PAIRED);
        let pairs = near.iter().flat_map(|a| near.iter().map(move |b| (a.1, b.1)));
        let mut two: Vec<Detour> =
            pairs.filter(|(a, b)| a.key != b.key).filter_map(|(a, b)| self.two(a, b)).collect();
        two.sort_by(|a, b| a.length_m.total_cmp(&b.length_m).then(a.edges.cmp(&b.edges)));
        two.into_iter().for_each(|way| keep(&mut ways, way));
        ways.truncate(MOST_WAYS);
        ways
    }

    /// What edges near the straight line make of a visible source, by band: 1 away from all, about a half beside one. Of
    /// several, the deepest dip and the highest rise count.
    ///
    /// Between edges on opposite sides, as in a doorway, one edge's theory does not hold; there only what is very near
    /// counts, so that level still runs on into the shadow.
    pub(crate) fn beside(&self) -> [f64; 8] {
        let near: Vec<(DVec3, [f64; 8])> = self.colouring();
        let opposed = |a: DVec3, b: DVec3| a.dot(b) < -0.3 * a.length() * b.length();
        let is_gap = near.iter().any(|(a, _)| near.iter().any(|(b, _)| opposed(*a, *b)));
        let share = |(aside, shares): &(DVec3, [f64; 8]), band: usize| {
            let far = ((aside.length() - GAP_FADE_M[0]) / (GAP_FADE_M[1] - GAP_FADE_M[0])).clamp(0.0, 1.0);
            if is_gap { shares[band] + far * (1.0 - shares[band]) } else { shares[band] }
        };
        std::array::from_fn(|band| {
            let shares = || near.iter().map(|edge| share(edge, band));
            shares().fold(1.0, f64::min) * shares().fold(1.0, f64::max)
        })
    }

    /// For the edges nearest to the straight line: how far aside they are, and what each alone makes of the source.
    fn colouring(&self) -> Vec<(DVec3, [f64; 8])> {
        let direct_m = self.source.distance(self.listener);
        let most_m = direct_m + FADE[1] * self.speed_m_s / f64::from(BAND_CENTRES_HZ[0]);
        let over = |edge: &&'_ Edge| self.over(edge, self.source, self.listener);
        let mut near: Vec<(f64, DVec3, &Edge)> = self
            .edges
            .iter()
            .map(|edge| (over(edge), *edge))
            .filter(|((_, length_m), _)| *length_m < most_m)
            .map(|((point, length_m), edge)| (length_m, point, edge))
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.key.cmp(&b.2.key)));
        let along = (self.listener - self.source).normalize_or_zero();
        let one = |(_, point, edge): (f64, DVec3, &Edge)| {
            let bend = self.bend(edge, self.source, point, self.listener)?;
            let way = point - self.source;
            let aside = way - way.dot(along) * along;
            self.is_open(&[point], &[edge]).then(|| (aside, bend.beside(direct_m, self.speed_m_s, FADE)))
        };
        near.into_iter().filter_map(one).take(MOST_BESIDE).collect()
    }

    /// The point of an edge on the shortest way over it, and that way's length; infinite when it misses the edge.
    fn over(&self, edge: &Edge, from: DVec3, to: DVec3) -> (DVec3, f64) {
        let ((from_m, from_at), (to_m, to_at)) = (edge.around(from), edge.around(to));
        let at = (from_at * to_m + to_at * from_m) / (from_m + to_m).max(1e-12);
        let point = edge.from + at * edge.along;
        let hits = at >= -1e-6 && at <= edge.length_m + 1e-6;
        (point, if hits { (from_m + to_m).hypot(from_at - to_at) } else { f64::INFINITY })
    }

    fn one(&self, edge: &Edge) -> Option<Detour> {
        let (point, length_m) = self.over(edge, self.source, self.listener);
        let bend = self.bend(edge, self.source, point, self.listener).filter(Bend::is_shadowed)?;
        if !length_m.is_finite() || !self.is_open(&[point], &[edge]) {
            return None;
        }
        let pressure = amplitude_of(&bend, self.speed_m_s).map(|p| p / bend.before_m);
        Some(Detour { edges: vec![edge.key], points: vec![point], length_m, pressure })
    }

    fn two(&self, first: &Edge, second: &Edge) -> Option<Detour> {
        let (mut a, mut b) = (first.from + 0.5 * first.length_m * first.along, second.from);
        for _ in 0..TURNS {
            b = self.over(second, a, self.listener).0;
            a = self.over(first, self.source, b).0;
        }
        let misses = |edge: &Edge, point: DVec3| {
            let (_, at) = edge.around(point);
            at < -1e-6 || at > edge.length_m + 1e-6
        };
        if misses(first, a) || misses(second, b) || a.distance(b) < SAME_M {
            return None;
        }
        let length_m = self.source.distance(a) + a.distance(b) + b.distance(self.listener);
        if length_m > self.source.distance(self.listener) + MOST_DETOUR_M {
            return None;
        }
        let into = self.bend(first, self.source, a, b).filter(Bend::is_shadowed)?;
        let out = self.bend(second, a, b, self.listener).filter(Bend::is_shadowed)?;
        if !self.is_open(&[a, b], &[first, second]) {
            return None;
        }
        // The second edge's wave has come all the way from the source.
        let out = Bend { before_m: into.before_m + into.after_m, ..out };
        // Along a face the wave and its reflection are one, and the theory counts them twice.
        let along_face = |angle: f64, edge: &Edge| {
            angle < GRAZING || (edge.opening() * std::f64::consts::PI - angle).abs() < GRAZING
        };
        let share = if along_face(out.from, second) { 0.5 } else { 1.0 };
        let (p, q) = (amplitude_of(&into, self.speed_m_s), amplitude_of(&out, self.speed_m_s));
        let pressure = std::array::from_fn(|band| share * p[band] * q[band] / into.before_m);
        Some(Detour { edges: vec![first.key, second.key], points: vec![a, b], length_m, pressure })
    }

    /// How a way turns at an edge; `None` on its narrow side.
    fn bend(&self, edge: &Edge, from: DVec3, point: DVec3, to: DVec3) -> Option<Bend> {
        let opening = edge.opening();
        let (before_m, after_m) = (from.distance(point), to.distance(point));
        let clamped = |angle: f64| {
            // A ray along a face may come out a rounding below it.
            let angle = if angle > std::f64::consts::TAU - 1e-6 { 0.0 } else { angle };
            (angle <= opening * std::f64::consts::PI + 1e-6).then_some(angle)
        };
        let (from_angle, to_angle) = (clamped(edge.angle(from))?, clamped(edge.angle(to))?);
        if before_m < 1e-3 || after_m < 1e-3 {
            return None;
        }
        let sine = edge.around(from).0 / before_m;
        (sine > 1e-3).then_some(Bend { opening, from: from_angle, to: to_angle, sine, before_m, after_m })
    }

    /// Whether the way over points beside the edges is free, and goes on behind each.
    fn is_open(&self, points: &[DVec3], edges: &[&Edge]) -> bool {
        let mut stops = vec![self.source];
        stops.extend(points.iter().zip(edges).map(|(point, edge)| *point + ROOM_M * edge.outwards()));
        stops.push(self.listener);
        let last = stops.len() - 2;
        stops.windows(2).enumerate().all(|(leg, ends)| {
            let way = (ends[1] - ends[0]).normalize_or_zero() * 1e-3;
            let from = if leg == 0 { ends[0] } else { ends[0] - way };
            let to = if leg == last { ends[1] } else { ends[1] + way };
            let mut skip = if leg == 0 { self.around_source.to_vec() } else { Vec::new() };
            if leg == last {
                skip.extend(self.around_listener);
            }
            let clear = if leg == 0 { [0.01, 0.0] } else { [0.0, 0.0] };
            self.surroundings.is_free(from, to, clear, &skip)
        })
    }
}

/// Adds a way unless it is there already.
fn keep(ways: &mut Vec<Detour>, way: Detour) {
    let same = |other: &Detour| {
        other.points.len() == way.points.len()
            && other.points.iter().zip(&way.points).all(|(a, b)| a.distance(*b) < SAME_M)
    };
    if !ways.iter().any(same) {
        ways.push(way);
    }
}
