//! Decays of rooms against an exact lattice of images, an independent ray Monte Carlo and closed forms.

use maquette_acoustics::{Settings, propagate};
use maquette_conditioning::{EnergyDecay, RoomFigures, SoundTimeline};
use serde_json::Value;

use crate::rooms::*;

/// A room of the reference with one scattering everywhere.
fn room(case: &Value, scattering: f32) -> SoundTimeline {
    let mut timeline = shoebox_case(case);
    timeline.instances.iter_mut().for_each(|wall| wall.surface.scattering = [scattering; 8]);
    timeline
}

fn figures(timeline: &SoundTimeline, settings: &Settings) -> RoomFigures {
    let acoustics = propagate(timeline, settings).expect("a room");
    let source = &acoustics.sources[0];
    EnergyDecay::of(&source.instants[0], source.late.first()).figures()
}

fn settings(case: &Value, rays: u32) -> Settings {
    let late_s = if case["room"] == "hall" { 12.0 } else { 3.0 };
    Settings { late_rays: rays, late_s, max_order: 3, ..Settings::default() }
}

#[test]
fn probe() {
    for case in reference()["cases"].as_array().unwrap() {

        let lattice = &case["lattice"];
        for (s, name) in [(0.0, "0.0"), (0.1, "0.1"), (0.3, "0.3"), (0.5, "0.5")] {
            let start = std::time::Instant::now();
            let rays: u32 = std::env::var("RAYS").ok().map_or(20000, |r| r.parse().unwrap());
            let found = figures(&room(case, s), &settings(case, rays));
            println!("{} {} s {s}: {:.2} s", case["room"], case["variant"], start.elapsed().as_secs_f64());
            let reference = if s == 0.0 { lattice } else { &case["ray_mc"][name] };
            for band in [0, 3] {
                let f = found.bands[band];
                let r = |key: &str| reference[key][band].as_f64().unwrap_or(f64::NAN);
                let p = |a: Option<f64>, b: f64| a.map_or(f64::NAN, |a| 100.0 * (a / b - 1.0));
                println!(
                    "  {band}: edt {:+5.1}% t20 {:+5.1}% t30 {:+5.1}% c50 {:+.2} c80 {:+.2} d50 {:+.1}% drr {:+.2} range {:.0}",
                    p(f.edt_s, r("edt")), p(f.t20_s, r("t20")), p(f.t30_s, r("t30")),
                    f.c50_db.unwrap() - r("c50_db"), f.c80_db.unwrap() - r("c80_db"), p(f.d50, r("d50")), f.drr_db.unwrap() - r("drr_db"), f.range_db
                );
            }
        }
    }
}
