//! How well a video model kept to the set, as a file of the take: `<shot>/adherence.json`.

use std::path::{Path, PathBuf};

use maquette_conditioning::{Conditioning, FrameNumber, Plane};
use maquette_delivery::{Image8, eight_bits, srgb_from_linear};
use maquette_generator::GuideFrame;
use maquette_metrics::{Adherence, AdherenceMeter, MeanAdherence, Set, adherence, adherence_overlay};
use serde_json::{Value, json};

use crate::Error;

/// The file of a shot's figures.
pub(crate) fn file(shot: &str) -> PathBuf {
    Path::new(shot).join("adherence.json")
}

/// The picture of where a frame keeps to the set.
pub(crate) fn overlay_file(shot: &str, frame: FrameNumber) -> PathBuf {
    Path::new(shot).join(format!("adherence.{frame:04}.png"))
}

/// That picture.
pub(crate) fn overlay(found: &Adherence, made: &Plane<[f32; 3]>) -> Result<Image8, Error> {
    Ok(eight_bits(&adherence_overlay(found, &displayed(made))?))
}

/// The agreement of what a model made, scene-linear and exposed, with its set.
pub(crate) fn measured(
    conditioning: &Conditioning,
    guide: &GuideFrame,
    made: &Plane<[f32; 3]>,
) -> Result<Adherence, Error> {
    let gbuffer = &conditioning.gbuffer;
    let set = Set {
        object_id: &gbuffer.object_id,
        depth: &gbuffer.depth,
        normal: &gbuffer.normal,
        picture: &displayed(&guide.light()),
    };
    Ok(adherence(set, &displayed(made))?)
}

/// The name of [`report`]'s part that a receipt leaves out.
pub(crate) const FRAMES: &str = "each_frame";

/// A shot's figures: its frames' mean, and each object's, by name; and of each frame the same.
pub(crate) fn report(
    meter: &AdherenceMeter,
    frames: &[(FrameNumber, AdherenceMeter)],
    name: impl Fn(u32) -> String,
) -> Value {
    let mut report = means(meter, &name);
    let frame = |(number, meter): &(FrameNumber, AdherenceMeter)| {
        let mut figures = means(meter, &name);
        figures["frame"] = json!(number);
        figures
    };
    report[FRAMES] = frames.iter().map(frame).collect();
    report
}

fn means(meter: &AdherenceMeter, name: impl Fn(u32) -> String) -> Value {
    let objects = meter.objects().into_iter().map(|(id, mean)| (name(id), figures(mean)));
    let mut means = figures(meter.whole());
    means["objects"] = Value::Object(objects.collect());
    means
}

fn figures(MeanAdherence { frames, edge, crease, silhouette }: MeanAdherence) -> Value {
    json!({ "frames": frames, "edge": edge, "crease": crease, "silhouette": silhouette })
}

/// Display codes, 0 to 1.
fn displayed(light: &Plane<[f32; 3]>) -> Plane<[f32; 3]> {
    light.map(|pixel| pixel.map(|value| srgb_from_linear(value.clamp(0.0, 1.0))))
}
