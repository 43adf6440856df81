//! The set's planes to the outlines of its objects and the creases inside them: smooth curves with normals.
//!
//! Two objects meet at every boundary, but it is the outline of the nearer one: the farther goes on behind it. Where both
//! are equally near, as a crate and the floor it stands on, it is the outline of both.

use maquette_conditioning::Plane;

use super::{
    Set,
    crack::{Chain, Crack, chains},
    scale::Scale,
};

/// Positions are means over so many cracks to both sides, tangents differences over as many: it smooths the pixels' stairs.
const STAIRS: usize = 3;
/// A surface this much nearer, as a share of the distance, hides the other; closer than that they touch.
const NEARER: f32 = 0.02;
/// A crease is where neighbouring normals differ by 30° …
const CREASE_COSINE: f32 = 0.866;
/// … or depth jumps by 5 % beyond where the surface leads.
const CREASE_JUMP: f32 = 0.05;

/// A run of boundary with the same two objects at its sides.
pub(super) struct Outline {
    /// Ids left and right of it; the same twice for a crease.
    pub(super) ids: [u32; 2],
    /// The last point is next to the first.
    pub(super) closed: bool,
    pub(super) points: Vec<Point>,
}

/// One crack of an outline.
#[derive(Clone, Debug)]
pub(super) struct Point {
    /// Pixel numbers left and right of it.
    pub(super) pixels: [usize; 2],
    /// Where it is, pixels; a pixel's middle lies at (x + ½, y + ½).
    pub(super) place: [f32; 2],
    /// Unit vector from left to right.
    pub(super) normal: [f32; 2],
    /// Its share of the curve's length, pixels.
    pub(super) length: f32,
    /// How far to the left and right a step can be its own: half way to the next boundary or the picture's edge, pixels.
    pub(super) reach: [usize; 2],
    /// Whether it is the outline of what is left of it and of what is right of it.
    pub(super) owned: [bool; 2],
}

impl Point {
    /// A step may be displaced by half the scale's reach to either side and still be found.
    pub(super) fn is_roomy(&self, scale: Scale) -> bool {
        self.reach.iter().all(|&reach| 2 * reach >= scale.reach)
    }
}

impl Outline {
    pub(super) fn is_crease(&self) -> bool {
        self.ids[0] == self.ids[1]
    }

    /// Points up to `half` before and after one; fewer at open ends.
    pub(super) fn around(&self, at: usize, half: usize) -> impl Iterator<Item = usize> + use<> {
        around(at, half, self.points.len(), self.closed)
    }
}

fn around(at: usize, half: usize, count: usize, closed: bool) -> impl Iterator<Item = usize> {
    let half = half.min((count - 1) / 2);
    let (first, last) = if closed {
        (at + count - half, at + count + half)
    } else {
        (at.saturating_sub(half), (at + half).min(count - 1))
    };
    (first..=last).map(move |i| i % count)
}

/// All outlines and creases long enough for a tangent, in order of their topmost, then leftmost pixel.
pub(super) fn outlines(set: &Set<'_>, scale: Scale) -> Vec<Outline> {
    let (ids, size) = (&set.object_id.data, (set.object_id.width(), set.object_id.height()));
    let surfaces = Surfaces::new(set);
    let chains = chains(size, |left, right| match (ids[left], ids[right]) {
        (0, 0) => None,
        (a, b) if a != b => (a < b).then_some((a, b)),
        (id, _) => surfaces.crease(left, right).then_some((id, id)),
    });
    let near = near_cracks(size, &chains);
    let long = chains.iter().filter(|chain| chain.cracks.len() > 2 * STAIRS);
    long.map(|chain| outline(&surfaces, chain, &near, scale)).collect()
}

/// The set with one over its depth, which is linear across the picture where a surface is flat; 0 for none.
struct Surfaces<'a> {
    set: &'a Set<'a>,
    nearness: Vec<f32>,
}

