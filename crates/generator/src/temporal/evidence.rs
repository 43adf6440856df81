//! What the head is shown: how the pictures of a frame differ, and what surfaces they show.
//!
//! All brightness is in logarithms relative to the picture's mean, so that exposure does not matter.

use maquette_conditioning::{GBuffer, Plane};
use rayon::prelude::*;

use super::{blend::CANDIDATES, doubt::doubt, pyramid::Pyramid, shown::Shown};

/// Channels of the evidence.
pub(crate) const CHANNELS: usize = 22;
/// Share of the picture's mean that darkness does not fall below.
pub(crate) const DARKEST: f32 = 0.02;
/// Differences are averaged over blocks of 2^2 pixels, too.
const LEVEL: usize = 2;
/// Differences are small numbers; networks learn from large ones.
const MAGNIFIED: f32 = 4.0;

/// The evidence at one pixel.
pub(crate) type Evidence = [f32; CHANNELS];

/// What one frame shows before the last one joins.
pub(crate) struct Views {
    /// Its own light, cleaned; nits.
    pub(crate) alone: Plane<[f32; 3]>,
    /// The gathered light, cleaned; nits.
    pub(crate) together: Plane<[f32; 3]>,
    /// The lamps' light that they show, nits.
    pub(crate) lamps: Plane<[f32; 3]>,
    /// How far the gathered light is disproved, 0 to 1.
    pub(crate) doubt: Plane<f32>,
    /// Mean luminance of `alone`, nits; never 0.
    pub(crate) mean: f32,
    surface: Plane<[f32; SURFACE]>,
}

/// Channels that depend on the surface alone.
const SURFACE: usize = 8;
/// Which of them is ln(1 + speed).
const SPEED: usize = 3;

impl Views {
    /// `variance` is the gathered light's over that of the frame's own.
    pub(crate) fn new(
        gbuffer: &GBuffer,
        alone: Plane<[f32; 3]>,
        together: Plane<[f32; 3]>,
        variance: &Plane<f32>,
    ) -> Self {
        let mut surface = Plane::new(alone.width(), alone.height());
        surface.data.par_iter_mut().enumerate().for_each(|(i, surface): (usize, &mut [f32; SURFACE])| {
            let [dx, dy] = gbuffer.image_motion.data[i];
            let [nx, ny, nz] = gbuffer.normal.data[i];
            *surface = [
                variance.data[i].max(1e-6).ln(),
                gbuffer.roughness.data[i],
                gbuffer.metallic.data[i],
                dx.hypot(dy).ln_1p(),
                nx,
                ny,
                nz,
                luminance(&gbuffer.albedo_mean.data[i]),
            ];
        });
        let doubt = doubt(&together, &alone);
        let mean = mean_luminance(&alone);
        Self { alone, together, lamps: gbuffer.lamp_light.clone(), doubt, mean, surface }
    }

    /// How fast what pixel `i` shows moves, pixels a frame.
    pub(crate) fn speed(&self, i: usize) -> f32 {
        self.surface.data[i][SPEED].exp_m1()
    }
}

/// The evidence at every pixel. `levels` are the candidates' [`levels`].
pub(crate) fn evidence(
    views: &Views,
    shown: &Shown,
    candidates: &Plane<[[f32; 3]; CANDIDATES]>,
    levels: &Plane<[f32; CANDIDATES]>,
) -> Plane<Evidence> {
    let (width, height) = (candidates.width(), candidates.height());
    let differences = Pyramid::new(levels.map(difference_lanes), LEVEL);
    let mut evidence = Plane::from_vec(width, height, vec![[0.0; CHANNELS]; width * height])
        .unwrap_or_else(|| unreachable!());
    evidence.data.par_iter_mut().enumerate().for_each(|(i, evidence)| {
        let [alone, _, _, brightened] = levels.data[i];
        let [to_old, gathered_to_old, to_gathered, ..] = difference_lanes(&levels.data[i]);
        let local = differences.at(LEVEL, i % width, i / width);
        let [of_alone, of_gathered, of_old] = [0, 1, 2].map(|at| tint(&candidates.data[i][at], views.mean));
        let age = shown.age.data[i];
        let known = if age > 0.0 { 1.0 } else { 0.0 };
        let [variance, roughness, metallic, speed, nx, ny, nz, albedo] = views.surface.data[i];
        let channels = [
            alone,
            MAGNIFIED * to_old,
            MAGNIFIED * gathered_to_old,
            MAGNIFIED * to_gathered,
            MAGNIFIED * (alone - brightened),
            2.0 * MAGNIFIED * local[0],
            2.0 * MAGNIFIED * local[1],
            2.0 * MAGNIFIED * local[2],
            MAGNIFIED * local[3],
            MAGNIFIED * local[4],
            of_alone - of_old,
            of_alone - of_gathered,
            known,
            (1.0 + age).ln(),
            variance,
            roughness,
            metallic,
            speed,
            nx,
            ny,
            nz,
            albedo,
        ];
        *evidence = channels.map(|value| if value.is_finite() { value } else { 0.0 });
    });
    evidence
}

/// Logarithm of each candidate's brightness over the mean of the frame by itself.
pub(crate) fn levels(views: &Views, candidates: &Plane<[[f32; 3]; CANDIDATES]>) -> Plane<[f32; CANDIDATES]> {
    let mut levels = Plane::new(candidates.width(), candidates.height());
    levels.data.par_iter_mut().zip(&candidates.data).for_each(|(levels, candidates)| {
        *levels = candidates.map(|color| (luminance(&color) / views.mean + DARKEST).ln());
    });
    levels
}

/// Alone from shown, gathered from shown, alone from gathered; how large the first and the last are.
fn difference_lanes([alone, gathered, old, _]: &[f32; CANDIDATES]) -> [f32; 5] {
    let [to_old, gathered_to_old, to_gathered] = [alone - old, gathered - old, alone - gathered];
    [to_old, gathered_to_old, to_gathered, to_old.abs(), to_gathered.abs()]
}

/// Red less blue, over brightness.
fn tint(color: &[f32; 3], mean: f32) -> f32 {
    (color[0] - color[2]) / (luminance(color) + DARKEST * mean)
}

/// Luminance of a linear Rec.709 colour.
pub(crate) fn luminance([r, g, b]: &[f32; 3]) -> f32 {
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

/// Mean luminance of a picture; never 0.
pub(crate) fn mean_luminance(picture: &Plane<[f32; 3]>) -> f32 {
    let sum: f64 = picture.data.iter().map(|color| f64::from(luminance(color))).sum();
    (sum / picture.data.len().max(1) as f64) as f32 + 1e-20
}
