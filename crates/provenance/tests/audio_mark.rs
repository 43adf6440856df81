//! What holds for every sound, whatever ears and codecs do to it.

use maquette_provenance::mark::{
    InstallKey, PublicKey,
    audio::{AudioMark, CHANCE, ID_BITS, detect, strongest},
};

const KEY: InstallKey = InstallKey([9; 32]);
const ID: u32 = 0x00c0_ffee & ((1 << ID_BITS) - 1);

/// Uniform noise, −1 to 1, the same every time.
fn noise(seed: u64, length: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    (0..length).map(|_| next()).collect()
}

/// Twelve seconds of noise that swells and fades, in two unequal channels.
fn mix(seed: u64) -> Vec<Vec<f32>> {
    let swell = |n: usize| 0.15 + 0.1 * (n as f32 / 9000.0).sin();
    let (common, own) = (noise(seed, 576_000), noise(seed + 100, 576_000));
    let right = |n: usize| swell(n) * (0.5 * common[n] + 0.5 * own[n]);
    vec![(0..576_000).map(|n| swell(n) * common[n]).collect(), (0..576_000).map(right).collect()]
}

fn marked(mut channels: Vec<Vec<f32>>) -> Vec<Vec<f32>> {
    AudioMark::new(&KEY, ID).embed(&mut channels);
    channels
}

#[test]
fn an_id_is_read_from_ten_seconds_cut_anywhere() {
    let sound = marked(mix(1));
    for start in [0, 12_345, 95_999] {
        let cut: Vec<Vec<f32>> = sound.iter().map(|c| c[start..start + 480_000].to_vec()).collect();
        let found = detect(&cut, PublicKey::SOUND).unwrap();
        assert_eq!((found.id, found.speed), (ID, 1.0));
        assert!(found.is_by(&KEY) && 1.0 - found.confidence <= CHANCE);
    }
}

#[test]
fn nothing_is_found_without_a_mark_or_with_another_key() {
    assert_eq!(detect(&mix(2), PublicKey::SOUND), None);
    assert_eq!(detect(&marked(mix(2)), PublicKey([1; 32])), None);
    assert_eq!(detect(&[], PublicKey::SOUND), None);
    assert_eq!(detect(&[vec![0.0; 480_000]], PublicKey::SOUND), None);
}

/// The bound of chance, and that the measure has the scale it claims: far below, it would bound nothing.
#[test]
fn wrong_keys_fit_as_badly_as_chance_allows() {
    let keys: Vec<PublicKey> = (1..60).map(|n| PublicKey([n; 32])).collect();
    let z = strongest(&marked(mix(3)), &keys);
    assert!(z.iter().all(|z| (6.0..9.3).contains(z)), "{z:?}");
}

#[test]
fn equal_keys_give_equal_marks_and_other_ids_others() {
    let sound = marked(mix(4));
    assert_eq!(sound, marked(mix(4)));
    let mut other = mix(4);
    AudioMark::new(&KEY, ID + 1).embed(&mut other);
    assert_ne!(sound, other);
}

#[test]
fn silence_stays_silent_and_the_change_is_small() {
    let mut sound = mix(5);
    for channel in &mut sound {
        channel[200_000..300_000].fill(0.0);
    }
    let after = marked(sound.clone());
    for (before, after) in sound.iter().zip(&after) {
        assert!(after[200_000..300_000].iter().all(|sample| *sample == 0.0));
        let change: f32 = before.iter().zip(after).map(|(b, a)| (a - b).powi(2)).sum();
        let power: f32 = before.iter().map(|b| b * b).sum();
        // White noise has 22 % of its power between 0.3 and 5.6 kHz.
        let db = 10.0 * (change / power).log10();
        assert!((-32.0..-20.0).contains(&db), "{db}");
    }
}

/// One gain for all: whatever relation channels have, they keep.
#[test]
fn directions_stay() {
    let one = noise(6, 576_000);
    let scaled = |gain: f32| one.iter().map(|sample| gain * sample).collect();
    let after = marked([0.2, -0.1, 0.05, 0.15].map(scaled).to_vec());
    let apart = after[0].iter().zip(&after[1]).map(|(a, b)| (a + 2.0 * b).abs()).fold(0.0, f32::max);
    assert!(apart < 1e-5, "{apart}");
    assert_eq!(detect(&after[..1], PublicKey::SOUND).map(|found| found.id), Some(ID));
}

#[test]
fn a_mark_is_found_at_another_frame_rate_and_level() {
    // Straight lines between samples: a poor resampler, which the mark has to stand.
    let faster = |channel: &Vec<f32>| -> Vec<f32> {
        (0..channel.len() * 24 / 25 - 1)
            .map(|n| {
                let at = n as f64 * 25.0 / 24.0;
                let (whole, part) = (at as usize, at.fract() as f32);
                0.3 * (channel[whole] * (1.0 - part) + channel[whole + 1] * part)
            })
            .collect()
    };
    let sound: Vec<Vec<f32>> = marked(mix(7)).iter().map(faster).collect();
    let found = detect(&sound, PublicKey::SOUND).unwrap();
    assert_eq!(found.id, ID);
    assert!((found.speed - 25.0 / 24.0).abs() < 2e-3, "{}", found.speed);
}

#[test]
fn a_marked_stretch_is_found_among_unmarked_ones() {
    let mut sound = mix(8);
    for (channel, marked) in sound.iter_mut().zip(marked(mix(9))) {
        let unmarked = channel.clone();
        channel.extend(&unmarked);
        channel.extend(marked);
        channel.extend(&unmarked);
    }
    let found = detect(&sound, PublicKey::SOUND).unwrap();
    assert_eq!(found.id, ID);
}
