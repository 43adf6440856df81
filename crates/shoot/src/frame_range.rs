//! Which frames of a shot: `1001-1024x2`.

use std::{fmt, ops::RangeInclusive, str::FromStr};

use maquette_conditioning::FrameNumber;
use thiserror::Error;

/// First to last frame, every `step`-th.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameRange {
    first: FrameNumber,
    last: FrameNumber,
    step: u32,
}

/// A frame range that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not a frame range; write 1001, 1001-1024 or 1001-1024x2 (shots start at frame 1001)")]
pub struct FrameRangeError(String);

impl FrameRange {
    /// The frames of this range that lie inside `available`.
    pub fn within(&self, available: &RangeInclusive<FrameNumber>) -> Vec<FrameNumber> {
        let last = self.last.min(*available.end());
        (self.first..=last).step_by(self.step as usize).filter(|frame| available.contains(frame)).collect()
    }
}

impl FromStr for FrameRange {
    type Err = FrameRangeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let range = || {
            let (frames, step) = text.split_once('x').unwrap_or((text, "1"));
            let (first, last) = frames.split_once('-').unwrap_or((frames, frames));
            let number = |digits: &str| digits.trim().parse::<u32>().ok();
            Some(Self { first: number(first)?, last: number(last)?, step: number(step)? })
        };
        range()
            .filter(|r| r.step > 0 && r.first <= r.last && r.first > 0 && r.last < 10_000_000)
            .ok_or_else(|| FrameRangeError(text.to_owned()))
    }
}

impl fmt::Display for FrameRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.first, self.last)?;
        if self.step > 1 { write!(f, "x{}", self.step) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_counts_by_its_step_and_stays_inside_the_shot() {
        let range: FrameRange = "1001-1024x2".parse().expect("a valid range");
        assert_eq!(range.within(&(1001..=1006)), [1001, 1003, 1005]);
        assert_eq!(range.to_string(), "1001-1024x2");
        let one: FrameRange = "1003".parse().expect("a valid range");
        assert_eq!(one.within(&(1001..=1006)), [1003]);
        assert!(one.within(&(1001..=1002)).is_empty());
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "x", "10-", "-10", "20-10", "1-2x0", "1001-99999999999", "a-b"] {
            assert!(text.parse::<FrameRange>().is_err(), "{text}");
        }
    }
}
