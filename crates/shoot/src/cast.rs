//! Recorded people onto the set: a card each, frame after frame, and a voice.

use std::{collections::BTreeMap, sync::Arc};

use glam::Affine3A;
use maquette_cameo::{Cameo, Card, Casting, Keying, Mask, Placed, Placing, Region, Span, Verdict, Voice};
use maquette_conditioning::{Instance, Moment, Moving, StandIn, exposure_factor};
use maquette_provenance::consent::Permit;
use maquette_scene::{LoadedScene, document, document::MatteKind};
use maquette_stage::Stage;

use crate::{
    Error,
    consent::{Company, recording_of},
};

/// Everybody who was recorded.
pub(crate) struct Cast {
    players: BTreeMap<String, Player>,
}

/// Somebody, and how they are keyed.
struct Player {
    casting: Casting,
    cameo: Option<Cameo>,
    /// Whether it was said that the camera stands too far round.
    is_oblique: bool,
}

impl Cast {
    pub(crate) fn of(scene: &LoadedScene) -> Self {
        let fps = scene.scene.fps;
        let player = |(actor, cameo): (&str, &document::Cameo)| {
            let clean_plate = cameo.clean_plate.as_ref().map(|file| recording_of(scene.resolve(file)));
            let span = Span { fps, from_s: cameo.plate_from_s, transfer: None };
            let masks = cameo.mattes.iter().map(mask).collect();
            let keying = Keying { masks, ..Keying::of(cameo.backdrop) };
            let casting = Casting { span, keying, clean_plate, height_m: cameo.height_m };
            (actor.to_owned(), Player { casting, cameo: None, is_oblique: false })
        };
        Self { players: scene.scene.cameos().map(player).collect() }
    }

    /// Whether an actor is a recorded person.
    pub(crate) fn has(&self, actor: &str) -> bool {
        self.players.contains_key(actor)
    }

    /// Gives every recorded voice to the stage.
    pub(crate) fn speak(&self, stage: &mut Stage, company: &Company) -> Result<(), Error> {
        for (actor, player) in &self.players {
            let Some(permit) = company.actor(actor) else { continue };
            if let Some(voice) = Voice::open(permit, player.casting.span.from_s)? {
                stage.put_voice(actor, Arc::from(voice.samples));
            }
        }
        Ok(())
    }

    /// Puts everybody's card of this instant into the moment. Says, once, who is seen from too far round.
    pub(crate) fn enter(
        &mut self,
        people: &[StandIn],
        moment: &mut Moment,
        ev100: f32,
        company: &Company,
    ) -> Result<Vec<String>, Error> {
        let mut notes = Vec::new();
        for person in people {
            let (Some(player), Some(permit)) =
                (self.players.get_mut(&person.actor), company.actor(&person.actor))
            else {
                continue;
            };
            let card = player.card(permit, person.plate_s)?;
            let placed = card.placed(&Placing {
                feet_m: person.feet_m.open,
                camera_m: moment.camera.world_from_camera.open.translation.into(),
                facing_rad: person.facing.map(|facing| (-facing.x).atan2(-facing.z)),
                relight: person.cameo.relight,
                white_nits: exposure_factor(ev100).recip(),
            });
            if let (Some(oblique), false) = (placed.oblique, player.is_oblique) {
                notes.push(format!("{} is {oblique}", person.actor));
                player.is_oblique = true;
            }
            stand(moment, person, placed);
        }
        moment.instances.sort_by_key(|instance| instance.object_id);
        Ok(notes)
    }
}

impl Player {
    /// The card of a time in the recording.
    fn card(&mut self, permit: &Permit, plate_s: f64) -> Result<Card, Error> {
        let cameo = match self.cameo.take() {
            Some(cameo) => cameo,
            None => Cameo::open(permit, &self.casting)?,
        };
        Ok(self.cameo.insert(cameo).at(plate_s)?)
    }
}

/// What is known of a part of the plate, for the keyer.
fn mask(matte: &document::Matte) -> Mask {
    let verdict = match matte.kind {
        MatteKind::Garbage => Verdict::Garbage,
        MatteKind::GarbageOutside => Verdict::GarbageOutside,
        MatteKind::Holdout => Verdict::Holdout,
    };
    let corners = matte.outline.iter().map(|&(x, y)| [x, y]).collect();
    Mask { region: Region::Polygon(corners), verdict, feather: matte.feather }
}

/// Adds a card to the moment. It keeps its turn while the shutter is open.
fn stand(moment: &mut Moment, person: &StandIn, placed: Placed) {
    let Placed { mesh, mut material, textures, world_from_local, .. } = placed;
    let first = moment.textures.len();
    for texture in
        [&mut material.base_color_texture, &mut material.normal_texture, &mut material.emission_texture]
    {
        *texture = texture.map(|index| first + index);
    }
    moment.textures.extend(textures.into_iter().map(Arc::new));
    moment.meshes.push(Arc::new(mesh));
    moment.materials.push(Arc::new(material));
    let at = |feet: glam::Vec3| Affine3A { translation: feet.into(), ..world_from_local };
    moment.instances.push(Instance {
        object_id: person.object_id,
        mesh: moment.meshes.len() - 1,
        material: moment.materials.len() - 1,
        world_from_local: Moving {
            open: at(person.feet_m.open),
            close: at(person.feet_m.close),
            previous: at(person.feet_m.previous),
        },
        deformed: None,
    });
}
