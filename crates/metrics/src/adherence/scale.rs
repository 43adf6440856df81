//! A picture's height to the lengths that adherence is measured with, so that a figure does not depend on resolution.

/// Lengths in pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    /// How far from a boundary its step is looked for: 2 % of the height, at least 6.
    pub(super) reach: usize,
    /// A step this far from where the set has it still counts as in place: 0.25 % of the height, at least 1.
    pub(super) tolerance: f32,
    /// A step compares the means of so many pixels at either side: 1/160 of the height, at least 2.
    pub(super) side: usize,
    /// Steps are averaged over so many neighbours along the boundary in both directions: 1.8 % of the height, at least 3.
    pub(super) along: usize,
    /// Points without which there is no figure: 5 % of the height, at least 12.
    pub(super) least: usize,
}

impl Scale {
    pub(super) fn new(height: usize) -> Self {
        let share = |share: f32, least: f32| (share * height as f32).max(least);
        Self {
            reach: share(0.02, 6.0).round() as usize,
            tolerance: share(0.0025, 1.0),
            side: share(1.0 / 160.0, 2.0).round() as usize,
            along: share(0.018, 3.0).round() as usize,
            least: share(0.05, 12.0).round() as usize,
        }
    }
}
