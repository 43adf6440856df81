//! Frames that hold still: light gathered over time, then cleaned, then joined with what was shown.
//!
//! Per-frame denoising guesses anew in every frame, and its guesses differ. Here a frame is finished from three pictures:
//! its own light cleaned by itself, the light that it and the frames before it gathered, cleaned, and the last finished
//! frame, moved along.
//!
//! 1. `texel` splits light into what is remembered: diffuse light without albedo, and the rest.
//! 2. `reproject` moves the memory along the motion vectors, drops what was hidden, and adds what the lamps' light on it has
//!    changed, which `lamp_light` knows without noise.
//! 3. `fireflies` keeps single bright samples out.
//! 4. `accumulate` adds the new light to the memory; the denoiser cleans the sum.
//! 5. `doubt` compares the cleaned pictures with and without memory, and drops memory that is disproved.
//! 6. `shown` moves the last finished picture.
//! 7. `evidence` shows a small network, the `head`, how the pictures differ; it says how much of which to take where
//!    something changed: a lamp, a shadow, a reflection.
//! 8. `gate` says where anything moves or changes, and so where the head is heard, and `blend` mixes the pictures.

mod accumulate;
mod blend;
mod doubt;
mod evidence;
mod fireflies;
mod gate;
mod head;
mod lamp_light;
mod pyramid;
mod reproject;
mod shown;
mod texel;

use maquette_conditioning::{Conditioning, FrameNumber, Plane};

use crate::Error;
use accumulate::accumulate;
use blend::blend;
pub(crate) use blend::{CANDIDATES, candidates, plain_logits};
pub(crate) use evidence::{CHANNELS, Views, evidence, levels, luminance, mean_luminance};
use fireflies::limit_fireflies;
pub(crate) use gate::gate;
pub(crate) use head::{ALIGNMENT, Head, HeadWeights, LAYERS, planes};
pub(crate) use reproject::Seen;
use reproject::warp;
pub(crate) use shown::Shown;
use texel::{OWN, Own, Texel, texels};

/// What a shot has shown so far. Starts empty; start a new one at a cut.
pub struct History {
    memory: Option<Memory>,
    limits_fireflies: bool,
    limited: [f64; 2],
}

struct Memory {
    frame: FrameNumber,
    texels: Plane<Texel>,
    /// What may be forgotten for the frame by itself.
    own: Plane<Own>,
    seen: Seen,
    /// The last finished picture; until this frame is finished, the one before, moved to where this one sees it.
    shown: Shown,
}

/// What the denoiser is given.
pub(crate) struct Gathered {
    pub(crate) color: Plane<[f32; 3]>,
    pub(crate) albedo: Plane<[f32; 3]>,
    pub(crate) normal: Plane<[f32; 3]>,
    /// Variance over that of the frame alone, 0 to 1.
    pub(crate) variance: Plane<f32>,
}

impl History {
    /// An empty one. With `limits_fireflies` single bright samples are kept out, and with them some light.
    pub fn new(limits_fireflies: bool) -> Self {
        Self { memory: None, limits_fireflies, limited: [0.0; 2] }
    }

    /// What the limit on fireflies left of the last frame's light and what it took: means of luminance, nits. Zeros without.
    pub fn limited(&self) -> [f64; 2] {
        self.limited
    }

    /// The last frame that was added, if any.
    pub fn last_frame(&self) -> Option<FrameNumber> {
        self.memory.as_ref().map(|memory| memory.frame)
    }

    /// Adds a frame's light and returns all that is known of it. Unless it follows the last frame added, and has
    /// its size, the memory is dropped first.
    pub(crate) fn gather(&mut self, conditioning: &Conditioning) -> Gathered {
        let Conditioning { frame, gbuffer, light, .. } = conditioning;
        let mut now = texels(light, gbuffer);
        let seen = Seen::new(gbuffer);
        let size = (now.width(), now.height());
        let last = self.memory.take().filter(|memory| {
            memory.frame.checked_add(1) == Some(*frame)
                && (memory.texels.width(), memory.texels.height()) == size
        });
        let (warped, shown) = match last {
            Some(last) => (warp(&last.texels, &last.seen, &seen), last.shown.warped(&last.seen, &seen)),
            None => (now.map(|_| reproject::FORGOTTEN), Shown::nothing(size)),
        };
        if self.limits_fireflies {
            let whole = mean_light(&now);
            limit_fireflies(&mut now, &warped, light);
            let kept = mean_light(&now);
            self.limited = [kept, whole - kept];
        }
        let texels = accumulate(&now, &warped);
        let gathered = gathered(&texels, light.samples.max(1) as f32);
        self.memory = Some(Memory { frame: *frame, texels, own: now.map(texel::own), seen, shown });
        gathered
    }

    /// The finished picture of the frame that was gathered last, by what its `views` show; by plain accumulation without a
    /// head. Forgets what they disprove.
    pub(crate) fn finish(&mut self, views: &Views, head: Option<&Head>) -> Result<Plane<[f32; 3]>, Error> {
        self.forget(&views.doubt);
        let Some(memory) = &mut self.memory else { return Ok(views.alone.clone()) };
        memory.shown = finished(views, &memory.shown, head)?;
        Ok(memory.shown.picture.clone())
    }

    /// Forgets the last frame's memory as far as it is doubted, in favour of that frame's own light.
    pub(crate) fn forget(&mut self, doubt: &Plane<f32>) {
        let Some(Memory { texels, own, .. }) = &mut self.memory else { return };
        for ((texel, own), &doubt) in texels.data.iter_mut().zip(&own.data).zip(&doubt.data) {
            OWN.into_iter().zip(own).for_each(|(lane, own)| texel[lane] += (own - texel[lane]) * doubt);
        }
    }
}

/// The picture of a frame whose `views` join what was `shown` before, already moved; by plain accumulation without a head.
pub(crate) fn finished(views: &Views, shown: &Shown, head: Option<&Head>) -> Result<Shown, Error> {
    let candidates = candidates(views, shown);
    let levels = levels(views, &candidates);
    let answer = match head {
        Some(head) => Some(head.answer(&evidence(views, shown, &candidates, &levels))?),
        None => None,
    };
    Ok(blend(views, shown, &candidates, &gate(views, &levels), answer.as_ref()))
}

fn mean_light(texels: &Plane<Texel>) -> f64 {
    f64::from(mean_luminance(&texels.map(texel::light)))
}

fn gathered(texels: &Plane<Texel>, samples: f32) -> Gathered {
    Gathered {
        color: texels.map(texel::light),
        albedo: texels.map(|texel| texel::three(texel, texel::ALBEDO)),
        normal: texels.map(|texel| texel::three(texel, texel::NORMAL)),
        variance: texels.map(|texel| (texel[texel::VARIANCE] * samples).min(1.0)),
    }
}

#[cfg(test)]
pub(crate) mod tests;
