//! Material names to how things made of them ring.

/// How a body rings when struck.
#[derive(Debug)]
pub(crate) struct Substance {
    /// Any of these inside a material's name selects it.
    words: &'static [&'static str],
    /// Loss factor: a partial of frequency f dies by 60 dB in 2.2/(f·loss) seconds.
    pub(crate) loss: f64,
    /// Lowest partial of a body of one kilogram.
    pub(crate) lowest_hz: f64,
    /// Partials over the lowest.
    pub(crate) ratios: &'static [f64],
    /// Share of the hit's energy that leaves as sound.
    pub(crate) efficiency: f64,
    /// How long a hit touches, which hides partials above about its inverse.
    pub(crate) touch_s: f64,
}

/// Bending of a free bar (Fletcher and Rossing, The Physics of Musical Instruments, 2.15).
const BAR: &[f64] = &[1.0, 2.757, 5.404, 8.933, 13.344];
/// Bending of a supported 4:3 plate: (m²/16 + n²/9) over its lowest, (1,1) (2,1) (1,2) (2,2) (3,2).
const PLATE: &[f64] = &[1.0, 2.08, 2.92, 4.0, 5.8];
/// A lump.
const LUMP: &[f64] = &[1.0, 1.59, 2.14];

/// Loss factors: steel and glass 0.006, aluminium 0.014, ceramic 0.04, wood 0.1, rubber 1.0 (the usual vibration
/// literature); raised for walls and floors, which lose to what they stand on. Efficiencies and pitches are chosen so
/// that a dropped tool is about 90 dB at one metre. The first match wins.
const SUBSTANCES: &[Substance] = &[
    Substance {
        words: &["rubber", "tyre", "tire", "foam"],
        loss: 1.0,
        lowest_hz: 95.0,
        ratios: LUMP,
        efficiency: 3e-6,
        touch_s: 3.8e-3,
    },
    Substance {
        words: &[
            "carpet", "fabric", "cloth", "curtain", "cotton", "leather", "skin", "grass", "soil", "sand",
            "snow",
        ],
        loss: 1.5,
        lowest_hz: 75.0,
        ratios: LUMP,
        efficiency: 1e-6,
        touch_s: 6e-3,
    },
    Substance {
        words: &["alumin", "foil"],
        loss: 0.014,
        lowest_hz: 640.0,
        ratios: BAR,
        efficiency: 4e-5,
        touch_s: 8e-5,
    },
    Substance {
        words: &[
            "steel", "metal", "iron", "brass", "bronze", "copper", "chrome", "gold", "silver", "titanium",
            "gunmetal",
        ],
        loss: 0.006,
        lowest_hz: 520.0,
        ratios: BAR,
        efficiency: 4e-5,
        touch_s: 5e-5,
    },
    Substance {
        words: &["glass", "crystal", "mirror", "ice"],
        loss: 0.006,
        lowest_hz: 780.0,
        ratios: PLATE,
        efficiency: 4e-5,
        touch_s: 5e-5,
    },
    Substance {
        words: &["ceramic", "porcelain", "tile", "marble"],
        loss: 0.04,
        lowest_hz: 690.0,
        ratios: PLATE,
        efficiency: 3e-5,
        touch_s: 6e-5,
    },
    Substance {
        words: &["wood", "oak", "pine", "walnut", "birch", "plywood", "parquet", "timber", "cork", "board"],
        loss: 0.1,
        lowest_hz: 310.0,
        ratios: BAR,
        efficiency: 2e-5,
        touch_s: 1.4e-4,
    },
    Substance {
        words: &["plastic", "vinyl", "acrylic", "nylon", "lino"],
        loss: 0.12,
        lowest_hz: 360.0,
        ratios: BAR,
        efficiency: 1e-5,
        touch_s: 2.5e-4,
    },
    OTHER,
];

/// Stone, concrete, plaster and what has no known name: a dull knock.
const OTHER: Substance =
    Substance { words: &[], loss: 0.22, lowest_hz: 150.0, ratios: LUMP, efficiency: 4e-6, touch_s: 1e-4 };

impl Substance {
    /// The substance a material's name speaks of.
    pub(crate) fn named(material: &str) -> &'static Self {
        let name = material.to_lowercase();
        SUBSTANCES.iter().find(|s| s.words.iter().any(|word| name.contains(word))).unwrap_or(&OTHER)
    }
}
