//! Noise to the latents of a video, step by step.
//!
//! Guidance without a classifier (Ho and Salimans 2022) asks the network twice, for what is wanted and for
//! what is not, and goes further in the direction that tells them apart.

use burn::tensor::Tensor;
use burn::tensor::backend::Backend;

use super::transformer::{Context, Control, Past, Transformer};

/// What a video should become.
#[derive(Debug)]
pub(crate) struct Guidance<'a, B: Backend> {
    /// What is wanted.
    pub(crate) wanted: &'a Context<B>,
    /// What is not, and by how much it is avoided: 1 not at all, 5 as the network's makers do.
    pub(crate) unwanted: Option<(&'a Context<B>, f64)>,
    /// Guiding videos (VACE), each with its strengths; what they say adds up.
    pub(crate) controls: Vec<Control<'a, B>>,
    /// Channels that the network gets behind the noisy ones: mask and first frame, or a G-buffer.
    pub(crate) beside: Option<Tensor<B, 5>>,
}

impl<B: Backend> Guidance<'_, B> {
    /// The velocity at a time from 1000 (noise) to 0 (data), `[batch, channel, frame, row, column]`.
    pub(crate) fn velocity(
        &self,
        transformer: &Transformer<B>,
        latents: Tensor<B, 5>,
        time: f32,
    ) -> Tensor<B, 5> {
        self.ask(latents, |_, input, context| transformer.forward(input, time, context, &self.controls))
    }

    /// The same of frames that see those in the past, too, and are in it from then on if it `keeps` them. What is wanted has
    /// the first past, what is not the second.
    pub(crate) fn velocity_after(
        &self,
        transformer: &Transformer<B>,
        pasts: &mut [Past<B>; 2],
        keeps: bool,
        latents: Tensor<B, 5>,
        time: f32,
    ) -> Tensor<B, 5> {
        self.ask(latents, |index, input, context| {
            transformer.forward_after(&mut pasts[index], keeps, input, time, context, &self.controls)
        })
    }

    /// Asks for what is wanted (0) and for what is not (1), and goes away from the latter.
    fn ask(
        &self,
        latents: Tensor<B, 5>,
        mut network: impl FnMut(usize, Tensor<B, 5>, &Context<B>) -> Tensor<B, 5>,
    ) -> Tensor<B, 5> {
        let input = match &self.beside {
            Some(beside) => Tensor::cat(vec![latents, beside.clone()], 1),
            None => latents,
        };
        let wanted = network(0, input.clone(), self.wanted);
        match self.unwanted {
            Some((context, scale)) => {
                let unwanted = network(1, input, context);
                unwanted.clone() + (wanted - unwanted) * scale
            }
            None => wanted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wan::Sampler;
    use crate::wan::checkpoint::Precision;
    use crate::wan::tests::devices::load;
    use crate::wan::tests::runs::{autoencoder, network};
    use crate::wan::tests::{Cpu, Fixture, assert_close, euler, sample, unipc};

    const LIMIT: f32 = 1e-3;

    #[test]
    fn words_and_noise_become_the_latents_that_diffusers_makes() {
        let fixture = Fixture::open("sampling.safetensors");
        let (transformer, contexts) = network("t2v", None);
        let guided = Guidance {
            wanted: &contexts[0],
            unwanted: Some((&contexts[1], 5.0)),
            controls: Vec::new(),
            beside: None,
        };
        let unguided = Guidance { wanted: &contexts[0], unwanted: None, controls: Vec::new(), beside: None };
        let second_order = || Box::new(unipc(4, 3.0, 1.0));
        let runs: [(_, Box<dyn Sampler<Cpu>>, _); 3] = [
            ("unipc", second_order(), &guided),
            ("euler", Box::new(euler(4, 3.0, 1.0)), &guided),
            ("unguided", second_order(), &unguided),
        ];
        for (name, mut sampler, guidance) in runs {
            let found = sample(&transformer, sampler.as_mut(), guidance, fixture.tensor("in.latents"));
            assert_close(name, found, fixture.tensor(&format!("out.t2v.{name}")), LIMIT);
        }
    }

    #[test]
    fn a_guiding_video_leads_where_diffusers_lets_it() {
        let fixture = Fixture::open("sampling.safetensors");
        let (transformer, contexts) = network("vace", None);
        for index in 0..2 {
            let control = Control {
                latents: fixture.tensor(&format!("in.vace.{index}.control")),
                strengths: &[1.0, 0.6],
            };
            let guidance = Guidance {
                wanted: &contexts[0],
                unwanted: Some((&contexts[1], 5.0)),
                controls: vec![control],
                beside: None,
            };
            let found =
                sample(&transformer, &mut unipc(4, 3.0, 1.0), &guidance, fixture.tensor("in.latents"));
            assert_close(
                &format!("video {index}"),
                found,
                fixture.tensor(&format!("out.vace.{index}")),
                LIMIT,
            );
        }
    }

    #[test]
    fn channels_beside_the_noise_come_behind_it() {
        let fixture = Fixture::open("i2v.safetensors");
        let transformer = load("i2v", Precision::Single);
        let pictures = fixture.tensor("in.encoder_hidden_states_image");
        let context = transformer.context(fixture.tensor("in.encoder_hidden_states"), Some(pictures));
        let all: Tensor<Cpu, 5> = fixture.tensor("in.hidden_states");
        let guidance = Guidance {
            wanted: &context,
            unwanted: None,
            controls: Vec::new(),
            beside: Some(all.clone().narrow(1, 16, 20)),
        };
        let found = guidance.velocity(&transformer, all.narrow(1, 0, 16), 402.5);
        assert_close("velocity", found, fixture.tensor("out.velocity"), 1e-4);
    }

    #[test]
    fn a_video_and_noise_become_the_latents_that_diffusers_makes() {
        let fixture = Fixture::open("pipelines.safetensors");
        let (transformer, contexts) = network("t2v", None);
        let guidance = Guidance {
            wanted: &contexts[0],
            unwanted: Some((&contexts[1], 5.0)),
            controls: Vec::new(),
            beside: None,
        };
        let data =
            autoencoder().encode(&fixture.video("in.video"), None).unwrap().swap_dims(0, 1).unsqueeze();
        let runs: [(_, Box<dyn Sampler<Cpu>>); 2] =
            [("unipc", Box::new(unipc(6, 3.0, 0.7))), ("euler", Box::new(euler(6, 3.0, 0.7)))];
        for (name, mut sampler) in runs {
            let first = sampler.schedule().noised(data.clone(), fixture.tensor("in.begin.noise"));
            assert_close(name, first.clone(), fixture.tensor(&format!("out.begin.{name}.first")), 1e-4);
            let found = sample(&transformer, sampler.as_mut(), &guidance, first);
            assert_close(name, found, fixture.tensor(&format!("out.begin.{name}.latents")), LIMIT);
        }
    }
}
