//! Figures to text for people and JSON for programs.

use std::fmt::Write;

use serde_json::{Map, Value, json};

use super::figures::{Comparison, Figure, NAMES};

/// A table of figures, of change from frame to frame, and of objects.
pub(super) fn text(comparison: &Comparison) -> String {
    let count = comparison.pairs.len();
    let mut text = format!("{} against {}", comparison.image.display(), comparison.reference.display());
    if count > 1 {
        text += &format!(": {count} frames\n\n  {:<20} {:>10} {:>10}", "", "mean", "worst");
    } else {
        text += "\n";
    }
    for (index, name) in NAMES.iter().enumerate() {
        let Some(mean) = comparison.mean(index) else { continue };
        let _ = write!(text, "\n  {:<20} {:>10}", name.text, number(mean));
        if let Some((frame, worst)) = comparison.worst(index).filter(|_| count > 1) {
            let _ = write!(text, " {:>10}  {frame}", number(worst));
        }
    }
    text += &changes(comparison);
    text += &objects(comparison);
    if comparison.again {
        text += "\n\nwithout the reference's own noise: relMSE and temporal error";
    }
    if let Some(path) = &comparison.difference {
        let of = if count > 1 { " of the frame that looks most different" } else { "" };
        let _ = write!(text, "\n\nwhere it differs{of}: {}", path.display());
    }
    text
}

fn changes(comparison: &Comparison) -> String {
    let Some(change) = &comparison.change else { return String::new() };
    let mut text = format!("\n\n  {:<20} {:>10} {:>10}", "from frame to frame", "image", "reference");
    for (name, [image, reference]) in [("deviation / mean", change.deviation), ("FLIP", change.flip)] {
        let _ = write!(text, "\n  {name:<20} {:>10} {:>10}", number(image), number(reference));
    }
    if let Some((error, share)) = change.temporal_error {
        let _ = write!(
            text,
            "\n  {:<20} {:>10}  on {:.1} % of the pixels (motion compensated)",
            "temporal error",
            number(error),
            100.0 * share
        );
    }
    text
}

fn objects(comparison: &Comparison) -> String {
    let mut text = String::new();
    for (id, pixels, ratio) in comparison.objects() {
        if text.is_empty() {
            let _ = write!(text, "\n\n  {:<20} {:>10} {:>10}", "object", "pixels", "energy");
        }
        let name = if id == 0 { "nothing".to_owned() } else { id.to_string() };
        let _ = write!(text, "\n  {name:<20} {pixels:>10} {ratio:>10.4}");
    }
    text
}

/// Four digits that count.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if !size.is_finite() => value.to_string(),
        size if size < 1e-2 => format!("{value:.3e}"),
        size if size < 10.0 => format!("{value:.4}"),
        _ => format!("{value:.2}"),
    }
}

/// The same, complete. A figure without meaning, or infinite, is null.
pub(super) fn json(comparison: &Comparison) -> Value {
    let frame = |(name, figures): &(String, [Figure; NAMES.len()])| {
        let mut frame = figures_json(|index| figures[index]);
        frame.insert("frame".to_owned(), json!(name));
        Value::Object(frame)
    };
    let change = comparison.change.as_ref().map(|change| {
        json!({
            "deviation_over_mean": { "image": change.deviation[0], "reference": change.deviation[1] },
            "flip": { "image": change.flip[0], "reference": change.flip[1] },
            "temporal_error": change.temporal_error.map(|(error, _)| error),
            "reprojectable_share": change.temporal_error.map(|(_, share)| share),
        })
    });
    let object = |(id, pixels, ratio)| json!({ "object_id": id, "pixels": pixels, "energy_ratio": ratio });
    json!({
        "image": comparison.image,
        "reference": comparison.reference,
        "without_reference_noise": comparison.again,
        "mean": figures_json(|index| comparison.mean(index)),
        "frames": comparison.pairs.iter().map(frame).collect::<Vec<_>>(),
        "from_frame_to_frame": change,
        "objects": comparison.objects().map(object).collect::<Vec<_>>(),
    })
}

fn figures_json(figure: impl Fn(usize) -> Figure) -> Map<String, Value> {
    NAMES.iter().enumerate().map(|(index, name)| (name.key.to_owned(), json!(figure(index)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_the_digits_that_count() {
        let shown = [0.0, 3.1e-3, 0.0753, 1.0021, 38.237, f64::INFINITY].map(number);
        assert_eq!(shown, ["0", "3.100e-3", "0.0753", "1.0021", "38.24", "inf"]);
    }
}
