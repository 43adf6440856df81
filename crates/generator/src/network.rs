//! The networks that come with the program.

/// A trained network. Both take light, albedo and normal, which may be noisy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Network {
    /// 0.32 million parameters, 62 thousand multiply-adds a pixel: about twice as fast, for previews.
    Small,
    /// 0.92 million parameters, 125 thousand multiply-adds a pixel.
    #[default]
    Base,
}

impl Network {
    /// The name it was published under.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Small => "rt_hdr_alb_nrm_small",
            Self::Base => "rt_hdr_alb_nrm",
        }
    }

    /// Its weights, as safetensors. Embedded, so that the program runs from any folder.
    pub(crate) fn bytes(self) -> &'static [u8] {
        match self {
            Self::Small => include_bytes!("../../../assets/networks/rt_hdr_alb_nrm_small.safetensors"),
            Self::Base => include_bytes!("../../../assets/networks/rt_hdr_alb_nrm.safetensors"),
        }
    }
}
