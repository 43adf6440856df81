//! Frames that hold still: light gathered over time, then cleaned.
//!
//! Per-frame denoising guesses anew in every frame, and its guesses differ. Here each frame's light joins what earlier
//! frames of the shot brought to the same surface, and the denoiser sees the sum:
//!
//! 1. `texel` splits light into what is remembered: diffuse light without albedo, and the rest.
//! 2. `reproject` moves the memory along the motion vectors and drops what was hidden.
//! 3. `fireflies` keeps single bright samples out.
//! 4. `evidence` compares new and remembered light at several scales, in units of the noise.
//! 5. `head`, a small network, says how much of which to keep where something changed: a lamp, a shadow, a reflection.
//! 6. `blend` mixes them.
//! 7. `doubt` compares the cleaned pictures with and without memory, and drops what is disproved.

mod blend;
mod doubt;
mod evidence;
mod fireflies;
mod head;
mod pyramid;
mod reproject;
mod texel;

use maquette_conditioning::{Conditioning, FrameNumber, Plane};

use crate::{Error, exposure::input_scale};
pub(crate) use blend::{CANDIDATES, blend, candidates, plain_logits};
pub(crate) use doubt::doubt;
pub(crate) use evidence::CHANNELS;
pub(crate) use evidence::gate;
use evidence::{Evidence, evidence};
use fireflies::limit_fireflies;
pub(crate) use head::{ALIGNMENT, Head, HeadWeights, LAYERS, planes};
pub(crate) use pyramid::Pyramid;
use reproject::{FORGOTTEN, Seen, Warped, warp};
pub(crate) use texel::{Texel, kinds_luminance, texels, visibility};
use texel::{light, three};

/// What a shot has shown so far. Starts empty; start a new one at a cut.
#[derive(Default)]
pub struct History {
    memory: Option<Memory>,
}

struct Memory {
    frame: FrameNumber,
    texels: Plane<Texel>,
    /// The frame by itself.
    own: Plane<Texel>,
    seen: Seen,
}

/// A frame beside what is remembered of it.
pub(crate) struct Comparison {
    pub(crate) now: Plane<Texel>,
    pub(crate) warped: Warped,
    pub(crate) evidence: Plane<Evidence>,
}

/// What the denoiser is given.
pub(crate) struct Gathered {
    pub(crate) color: Plane<[f32; 3]>,
    pub(crate) albedo: Plane<[f32; 3]>,
    pub(crate) normal: Plane<[f32; 3]>,
}

impl History {
    /// The last frame that was added, if any.
    pub fn last_frame(&self) -> Option<FrameNumber> {
        self.memory.as_ref().map(|memory| memory.frame)
    }

    /// Adds a frame's light and returns all that is known of it. Unless it follows the last frame added, and has
    /// its size, the memory is dropped first.
    pub(crate) fn gather(
        &mut self,
        conditioning: &Conditioning,
        head: Option<&Head>,
    ) -> Result<Gathered, Error> {
        let comparison = self.compare(conditioning);
        let answer = head.map(|head| head.answer(&comparison.evidence)).transpose()?;
        let mixed = blend(&comparison, answer.as_ref());
        let gathered = gathered(&mixed);
        self.remember(conditioning, mixed, comparison.now);
        Ok(gathered)
    }

    /// Forgets the last frame's memory as far as it is doubted, in favour of that frame's own light.
    pub(crate) fn forget(&mut self, doubt: &Plane<f32>) {
        let Some(Memory { texels, own, .. }) = &mut self.memory else { return };
        for ((texel, own), &doubt) in texels.data.iter_mut().zip(&own.data).zip(&doubt.data) {
            texel.iter_mut().zip(own).for_each(|(lane, own)| *lane += (own - *lane) * doubt);
        }
    }

    pub(crate) fn compare(&self, conditioning: &Conditioning) -> Comparison {
        let Conditioning { frame, gbuffer, light, .. } = conditioning;
        let mut now = texels(light, &gbuffer.albedo_mean, &gbuffer.normal_mean);
        let size = (now.width(), now.height());
        let memory = self.memory.as_ref().filter(|memory| {
            memory.frame.checked_add(1) == Some(*frame)
                && (memory.texels.width(), memory.texels.height()) == size
        });
        let warped =
            memory.map_or_else(|| nothing(&now), |memory| warp(&memory.texels, &memory.seen, gbuffer));
        limit_fireflies(&mut now, &warped, light);
        let scale = input_scale(&now.map(texel::light));
        let evidence = evidence(&now, &warped, gbuffer, scale);
        Comparison { now, warped, evidence }
    }

    pub(crate) fn remember(&mut self, conditioning: &Conditioning, texels: Plane<Texel>, own: Plane<Texel>) {
        let seen = Seen::new(&conditioning.gbuffer);
        self.memory = Some(Memory { frame: conditioning.frame, texels, own, seen });
    }
}

/// No memory of any pixel.
fn nothing(now: &Plane<Texel>) -> Warped {
    Warped { texels: now.map(|_| FORGOTTEN), valid: now.map(|_| 0.0) }
}

pub(crate) fn gathered(mixed: &Plane<Texel>) -> Gathered {
    Gathered {
        color: mixed.map(light),
        albedo: mixed.map(|texel| three(texel, texel::ALBEDO)),
        normal: mixed.map(|texel| three(texel, texel::NORMAL)),
    }
}

#[cfg(test)]
mod tests;
