//! Material names to how such matter bends, weighs and rings.
//!
//! Densities, moduli and Poisson's ratios are round handbook values (Kaye and Laby, Tables of Physical and Chemical
//! Constants, 16th ed., 2.2.2; Ashby, Materials Selection in Mechanical Design, app. A; wood along the grain). Loss
//! factors: steel and glass 0.006, aluminium 0.014, ceramic 0.04, wood 0.1, rubber 1 (the modal sound literature, e.g.
//! van den Doel and Pai, Presence 7, 1998); stone, concrete and plaster from Cremer, Heckl and Petersson, Structure-Borne
//! Sound, 3rd ed., table 4.3.

/// Isotropic elastic matter with losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Substance {
    /// Density, kg/m³.
    pub(crate) density: f64,
    /// Young's modulus, Pa.
    pub(crate) young_pa: f64,
    /// Poisson's ratio.
    pub(crate) poisson: f64,
    /// Loss factor: a mode of frequency f dies by 60 dB in 2.2/(f·loss) seconds.
    pub(crate) loss: f64,
    /// Size of what makes its surface rough, metres: what a scrape runs over.
    pub(crate) grain_m: f64,
    /// Pressure at which it yields or crumbles under a point, Pa: about three times its strength (Tabor, The Hardness of
    /// Metals, 1951). What springs back whatever happens has a high one.
    pub(crate) hardness_pa: f64,
}

const fn matter(
    density: f64,
    young_pa: f64,
    poisson: f64,
    loss: f64,
    grain_m: f64,
    hardness_pa: f64,
) -> Substance {
    Substance { density, young_pa, poisson, loss, grain_m, hardness_pa }
}

/// Words that a material's name may hold, and what they mean. The first match wins.
const SUBSTANCES: &[(&[&str], Substance)] = &[
    (&["rubber", "tyre", "tire"], matter(1100.0, 5e6, 0.49, 1.0, 4e-4, 1e9)),
    (&["shoe", "sole"], matter(1100.0, 6e7, 0.45, 0.5, 8e-4, 1e9)),
    (
        &["foam", "carpet", "fabric", "cloth", "curtain", "cotton", "wool"],
        matter(150.0, 3e5, 0.3, 1.5, 8e-4, 1e9),
    ),
    (&["leather", "skin"], matter(1000.0, 2e6, 0.45, 1.5, 6e-4, 1e9)),
    (&["grass", "soil", "sand", "snow", "earth"], matter(1500.0, 3e7, 0.3, 1.5, 2e-3, 5e6)),
    (&["alumin", "foil"], matter(2700.0, 69e9, 0.33, 0.014, 1e-4, 1e9)),
    (&["brass", "bronze"], matter(8500.0, 100e9, 0.34, 0.006, 1e-4, 1.5e9)),
    (&["copper"], matter(8960.0, 120e9, 0.34, 0.006, 1e-4, 1e9)),
    (&["gold", "silver"], matter(11_000.0, 80e9, 0.4, 0.006, 1e-4, 5e8)),
    (&["titanium"], matter(4500.0, 110e9, 0.34, 0.006, 1e-4, 3e9)),
    (&["steel", "metal", "iron", "chrome"], matter(7850.0, 200e9, 0.3, 0.006, 1e-4, 2.5e9)),
    (&["glass", "crystal", "mirror"], matter(2500.0, 70e9, 0.22, 0.006, 5e-5, 5e9)),
    (&["ice"], matter(917.0, 9e9, 0.33, 0.03, 3e-4, 2e7)),
    (&["ceramic", "porcelain", "tile"], matter(2400.0, 70e9, 0.2, 0.04, 2e-4, 6e9)),
    (
        &["wood", "oak", "pine", "walnut", "birch", "parquet", "timber", "cork", "board", "plank"],
        matter(600.0, 11e9, 0.35, 0.1, 2e-4, 4e7),
    ),
    (&["plastic", "vinyl", "acrylic", "nylon", "lino"], matter(1150.0, 3e9, 0.37, 0.12, 2e-4, 1.5e8)),
    (&["plaster", "drywall", "gypsum"], matter(800.0, 2.5e9, 0.25, 0.03, 5e-4, 2e7)),
    (&["marble", "granite", "stone"], matter(2700.0, 50e9, 0.25, 0.02, 4e-4, 1e9)),
    (&["brick"], matter(1900.0, 15e9, 0.2, 0.04, 1e-3, 2e8)),
];

/// Concrete, and what has no known name.
const OTHER: Substance = matter(2300.0, 30e9, 0.2, 0.04, 3e-4, 1.5e8);

impl Substance {
    /// The substance a material's name speaks of.
    pub(crate) fn named(material: &str) -> Self {
        let name = material.to_lowercase();
        let speaks = |words: &&[&str]| words.iter().any(|word| name.contains(word));
        SUBSTANCES.iter().find(|(words, _)| speaks(words)).map_or(OTHER, |(_, substance)| *substance)
    }

    /// What rings below a floor or wall of this: a covering too soft to carry anything lies on screed.
    pub(crate) fn bearing(&self) -> &Self {
        const CARRIES_PA: f64 = 1e9;
        if self.young_pa < CARRIES_PA { &OTHER } else { self }
    }

    /// E/(1−ν²).
    pub(crate) fn plane_modulus_pa(&self) -> f64 {
        self.young_pa / (1.0 - self.poisson * self.poisson)
    }
}
