//! Values known here and there to values everywhere: pull-push (Gortler et al., "The Lumigraph", 1996, section 3.4).
//!
//! Averages of what is known go up a pyramid, and come down into what is not. Cost is linear and there is no radius to
//! choose: a gap takes its colour from as near as there is one.

use maquette_conditioning::Plane;

/// A colour and how well it is known, 0 to 1.
pub(crate) type Known = ([f32; 3], f32);

/// Fills the gaps: colours with weight 1 stay, those with weight 0 come from around them.
pub(crate) fn filled(known: Plane<Known>) -> Plane<[f32; 3]> {
    let mut levels = vec![known];
    while let Some(top) = levels.last().filter(|top| top.width() > 1 || top.height() > 1) {
        let next = pulled(top);
        levels.push(next);
    }
    let mut below: Option<Plane<[f32; 3]>> = None;
    while let Some(level) = levels.pop() {
        below = Some(match below {
            None => level.map(|&(color, _)| color),
            Some(coarse) => pushed(&level, &coarse),
        });
    }
    below.unwrap_or_else(|| Plane::new(0, 0))
}

/// Half the size: means weighted by knowledge, whose weights saturate at 1.
fn pulled(fine: &Plane<Known>) -> Plane<Known> {
    let (width, height) = (fine.width().div_ceil(2), fine.height().div_ceil(2));
    let mut coarse = Plane::new(width, height);
    for (i, value) in coarse.data.iter_mut().enumerate() {
        let (x, y) = (2 * (i % width), 2 * (i / width));
        let (mut sum, mut weight) = ([0.0; 3], 0.0);
        for row in y..(y + 2).min(fine.height()) {
            for column in x..(x + 2).min(fine.width()) {
                let (color, w) = *fine.at(column, row);
                (0..3).for_each(|c| sum[c] += w * color[c]);
                weight += w;
            }
        }
        if weight > 0.0 {
            *value = (sum.map(|s| s / weight), weight.min(1.0));
        }
    }
    coarse
}

/// The fine level, completed by the coarse one.
fn pushed(fine: &Plane<Known>, coarse: &Plane<[f32; 3]>) -> Plane<[f32; 3]> {
    let width = fine.width();
    let mut result = fine.map(|&(color, _)| color);
    for (i, (color, &(known, weight))) in result.data.iter_mut().zip(&fine.data).enumerate() {
        if weight < 1.0 {
            let (x, y) = ((i % width) as f32, (i / width) as f32);
            let from_above = bilinear(coarse, 0.5 * x - 0.25, 0.5 * y - 0.25);
            *color = mixed(from_above, known, weight);
        }
    }
    result
}

/// `a` to `b` as `t` goes from 0 to 1.
#[inline]
pub(crate) fn mixed(a: [f32; 3], b: [f32; 3], t: f32) -> [f32; 3] {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t]
}

/// The value between pixel centres; `(0, 0)` is the centre of the first. Edges go on.
#[inline]
pub(crate) fn bilinear(plane: &Plane<[f32; 3]>, x: f32, y: f32) -> [f32; 3] {
    let (right, bottom) = (plane.width() - 1, plane.height() - 1);
    let (x, y) = (x.clamp(0.0, right as f32), y.clamp(0.0, bottom as f32));
    let (column, row) = (x as usize, y as usize);
    let (next, below) = ((column + 1).min(right), (row + 1).min(bottom));
    let (u, v) = (x - column as f32, y - row as f32);
    let top = mixed(*plane.at(column, row), *plane.at(next, row), u);
    mixed(top, mixed(*plane.at(column, below), *plane.at(next, below), u), v)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_stays_and_gaps_lie_between() {
        let mut known: Plane<Known> = Plane::new(33, 20);
        for (i, value) in known.data.iter_mut().enumerate() {
            match i % 33 {
                0..4 => *value = ([0.2; 3], 1.0),
                29.. => *value = ([0.8; 3], 1.0),
                _ => {}
            }
        }
        let filled = filled(known);
        for y in 0..20 {
            assert_eq!((filled.at(2, y)[0], filled.at(31, y)[0]), (0.2, 0.8));
            let middle = filled.at(16, y)[0];
            assert!((0.25..0.75).contains(&middle), "{middle}");
        }
    }

    #[test]
    fn nothing_known_gives_black_and_no_failure() {
        assert!(filled(Plane::new(5, 3)).data.iter().flatten().all(|&channel| channel == 0.0));
    }
}
