//! The headless Bevy app: entities, assets, glTF, animation and physics; no window, no renderer, no sound device.

use std::{path::Path, time::Duration};

use bevy::{
    animation::AnimationPlugin,
    asset::{AssetMetaCheck, AssetPlugin},
    ecs::schedule::{ScheduleLabel, SingleThreadedExecutor},
    gltf::GltfPlugin,
    image::{CompressedImageFormatSupport, CompressedImageFormats, ImageLoader, ImagePlugin},
    mesh::MeshPlugin,
    prelude::*,
    time::TimeUpdateStrategy,
    world_serialization::WorldSerializationPlugin,
};
use bevy_rapier3d::prelude::*;

use crate::physics::STEP_S;

/// One step of physics. It runs when the stage says so, never by a clock.
#[derive(ScheduleLabel, Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct PhysicsStep;

/// A world without anything in it, reading assets below `folder`.
pub(crate) fn app(folder: &Path) -> App {
    let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
    let mut app = App::new();
    app.add_plugins((
        MinimalPlugins,
        TransformPlugin,
        AssetPlugin {
            file_path: folder.to_string_lossy().into_owned(),
            meta_check: AssetMetaCheck::Never,
            ..Default::default()
        },
        ImagePlugin::default(),
        MeshPlugin,
        WorldSerializationPlugin,
        GltfPlugin::default(),
        AnimationPlugin,
    ));
    // What a renderer would do: no compressed formats, and the loader of all others.
    app.insert_resource(CompressedImageFormatSupport(CompressedImageFormats::NONE));
    app.register_asset_loader(ImageLoader::new(CompressedImageFormats::NONE));
    // Updates happen at moments the stage chooses; animation is sought, never played, so time stands still.
    app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::ZERO));
    app.insert_resource(TimestepMode::Fixed { dt: STEP_S as f32, substeps: 1 });
    app.init_schedule(PhysicsStep);
    // Two dozen short systems that wait for one another: handing them between threads costs more than they do.
    app.edit_schedule(PhysicsStep, |schedule| {
        schedule.set_executor(SingleThreadedExecutor::new());
    });
    app.add_plugins(RapierPhysicsPlugin::<NoUserData>::default().in_schedule(PhysicsStep));
    app.finish();
    app.cleanup();
    app.update();
    app
}
