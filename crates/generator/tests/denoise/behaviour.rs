//! What must hold for any picture.

use glam::Affine3A;
use maquette_conditioning::{Camera, Conditioning, GBuffer, Lens, Light, Moving, exposure_factor};
use maquette_generator::{DeviceChoice, Error, Generator, Guide, Guides, Network, Prefilter, Size};

use crate::pictures::{Rgb, filled, noisy_discs};

fn small() -> Generator {
    Generator::new(Network::SMALL, DeviceChoice::Cpu).unwrap()
}

fn mean_square(a: &Rgb, b: &Rgb) -> f64 {
    let squares =
        a.data.as_flattened().iter().zip(b.data.as_flattened()).map(|(a, b)| f64::from(a - b).powi(2));
    squares.sum::<f64>() / (a.data.len() * 3) as f64
}

#[test]
fn noise_falls_a_hundredfold_and_brightness_stays() {
    let [noisy, clean, albedo, normal] = noisy_discs(160, 120);
    for network in [Network::SMALL, Network::BASE, Network::LARGE] {
        let generator = Generator::new(network, DeviceChoice::Cpu).unwrap();
        let result = generator.denoise(&noisy, &albedo, &normal).unwrap();
        let (before, after) = (mean_square(&noisy, &clean), mean_square(&result, &clean));
        assert!(after < before / 100.0, "{network:?}: {before} to {after}");
        let mean =
            |plane: &Rgb| plane.data.as_flattened().iter().sum::<f32>() / (plane.data.len() * 3) as f32;
        assert!((mean(&result) / mean(&clean) - 1.0).abs() < 0.03, "{network:?}: mean {}", mean(&result));
    }
}

#[test]
fn same_input_gives_the_same_bytes_on_any_number_of_threads() {
    let [noisy, _, albedo, normal] = noisy_discs(75, 43);
    let generator = small();
    let run = || generator.denoise(&noisy, &albedo, &normal).unwrap();
    let bits = |plane: Rgb| plane.data.as_flattened().iter().map(|value| value.to_bits()).collect::<Vec<_>>();
    let expected = bits(run());
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert!(pool.install(|| bits(run())) == expected, "{threads} threads");
    }
}

#[test]
fn constant_picture_stays_constant_away_from_the_border() {
    let (width, height) = (101, 71);
    let aux = (filled(width, height, [0.5; 3]), filled(width, height, [0.0, 1.0, 0.0]));
    for network in [Network::SMALL, Network::BASE, Network::LARGE] {
        let generator = Generator::new(network, DeviceChoice::Cpu).unwrap();
        let result = generator.denoise(&filled(width, height, [40.0; 3]), &aux.0, &aux.1).unwrap();
        for (y, x) in (24..height - 24).flat_map(|y| (24..width - 24).map(move |x| (y, x))) {
            let pixel = result.at(x, y);
            assert!(
                pixel.iter().all(|value| (value / 40.0 - 1.0).abs() < 0.05),
                "{network:?} {x},{y}: {pixel:?}"
            );
        }
    }
}

#[test]
fn any_size_works_down_to_one_pixel() {
    for (width, height) in [(1, 1), (3, 50), (64, 48), (101, 17)] {
        let color = filled(width, height, [40.0; 3]);
        let aux = (filled(width, height, [0.5; 3]), filled(width, height, [0.0, 1.0, 0.0]));
        let result = small().denoise(&color, &aux.0, &aux.1).unwrap();
        assert_eq!((result.width(), result.height()), (width, height));
        // The network sees black beyond the border, so small pictures darken; the original does the same.
        assert!(
            result.data.as_flattened().iter().all(|value| (4.0..60.0).contains(value)),
            "{width}×{height}"
        );
    }
}

#[test]
fn scaling_the_light_scales_the_result() {
    let [noisy, _, albedo, normal] = noisy_discs(64, 48);
    let generator = small();
    let once = generator.denoise(&noisy, &albedo, &normal).unwrap();
    let scaled =
        generator.denoise(&noisy.map(|pixel| pixel.map(|value| value * 1024.0)), &albedo, &normal).unwrap();
    for (a, b) in once.data.as_flattened().iter().zip(scaled.data.as_flattened()) {
        assert!((a * 1024.0 - b).abs() <= 1e-3 * b + 1e-3, "{a} {b}");
    }
}

#[test]
fn black_picture_stays_black() {
    let black = filled(40, 30, [0.0; 3]);
    let result = small().denoise(&black, &black, &black).unwrap();
    assert!(result.data.as_flattened().iter().all(|&value| value < 0.01));
}

