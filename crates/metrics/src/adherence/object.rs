//! What became of points to figures of objects and of the whole picture.

use std::collections::BTreeMap;

use super::{
    Set,
    outline::{Outline, Point},
    scale::Scale,
    verdict::{Verdict, median},
};

/// Objects smaller than this share of the picture have no figures.
const LEAST_AREA: f32 = 2e-4;
/// A silhouette is not told from less than this share of an object's own outline.
const LEAST_SHARE: f32 = 0.25;

/// Determinant over squared trace of the normals' products below which an outline runs in one direction only: 0 for a
/// straight line, ¼ for a circle.
const LEAST_TURN: f32 = 0.1;

/// How well one object is kept. `None` where too little of it could be judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObjectAdherence {
    /// Its id.
    pub id: u32,
    /// Pixels it covers in the set.
    pub pixels: usize,
    /// Points of its own outline: between two pixels, where it is the nearer thing or touches the other.
    pub outline: usize,
    /// How many of these could be judged.
    pub judged: usize,
    /// Edge agreement, as [`Adherence::edge`](super::Adherence::edge), by the whole picture's chance.
    pub edge: Option<f32>,
    /// Agreement of the creases inside it.
    pub crease: Option<f32>,
    /// Silhouette agreement: the intersection of its mask and the mask with displaced outline over their union, 0 to 1.
    ///
    /// Each judged point sweeps the area of its displacement times its length; those not judged are as those that are. The
    /// part of the outline for which the result has no step at all does not count towards the intersection. Only
    /// displacements within reach (2 % of the height) are seen, so a large object cannot fall to 0: see `edge` first.
    pub silhouette: Option<f32>,
    /// Median distance between the steps of set and result, pixels.
    pub offset_px: Option<f32>,
    /// The shift of the whole outline that fits these distances best, pixels, +x right, +y down; `None`, too, where the outline
    /// runs in one direction only.
    pub shift_px: Option<[f32; 2]>,
}

/// Counts of points.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    all: usize,
    judged: usize,
    kept: usize,
    kept_by_chance: f32,
}

impl Count {
    fn add(&mut self, verdict: &Verdict) {
        self.all += 1;
        if verdict.judged {
            self.judged += 1;
            self.kept += usize::from(verdict.kept);
            self.kept_by_chance += verdict.kept_by_chance;
        }
    }

    fn chance(&self) -> f32 {
        self.kept_by_chance / self.judged.max(1) as f32
    }

    fn agreement(&self, chance: f32, scale: Scale) -> Option<f32> {
        let share = self.kept as f32 / self.judged as f32;
        (self.judged >= scale.least && chance < 1.0).then(|| (share - chance) / (1.0 - chance))
    }
}

#[derive(Clone, Debug, Default)]
struct Tally {
    pixels: usize,
    /// Its boundary with others, whoever's outline that is.
    boundary: usize,
    own: Count,
    /// Its own judged points with room on both sides, and those of them with a step.
    roomy: usize,
    found: usize,
    creases: Count,
    /// Area that the displaced outline adds and takes away, pixels.
    added: f32,
    taken: f32,
    distances: Vec<f32>,
    /// Σ n nᵀ (xx, xy, yy) and Σ n d of normals n and displacements d.
    normals: [f32; 3],
    pull: [f32; 2],
}

impl Tally {
    /// Takes in a point of its own outline; `outward` is 1 where the object lies left of it, −1 right.
    fn add(&mut self, point: &Point, verdict: &Verdict, outward: f32, scale: Scale) {
        self.own.add(verdict);
        if !verdict.judged || !point.is_roomy(scale) {
            return;
        }
        self.roomy += 1;
        let Some(displacement) = verdict.displacement else { return };
        self.found += 1;
        let area = outward * displacement * point.length;
        self.added += area.max(0.0);
        self.taken += (-area).max(0.0);
        self.distances.push(displacement.abs());
        let [x, y] = point.normal;
        self.normals = [self.normals[0] + x * x, self.normals[1] + x * y, self.normals[2] + y * y];
        self.pull = [self.pull[0] + x * displacement, self.pull[1] + y * displacement];
    }

