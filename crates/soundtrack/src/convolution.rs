//! A dry sound and a long response to what is heard, a block at a time.
//!
//! Partitioned convolution (Stockham 1966, in the uniform form of Gardner 1995): the response is cut into partitions as long
//! as a block, and a block is the sum of the last blocks sent, each through its partition, in the frequency domain. So each
//! block sent is transformed once, and each block heard once.

use std::sync::Arc;

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex, num_complex::Complex};

use crate::dry::Dry;

/// Samples of a block, and of a partition.
pub(crate) const BLOCK: usize = 4096;

/// Of two blocks.
pub(crate) type Spectrum = Vec<Complex<f32>>;

/// The transforms of a convolution.
pub(crate) struct Transforms {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
}

impl Transforms {
    /// For blocks of [`BLOCK`] samples.
    pub(crate) fn new() -> Self {
        let mut planner = RealFftPlanner::<f32>::new();
        Self { forward: planner.plan_fft_forward(2 * BLOCK), inverse: planner.plan_fft_inverse(2 * BLOCK) }
    }

    /// The spectrum of the block from `start` and the one before it; `None` where both are silent.
    pub(crate) fn sent(&self, dry: &Dry, start: i64) -> Option<Spectrum> {
        let start = start - BLOCK as i64;
        if dry.is_silent(start, start + 2 * BLOCK as i64) {
            return None;
        }
        Some(self.spectrum(dry.window(start, 2 * BLOCK)))
    }

    /// The spectra of a response's partitions, each padded to twice its length.
    pub(crate) fn response(&self, response: &[f32]) -> Vec<Spectrum> {
        let padded = |part: &[f32]| {
            let mut padded = vec![0.0; 2 * BLOCK];
            let scale = 1.0 / (2 * BLOCK) as f32;
            padded.iter_mut().zip(part).for_each(|(to, &sample)| *to = sample * scale);
            self.spectrum(padded)
        };
        response.chunks(BLOCK).map(padded).collect()
    }

    fn spectrum(&self, mut samples: Vec<f32>) -> Spectrum {
        let mut spectrum = self.forward.make_output_vec();
        let result = self.forward.process(&mut samples, &mut spectrum);
        debug_assert!(result.is_ok(), "lengths come from the transform itself");
        spectrum
    }

    /// A block of what responses together make of what was sent so many blocks ago; `None` where that is silence.
    pub(crate) fn convolved<'a>(
        &self,
        sent: impl Fn(usize) -> Option<&'a Spectrum>,
        responses: &[&[Spectrum]],
    ) -> Option<Vec<f32>> {
        let mut sum = self.inverse.make_input_vec();
        let mut is_silent = true;
        for (part, spectrum) in responses.iter().flat_map(|response| response.iter().enumerate()) {
            let Some(sent) = sent(part) else { continue };
            is_silent = false;
            sum.iter_mut().zip(sent.iter().zip(spectrum)).for_each(|(to, (a, b))| *to += a * b);
        }
        if is_silent {
            return None;
        }
        // A real signal has no imaginary part at 0 Hz and at half the rate; rounding leaves one.
        sum[0].im = 0.0;
        sum[BLOCK].im = 0.0;
        let mut output = self.inverse.make_output_vec();
        let result = self.inverse.process(&mut sum, &mut output);
        debug_assert!(result.is_ok(), "lengths come from the transform itself");
        output.drain(..BLOCK);
        Some(output)
    }
}