impl<'a> Surfaces<'a> {
    fn new(set: &'a Set<'a>) -> Self {
        let nearness =
            set.depth.data.iter().map(|&depth| if depth > 0.0 { depth.recip() } else { 0.0 }).collect();
        Self { set, nearness }
    }

    /// Whether one object has a crease between two of its pixels.
    fn crease(&self, left: usize, right: usize) -> bool {
        let [a, b] = [left, right].map(|i| self.set.normal.data[i]);
        let jumps = |[a, b]: [f32; 2]| (a - b).abs() > CREASE_JUMP * a.min(b);
        a[0] * b[0] + a[1] * b[1] + a[2] * b[2] < CREASE_COSINE
            || jumps([left, right].map(|i| self.nearness[i])) && jumps(self.meeting([left, right]))
    }

    /// Whether a boundary is the outline of what is left and of what is right of it.
    fn owned(&self, pixels: [usize; 2]) -> [bool; 2] {
        let [left, right] = self.meeting(pixels);
        let hides = |a: f32, b: f32| a > (1.0 + NEARER) * b;
        [!hides(right, left), !hides(left, right)]
    }

    /// One over the depth where two pixels meet, as the surface of each leads there from the next pixel behind it.
    fn meeting(&self, pixels: [usize; 2]) -> [f32; 2] {
        let ids = &self.set.object_id.data;
        let step = pixels[1].wrapping_sub(pixels[0]);
        let behind = [pixels[0].wrapping_sub(step), pixels[1].wrapping_add(step)];
        [0, 1].map(|side| {
            let (here, behind) = (pixels[side], behind[side]);
            let follows = ids.get(behind) == Some(&ids[here]);
            let slope = if follows { self.nearness[here] - self.nearness[behind] } else { 0.0 };
            (self.nearness[here] + 0.5 * slope).max(0.0)
        })
    }
}

/// Pixels at either side of any crack.
fn near_cracks((width, height): (usize, usize), chains: &[Chain]) -> Plane<bool> {
    let mut near = Plane::new(width, height);
    for crack in chains.iter().flat_map(|chain| &chain.cracks) {
        pixels(*crack, width).into_iter().for_each(|pixel| near.data[pixel] = true);
    }
    near
}

fn pixels(crack: Crack, width: usize) -> [usize; 2] {
    crack.sides().map(|[x, y]| y as usize * width + x as usize)
}

fn outline(surfaces: &Surfaces<'_>, chain: &Chain, near: &Plane<bool>, scale: Scale) -> Outline {
    let (count, closed) = (chain.cracks.len(), chain.closed);
    let places: Vec<[f32; 2]> = (0..count).map(|i| place(chain, i)).collect();
    let points = (0..count).map(|i| {
        let (first, last, steps) = ends(i, count, closed);
        let along = [0, 1].map(|axis| places[last][axis] - places[first][axis]);
        let length = along[0].hypot(along[1]).max(1e-3);
        let normal = [-along[1] / length, along[0] / length];
        let pixels = pixels(chain.cracks[i], near.width());
        Point {
            pixels,
            place: places[i],
            normal,
            length: length / steps,
            reach: [-1.0, 1.0].map(|way| reach(near, places[i], normal.map(|n| way * n), scale)),
            owned: surfaces.owned(pixels),
        }
    });
    let ids = pixels(chain.cracks[0], near.width()).map(|pixel| surfaces.set.object_id.data[pixel]);
    Outline { ids, closed, points: points.collect() }
}

/// The points that a tangent goes through, and how many steps they are apart.
fn ends(at: usize, count: usize, closed: bool) -> (usize, usize, f32) {
    let mut window = around(at, STAIRS, count, closed);
    let steps = window.size_hint().0.saturating_sub(1).max(1);
    let first = window.next().unwrap_or(at);
    (first, window.last().unwrap_or(at), steps as f32)
}

