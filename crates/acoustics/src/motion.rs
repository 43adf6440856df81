//! Tracks to values at an instant.

use glam::{Affine3A, DVec3, Vec3};
use maquette_conditioning::Track;

/// Whether a track's value ever changes.
pub(crate) fn moves<T: PartialEq>(track: &Track<T>) -> bool {
    track.samples.windows(2).any(|pair| pair[0] != pair[1])
}

/// A position, linear between samples. In `f64`, because a micrometre's jitter is heard as noise on a moving tone.
pub(crate) fn position_at(track: &Track<Vec3>, time_s: f64) -> DVec3 {
    let (a, b, share) = track.around(time_s);
    a.as_dvec3().lerp(b.as_dvec3(), f64::from(share))
}

/// A placement: translation and scale linear, rotation along the great arc.
pub(crate) fn placement_at(track: &Track<Affine3A>, time_s: f64) -> Affine3A {
    let (a, b, share) = track.around(time_s);
    if a == b {
        return *a;
    }
    let (scale_a, turn_a, at_a) = a.to_scale_rotation_translation();
    let (scale_b, turn_b, at_b) = b.to_scale_rotation_translation();
    Affine3A::from_scale_rotation_translation(
        scale_a.lerp(scale_b, share),
        turn_a.slerp(turn_b, share),
        at_a.lerp(at_b, share),
    )
}
