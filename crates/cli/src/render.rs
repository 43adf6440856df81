//! `maquette render`.

use std::{
    path::{Path, PathBuf},
    process::{ExitCode, exit},
};

use maquette_shoot::{Error, Selection, Settings, Studio};

use crate::{
    arguments::{RenderArguments, Switch},
    check::load_or_show,
    console::{FAILED, NEEDS_CHANGE, STOPPED, complain},
    progress::Progress,
    summary,
};

pub(crate) fn run(arguments: &RenderArguments) -> ExitCode {
    let scene = match load_or_show(&arguments.scene) {
        Ok(scene) => scene,
        Err(code) => return code,
    };
    let settings = settings(arguments);
    let selection = Selection { shot: arguments.shot.clone(), frames: arguments.frames };
    let mut progress = Progress::new();
    answer_ctrl_c();
    let shot = Studio::new().and_then(|mut studio| {
        studio.shoot(&scene, &selection, &settings, &mut |event| progress.show(event))
    });
    progress.finish();
    match shot {
        Ok(take) => {
            summary::print(&take, progress.tally(), &settings);
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

/// Has Ctrl-C tell that nothing is lost. Where that cannot be arranged, it stops the program without a word.
fn answer_ctrl_c() {
    let _ = ctrlc::set_handler(|| {
        complain("stopped; the same command goes on from here");
        exit(STOPPED);
    });
}

/// Says what went wrong, and whose turn it is.
pub(crate) fn failed(error: &Error) -> ExitCode {
    complain(&format!("error: {error}"));
    ExitCode::from(match error {
        Error::UnknownShot { .. }
        | Error::NoShots
        | Error::NoFrames { .. }
        | Error::Gaps(_)
        | Error::UnusedModel(_)
        | Error::LookPicture { .. }
        | Error::TooFewShots
        | Error::Refused(_) => NEEDS_CHANGE,
        Error::Generator(
            maquette_shoot::GeneratorError::Memory { .. } | maquette_shoot::GeneratorError::Lead { .. },
        ) => NEEDS_CHANGE,
        Error::Credential(maquette_shoot::CredentialError::Input { .. }) | Error::Consent(_) => NEEDS_CHANGE,
        Error::Models(error) if error.is_about_input() => NEEDS_CHANGE,
        _ => FAILED,
    })
}

/// The folder that was asked for, or one named after the scene.
pub(crate) fn folder(out: Option<&PathBuf>, scene: &Path) -> PathBuf {
    out.cloned().unwrap_or_else(|| Path::new("takes").join(scene.file_stem().unwrap_or_default()))
}

fn settings(arguments: &RenderArguments) -> Settings {
    Settings {
        quality: arguments.quality.into(),
        size: arguments.size,
        samples: arguments.samples,
        raw: arguments.raw,
        history: !arguments.no_history,
        head: arguments.head.clone(),
        generator: arguments.video.generator.map(Into::into),
        video: (&arguments.video).into(),
        clamp_nits: arguments.clamp.0,
        limit_fireflies: arguments.limit_fireflies.map(|switch| switch == Switch::On),
        seed: arguments.seed,
        out: folder(arguments.out.as_ref(), &arguments.scene),
        movie: !arguments.no_movie,
        conditioning: arguments.conditioning,
        tone_map: arguments.tone_map.into(),
        label: arguments.label,
        sound: (&arguments.sound).into(),
        certificate: arguments.certificate.own(),
    }
}