    fn silhouette(&self, scale: Scale) -> Option<f32> {
        let (all, roomy) = (self.own.all as f32, self.roomy as f32);
        if self.roomy < scale.least || roomy < LEAST_SHARE * all {
            return None;
        }
        let area = self.pixels as f32;
        let missing = all / self.boundary as f32 * (self.roomy - self.found) as f32 / roomy;
        let stands_for = all / roomy;
        let intersection = area * (1.0 - missing) - self.taken * stands_for;
        Some((intersection / (area + self.added * stands_for)).max(0.0))
    }

    /// Least squares of n·shift = d.
    fn shift(&self) -> Option<[f32; 2]> {
        let ([xx, xy, yy], [x, y]) = (self.normals, self.pull);
        let determinant = xx * yy - xy * xy;
        let conditioned = determinant > LEAST_TURN * (xx + yy) * (xx + yy);
        conditioned.then(|| [(yy * x - xy * y) / determinant, (xx * y - xy * x) / determinant])
    }

    fn figures(&self, id: u32, chance: [f32; 2], scale: Scale) -> ObjectAdherence {
        let enough = self.found >= scale.least;
        ObjectAdherence {
            id,
            pixels: self.pixels,
            outline: self.own.all,
            judged: self.own.judged,
            edge: self.own.agreement(chance[0], scale),
            crease: self.creases.agreement(chance[1], scale),
            silhouette: self.silhouette(scale),
            offset_px: enough.then(|| median(self.distances.iter().copied())).flatten(),
            shift_px: enough.then(|| self.shift()).flatten(),
        }
    }
}

/// The points of every object, and of all: a point where two objects touch counts once there.
pub(super) struct Tallies {
    objects: BTreeMap<u32, Tally>,
    outlines: Count,
    creases: Count,
    least_pixels: f32,
}

impl Tallies {
    pub(super) fn new(set: &Set<'_>, outlines: &[Outline], verdicts: &[Vec<Verdict>], scale: Scale) -> Self {
        let ids = &set.object_id.data;
        let (mut objects, mut all) = (BTreeMap::<u32, Tally>::new(), [Count::default(); 2]);
        ids.iter().for_each(|&id| objects.entry(id).or_default().pixels += 1);
        for (outline, verdicts) in outlines.iter().zip(verdicts) {
            for (point, verdict) in outline.points.iter().zip(verdicts) {
                all[usize::from(outline.is_crease())].add(verdict);
                if outline.is_crease() {
                    objects.entry(outline.ids[0]).or_default().creases.add(verdict);
                    continue;
                }
                for (side, outward) in [1.0, -1.0].into_iter().enumerate() {
                    let tally = objects.entry(outline.ids[side]).or_default();
                    tally.boundary += 1;
                    if point.owned[side] {
                        tally.add(point, verdict, outward, scale);
                    }
                }
            }
        }
        objects.remove(&0);
        let [outlines, creases] = all;
        Self { objects, outlines, creases, least_pixels: LEAST_AREA * ids.len() as f32 }
    }

    pub(super) fn judged(&self) -> f32 {
        self.outlines.judged as f32 / self.outlines.all.max(1) as f32
    }

    pub(super) fn edge(&self, scale: Scale) -> Option<f32> {
        self.outlines.agreement(self.outlines.chance(), scale)
    }

    pub(super) fn crease(&self, scale: Scale) -> Option<f32> {
        self.creases.agreement(self.creases.chance(), scale)
    }

    pub(super) fn silhouette(&self, scale: Scale) -> Option<f32> {
        let weighted =
            self.large().filter_map(|(_, tally)| Some((tally.pixels as f32, tally.silhouette(scale)?)));
        let (area, sum) = weighted.fold((0.0, 0.0), |(area, sum), (a, value)| (area + a, sum + a * value));
        (area > 0.0).then(|| sum / area)
    }

    pub(super) fn objects(&self, scale: Scale) -> Vec<ObjectAdherence> {
        let chance = [self.outlines.chance(), self.creases.chance()];
        self.large().map(|(&id, tally)| tally.figures(id, chance, scale)).collect()
    }

    fn large(&self) -> impl Iterator<Item = (&u32, &Tally)> {
        self.objects.iter().filter(|(_, tally)| tally.pixels as f32 >= self.least_pixels)
    }
}
