//! A rendered performer whose matte is known, before every backdrop, keyed and measured.
//!
//!     scripts/keying                 renders the truth with the program, then runs this on it
//!     cargo run -p maquette-cameo --example keying -- TRUTH [PICTURES]
//!
//! TRUTH holds three takes of `examples/truth`: `coverage` (the performer black before a white sky: alpha is 1 − pixel/sky),
//! `lit` (alpha times the person's colour) and `spill` (the light of a white sky on them). Light adds up, so these three make the
//! plate before any backdrop, with its spill, exactly: motion blur and hair included. Noise is added, some plates go
//! through H.264, and beside this crate's keyer stands ffmpeg's own (`chromakey`, `colorkey`), at the best of 9 settings
//! for each plate, chosen by the truth.

#![allow(clippy::print_stdout)]

mod truth_plates;
mod yardstick;

use std::{error::Error, path::Path};

use maquette_cameo::{Keying, Performance, Picture, figures, key};
use maquette_conditioning::Plane;
use truth_plates::{Set, Truth};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "say the folder of the rendered truth: cargo run -p maquette-cameo --example keying -- TRUTH [PICTURES]";
    let folder = arguments.next().ok_or(usage)?;
    let pictures = arguments.next();
    let still = Truth::read(Path::new(&folder), "still", 1001)?;
    let blur = Truth::read(Path::new(&folder), "blur", 1003)?;
    println!(
        "SAD in 1000 pixels, MSE x1000, gradient x1/1000, dE CIEDE2000, flicker x1000: steadied | not; others: this keyer | ffmpeg's"
    );
    println!("{:30}{:>15}{:>15}{:>15}{:>15}{:>15}", "plate", "SAD", "MSE", "gradient", "dE", "flicker");
    for set in Set::all() {
        let truth = if set.blurred { &blur } else { &still };
        let row = measured(&set, truth, pictures.as_deref())?;
        println!("{:30}{row}", set.name);
    }
    Ok(())
}

/// One row: the middle of five frames, whose noise differs.
fn measured(set: &Set, truth: &Truth, pictures: Option<&str>) -> Result<String, Box<dyn Error>> {
    let frames = set.frames(truth)?;
    let clean = set.clean_plate.then(|| set.screen(truth));
    let keying = Keying::of(set.backdrop);
    let source: Vec<Picture> = frames.clone();
    let performance = Performance::of(source.into_iter().map(Ok), &keying, clean.clone());
    let mattes = performance.collect::<Result<Vec<_>, _>>()?;
    let crop = |alpha: &Plane<f32>| set.part(alpha);
    let middle = &mattes[mattes.len() / 2];
    let color = |plane: &Plane<[f32; 3]>| set.part(plane);
    let (alpha, foreground) = (crop(&truth.alpha), color(&truth.foreground));
    let ours = figures::figures(&crop(&middle.alpha), &color(&middle.foreground), &alpha, &foreground);
    let flicker = figures::flicker(&mattes.iter().map(|matte| crop(&matte.alpha)).collect::<Vec<_>>());
    let alone = frames.iter().map(|frame| key(frame, &keying, clean.as_ref()));
    let alone = alone.map(|matte| matte.map(|matte| crop(&matte.alpha)).unwrap_or(Plane::new(0, 0)));
    let unsteady = figures::flicker(&alone.collect::<Vec<_>>());
    let theirs = yardstick::best(set, &frames[frames.len() / 2], truth)?;
    if let Some(folder) = pictures {
        set.draw(Path::new(folder), &frames[frames.len() / 2], middle, truth)?;
    }
    let pair = |a: f64, b: f64| format!("{a:>8.3} |{b:>5.2}");
    Ok(format!(
        "{}{}{}{}{flicker:>8.2} |{unsteady:>5.2}",
        pair(ours.sad, theirs.sad),
        pair(ours.mse, theirs.mse),
        pair(ours.gradient, theirs.gradient),
        pair(ours.delta_e, theirs.delta_e)
    ))
}
