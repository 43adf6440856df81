//! Training on sequences made by hand.

use std::sync::Arc;

use maquette_conditioning::{Conditioning, GBuffer, Light};

use super::*;
use crate::pool::Pool;
use crate::{
    DeviceChoice, Generator, Network,
    temporal::{Head, Shown, tests::camera},
};

const SIDE: usize = 32;

/// A wall under noisy light that changes its level in every frame: remembering is wrong here.
fn lessons() -> Vec<Lesson> {
    let mut state = 7u32;
    let mut noisy = |level: f32| {
        let mut light = Light::new(SIDE, SIDE);
        light.samples = 4;
        for pixel in &mut light.direct_diffuse.data {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *pixel = [level * (0.5 + (state >> 8) as f32 / 16_777_216.0); 3];
        }
        light
    };
    (1001..1009)
        .map(|frame| {
            let mut gbuffer = GBuffer::new(SIDE, SIDE);
            gbuffer.distance.data.fill(1.0);
            gbuffer.image_normal.data.fill([0.0, 0.0, 1.0]);
            gbuffer.albedo_mean.data.fill([0.5; 3]);
            gbuffer.image_id.data.fill(1);
            let level = if frame % 2 == 0 { 100.0 } else { 10.0 };
            let (light, target) = (noisy(level), noisy(level));
            Lesson {
                conditioning: Conditioning { frame, camera: camera(), ev100: 0.0, gbuffer, light },
                target,
            }
        })
        .collect()
}

fn sequence() -> Sequence {
    let generator = Generator::new(Network::SMALL, DeviceChoice::Cpu).unwrap();
    let mut sequence = Sequence::default();
    lessons().into_iter().for_each(|lesson| sequence.push(&generator, lesson).unwrap());
    sequence
}

#[test]
fn an_untrained_head_is_plain_accumulation() {
    let result = Course::new(1, 1).validate(&sequence()).unwrap();
    assert!((result.head / result.plain - 1.0).abs() < 0.02, "{} {}", result.head, result.plain);
}

#[test]
fn training_learns_to_let_go_and_goes_on_from_a_saved_state() {
    let sequences = [sequence(), sequence()];
    let mut course = Course::new(24, 1);
    for _ in 0..12 {
        course.step(&sequences).unwrap();
    }
    let mut course = Course::resume(&course.state().unwrap(), 24, 1).unwrap();
    assert_eq!(course.step_count(), 12);
    while !course.is_done() {
        course.step(&sequences).unwrap();
    }
    let result = course.validate(&sequences[0]).unwrap();
    assert!(result.head < 0.7 * result.plain, "{} {}", result.head, result.plain);
}

#[test]
fn a_state_cut_short_is_refused() {
    let state = Course::new(1, 1).state().unwrap();
    for length in [0, 7, 20, state.len() / 2] {
        assert!(Course::resume(&state[..length], 1, 1).is_err(), "{length}");
    }
}

#[test]
fn the_model_in_training_answers_as_the_head_in_use() {
    let mut course = Course::new(4, 3);
    let sequences = [sequence()];
    while !course.is_done() {
        course.step(&sequences).unwrap();
    }
    let shown = Shown::nothing((SIDE, SIDE));
    let (_, example) = sequences[0].example(1, Some(&shown));
    let model = course.model();
    let head = Head::new(&model.weights(), Arc::new(Pool::new(0)));
    let used = head.answer_planes(example.evidence.clone(), example.size).unwrap();
    let trained = model.answer(&example);
    let largest = trained.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    assert!(largest > 1e-3);
    assert!(used.iter().zip(&trained).all(|(a, b)| (a - b).abs() < 1e-4 * largest.max(1.0)));
}