/// Mean position of the cracks around one, as many before as after it.
fn place(chain: &Chain, at: usize) -> [f32; 2] {
    let count = chain.cracks.len();
    let half = if chain.closed { STAIRS } else { STAIRS.min(at).min(count - 1 - at) };
    let sum = around(at, half, count, chain.closed).fold([0.0; 2], |[x, y], i| {
        let [dx, dy] = chain.cracks[i].middle();
        [x + dx, y + dy]
    });
    sum.map(|sum| sum / (2 * half + 1) as f32)
}

/// Half the way to the next boundary, at most the scale's reach. The first pixel may be one of the boundary's own stairs.
fn reach(near: &Plane<bool>, place: [f32; 2], way: [f32; 2], scale: Scale) -> usize {
    let blocked = |&distance: &usize| {
        let [x, y] = [0, 1].map(|axis| (place[axis] + distance as f32 * way[axis]).floor());
        let outside = x < 0.0 || y < 0.0 || x >= near.width() as f32 || y >= near.height() as f32;
        outside || *near.at(x as usize, y as usize)
    };
    (2..2 * scale.reach).find(blocked).map_or(scale.reach, |distance| distance / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_point_right_and_steps_are_sought_half_way_to_the_next_boundary() {
        // 1 up to column 40, 2 for eight columns, then 3.
        let ids: Vec<u32> =
            (0..100 * 60).map(|i| if i % 100 < 40 { 1 } else { 2 + u32::from(i % 100 >= 48) }).collect();
        let object_id = Plane::from_vec(100, 60, ids).unwrap();
        let (depth, colors) = (object_id.map(|_| 2.0), object_id.map(|_| [0.0; 3]));
        let set = Set {
            object_id: &object_id,
            depth: &depth,
            normal: &object_id.map(|_| [0.0, 0.0, 1.0]),
            picture: &colors,
        };
        let outlines = outlines(&set, Scale::new(60));
        assert_eq!(outlines.len(), 2);
        for (outline, (ids, column, reach)) in
            outlines.iter().zip([([1, 2], 40.0, [6, 4]), ([2, 3], 48.0, [4, 6])])
        {
            assert_eq!(outline.ids, ids);
            for point in outline.points.iter().filter(|point| (15.0..45.0).contains(&point.place[1])) {
                let [x, y] = point.normal;
                assert!(
                    (point.place[0] - column).abs() < 1e-4 && (x - 1.0).abs() < 1e-4 && y.abs() < 1e-4,
                    "{point:?}"
                );
                assert!(
                    point.reach[0].abs_diff(reach[0]) <= 1 && point.reach[1].abs_diff(reach[1]) <= 1,
                    "{point:?}"
                );
                assert!((point.length - 1.0).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn the_nearer_owns_a_boundary_and_a_crate_shares_it_with_the_floor_it_stands_on() {
        // A floor that runs away from row 60 up; a crate's foot at row 30 is as far away as the floor there.
        let place = |i: usize| (i % 80, i / 80);
        let crate_at = |(x, y): (usize, usize)| (20..60).contains(&x) && (10..30).contains(&y);
        let object_id =
            Plane::from_vec(80, 60, (0..4800).map(|i| 1 + u32::from(crate_at(place(i)))).collect()).unwrap();
        let away = |row: f32| 60.0 / (row + 2.0);
        let depth = (0..4800).map(|i| away(if crate_at(place(i)) { 29.5 } else { place(i).1 as f32 }));
        let depth = Plane::from_vec(80, 60, depth.collect()).unwrap();
        let (normal, colors) = (object_id.map(|_| [0.0, 1.0, 0.0]), object_id.map(|_| [0.0; 3]));
        let set = Set { object_id: &object_id, depth: &depth, normal: &normal, picture: &colors };
        let outlines = outlines(&set, Scale::new(60));
        let points =
            || outlines.iter().filter(|outline| outline.ids == [1, 2]).flat_map(|outline| &outline.points);
        assert!(points().count() > 100);
        for point in points() {
            let [x, y] = point.place;
            if (25.0..55.0).contains(&x) {
                assert_eq!(point.owned, [y > 20.0, true], "{point:?}");
            }
        }
    }
}
