//! A picture and its reference to figures, and many of them to one table.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use maquette_metrics::{
    Error as MetricsError, Flip, ObjectRatio, gradient_ratio, hdr_flip, ldr_flip, mean_ratio, object_ratios,
    psnr8_db, relative_mse_of_two, ssim,
};

use super::{
    Error,
    change::BetweenFrames,
    view::{Display, Kind, View},
};

/// One figure of one pair: `None` where it has no meaning (relMSE of screen pictures, SSIM of tiny ones).
pub(super) type Figure = Option<f64>;

/// What a figure is called, and which direction is worse.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Name {
    pub(super) key: &'static str,
    pub(super) text: &'static str,
    pub(super) best: f64,
}

/// The figures in the order of a report.
pub(super) const NAMES: [Name; 7] = [
    Name { key: "rel_mse", text: "relMSE", best: 0.0 },
    Name { key: "hdr_flip", text: "HDR-FLIP", best: 0.0 },
    Name { key: "ldr_flip", text: "LDR-FLIP", best: 0.0 },
    Name { key: "psnr_db", text: "PSNR (dB)", best: f64::INFINITY },
    Name { key: "ssim", text: "SSIM", best: 1.0 },
    Name { key: "energy_ratio", text: "energy, 1 is equal", best: 1.0 },
    Name { key: "gradient_ratio", text: "detail, 1 is equal", best: 1.0 },
];

/// All figures of one pair.
pub(super) struct Measured {
    pub(super) figures: [Figure; NAMES.len()],
    /// HDR-FLIP of light, LDR-FLIP of screen pictures.
    pub(super) flip: Flip,
    objects: Vec<ObjectRatio>,
}

/// Measures one pair. If the reference was made `again`, its noise is left out where it can be. The outer error is of two kinds of picture, the inner of what cannot be measured.
pub(super) fn measure(
    image: &View,
    reference: &View,
    again: Option<&View>,
    display: Display,
) -> Result<Result<Measured, MetricsError>, Error> {
    match (&image.kind, &reference.kind) {
        (Kind::Light(a), Kind::Light(b)) => {
            let ids = b.object_id.as_ref().or(a.object_id.as_ref());
            let objects = || ids.map_or(Ok(vec![]), |ids| object_ratios(&image.color, &reference.color, ids));
            let again = again.map_or(&reference.color, |again| &again.color);
            let light = || {
                let rel_mse = relative_mse_of_two(&image.color, [&reference.color, again])?;
                Ok((rel_mse, hdr_flip(&image.color, &reference.color)?))
            };
            Ok(measured(image, reference, display, Some(&light), &objects))
        }
        (Kind::Screen(_), Kind::Screen(_)) => Ok(measured(image, reference, display, None, &|| Ok(vec![]))),
        _ => Err(Error::Input(format!(
            "{} and {}: one is light (EXR), the other a picture for the screen (PNG); compare two of a kind",
            image.path, reference.path
        ))),
    }
}

fn measured(
    image: &View,
    reference: &View,
    display: Display,
    light: Option<&dyn Fn() -> Result<(f64, Flip), MetricsError>>,
    objects: &dyn Fn() -> Result<Vec<ObjectRatio>, MetricsError>,
) -> Result<Measured, MetricsError> {
    let (x, r) = (&image.color, &reference.color);
    let (rel_mse, hdr) = light.map(|light| light()).transpose()?.unzip();
    let (shown, wanted) = (display.show(image), display.show(reference));
    let ldr = ldr_flip(&shown, &wanted)?;
    let figures = [
        rel_mse,
        hdr.as_ref().map(|flip| flip.mean),
        Some(ldr.mean),
        Some(psnr8_db(&shown, &wanted)?),
        ssim(&shown, &wanted).ok(),
        Some(mean_ratio(x, r)?),
        Some(gradient_ratio(x, r)?),
    ];
    let flip = hdr.unwrap_or(ldr);
    Ok(Measured { figures, flip, objects: objects()? })
}

/// Everything that was measured.
pub(super) struct Comparison {
    pub(super) image: PathBuf,
    pub(super) reference: PathBuf,
    /// Whether relMSE and temporal error are without the reference's noise.
    pub(super) again: bool,
    /// Name and figures of each pair, in order.
    pub(super) pairs: Vec<(String, [Figure; NAMES.len()])>,
    objects: BTreeMap<u32, Energy>,
    pub(super) change: Option<BetweenFrames>,
    pub(super) difference: Option<PathBuf>,
}

/// Of one object, over all pairs.
#[derive(Clone, Copy, Debug, Default)]
struct Energy {
    pixels: usize,
    image: f64,
    reference: f64,
}

impl Comparison {
    pub(super) fn new(image: &Path, reference: &Path, again: bool) -> Self {
        Self {
            image: image.to_owned(),
            reference: reference.to_owned(),
            again,
            pairs: vec![],
            objects: BTreeMap::new(),
            change: None,
            difference: None,
        }
    }

    pub(super) fn add(&mut self, name: &str, measured: Measured) {
        self.pairs.push((name.to_owned(), measured.figures));
        for object in measured.objects {
            let energy = self.objects.entry(object.object_id).or_default();
            energy.pixels += object.pixels;
            energy.image += object.image_mean * object.pixels as f64;
            energy.reference += object.reference_mean * object.pixels as f64;
        }
    }

    /// Mean of a figure over the pairs that have it.
    pub(super) fn mean(&self, figure: usize) -> Figure {
        let values: Vec<f64> = self.pairs.iter().filter_map(|(_, figures)| figures[figure]).collect();
        (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
    }

    /// The worst pair's name and value.
    pub(super) fn worst(&self, figure: usize) -> Option<(&str, f64)> {
        let best = NAMES[figure].best;
        let badness = |value: f64| if best.is_infinite() { -value } else { (value - best).abs() };
        let values = self.pairs.iter().filter_map(|(name, f)| Some((name.as_str(), f[figure]?)));
        values.max_by(|(_, a), (_, b)| badness(*a).total_cmp(&badness(*b)))
    }

    /// Id, pixels and energy ratio of every object that the reference lights.
    pub(super) fn objects(&self) -> impl Iterator<Item = (u32, usize, f64)> + '_ {
        let lit = self.objects.iter().filter(|(_, energy)| energy.reference > 0.0);
        lit.map(|(&id, energy)| (id, energy.pixels, energy.image / energy.reference))
    }
}
