//! The networks' shapes, as tables.
//!
//! A U-Net: four times down by maxima, four times up by doubling, each level joined with what the way down saw there
//! (Ronneberger et al. 2015, in the shapes of Open Image Denoise's `UNet` and `UNetLarge`). Layers have their published
//! names. Channel counts come with the weights: small and base differ in nothing else.

/// What a layer reads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Source {
    /// The network's input.
    Picture,
    /// The result of the step at this place of the table.
    Layer(usize),
    /// The same, each value filling 2×2.
    Doubled(usize),
    /// The same, of each 2×2 the maximum.
    Halved(usize),
}
use Source::{Doubled, Halved, Layer, Picture};

/// A source's size against the picture's own, as a power of two.
pub(crate) type Halvings = i32;

impl Source {
    /// Its place among the maps: the picture, then each step's result.
    pub(crate) fn map(self) -> usize {
        match self {
            Picture => 0,
            Layer(step) | Doubled(step) | Halved(step) => step + 1,
        }
    }

    /// Whether each of its values fills 2×2.
    pub(crate) fn doubled(self) -> bool {
        matches!(self, Doubled(_))
    }

    /// How often it is halved on its way to its reader; −1 where it is doubled.
    fn halvings(self) -> Halvings {
        match self {
            Picture | Layer(_) => 0,
            Doubled(_) => -1,
            Halved(_) => 1,
        }
    }
}

/// A 3×3 convolution and what follows it.
#[derive(Debug)]
pub(crate) struct Step {
    /// The layer's published name.
    pub(crate) name: &'static str,
    /// What it reads, joined in this order.
    pub(crate) sources: &'static [Source],
    /// What becomes of its sums.
    pub(crate) finish: Finish,
}

/// What becomes of a convolution's sums.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Finish {
    /// They stay as they are.
    Signed,
    /// The maximum with 0.
    Rectified,
    /// The maximum with 0, then that of each 2×2.
    RectifiedAndHalved,
}
use Finish::{Rectified, RectifiedAndHalved, Signed};

impl Finish {
    /// Whether the result has half the size.
    pub(crate) fn halves(self) -> bool {
        self == RectifiedAndHalved
    }
}

/// A network's steps in order.
#[derive(Debug)]
pub(crate) struct Topology {
    /// The steps; the last one's result is the network's.
    pub(crate) steps: &'static [Step],
    /// How many pixels along an axis one result depends on, by the library's own count.
    pub(crate) receptive_field: usize,
}

const fn step(name: &'static str, sources: &'static [Source]) -> Step {
    Step { name, sources, finish: Rectified }
}

const fn halving(name: &'static str, sources: &'static [Source]) -> Step {
    Step { name, sources, finish: RectifiedAndHalved }
}

/// Small and base: one convolution a level on the way down.
pub(crate) static BASE: Topology = Topology {
    steps: &[
        step("enc_conv0", &[Picture]),
        halving("enc_conv1", &[Layer(0)]),
        halving("enc_conv2", &[Layer(1)]),
        halving("enc_conv3", &[Layer(2)]),
        halving("enc_conv4", &[Layer(3)]),
        step("enc_conv5a", &[Layer(4)]),
        step("enc_conv5b", &[Layer(5)]),
        step("dec_conv4a", &[Doubled(6), Layer(3)]),
        step("dec_conv4b", &[Layer(7)]),
        step("dec_conv3a", &[Doubled(8), Layer(2)]),
        step("dec_conv3b", &[Layer(9)]),
        step("dec_conv2a", &[Doubled(10), Layer(1)]),
        step("dec_conv2b", &[Layer(11)]),
        step("dec_conv1a", &[Doubled(12), Picture]),
        step("dec_conv1b", &[Layer(13)]),
        step("dec_conv0", &[Layer(14)]),
    ],
    receptive_field: 174,
};

