//! A drop is heard when physics says it lands, plus the time sound takes to the camera.

use std::path::Path;

use maquette_shoot::{Selection, Settings, Studio};

/// The ball of `scenes/drop.ron` falls 1.38 m; the bar beside it lands later.
const GAP_M: f64 = 1.5 - 0.12;
/// From the camera at (0, 1.1, 0) to where the ball lands, (0.5, 0, −3).
const CAMERA_TO_CONTACT_M: f64 = 3.234_192;
/// At 20 °C: 331.3·√(1 + 20/273.15).
const SPEED_OF_SOUND_M_S: f64 = 343.2;

#[test]
fn the_first_sound_stands_at_contact_time_plus_distance_over_c() {
    let out = tempfile::tempdir().expect("a folder");
    let scene = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenes/drop.ron");
    let loaded = maquette_scene::load(&scene).expect("a valid scene");
    let mut settings = Settings::draft(out.path());
    settings.size = Some((32, 18));
    settings.samples = Some(1);
    settings.raw = true;
    settings.movie = false;
    let mut studio = Studio::new().expect("a studio");
    let take = studio.shoot(&loaded, &Selection::default(), &settings, &mut |_| {}).expect("a take");

    let onset_s = first_sound_s(&take.sound);
    let contact_s = (2.0 * GAP_M / 9.81).sqrt();
    let expected_s = contact_s + CAMERA_TO_CONTACT_M / SPEED_OF_SOUND_M_S;
    println!("bench: drop_ms = {:.4}", 1e3 * (onset_s - expected_s).abs());
    assert!((onset_s - expected_s).abs() <= 0.001, "onset {onset_s:.5} s, expected {expected_s:.5} s");
}

/// Time of the first sample within 40 dB of the loudest.
fn first_sound_s(wav: &Path) -> f64 {
    let mut reader = hound::WavReader::open(wav).expect("a WAV file");
    let spec = reader.spec();
    let samples: Vec<i32> = reader.samples::<i32>().map(|s| s.expect("a sample").abs()).collect();
    let loudest = *samples.iter().max().expect("samples");
    assert!(loudest > 0, "silence");
    let first = samples.iter().position(|&s| s > loudest / 100).expect("a sound");
    (first / usize::from(spec.channels)) as f64 / f64::from(spec.sample_rate)
}
