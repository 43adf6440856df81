//! Things that stay as traced to a mask.

use maquette_conditioning::Plane;

use super::GuideFrame;

/// 1 where one of `object_ids` is seen or at most `grow_px` pixels away, 0 elsewhere. VACE's own masks say the opposite: 1 is
/// made anew.
///
/// A few pixels of growth keep a thing's soft edge and contact shadow with it.
pub(crate) fn keep(guide: &GuideFrame, object_ids: &[u32], grow_px: usize) -> Plane<f32> {
    let across = Across::of(guide, object_ids, grow_px);
    let (width, height) = (guide.width(), guide.height());
    let mut mask = Plane::new(width, height);
    for (i, value) in mask.data.iter_mut().enumerate() {
        let (x, y) = (i % width, i / width);
        let rows = y.saturating_sub(grow_px)..=(y + grow_px).min(height - 1);
        let near = |row: usize| {
            across.distances[row * width + x]
                .is_some_and(|dx| dx * dx + row.abs_diff(y).pow(2) <= grow_px.pow(2))
        };
        *value = if rows.into_iter().any(near) { 1.0 } else { 0.0 };
    }
    mask
}

/// Pixels along the row to the nearest one that is kept, up to a limit.
struct Across {
    distances: Vec<Option<usize>>,
}

impl Across {
    fn of(guide: &GuideFrame, object_ids: &[u32], limit: usize) -> Self {
        let chosen = |id: &u32| object_ids.contains(id).then_some(0);
        let mut distances: Vec<Option<usize>> = guide.object_id.data.iter().map(chosen).collect();
        for row in distances.chunks_mut(guide.width()) {
            spread(row.iter_mut(), limit);
            spread(row.iter_mut().rev(), limit);
        }
        Self { distances }
    }
}

fn spread<'a>(row: impl Iterator<Item = &'a mut Option<usize>>, limit: usize) {
    let mut last = None;
    for distance in row {
        last = last.map(|steps: usize| steps + 1).filter(|&steps| steps <= limit);
        last = [*distance, last].into_iter().flatten().min();
        *distance = last;
    }
}

#[cfg(test)]
mod tests {
    use super::super::frame::tests::{Shown, set};
    use super::*;

    fn three_things() -> GuideFrame {
        set(41, 31, |x, y| {
            let id = if (x, y) == (20, 15) {
                7
            } else if x == 2 {
                9
            } else {
                1
            };
            Shown { depth: 2.0, id, normal: [0.0, 0.0, 1.0], light: [0.5; 3] }
        })
    }

    #[test]
    fn ungrown_mask_is_the_chosen_things_and_nothing_else() {
        let guide = three_things();
        let mask = keep(&guide, &[7, 9], 0);
        for (value, id) in mask.data.iter().zip(&guide.object_id.data) {
            assert_eq!(*value == 1.0, [7, 9].contains(id));
        }
        assert!(keep(&guide, &[], 5).data.iter().all(|&value| value == 0.0));
    }

    #[test]
    fn a_point_grows_to_a_disc() {
        let mask = keep(&three_things(), &[7], 6);
        for y in 0..31usize {
            for x in 0..41usize {
                let inside = x.abs_diff(20).pow(2) + y.abs_diff(15).pow(2) <= 36;
                assert_eq!(*mask.at(x, y) == 1.0, inside, "{x}, {y}");
            }
        }
    }
}
