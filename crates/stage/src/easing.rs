//! Keys in time to a value between them.
//!
//! A key's easing says how the move leaves it for the next one. Before the first key and after the last the value
//! stands still.

use maquette_scene::document::Easing;

/// Share of a move that is done when `u` (0 to 1) of its time has passed.
pub(crate) fn eased(ease: Easing, u: f32) -> f32 {
    match ease {
        Easing::Smooth => u * u * (3.0 - 2.0 * u),
        Easing::Linear => u,
        Easing::In => u * u,
        Easing::Out => u * (2.0 - u),
        Easing::Hold => 0.0,
    }
}

/// The keys around a time and the eased share of the second. `keys` holds at least one, in order of time.
pub(crate) fn around<K>(keys: &[K], time_s: f64, of: impl Fn(&K) -> (f64, Easing)) -> (&K, &K, f32) {
    let next = keys.partition_point(|key| of(key).0 <= time_s);
    if next == 0 || next == keys.len() {
        let key = &keys[next.saturating_sub(1)];
        return (key, key, 0.0);
    }
    let (a, b) = (&keys[next - 1], &keys[next]);
    let ((from_s, ease), (to_s, _)) = (of(a), of(b));
    (a, b, eased(ease, ((time_s - from_s) / (to_s - from_s)) as f32))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [(f64, Easing); 3] = [(1.0, Easing::Smooth), (3.0, Easing::Hold), (4.0, Easing::Linear)];

    fn at(time_s: f64) -> (f64, f64, f32) {
        let (a, b, share) = around(&KEYS, time_s, |key| *key);
        (a.0, b.0, share)
    }

    #[test]
    fn keys_hold_still_outside_their_range() {
        assert_eq!(at(0.0), (1.0, 1.0, 0.0));
        assert_eq!(at(9.0), (4.0, 4.0, 0.0));
    }

    #[test]
    fn a_smooth_key_is_half_way_at_half_time_and_slow_at_its_ends() {
        assert_eq!(at(2.0), (1.0, 3.0, 0.5));
        assert!(at(1.02).2 < 0.001 && at(2.98).2 > 0.999);
    }

    #[test]
    fn a_hold_key_jumps_at_the_next() {
        assert_eq!(at(3.99), (3.0, 4.0, 0.0));
        assert_eq!(at(4.0).0, 4.0);
    }
}