/// Large: two convolutions a level.
pub(crate) static LARGE: Topology = Topology {
    steps: &[
        step("enc_conv1a", &[Picture]),
        halving("enc_conv1b", &[Layer(0)]),
        step("enc_conv2a", &[Layer(1)]),
        halving("enc_conv2b", &[Layer(2)]),
        step("enc_conv3a", &[Layer(3)]),
        halving("enc_conv3b", &[Layer(4)]),
        step("enc_conv4a", &[Layer(5)]),
        halving("enc_conv4b", &[Layer(6)]),
        step("enc_conv5a", &[Layer(7)]),
        step("enc_conv5b", &[Layer(8)]),
        step("dec_conv4a", &[Doubled(9), Layer(5)]),
        step("dec_conv4b", &[Layer(10)]),
        step("dec_conv3a", &[Doubled(11), Layer(3)]),
        step("dec_conv3b", &[Layer(12)]),
        step("dec_conv2a", &[Doubled(13), Layer(1)]),
        step("dec_conv2b", &[Layer(14)]),
        step("dec_conv1a", &[Doubled(15), Picture]),
        step("dec_conv1b", &[Layer(16)]),
        step("dec_conv1c", &[Layer(17)]),
    ],
    receptive_field: 202,
};

/// The temporal head.
pub(crate) static HEAD: Topology = Topology {
    steps: &[
        step("enc0", &[Picture]),
        step("enc1", &[Halved(0)]),
        step("enc2", &[Halved(1)]),
        step("enc3", &[Halved(2)]),
        step("bottom", &[Layer(3)]),
        step("dec2", &[Doubled(4), Layer(2)]),
        step("dec1", &[Doubled(5), Layer(1)]),
        step("dec0", &[Doubled(6), Layer(0)]),
        Step { name: "weights", sources: &[Layer(7)], finish: Signed },
    ],
    receptive_field: 94,
};

impl Topology {
    /// The last step that reads a map; the number of steps for the last map, which the caller reads.
    pub(crate) fn last_reader(&self, map: usize) -> usize {
        let reads = |step: &Step| step.sources.iter().any(|source| source.map() == map);
        self.steps.iter().rposition(reads).unwrap_or(self.steps.len())
    }

    /// How often each map is half the picture's size: the picture's own 0, then each step's.
    pub(crate) fn halvings(&self) -> Vec<Halvings> {
        let mut halvings = vec![0];
        for step in self.steps {
            let source = step.sources[0];
            let full = halvings[source.map()] + source.halvings();
            halvings.push(full + Halvings::from(step.finish.halves()));
        }
        halvings
    }

    /// The most values a picture's pixel needs at once, when each map lives from its step to its last reader's.
    /// `channels` has the picture's, then each step's.
    pub(crate) fn values_a_pixel(&self, channels: &[usize]) -> usize {
        let area = |map: usize| channels[map] as f64 / f64::from(4f32.powi(self.halvings()[map]));
        let alive = |step: usize| {
            let maps = (0..=step + 1).filter(|&map| self.last_reader(map) >= step);
            maps.map(area).sum::<f64>().ceil() as usize
        };
        (0..self.steps.len()).map(alive).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_map_is_read_after_it_is_made_at_sizes_that_agree() {
        for (topology, levels) in [(&BASE, 4), (&LARGE, 4), (&HEAD, 3)] {
            let halvings = topology.halvings();
            for (at, step) in topology.steps.iter().enumerate() {
                let sizes = step.sources.iter().map(|source| {
                    assert!(source.map() <= at, "{}", step.name);
                    halvings[source.map()] + source.halvings()
                });
                let expected = halvings[at + 1] - Halvings::from(step.finish.halves());
                assert!(sizes.into_iter().all(|size| size == expected), "{}", step.name);
            }
            assert_eq!((halvings.iter().max(), halvings.last()), (Some(&levels), Some(&0)));
            assert!((0..topology.steps.len()).all(|map| topology.last_reader(map) < topology.steps.len()));
        }
    }

    #[test]
    fn the_fullest_step_of_the_base_network_is_its_widest_at_full_size() {
        let channels = [16, 32, 32, 48, 64, 80, 96, 96, 112, 112, 96, 96, 64, 64, 64, 32, 16];
        // The picture, 64 channels at half size, and 64 at full size.
        assert_eq!(BASE.values_a_pixel(&channels), 16 + 64 / 4 + 64);
    }
}
