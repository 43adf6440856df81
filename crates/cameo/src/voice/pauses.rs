//! A cleaned voice to one that is silent between words.
//!
//! Opening early and closing late keeps consonants whole; one gain for all frequencies, and only between open and shut, cannot
//! pump.

/// Power over the room tone's from which a voice is there: 6 dB.
const OPEN: f32 = 4.0;
/// ... and below which it is gone: 3 dB.
const SHUT: f32 = 2.0;
/// Spectra that the gate opens before a word: 43 ms.
const BEFORE: usize = 4;
/// ... and stays open after it: 128 ms, the end of a word in a room.
const AFTER: usize = 12;
/// Shorter openings than this are clicks: 32 ms.
const LEAST: usize = 3;

/// Silences the pauses. `activity` has a value every `hop` samples.
pub(super) fn silence(samples: &mut [f32], activity: &[f32], hop: usize) {
    let open = opened(activity);
    // Gain at the middle of each spectrum, straight lines between: fades of one hop each, smoothed to a raised cosine.
    let gain = |frame: usize| f32::from(open.get(frame).copied().unwrap_or(false));
    for (i, sample) in samples.iter_mut().enumerate() {
        let frame = i / hop;
        let (now, next) = (gain(frame), gain(frame + 1));
        if now == next {
            *sample *= now;
            continue;
        }
        let t = (i % hop) as f32 / hop as f32;
        let eased = 0.5 - 0.5 * (std::f32::consts::PI * t).cos();
        *sample *= now + (next - now) * eased;
    }
}

fn opened(activity: &[f32]) -> Vec<bool> {
    let mut open = vec![false; activity.len()];
    let mut i = 0;
    while i < activity.len() {
        if activity[i] < OPEN {
            i += 1;
            continue;
        }
        let end = (i..activity.len()).find(|&j| activity[j] < SHUT).unwrap_or(activity.len());
        if end - i >= LEAST {
            open[i.saturating_sub(BEFORE)..(end + AFTER).min(activity.len())].fill(true);
        }
        i = end;
    }
    open
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_opens_before_a_word_closes_after_it_and_ignores_clicks() {
        let mut activity = vec![1.0; 60];
        activity[10] = 50.0;
        activity[30..36].fill(50.0);
        let open = opened(&activity);
        let first = open.iter().position(|&o| o);
        let last = open.iter().rposition(|&o| o);
        assert_eq!((first, last), (Some(30 - BEFORE), Some(35 + AFTER)));
    }
}
