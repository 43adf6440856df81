//! `maquette train`.

use std::process::ExitCode;

use maquette_shoot::{Event, Lecture, Studio, Training};

use crate::{
    arguments::TrainArguments,
    check::load_or_show,
    console::{complain, print},
    render::failed,
};

pub(crate) fn run(arguments: &TrainArguments) -> ExitCode {
    let mut scenes = Vec::new();
    for path in &arguments.scenes {
        match load_or_show(path) {
            Ok(scene) => {
                scenes.push((path.file_stem().unwrap_or_default().to_string_lossy().into_owned(), scene));
            }
            Err(code) => return code,
        }
    }
    let training = Training {
        out: arguments.out.clone(),
        size: arguments.size,
        samples: arguments.samples,
        target_samples: arguments.target_samples,
        steps: arguments.steps,
        seed: arguments.seed,
    };
    let trained = Studio::new().and_then(|mut studio| studio.train(&scenes, &training, &mut say));
    match trained {
        Ok(trained) => {
            print(&format!("head          {}", trained.head.display()));
            print(&format!(
                "strip         {} (the frame by itself, plain accumulation, the head, an independent render)",
                trained.strip.display()
            ));
            print(&format!("validation    loss {:.3} times that of plain accumulation", trained.ratio));
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

fn say(lecture: Lecture) {
    match lecture {
        Lecture::Rendering(scene, Event::Frame { shot, frame, seconds: Some(_), .. }) if frame % 10 == 1 => {
            complain(&format!("rendering {scene}: {shot} {frame}"));
        }
        Lecture::Rendering(..) => {}
        Lecture::Learnt(loss) => complain(&format!(
            "step {}: loss {:.4}, plain accumulation {:.4}, ratio {:.3}",
            loss.step,
            loss.head,
            loss.plain,
            loss.head / loss.plain
        )),
    }
}
