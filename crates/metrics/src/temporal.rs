//! Two frames of a moving sequence to how much their error changes: flicker, boiling and trailing, without the motion.

use maquette_conditioning::Plane;

use crate::{
    Error,
    error::{comparable, same_size},
    motion::reproject,
    relative_error::relative_mse_where,
};

/// A frame and the one before it.
#[derive(Clone, Copy, Debug)]
pub struct Pair<'a> {
    /// This frame, linear.
    pub current: &'a Plane<[f32; 3]>,
    /// The frame before it, linear.
    pub previous: &'a Plane<[f32; 3]>,
}

/// Motion-compensated temporal error: √relMSE of the change since the previous frame against the reference's change.
///
/// With W the warp by `motion` ([`reproject`]), the change is d = x − W·x₋₁, the reference's δ = r − W·r₋₁; the result
/// is √mean((d−δ)²/(r²+0.01·mean(r)²)) over the pixels where `valid` holds ([`reprojectable`](crate::reprojectable)), the worst
/// 0.1 % dropped. An error that moves with its surface costs nothing; independent noise of relative deviation s in
/// both frames costs up to √2·s.
///
/// Errors: sizes differ, no valid pixels, a value that is no number.
pub fn temporal_error(
    image: Pair<'_>,
    reference: Pair<'_>,
    motion: &Plane<[f32; 2]>,
    valid: &Plane<bool>,
) -> Result<f64, Error> {
    temporal_error_of_two(image, [reference; 2], motion, valid)
}

/// [`temporal_error`] without the references' own noise, given two whose noise is independent, as
/// [`relative_mse_of_two`](crate::relative_mse_of_two) leaves it out.
///
/// Errors: likewise.
pub fn temporal_error_of_two(
    image: Pair<'_>,
    references: [Pair<'_>; 2],
    motion: &Plane<[f32; 2]>,
    valid: &Plane<bool>,
) -> Result<f64, Error> {
    let [first, second] = references.map(|reference| changed(image, reference, motion));
    let current = references.map(|reference| reference.current);
    Ok(relative_mse_where([&first?, &second?], current, valid)?.max(0.0).sqrt())
}

/// The change as a picture next to its reference: r + (d − δ), where what both changes share is added to the image.
fn changed(image: Pair<'_>, reference: Pair<'_>, motion: &Plane<[f32; 2]>) -> Result<Plane<[f32; 3]>, Error> {
    comparable(image.current, reference.current)?;
    comparable(image.previous, reference.previous)?;
    same_size(image.previous, reference.current)?;
    let (was, should_have_been) =
        (reproject(image.previous, motion)?, reproject(reference.previous, motion)?);
    let mut changed = image.current.clone();
    for (index, color) in changed.data.iter_mut().enumerate() {
        for (channel, value) in color.iter_mut().enumerate() {
            *value += should_have_been.data[index][channel] - was.data[index][channel];
        }
    }
    Ok(changed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A textured surface that moves right by two pixels a frame.
    fn surface(frame: usize) -> Plane<[f32; 3]> {
        let value = |i: usize| 1.0 + ((i % 40 + 80 - 2 * frame) % 7) as f32;
        Plane::from_vec(40, 25, (0..1000).map(|i| [value(i); 3]).collect()).unwrap()
    }

    fn all(plane: &Plane<[f32; 3]>) -> Plane<bool> {
        let mut index = 0;
        plane.map(|_| {
            index += 1;
            (index - 1) % 40 >= 2
        })
    }

    #[test]
    fn motion_itself_is_no_error_and_neither_is_a_steady_tint() {
        let (previous, current) = (surface(0), surface(1));
        let reference = Pair { current: &current, previous: &previous };
        let motion = current.map(|_| [-2.0, 0.0]);
        let error = |image: Pair<'_>| temporal_error(image, reference, &motion, &all(&current)).unwrap();
        assert_eq!(error(reference), 0.0);
        let [tinted, tinted_before] =
            [&current, &previous].map(|plane| plane.map(|color| [color[0] + 0.3, color[1], color[2]]));
        assert!(error(Pair { current: &tinted, previous: &tinted_before }) < 1e-6);
    }

    #[test]
    fn a_flash_has_its_closed_form() {
        let flat = Plane::new(20, 50).map(|_: &[f32; 3]| [2.0; 3]);
        let flash = flat.map(|_| [2.2; 3]);
        let motion = flat.map(|_| [0.0; 2]);
        let got = temporal_error(
            Pair { current: &flash, previous: &flat },
            Pair { current: &flat, previous: &flat },
            &motion,
            &flat.map(|_| true),
        );
        assert!((got.unwrap() - 0.1 / 1.01f64.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn a_trail_is_an_error_where_history_was_valid() {
        let (before, now) = (surface(0), surface(1));
        let reference = Pair { current: &now, previous: &before };
        let motion = now.map(|_| [-2.0, 0.0]);
        // The picture has not moved on.
        let stuck = Pair { current: &before, previous: &before };
        assert!(temporal_error(stuck, reference, &motion, &all(&now)).unwrap() > 0.1);
        assert!(temporal_error(stuck, reference, &motion, &now.map(|_| false)).is_err());
    }
}
