//! Parts of the picture whose alpha is known beforehand: rubbish to leave out, and what must stay.

use maquette_conditioning::Plane;

/// A region with a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct Mask {
    /// Where.
    pub region: Region,
    /// What holds there.
    pub verdict: Verdict,
    /// Width of the soft edge, in shares of the picture's height; 0 is sharp.
    pub feather: f32,
}

/// Where a mask lies; coordinates are shares of the picture's width and height from its top left.
#[derive(Clone, Debug, PartialEq)]
pub enum Region {
    /// A rectangle from its top left to its bottom right.
    Rectangle([f32; 2], [f32; 2]),
    /// The inside of a closed outline, by the even-odd rule.
    Polygon(Vec<[f32; 2]>),
    /// A painted mask, 1 where it holds; stretched over the picture.
    Painted(Plane<f32>),
}

/// What a mask says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// A garbage matte: nothing inside is the person. Stands, tape, the screen's end.
    Garbage,
    /// A garbage matte the other way round: nothing outside is the person.
    GarbageOutside,
    /// A holdout matte: all inside is the person. A green shirt.
    Holdout,
}

impl Mask {
    /// Alpha under this mask.
    pub(crate) fn apply(&self, alpha: &mut Plane<f32>) {
        let (width, height) = (alpha.width(), alpha.height());
        for (i, alpha) in alpha.data.iter_mut().enumerate() {
            let place = [(i % width) as f32 + 0.5, (i / width) as f32 + 0.5];
            let at = [place[0] / width as f32, place[1] / height as f32];
            let inside = self.region.inside(at, self.feather, width as f32 / height as f32);
            *alpha = match self.verdict {
                Verdict::Garbage => *alpha * (1.0 - inside),
                Verdict::GarbageOutside => *alpha * inside,
                Verdict::Holdout => alpha.max(inside),
            };
        }
    }
}

impl Region {
    /// 1 inside, 0 outside, soft over `feather` picture heights around the edge.
    fn inside(&self, at: [f32; 2], feather: f32, aspect: f32) -> f32 {
        let soft = |depth: f32| match feather > 0.0 {
            true => (0.5 + depth / feather).clamp(0.0, 1.0),
            false => f32::from(depth >= 0.0),
        };
        match self {
            Self::Rectangle([left, top], [right, bottom]) => {
                let across = (at[0] - left).min(right - at[0]) * aspect;
                soft(across.min(at[1] - top).min(bottom - at[1]))
            }
            Self::Polygon(corners) => {
                let distance =
                    edges(corners).map(|(a, b)| distance(at, a, b, aspect)).fold(f32::MAX, f32::min);
                soft(if is_inside(corners, at) { distance } else { -distance })
            }
            Self::Painted(mask) if mask.data.is_empty() => 0.0,
            Self::Painted(mask) => {
                let index = |share: f32, count: usize| ((share * count as f32) as usize).min(count - 1);
                *mask.at(index(at[0], mask.width()), index(at[1], mask.height()))
            }
        }
    }
}

fn edges(corners: &[[f32; 2]]) -> impl Iterator<Item = ([f32; 2], [f32; 2])> {
    corners.iter().zip(corners.iter().cycle().skip(1)).map(|(&a, &b)| (a, b))
}

fn is_inside(corners: &[[f32; 2]], at: [f32; 2]) -> bool {
    let crosses = |(a, b): &([f32; 2], [f32; 2])| {
        (a[1] > at[1]) != (b[1] > at[1]) && at[0] < a[0] + (at[1] - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
    };
    edges(corners).filter(crosses).count() % 2 == 1
}

/// From a point to a stretch of outline, in picture heights.
fn distance(at: [f32; 2], a: [f32; 2], b: [f32; 2], aspect: f32) -> f32 {
    let to = |p: [f32; 2]| [(p[0] - a[0]) * aspect, p[1] - a[1]];
    let ([px, py], [bx, by]) = (to(at), to(b));
    let along = ((px * bx + py * by) / (bx * bx + by * by).max(1e-12)).clamp(0.0, 1.0);
    (px - along * bx).hypot(py - along * by)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(mask: &Mask) -> f32 {
        let mut alpha = Plane::new(160, 90).map(|_: &f32| f32::from(mask.verdict != Verdict::Holdout));
        mask.apply(&mut alpha);
        alpha.data.iter().sum::<f32>() / alpha.data.len() as f32
    }

    #[test]
    fn verdicts_take_out_and_keep_the_area_they_name() {
        let rectangle = Region::Rectangle([0.25, 0.2], [0.75, 0.8]);
        let polygon = Region::Polygon(vec![[0.25, 0.2], [0.75, 0.2], [0.75, 0.8], [0.25, 0.8]]);
        let painted = Region::Painted(Plane::from_vec(2, 1, vec![1.0, 0.0]).unwrap());
        for feather in [0.0, 0.1] {
            for region in [&rectangle, &polygon] {
                let mask = |verdict| Mask { region: region.clone(), verdict, feather };
                assert!((share(&mask(Verdict::Garbage)) - 0.7).abs() < 0.01);
                assert!((share(&mask(Verdict::GarbageOutside)) - 0.3).abs() < 0.01);
                assert!((share(&mask(Verdict::Holdout)) - 0.3).abs() < 0.01);
            }
        }
        assert_eq!(share(&Mask { region: painted, verdict: Verdict::Garbage, feather: 0.0 }), 0.5);
    }
}
