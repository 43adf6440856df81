//! What happens from frame to frame, in the image and in the reference.

use maquette_conditioning::Plane;
use maquette_metrics::{
    Error as MetricsError, FlickerMeter, Pair, Seen, hdr_flip, ldr_flip, reprojectable, temporal_error_of_two,
};

use super::view::{Display, Kind, View};

/// Means over the sequence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BetweenFrames {
    /// Standard deviation in time over mean, of the image and of the reference; flicker where nothing moves.
    pub(super) deviation: [f64; 2],
    /// FLIP between consecutive frames of the image and of the reference.
    pub(super) flip: [f64; 2],
    /// Motion-compensated error against the reference's own change, and the share of pixels it is measured on.
    pub(super) temporal_error: Option<(f64, f64)>,
}

/// Gathers a sequence frame by frame; cuts and gaps start anew.
#[derive(Default)]
pub(super) struct Change {
    last: Option<Last>,
    meters: [FlickerMeter; 2],
    deviations: Vec<[f64; 2]>,
    flips: Vec<[f64; 2]>,
    errors: Vec<(f64, f64)>,
}

struct Last {
    shot: String,
    number: Option<u32>,
    image: View,
    reference: View,
    again: Option<View>,
}

impl Change {
    pub(super) fn add(
        &mut self,
        shot: &str,
        number: Option<u32>,
        image: View,
        reference: View,
        again: Option<View>,
    ) -> Result<(), MetricsError> {
        if self.last.as_ref().is_some_and(|last| last.shot != shot) {
            self.cut();
        }
        for (meter, view) in self.meters.iter_mut().zip([&image, &reference]) {
            meter.add(&view.color)?;
        }
        if let Some(last) = &self.last {
            self.flips.push([flip(&image, &last.image)?, flip(&reference, &last.reference)?]);
            let consecutive = number.zip(last.number).is_some_and(|(now, before)| now == before + 1);
            if consecutive && let Some(error) = error(&image, &reference, again.as_ref(), last)? {
                self.errors.push(error);
            }
        }
        self.last = Some(Last { shot: shot.to_owned(), number, image, reference, again });
        Ok(())
    }

    /// `None` of a single frame.
    pub(super) fn finish(mut self) -> Option<BetweenFrames> {
        self.cut();
        let mean_of = |values: &[[f64; 2]]| {
            [0, 1].map(|side| values.iter().map(|v| v[side]).sum::<f64>() / values.len() as f64)
        };
        let errors = self.errors.len() as f64;
        let sums = self.errors.iter().fold((0.0, 0.0), |sum, error| (sum.0 + error.0, sum.1 + error.1));
        (!self.deviations.is_empty()).then(|| BetweenFrames {
            deviation: mean_of(&self.deviations),
            flip: mean_of(&self.flips),
            temporal_error: (!self.errors.is_empty()).then_some((sums.0 / errors, sums.1 / errors)),
        })
    }

    fn cut(&mut self) {
        let meters = std::mem::take(&mut self.meters);
        // A shot of one frame has no flicker.
        if let [Ok(image), Ok(reference)] = meters.map(|meter| meter.flicker()) {
            self.deviations.push([image.overall, reference.overall]);
        }
        self.last = None;
    }
}

fn flip(now: &View, before: &View) -> Result<f64, MetricsError> {
    let flip = match &now.kind {
        Kind::Light(_) => hdr_flip(&now.color, &before.color)?,
        Kind::Screen(_) => {
            let display = Display::of(now, None);
            ldr_flip(&display.show(now), &display.show(before))?
        }
    };
    Ok(flip.mean)
}

/// Error and share of pixels, where one side knows motion, ids and depth; without the reference's own noise, if that was
/// made `again`.
fn error(
    image: &View,
    reference: &View,
    again: Option<&View>,
    last: &Last,
) -> Result<Option<(f64, f64)>, MetricsError> {
    let known = history(reference, &last.reference).or_else(|| history(image, &last.image));
    let Some((motion, now, before)) = known else { return Ok(None) };
    let valid = reprojectable(motion, now, before)?;
    let share = valid.data.iter().filter(|valid| **valid).count() as f64 / valid.data.len() as f64;
    if share == 0.0 {
        return Ok(None);
    }
    let image = Pair { current: &image.color, previous: &last.image.color };
    let reference = Pair { current: &reference.color, previous: &last.reference.color };
    let again = again.zip(last.again.as_ref());
    let again = again.map_or(reference, |(now, last)| Pair { current: &now.color, previous: &last.color });
    Ok(Some((temporal_error_of_two(image, [reference, again], motion, &valid)?, share)))
}

fn history<'a>(now: &'a View, before: &'a View) -> Option<(&'a Plane<[f32; 2]>, Seen<'a>, Seen<'a>)> {
    let seen = |view: &'a View| match &view.kind {
        Kind::Light(picture) => {
            Some(Seen { object_id: picture.seen_id.as_ref()?, depth: picture.seen_distance.as_ref()? })
        }
        Kind::Screen(_) => None,
    };
    match &now.kind {
        Kind::Light(picture) => Some((picture.motion.as_ref()?, seen(now)?, seen(before)?)),
        Kind::Screen(_) => None,
    }
}
