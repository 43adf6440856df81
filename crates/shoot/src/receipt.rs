//! What a take says of itself: `receipt.json`.
//!
//! It names the scene, the settings, the people and the files with the hashes of what is in them but for their credentials,
//! and holds no clock times, so that the same take gives the same receipt.

use std::{collections::BTreeMap, path::Path};

use maquette_scene::LoadedScene;
use maquette_soundtrack::Master;
use maquette_tracer::Clamped;
use serde_json::{Value, json};

use crate::{
    Ears, Error, Settings, SoundSettings, Sync, consent::Company, journal::hash, losses::Losses,
    plan::PlannedShot, writer::Contents,
};

pub(crate) const RECEIPT: &str = "receipt.json";

/// Writes the receipt of a finished take.
#[expect(clippy::too_many_arguments, reason = "all of a take, once")]
pub(crate) fn write(
    scene: &LoadedScene,
    settings: &Settings,
    shots: &[PlannedShot],
    films: &BTreeMap<String, Value>,
    master: &Master,
    makers: &str,
    losses: Losses,
    contents: &Contents,
    company: &Company,
    path: &Path,
) -> Result<(), Error> {
    let (width, height) = settings.picture_size();
    let receipt = json!({
        "program": concat!("maquette ", env!("CARGO_PKG_VERSION")),
        "title": scene.scene.title,
        "scene": files(scene.files.iter().map(|f| f.as_path()), &scene.folder)?,
        "made_by": makers,
        "content": "synthetic",
        "picture": {
            "size": [width, height],
            "frames_per_second": [scene.scene.fps.0, scene.scene.fps.1],
            "samples": settings.light_samples(),
            "firefly_clamp": settings.clamp_nits.map(|nits| firefly_clamp(nits, losses.clamp)),
            "history_firefly_limit": settings.limits_fireflies().then(|| account(losses.history)),
            "network": (!settings.raw).then(|| format!("{:?}", settings.quality.network())),
            "history": settings.remembers(),
            "seed": settings.seed.unwrap_or(scene.scene.seed),
        },
        "sound": sound(&settings.sound, master),
        "shots": shots.iter().map(|planned| shot(planned, films)).collect::<Vec<_>>(),
        "people": company.notes(),
        "files_sha256": contents,
    });
    maquette_delivery::write_file(path, format!("{receipt:#}\n").as_bytes())?;
    Ok(())
}

/// What it is, and how loud the edit is by EBU R 128; nothing is loud in silence.
fn sound(SoundSettings { ears, sync, target_lufs, .. }: &SoundSettings, master: &Master) -> Value {
    let loudness = &master.loudness;
    let audible = |value: f64| value.is_finite().then_some(value);
    json!({
        "layout": match ears {
            Ears::Stereo => "stereo",
            Ears::Binaural(_) => "binaural",
            Ears::Surround => "5.1",
            Ears::AmbiX => "AmbiX",
            Ears::AmbiX3 => "AmbiX, third order",
        },
        "propagation_delay": *sync == Sync::Physical,
        "target_lufs": target_lufs,
        "integrated_lufs": audible(loudness.integrated_lufs),
        "true_peak_dbtp": audible(loudness.true_peak_dbtp),
        "loudness_range_lu": loudness.range_lu,
        "limited_db": master.limited_db,
    })
}

/// Means over all pixels of the take's frames, in nits of luminance.
fn firefly_clamp(nits: f32, clamped: Clamped) -> Value {
    let mut account = account(clamped);
    account["nits"] = json!(nits);
    account
}

fn account(Clamped { kept_nits, removed_nits }: Clamped) -> Value {
    let whole = kept_nits + removed_nits;
    let share = if whole > 0.0 { removed_nits / whole } else { 0.0 };
    json!({ "kept_nits": kept_nits, "removed_nits": removed_nits, "removed_share": share })
}

fn shot(shot: &PlannedShot, films: &BTreeMap<String, Value>) -> Value {
    let mut entry = json!({ "name": shot.name, "frames": shot.frames });
    if let Some(film) = films.get(&shot.name) {
        entry["video_model"] = film.clone();
    }
    entry
}

/// Hashes by path relative to `folder`.
fn files<'a>(paths: impl Iterator<Item = &'a Path>, folder: &Path) -> Result<Value, Error> {
    let entry = |path: &Path| {
        let name = path.strip_prefix(folder).unwrap_or(path);
        Ok((name.to_string_lossy().into_owned(), Value::String(hash(path)?)))
    };
    paths.map(entry).collect::<Result<serde_json::Map<_, _>, Error>>().map(Value::Object)
}
