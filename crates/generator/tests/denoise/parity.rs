//! The networks against the original library, whose answers `fixtures/make_fixtures.py` recorded, and against the
//! library itself where it is installed.

use std::path::Path;
use std::process::Command;

use maquette_generator::{DeviceChoice, Generator, Guide, Guides, Network, Prefilter, Size};

use crate::pictures::{Fixture, Rgb, worst_difference};

/// The limit of the design's contract.
const TOLERANCE: f32 = 1e-3;

const SIZES: [&str; 3] = ["61x47", "133x75", "97x129"];

const NOISY: [(&str, Network); 2] =
    [("rt_hdr_alb_nrm", Network::BASE), ("rt_hdr_alb_nrm_small", Network::SMALL)];

const CLEAN: [(&str, Network); 3] = [
    ("rt_hdr_calb_cnrm", Network { size: Size::Base, guides: Guides::Clean }),
    ("rt_hdr_calb_cnrm_small", Network { size: Size::Small, guides: Guides::Clean }),
    ("rt_hdr_calb_cnrm_large", Network { size: Size::Large, guides: Guides::Clean }),
];

const GUIDES: [(&str, Guide); 2] = [("rt_alb", Guide::Albedo), ("rt_nrm", Guide::Normal)];

fn check(what: &str, result: &Rgb, expected: &Rgb) {
    let worst = worst_difference(result, expected);
    println!("{what}: {worst:e}");
    assert!(worst <= TOLERANCE, "{what}: {worst:e}");
}

fn compare(networks: &[(&str, Network)], fixtures: &[(&str, Fixture)]) {
    for &(name, network) in networks {
        let generator = Generator::new(network, DeviceChoice::Cpu).unwrap();
        for (picture, fixture) in fixtures {
            let result = generator.denoise(&fixture.color, &fixture.albedo, &fixture.normal).unwrap();
            check(&format!("{name}, {picture}"), &result, &fixture.answer(name));
        }
    }
}

fn compare_prefilter(name: &str, guide: Guide, prefilter: &Prefilter, picture: &str, fixture: &Fixture) {
    let noisy = if guide == Guide::Albedo { &fixture.albedo } else { &fixture.normal };
    check(&format!("{name}, {picture}"), &prefilter.clean(noisy).unwrap(), &fixture.answer(name));
}

fn kept(names: &[&'static str]) -> Vec<(&'static str, Fixture)> {
    names.iter().map(|&name| (name, Fixture::read(name))).collect()
}

#[test]
fn fixtures_span_seven_decades() {
    for name in SIZES {
        let values = Fixture::read(name).color.data;
        let (least, most) = values
            .as_flattened()
            .iter()
            .fold((f32::MAX, 0f32), |(least, most), &value| (least.min(value), most.max(value)));
        assert!(least <= 1.001e-3 && most >= 1e4, "{name}: {least} to {most}");
    }
}

#[test]
fn networks_for_noisy_guides_agree_with_the_original_library() {
    compare(&NOISY, &kept(&SIZES));
}

#[test]
fn networks_for_clean_guides_agree_with_the_original_library() {
    compare(&CLEAN, &kept(&["61x47"]));
}

#[test]
fn prefilters_agree_with_the_original_library() {
    for (name, guide) in GUIDES {
        let prefilter = Prefilter::new(guide, DeviceChoice::Cpu).unwrap();
        for (picture, fixture) in kept(&["61x47", "dirty"]) {
            compare_prefilter(name, guide, &prefilter, picture, &fixture);
        }
    }
}

#[test]
fn nan_negative_and_out_of_range_inputs_are_cleaned_as_the_original_does() {
    compare(&NOISY, &kept(&["dirty"]));
    compare(&CLEAN, &kept(&["dirty"]));
}

/// Runs a script of ours with `MAQUETTE_PYTHON`, which needs `pyoidn`; false where that is missing.
fn python(script: &Path, folder: &Path) -> bool {
    let python = std::env::var("MAQUETTE_PYTHON").unwrap_or_else(|_| "python3".into());
    let finds_library = Command::new(&python).args(["-c", "import pyoidn, safetensors"]).output();
    if !finds_library.is_ok_and(|output| output.status.success()) {
        println!("skipped: {python} has no pyoidn (MAQUETTE_PYTHON names another)");
        return false;
    }
    let output = Command::new(&python).arg(script).arg(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

#[test]
fn every_network_agrees_with_the_library_at_work() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("library");
    std::fs::create_dir_all(&folder).unwrap();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scripts = ["../../assets/networks/convert.py", "tests/fixtures/make_fixtures.py"];
    if !scripts.iter().all(|script| python(&here.join(script), &folder)) {
        return;
    }
    let live = [("live", Fixture::open(&folder.join("live.safetensors")))];
    compare(&NOISY, &live);
    compare(&CLEAN, &live);
    let [(picture, fixture)] = &live;
    for (name, guide) in GUIDES {
        let base = Prefilter::new(guide, DeviceChoice::Cpu).unwrap();
        compare_prefilter(name, guide, &base, picture, fixture);
        let name = format!("{name}_large");
        let file = folder.join(&name).with_extension("safetensors");
        let large = Prefilter::from_file(guide, &file, DeviceChoice::Cpu).unwrap();
        compare_prefilter(&name, guide, &large, picture, fixture);
    }
}
