//! A long video to stretches that the transformer can see at once, and their velocities back to one.
//!
//! The model was trained on 21 latent frames and falls apart beyond. So a longer video is cut into windows that share
//! frames, and at every step of the sampler each window says where its frames should go; where windows share frames, their
//! answers go over into each other (Bar-Tal et al., "MultiDiffusion", 2023, equation 5, along time). All frames thus reach
//! every noise level together: no window builds on the finished errors of the one before.

use std::ops::Range;

/// Windows over a video's latent frames, in order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Windows(Vec<Window>);

/// One stretch.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Window {
    /// Its latent frames.
    pub(crate) frames: Range<usize>,
    /// How much it says about each of them. Over all windows they add up to 1 for every frame.
    pub(crate) weights: Vec<f32>,
}

impl Windows {
    /// Windows of at most `longest` frames, neighbours sharing at least `shared` of them, less than half of the former.
    pub(crate) fn new(frames: usize, longest: usize, shared: usize) -> Self {
        if frames <= longest {
            return Self(vec![Window { frames: 0..frames, weights: vec![1.0; frames] }]);
        }
        // The fewest windows that do, evenly spread.
        let last = frames - longest;
        let gaps = last.div_ceil(longest - shared);
        let starts = (0..=gaps).map(|index| (index * last + gaps / 2) / gaps);
        let spans: Vec<Range<usize>> = starts.map(|start| start..start + longest).collect();
        let slopes: Vec<Vec<f32>> = (0..spans.len()).map(|index| slope(&spans, index)).collect();
        let mut total = vec![0.0; frames];
        for (span, slope) in spans.iter().zip(&slopes) {
            total[span.clone()].iter_mut().zip(slope).for_each(|(total, weight)| *total += weight);
        }
        let windows = spans.into_iter().zip(slopes).map(|(frames, slope)| {
            let weights = slope.iter().zip(&total[frames.clone()]).map(|(weight, total)| weight / total);
            Window { weights: weights.collect(), frames }
        });
        Self(windows.collect())
    }

    /// Each window.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Window> {
        self.0.iter()
    }
}

/// Rises over the frames shared with the window before, falls over those shared with the next.
fn slope(spans: &[Range<usize>], index: usize) -> Vec<f32> {
    let span = &spans[index];
    let shared = |earlier: usize| (spans[earlier].end - spans[earlier + 1].start) as f32;
    let rise = index.checked_sub(1).map_or(0.0, shared);
    let fall = if index + 1 < spans.len() { shared(index) } else { 0.0 };
    let weight = |frame: usize| {
        let (past, left) = ((frame + 1) as f32, (span.len() - frame) as f32);
        (past / (rise + 1.0)).min(left / (fall + 1.0)).min(1.0)
    };
    (0..span.len()).map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_every_frame_and_their_weights_add_up_to_one() {
        for (frames, longest, shared) in [
            (1, 21, 5),
            (21, 21, 5),
            (22, 21, 5),
            (37, 21, 5),
            (60, 21, 5),
            (61, 21, 10),
            (200, 4, 1),
            (9, 3, 1),
        ] {
            let windows = Windows::new(frames, longest, shared);
            let mut total = vec![0.0; frames];
            for Window { frames, weights } in windows.iter() {
                assert!(frames.len() <= longest && frames.len() == weights.len());
                assert!(weights.iter().all(|weight| *weight > 0.0));
                total[frames.clone()].iter_mut().zip(weights).for_each(|(total, weight)| *total += weight);
            }
            assert!(
                total.iter().all(|total: &f32| (total - 1.0).abs() < 1e-6),
                "{frames} {longest} {shared}: {total:?}"
            );
            let starts: Vec<usize> = windows.iter().map(|window| window.frames.start).collect();
            let ends: Vec<usize> = windows.iter().map(|window| window.frames.end).collect();
            assert_eq!((starts[0], ends.last()), (0, Some(&frames)));
            assert!(ends.iter().zip(&starts[1..]).all(|(end, start)| end - start >= shared), "{starts:?}");
        }
    }

    #[test]
    fn a_window_has_least_to_say_at_its_ends() {
        let windows = Windows::new(37, 21, 5);
        let first = &windows.iter().next().map(|window| window.weights.clone()).unwrap_or_default();
        assert_eq!(first[..16], [1.0; 16]);
        assert!(first[16..].windows(2).all(|pair| pair[0] > pair[1]), "{first:?}");
    }
}
