//! Finished pictures read back to be measured.

#![allow(clippy::unwrap_used)] // a test may panic

mod support;

use exr::prelude::{SpecificChannels, WritableImage};
use maquette_conditioning::{Frame, Plane, exposure_factor};
use maquette_delivery::{Error, read_exr, save_conditioning, write_exr};

#[test]
fn a_delivered_frame_comes_back_with_what_it_knows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("beauty.1001.exr");
    let conditioning = support::conditioning(13, 7);
    let color = Plane::new(13, 7).map(|_: &[f32; 3]| [0.5, 2.0, 0.25]);
    let frame = Frame { number: 1007, color: color.clone(), ev100: 6.0 };
    write_exr(&path, &frame, Some(&conditioning)).unwrap();
    let picture = read_exr(&path).unwrap();
    assert_eq!(picture.color, color);
    assert_eq!(picture.exposure_factor, Some(exposure_factor(6.0)));
    assert_eq!(picture.frame, Some(1007));
    assert_eq!(picture.object_id.unwrap(), conditioning.gbuffer.object_id);
    assert_eq!(picture.seen_id.unwrap(), conditioning.gbuffer.image_id);
    assert_eq!(picture.motion.unwrap(), conditioning.gbuffer.image_motion);
    let gbuffer = &conditioning.gbuffer;
    let behind = glam::Vec3::from(gbuffer.position.data[5]).distance(gbuffer.image_position.data[5].into());
    assert!((picture.seen_distance.unwrap().data[5] - gbuffer.distance.data[5] - behind).abs() < 1e-5);
}

#[test]
fn another_programs_picture_has_colour_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.exr");
    let channels = SpecificChannels::rgb(|at: exr::math::Vec2<usize>| (at.x() as f32, at.y() as f32, 7.0f32));
    exr::prelude::Image::from_channels((3, 2), channels).write().to_file(&path).unwrap();
    let picture = read_exr(&path).unwrap();
    assert_eq!(picture.color.at(2, 1), &[2.0, 1.0, 7.0]);
    assert!(picture.exposure_factor.is_none() && picture.object_id.is_none() && picture.motion.is_none());
}

#[test]
fn saved_conditioning_shows_its_light_in_nits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("conditioning.exr");
    let conditioning = support::conditioning(5, 4);
    save_conditioning(&path, &conditioning).unwrap();
    let picture = read_exr(&path).unwrap();
    assert_eq!(picture.color, conditioning.light.total());
    assert_eq!(picture.exposure_factor, Some(1.0));
}

#[test]
fn what_has_no_colour_or_is_no_exr_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("other.exr");
    std::fs::write(&path, b"no picture at all").unwrap();
    assert!(matches!(read_exr(&path), Err(Error::Codec { .. })));
    let channels = exr::prelude::SpecificChannels::build()
        .with_channel("Z")
        .with_pixel_fn(|_: exr::math::Vec2<usize>| (1.0f32,));
    exr::prelude::Image::from_channels((3, 2), channels).write().to_file(&path).unwrap();
    let error = read_exr(&path).unwrap_err().to_string();
    assert!(error.contains("no colour channels") && error.contains('Z'), "{error}");
}
