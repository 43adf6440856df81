//! The networks that come with the program.
//!
//! Open Image Denoise has one set of networks for guides (albedo and normal) that are as noisy as the light, and a better
//! one for guides free of noise; and networks that clean each guide by itself, so that the better one can be used anyway.

/// Which network finishes the picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Network {
    /// How much it knows, and costs.
    pub size: Size,
    /// What is done about noise in albedo and normal.
    pub guides: Guides,
}

/// How large a network is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Size {
    /// 0.32 million parameters, 62 thousand multiply-adds a pixel: for previews.
    Small,
    /// 0.92 million parameters, 125 thousand multiply-adds a pixel.
    #[default]
    Base,
    /// 3.85 million parameters, 312 thousand multiply-adds a pixel. Published for guides without noise only; with
    /// [`Guides::Noisy`] it means the base network, as in the original library.
    Large,
}

/// What is done about noise in albedo and normal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Guides {
    /// They go in with their noise, into a network trained for that.
    #[default]
    Noisy,
    /// Each is cleaned by a network of its own first (base size, 124 thousand multiply-adds a pixel each).
    Prefiltered,
    /// They have no noise.
    Clean,
}

/// Weights that are part of the program.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// Their published name.
    pub name: &'static str,
    /// Safetensors. Embedded, so that the program runs from any folder.
    pub bytes: &'static [u8],
}

macro_rules! file {
    ($name:literal) => {
        BuiltIn {
            name: $name,
            bytes: include_bytes!(concat!("../../../assets/networks/", $name, ".safetensors")),
        }
    };
}

/// The head that joins a frame with those before it, unless another is chosen.
pub const TEMPORAL_HEAD: BuiltIn = file!("temporal_head");
/// Cleans albedo.
pub(crate) const ALBEDO: BuiltIn = file!("rt_alb");
/// Cleans normals.
pub(crate) const NORMAL: BuiltIn = file!("rt_nrm");

impl Network {
    /// For previews.
    pub const SMALL: Self = Self { size: Size::Small, guides: Guides::Noisy };
    /// For noisy guides.
    pub const BASE: Self = Self { size: Size::Base, guides: Guides::Noisy };
    /// The best there is: cleaned guides, large network.
    pub const LARGE: Self = Self { size: Size::Large, guides: Guides::Prefiltered };

    /// All that it consists of.
    pub fn files(self) -> Vec<BuiltIn> {
        let prefilters = (self.guides == Guides::Prefiltered).then_some([ALBEDO, NORMAL]);
        std::iter::once(self.file()).chain(prefilters.into_iter().flatten()).collect()
    }

    /// The network that sees the light.
    pub(crate) fn file(self) -> BuiltIn {
        match (self.guides, self.size) {
            (Guides::Noisy, Size::Small) => file!("rt_hdr_alb_nrm_small"),
            (Guides::Noisy, _) => file!("rt_hdr_alb_nrm"),
            (_, Size::Small) => file!("rt_hdr_calb_cnrm_small"),
            (_, Size::Base) => file!("rt_hdr_calb_cnrm"),
            (_, Size::Large) => file!("rt_hdr_calb_cnrm_large"),
        }
    }
}