#[test]
fn one_infinite_pixel_does_not_spoil_the_rest() {
    let mut color = filled(96, 96, [40.0; 3]);
    color.data[0] = [f32::INFINITY; 3];
    let aux = (filled(96, 96, [0.5; 3]), filled(96, 96, [0.0, 1.0, 0.0]));
    let result = small().denoise(&color, &aux.0, &aux.1).unwrap();
    assert!(result.data.as_flattened().iter().all(|value| value.is_finite()));
    let far = result.at(90, 90)[1];
    assert!((far / 40.0 - 1.0).abs() < 0.2, "{far}");
}

#[test]
fn planes_of_different_or_no_size_are_refused_by_name() {
    let (color, other) = (filled(20, 10, [1.0; 3]), filled(10, 20, [1.0; 3]));
    let error = small().denoise(&color, &color, &other).unwrap_err();
    assert!(matches!(error, Error::Size { plane: "normal", width: 10, height: 20, .. }), "{error}");
    let error = small().denoise(&color, &other, &color).unwrap_err();
    assert!(matches!(error, Error::Size { plane: "albedo", .. }), "{error}");
    let empty = filled(0, 5, [0.0; 3]);
    let error = small().denoise(&empty, &empty, &empty).unwrap_err();
    assert!(matches!(error, Error::Empty { width: 0, height: 5 }), "{error}");
}

fn camera() -> Camera {
    let lens = Lens {
        sensor_width_m: 0.036,
        focal_length_m: 0.035,
        f_stop: None,
        focus_distance_m: 1.0,
        blades: 0,
        blade_turn_rad: 0.0,
    };
    Camera { lens, world_from_camera: Moving::still(Affine3A::IDENTITY), ev100: None }
}

#[test]
fn frame_is_the_denoised_sum_of_all_light_times_the_exposure_factor() {
    let [noisy, _, albedo, normal] = noisy_discs(48, 32);
    let mut light = Light::new(48, 32);
    light.direct_diffuse = noisy.map(|pixel| pixel.map(|value| value * 0.25));
    light.indirect_specular = noisy.map(|pixel| pixel.map(|value| value * 0.75));
    let mut gbuffer = GBuffer::new(48, 32);
    (gbuffer.albedo_mean, gbuffer.normal_mean) = (albedo.clone(), normal.clone());
    let (frame, ev100) = (1007, 6.0);
    let frame = small().generate(&Conditioning { frame, camera: camera(), ev100, gbuffer, light }).unwrap();
    assert_eq!((frame.number, frame.ev100), (1007, 6.0));
    let denoised = small().denoise(&noisy, &albedo, &normal).unwrap();
    for (value, nits) in frame.color.data.as_flattened().iter().zip(denoised.data.as_flattened()) {
        assert!((value - nits * exposure_factor(6.0)).abs() <= 1e-3 * value + 1e-6, "{value} {nits}");
    }
}

#[test]
fn description_names_the_network_its_size_and_where_it_runs() {
    let description = small().describe();
    for part in ["rt_hdr_alb_nrm_small", "0.32 M", "CPU"] {
        assert!(description.contains(part), "{description}");
    }
}

#[test]
fn prefiltered_guides_are_the_prefilters_own_results() {
    let [noisy, _, albedo, normal] = noisy_discs(75, 43);
    let new = |guides| Generator::new(Network { size: Size::Small, guides }, DeviceChoice::Cpu).unwrap();
    let clean = |guide, plane| Prefilter::new(guide, DeviceChoice::Cpu).unwrap().clean(plane).unwrap();
    let (clean_albedo, clean_normal) = (clean(Guide::Albedo, &albedo), clean(Guide::Normal, &normal));
    let expected = new(Guides::Clean).denoise(&noisy, &clean_albedo, &clean_normal).unwrap();
    assert!(new(Guides::Prefiltered).denoise(&noisy, &albedo, &normal).unwrap() == expected);
    assert!(new(Guides::Prefiltered).describe().contains("prefiltered"));
}

#[test]
fn prefilters_take_the_noise_and_leave_the_guide() {
    let [_, _, albedo, normal] = noisy_discs(96, 80);
    for (guide, clean) in [(Guide::Albedo, albedo), (Guide::Normal, normal)] {
        let mut state = 3u32;
        let noisy = clean.map(|pixel| {
            pixel.map(|value| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                value + 0.2 * ((state >> 8) as f32 / 16_777_216.0 - 0.5)
            })
        });
        let result = Prefilter::new(guide, DeviceChoice::Cpu).unwrap().clean(&noisy).unwrap();
        let (before, after) = (mean_square(&noisy, &clean), mean_square(&result, &clean));
        // Normals of a smooth wall and flat discs lose less: their edges soften.
        let times = if guide == Guide::Albedo { 4.0 } else { 1.5 };
        assert!(after < before / times, "{guide:?}: {before} to {after}");
    }
}

#[test]
fn a_missing_file_is_an_error_that_names_it() {
    let error = Generator::from_file("no/such.safetensors".as_ref(), DeviceChoice::Cpu).err().unwrap();
    assert!(error.to_string().contains("such.safetensors"), "{error}");
}
