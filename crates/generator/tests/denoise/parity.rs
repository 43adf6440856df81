//! The networks against the original library, whose answers `fixtures/make_fixtures.py` recorded.

use maquette_generator::{DeviceChoice, Generator, Network};

use crate::pictures::{Fixture, Rgb, worst_difference};

/// The limit of the design's contract.
const TOLERANCE: f32 = 1e-3;

fn compare(network: Network, answer: fn(&Fixture) -> &Rgb, names: &[&str]) {
    let generator = Generator::new(network, DeviceChoice::Cpu).unwrap();
    for name in names {
        let fixture = Fixture::read(name);
        let result = generator.denoise(&fixture.color, &fixture.albedo, &fixture.normal).unwrap();
        let worst = worst_difference(&result, answer(&fixture));
        println!("{network:?} {name}: {worst:e}");
        assert!(worst <= TOLERANCE, "{network:?} {name}: {worst:e}");
    }
}

const SIZES: [&str; 3] = ["61x47", "133x75", "97x129"];

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
fn base_network_agrees_with_the_original_library() {
    compare(Network::Base, |fixture| &fixture.base, &SIZES);
}

#[test]
fn small_network_agrees_with_the_original_library() {
    compare(Network::Small, |fixture| &fixture.small, &SIZES);
}

#[test]
fn nan_negative_and_out_of_range_inputs_are_cleaned_as_the_original_does() {
    compare(Network::Base, |fixture| &fixture.base, &["dirty"]);
    compare(Network::Small, |fixture| &fixture.small, &["dirty"]);
}
