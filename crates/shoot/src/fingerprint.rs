//! What a frame depends on, as one hash: when it is unchanged, so is the frame.
//!
//! The hash covers the moment itself rather than the scene's text, so that a change in one shot leaves the frames of
//! the others alone.

use glam::Affine3A;
use maquette_conditioning::{Environment, Instance, Moment, Moving, Texture, Vertices};

use crate::{Settings, journal::hash};

/// Changes whenever frames of an older program must not be kept.
const LINE_VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "/7");

/// The frame's identity: the moment, the exposure, the settings that shape light, and what made it. Grading comes after.
pub(crate) fn fingerprint(
    moment: &Moment,
    ev100: f32,
    seed: u64,
    settings: &Settings,
    makers: &str,
) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut put = |text: String| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    put(format!("{LINE_VERSION} {makers}"));
    put(format!(
        "{:?} {} {:?} {} {} {:?} {:?} {} {seed}",
        settings.picture_size(),
        settings.light_samples(),
        settings.quality,
        settings.raw,
        settings.history,
        head_text(settings),
        settings.clamp_nits,
        settings.limits_fireflies()
    ));
    put(format!("{} {:?} {:?} {ev100}", moment.frame, moment.shutter, moment.camera));
    moment.meshes.iter().for_each(|mesh| put(format!("{:?}", mesh.id)));
    moment.materials.iter().for_each(|material| put(format!("{material:?}")));
    moment.textures.iter().for_each(|texture| put(texture_text(texture)));
    moment.instances.iter().for_each(|instance| put(instance_text(instance)));
    moment.lamps.iter().for_each(|lamp| put(format!("{lamp:?}")));
    moment.profiles.iter().for_each(|profile| put(format!("{:?}", profile.id)));
    put(format!("{} {:?}", environment_text(&moment.environment), moment.haze));
    hasher.finalize().to_hex().to_string()
}

/// A head is known by its content.
fn head_text(settings: &Settings) -> Option<String> {
    settings.head.as_ref().map(|path| hash(path).unwrap_or_default())
}

fn texture_text(texture: &Texture) -> String {
    format!("{:?} {}x{}", texture.id, texture.width, texture.height)
}

fn instance_text(instance: &Instance) -> String {
    let Instance { object_id, mesh, material, world_from_local, deformed } = instance;
    let Moving { open, close, previous }: &Moving<Affine3A> = world_from_local;
    let corners =
        |v: &Vertices| blake3::hash(format!("{:?} {:?}", v.positions, v.normals).as_bytes()).to_hex();
    let deformed = deformed.as_ref().map(|m| [&m.open, &m.close, &m.previous].map(|v| corners(v)));
    format!("{object_id} {mesh} {material} {open:?} {close:?} {previous:?} {deformed:?}")
}

fn environment_text(environment: &Environment) -> String {
    match environment {
        Environment::Even(nits) => format!("{nits:?}"),
        Environment::Panorama { image, nits_per_unit, yaw_rad } => {
            format!("{} {nits_per_unit} {yaw_rad}", texture_text(image))
        }
    }
}
