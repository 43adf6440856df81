//! What is remembered of a pixel: one array, so that moving it about is one loop.

use maquette_conditioning::{GBuffer, Light, Plane};
use rayon::prelude::*;

/// All that is accumulated at one pixel.
///
/// Light is split in two, because the two change differently: diffuse light divided by albedo, which textures do not
/// disturb, and all other light (seen lamps, highlights, reflections).
pub(crate) type Texel = [f32; LANES];

/// Lanes of a texel.
pub(crate) const LANES: usize = 18;

/// Diffuse light over albedo, nits.
pub(crate) const DIFFUSE: usize = 0;
/// All other light, nits.
pub(crate) const OTHER: usize = 3;
/// Mean albedo.
pub(crate) const ALBEDO: usize = 6;
/// Mean normal.
pub(crate) const NORMAL: usize = 9;
/// Variance of the light, in units of one sample's.
pub(crate) const VARIANCE: usize = 12;
/// The lamps' light on it when it was lit as remembered, nits.
pub(crate) const LAMPS: usize = 13;
/// Where the remembered surface lies, in pixels from the pixel's middle. Last.
pub(crate) const OFFSET: usize = 16;

/// The lanes of light and its variance, which memory may have to give up; surfaces stay what they are.
pub(crate) const OWN: [usize; 10] = [0, 1, 2, 3, 4, 5, VARIANCE, LAMPS, LAMPS + 1, LAMPS + 2];
/// Those lanes of a texel.
pub(crate) type Own = [f32; OWN.len()];

/// Albedo counts as no less than this when light is divided by it.
const DARKEST_ALBEDO: f32 = 0.02;

/// Texels of zeros.
pub(crate) fn blank(width: usize, height: usize) -> Plane<Texel> {
    // More lanes than arrays have a default for.
    Plane::<[f32; 0]>::new(width, height).map(|_| [0.0; LANES])
}

/// One frame's light and features, before anything is remembered.
pub(crate) fn texels(light: &Light, gbuffer: &GBuffer) -> Plane<Texel> {
    let GBuffer { albedo_mean: albedo, normal_mean: normal, lamp_light, .. } = gbuffer;
    let variance = 1.0 / light.samples.max(1) as f32;
    let mut texels = blank(albedo.width(), albedo.height());
    texels.data.par_iter_mut().enumerate().for_each(|(i, texel): (usize, &mut Texel)| {
        let [emitted, diffuse, specular, more_diffuse, more_specular] =
            light.parts().map(|part| part.data[i]);
        for c in 0..3 {
            let base = albedo.data[i][c].max(DARKEST_ALBEDO);
            texel[DIFFUSE + c] = finite((diffuse[c] + more_diffuse[c]) / base);
            texel[OTHER + c] = finite(emitted[c] + specular[c] + more_specular[c]);
            texel[ALBEDO + c] = finite(albedo.data[i][c]);
            texel[NORMAL + c] = finite(normal.data[i][c]);
            texel[LAMPS + c] = finite(lamp_light.data[i][c]);
        }
        texel[VARIANCE] = variance;
    });
    texels
}

/// The whole light of a pixel, nits.
pub(crate) fn light(texel: &Texel) -> [f32; 3] {
    std::array::from_fn(|c| texel[DIFFUSE + c] * texel[ALBEDO + c].max(DARKEST_ALBEDO) + texel[OTHER + c])
}

/// What is remembered, had `lamps` lit it: diffuse light changes, or where a mirror shows it, the rest. Nothing falls below 0.
pub(crate) fn relit(texel: &Texel, lamps: [f32; 3], mirrored: bool) -> Texel {
    let mut relit = *texel;
    for c in 0..3 {
        let (lane, share) = match mirrored {
            true => (OTHER + c, 1.0),
            false => (DIFFUSE + c, texel[ALBEDO + c].max(DARKEST_ALBEDO)),
        };
        relit[lane] = (texel[lane] + (lamps[c] - texel[LAMPS + c]) / share).max(0.0);
        relit[LAMPS + c] = lamps[c];
    }
    relit
}

/// The lanes [`OWN`].
pub(crate) fn own(texel: &Texel) -> Own {
    OWN.map(|lane| texel[lane])
}

/// Three lanes from `first` on.
pub(crate) fn three(texel: &Texel, first: usize) -> [f32; 3] {
    [texel[first], texel[first + 1], texel[first + 2]]
}

/// Luminance of the colour at `first`.
pub(crate) fn luminance(texel: &Texel, first: usize) -> f32 {
    super::luminance(&three(texel, first))
}

fn finite(value: f32) -> f32 {
    if value.is_finite() { value } else { 0.0 }
}
