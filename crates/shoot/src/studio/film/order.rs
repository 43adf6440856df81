//! What a video model is asked to make of a shot: the model, and what it is told beside the set.

use std::collections::BTreeMap;

use maquette_conditioning::FrameNumber;
use maquette_delivery::read_reference;
use maquette_generator::{Brief, DeviceChoice, Levels, ModelFiles, Sampling, VideoKind, VideoModel};
use maquette_models::Installed;
use maquette_scene::document::{Generator, Look, Lora};

use crate::{
    Error, Event, consent::home, plan::PlannedShot, statement::Video, studio::session::Session, weights,
};

/// What a shot is ordered as.
pub(in crate::studio) struct Order {
    pub(super) kind: VideoKind,
    pub(super) files: ModelFiles,
    /// Hash of each of these.
    weights: BTreeMap<String, String>,
    pub(in crate::studio) brief: Brief,
}

/// The orders of all shots that a video model finishes, by name. Finds every model, and whether there is memory for it,
/// before any work begins. `free` is the memory in bytes where that is known and nobody said otherwise.
pub(in crate::studio) fn orders(
    session: &Session<'_>,
    shots: &[PlannedShot],
    device: &DeviceChoice,
    free: Option<u64>,
    on_event: &mut dyn FnMut(Event),
) -> Result<BTreeMap<String, Order>, Error> {
    let mut orders = BTreeMap::new();
    for shot in shots {
        let look = session.look(&shot.name);
        let kind = match session.settings.finishes(&look) {
            Generator::Reconstruct => continue,
            Generator::WanVace => VideoKind::Vace,
            Generator::WanGBuffer => VideoKind::GBuffer,
            Generator::WanImage => VideoKind::Image,
        };
        if !shot.is_gapless() {
            return Err(Error::Gaps(shot.name.clone()));
        }
        let mut note = |words: &str| on_event(Event::Note(format!("shot {}: {words}", shot.name)));
        if let Some(words) = left_out(kind, &look) {
            note(words);
        }
        if look.prompt.is_empty() {
            note("no `prompt` says what it should look like; the model makes what it knows best");
        }
        let (files, mut brief) = (files(session, kind, &look)?, brief(session, shot, &look)?);
        if kind != VideoKind::Vace {
            brief.blocks.clear();
        }
        let (size, free) = (session.settings.picture_size(), brief.sampling.memory_bytes.or(free));
        note(&VideoModel::plan(kind, &files, device, size, shot.frames.len(), &brief, free)?);
        let (place, said) = weights::said(&files)?;
        session.company.reviews(place, said)?;
        let weights = weights::hashes(&files)?;
        orders.insert(shot.name.clone(), Order { kind, files, weights, brief });
    }
    match &session.settings.video.model {
        Some(model) if orders.is_empty() => Err(Error::UnusedModel(model.clone())),
        _ => Ok(orders),
    }
}

impl Order {
    /// Another for every other model, and for all else that changes what is sampled.
    pub(super) fn identity(&self) -> String {
        let strengths: Vec<f32> = self.files.loras.iter().map(|(_, strength)| *strength).collect();
        format!("{:?} {:?} {strengths:?} {}", self.kind, self.weights, self.brief.identity())
    }

    /// What credentials say of it.
    pub(in crate::studio) fn video(&self) -> Video {
        let Brief { prompt, depth, edges, pose, blocks, start, light, colors, sampling, .. } = &self.brief;
        let settings = serde_json::json!({
            "prompt": prompt,
            "depth": depth,
            "edges": edges,
            "pose": pose,
            "blocks": blocks,
            "start": start,
            "light": light,
            "colors": colors,
            "sampler": format!("{:?}", sampling.sampler),
            "steps": sampling.levels.count(),
            "levels": match &sampling.levels {
                Levels::Spaced(_) => None,
                Levels::Listed(levels) => Some(levels),
            },
            "causal": sampling.causal,
            "guidance": sampling.guidance,
            "shift": sampling.shift,
            "window": sampling.window,
            "noise_seed": sampling.seed,
            "lora_strengths": self.files.loras.iter().map(|(_, strength)| strength).collect::<Vec<_>>(),
        });
        Video { model: self.model().to_owned(), weights: self.weights.clone(), settings }
    }

