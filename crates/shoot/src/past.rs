//! What a frame owes to the frames before it: the generator's memory, and the identity that follows from it.

use maquette_conditioning::{FIRST_FRAME, FrameNumber};
use maquette_generator::History;
use maquette_tracer::Clamped;

/// A frame asked for alone is finished after this many before it.
const WARM_UP: FrameNumber = 16;

/// The past of one shot, as far as it has been gone through.
pub(crate) struct Past {
    /// What the generator remembers.
    pub(crate) history: History,
    /// The last frame with an identity, and that identity.
    identity: Option<(FrameNumber, String)>,
}

impl Past {
    pub(crate) fn new(limits_fireflies: bool) -> Self {
        Self { history: History::new(limits_fireflies), identity: None }
    }

    /// What the history's limit took from the last frame.
    pub(crate) fn limited(&self) -> Clamped {
        let [kept_nits, removed_nits] = self.history.limited();
        Clamped { kept_nits, removed_nits }
    }

    /// Frames that must be remembered before `frame` can be finished.
    pub(crate) fn to_remember(&self, frame: FrameNumber) -> std::ops::Range<FrameNumber> {
        first_needed(self.history.last_frame(), frame)..frame
    }

    /// Frames whose own fingerprints the identity of `frame` needs first.
    pub(crate) fn to_identify(&self, frame: FrameNumber) -> std::ops::Range<FrameNumber> {
        first_needed(self.identity.as_ref().map(|(last, _)| *last), frame)..frame
    }

    /// The identity of `frame` from its own fingerprint and what came before.
    pub(crate) fn identify(&mut self, frame: FrameNumber, own: &str) -> String {
        let before = self.identity.take().filter(|(last, _)| last + 1 == frame);
        let before = before.map_or_else(String::new, |(_, identity)| identity);
        let identity = blake3::hash(format!("{before} {own}").as_bytes()).to_hex().to_string();
        self.identity = Some((frame, identity.clone()));
        identity
    }
}

/// Where to start so that `frame` has a past: after the last frame gone through, unless that is too long ago.
fn first_needed(last: Option<FrameNumber>, frame: FrameNumber) -> FrameNumber {
    let earliest = frame.saturating_sub(WARM_UP).max(FIRST_FRAME).min(frame);
    match last {
        Some(last) if (earliest..frame).contains(&(last + 1)) || last + 1 == frame => last + 1,
        _ => earliest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_frame_needs_sixteen_before_it_within_its_shot_and_the_next_none() {
        assert_eq!(first_needed(None, 1040), 1024);
        assert_eq!(first_needed(None, 1003), 1001);
        assert_eq!(first_needed(None, 1001), 1001);
        assert_eq!(first_needed(Some(1039), 1040), 1040);
        assert_eq!(first_needed(Some(1030), 1040), 1031);
        assert_eq!(first_needed(Some(1005), 1040), 1024);
        assert_eq!(first_needed(Some(1050), 1040), 1024);
    }

    #[test]
    fn identity_changes_with_any_frame_before() {
        let identity = |frames: &[&str]| {
            let mut past = Past::new(true);
            (1001..).zip(frames).map(|(frame, own)| past.identify(frame, own)).last()
        };
        assert_eq!(identity(&["a", "b", "c"]), identity(&["a", "b", "c"]));
        assert_ne!(identity(&["a", "b", "c"]), identity(&["x", "b", "c"]));
        assert_ne!(identity(&["a", "b", "c"]), identity(&["b", "c"]));
    }
}
