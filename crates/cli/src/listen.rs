//! `maquette listen`.

use std::{process::ExitCode, time::Instant};

use maquette_scene::LoadedScene;
use maquette_shoot::{Cost, Error, Listened, Output, Playing, Selection, listen, play};

use crate::{
    arguments::{ListenArguments, OutputArgument},
    check::load_or_show,
    console::print,
    render::{failed, folder},
};

pub(crate) fn run(arguments: &ListenArguments) -> ExitCode {
    let scene = match load_or_show(&arguments.scene) {
        Ok(scene) => scene,
        Err(code) => return code,
    };
    let selection = Selection { shot: arguments.shot.clone(), frames: arguments.frames };
    let out = folder(arguments.out.as_ref(), &arguments.scene);
    if let Some(on) = arguments.play {
        return play_now(arguments, &scene, &selection, on);
    }
    let started = Instant::now();
    let certificate = arguments.certificate.own();
    let sound = (&arguments.sound).into();
    match listen(&scene, &selection, &sound, certificate.as_ref(), arguments.responses, &out) {
        Ok(listened) => {
            show(&listened, started.elapsed().as_secs_f64());
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

fn play_now(
    arguments: &ListenArguments,
    scene: &LoadedScene,
    selection: &Selection,
    on: OutputArgument,
) -> ExitCode {
    let cost = Cost::default();
    let output = match on {
        OutputArgument::Card => Output::card().map_err(Error::from),
        OutputArgument::Nobody => Ok(Output::Nobody(cost.clone())),
    };
    let mut played_s = 0.0;
    let show = &mut |playing| match playing {
        Playing::Shot { name, lasts_s } => {
            played_s += lasts_s;
            print(&format!("shot {name}: {lasts_s:.1} s"));
        }
        Playing::Over { updates, tails, share } => print(&format!(
            "acoustics {updates:.1} times a second, tails {tails:.1} times, with {:.1} % of one core",
            100.0 * share
        )),
    };
    let played = output.and_then(|output| play(scene, selection, arguments.sound.loudness, &output, show));
    let spent = cost.spent();
    match played {
        Ok(()) if on == OutputArgument::Nobody => {
            let share = 100.0 * spent.taken_s / played_s;
            print(&format!(
                "sound with {share:.1} % of one core, late by {:.1} ms at most",
                1e3 * spent.late_s
            ));
            ExitCode::SUCCESS
        }
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(&error),
    }
}

fn show(Listened { sound, sheets, loudness, limited_db }: &Listened, seconds: f64) {
    match loudness.integrated_lufs.is_finite() {
        true => print(&format!(
            "{:.1} LUFS, range {:.1} LU, true peak {:.1} dBTP, limiter at most {limited_db:.1} dB; {seconds:.1} s",
            loudness.integrated_lufs, loudness.range_lu, loudness.true_peak_dbtp
        )),
        false => print("silence"),
    }
    for sheet in sheets {
        print(&format!("{:<14}{}", "sheet", sheet.display()));
    }
    print(&format!("{:<14}{}", "sound", sound.display()));
}