    fn model(&self) -> &'static str {
        match self.kind {
            VideoKind::Vace => "Wan 2.1 VACE in burn 0.21",
            VideoKind::GBuffer => "Wan 2.1 with G-buffer input in burn 0.21",
            VideoKind::Image => "Wan 2.1 image to video in burn 0.21",
        }
    }
}

/// What a look asks for and this kind of model does not take.
fn left_out(kind: VideoKind, look: &Look) -> Option<&'static str> {
    let is_drawn =
        !look.references.is_empty() || look.edges > 0.0 || look.pose > 0.0 || !look.blocks.is_empty();
    let has_ends = look.first_frame.is_some() || look.last_frame.is_some();
    match kind {
        VideoKind::Image if is_drawn => {
            Some("this model takes no references, outlines, poses or `blocks`; they are left out")
        }
        VideoKind::GBuffer if is_drawn || has_ends => Some(
            "this model takes no references, outlines, poses, `blocks`, first or last frames; they are left out",
        ),
        _ => None,
    }
}

/// Where the model lies: the one asked for, or the kind's own.
fn files(session: &Session<'_>, kind: VideoKind, look: &Look) -> Result<ModelFiles, Error> {
    let own = match kind {
        VideoKind::Vace => "wan-vace-1.3b",
        VideoKind::GBuffer => "wan-gbuffer",
        VideoKind::Image if look.last_frame.is_some() => "wan-ends-14b",
        VideoKind::Image => "wan-image-14b",
    };
    let name = session.settings.video.model.as_deref().unwrap_or(own);
    let Installed { transformer, vae, text_encoder, tokenizer, image } = Installed::find(&home()?, name)?;
    let lora = |lora: &Lora| (session.scene.resolve(&lora.file), lora.strength);
    let image = image.map(|image| [image.encoder, image.processor]);
    let loras = look.loras.iter().map(lora).collect();
    Ok(ModelFiles { transformer, vae, text_encoder, tokenizer, image, loras })
}

/// What the model is told, beside the set.
fn brief(session: &Session<'_>, shot: &PlannedShot, look: &Look) -> Result<Brief, Error> {
    let stays = |name: &str| look.keep.iter().any(|kept| is_copy(name, kept)) || session.cast.has(name);
    let names = session.stage.object_names();
    let keep = (1..).zip(names.iter()).filter(|(_, name)| stays(name)).map(|(id, _)| id);
    let unread = |source| Error::LookPicture { shot: shot.name.clone(), source };
    let picture = |file: &String| {
        let admitted = session.company.picture(&shot.name, file).map(ToOwned::to_owned);
        read_reference(&admitted.unwrap_or_else(|| session.scene.resolve(file))).map_err(unread)
    };
    // A part of a shot has only the ends that lie in it.
    let whole = session.stage.frames(&shot.name)?;
    let anchor = |file: &Option<String>, own: Option<&FrameNumber>, end: &FrameNumber| {
        file.as_ref().filter(|_| own == Some(end)).map(picture).transpose()
    };
    let first = anchor(&look.first_frame, shot.frames.first(), whole.start())?;
    let last = anchor(&look.last_frame, shot.frames.last(), whole.end())?;
    Ok(Brief {
        prompt: look.prompt.clone(),
        avoid: look.avoid.clone().unwrap_or_else(|| Brief::USUAL_FAULTS.to_owned()),
        references: look.references.iter().map(picture).collect::<Result<_, _>>()?,
        anchors: [first, last],
        keep: keep.collect(),
        depth: look.adherence * look.depth,
        edges: look.adherence * look.edges,
        pose: look.adherence * look.pose,
        blocks: look.blocks.clone(),
        start: look.start,
        light: look.light,
        colors: look.colors,
        sampling: Sampling { seed: session.seed, ..session.settings.video.sampling.clone() },
    })
}

/// Whether an object is a piece or one of its copies, which are numbered from 2: `tube`, `tube.2`.
fn is_copy(object: &str, piece: &str) -> bool {
    let copy = object.strip_prefix(piece).and_then(|rest| rest.strip_prefix('.'));
    object == piece || copy.is_some_and(|number| number.parse::<u32>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::is_copy;

    #[test]
    fn copies_are_numbered_and_other_pieces_are_not_copies() {
        let names = ["tube", "tube.2", "tube.10", "tube.b", "tube.2.2", "tuber", "tub"];
        assert_eq!(names.map(|name| is_copy(name, "tube")), [true, true, true, false, false, false, false]);
    }
}
