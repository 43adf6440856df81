//! The screen's light on the person, taken away.

use maquette_conditioning::Plane;
use rayon::prelude::*;

/// Takes the screen's own colour out of `foreground` until its channel is no stronger than the mean of the others.
///
/// Light from the screen adds a multiple of the screen's colour, so that is what goes, not only the one channel: greys come
/// out grey. `strength` 0 leaves all, 1 takes all.
pub(crate) fn despill(
    foreground: &mut Plane<[f32; 3]>,
    screen: &Plane<[f32; 3]>,
    (key, [a, b]): (usize, [usize; 2]),
    strength: f32,
) {
    let excess = |color: &[f32; 3]| color[key] - 0.5 * (color[a] + color[b]);
    let pixels = foreground.data.par_iter_mut().zip(&screen.data);
    pixels.with_min_len(4096).filter(|(color, _)| excess(color) > 0.0).for_each(|(color, screen)| {
        let amount = strength * excess(color) / excess(screen).max(1e-4);
        (0..3).for_each(|c| color[c] = (color[c] - amount * screen[c]).max(0.0));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grey_in_the_screens_light_comes_out_grey_and_skin_stays() {
        let screen = [0.04, 0.5, 0.09];
        let spilled = std::array::from_fn(|c| 0.3 + 0.2 * screen[c]);
        let skin = [0.45, 0.28, 0.2];
        let plane = |colors: Vec<[f32; 3]>| Plane::from_vec(2, 1, colors).unwrap();
        let mut foreground = plane(vec![spilled, skin]);
        despill(&mut foreground, &plane(vec![screen; 2]), (1, [0, 2]), 1.0);
        assert!(foreground.data[0].iter().all(|channel| (channel - 0.3).abs() < 1e-5), "{foreground:?}");
        assert_eq!(foreground.data[1], skin);
    }
}
