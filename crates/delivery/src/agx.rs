//! Scene-linear light to display-linear light, as film would take it: AgX.
//!
//! Colours move towards each other before a per-channel curve and apart after it, so that a bright saturated light
//! turns paler instead of clipping to a primary, and hues stay. This is the computation behind the table Blender
//! calls "AgX Base sRGB", without the table: Troy Sobotka's AgX as worked out by Eary Chow
//! (github.com/EaryChow/AgX_LUT_Gen: `AgXBasesRGB.py`, `AgXBaseRec2020.py`), with its curve by Jed Smith.

use std::sync::LazyLock;

use glam::{Mat3, Vec3};

use crate::transfer::srgb_from_linear;

/// Scene-linear Rec.709, 0.18 being middle grey, to sRGB code values 0 to 1.
///
/// Below 0.18·2^−10 is black, above 0.18·2^6.5 ≈ 16.3 is white; middle grey stays 0.18 in light. Negative and NaN
/// count as 0.
#[expect(clippy::manual_clamp, reason = "clamp would keep NaN")]
pub fn agx(scene: [f32; 3]) -> [f32; 3] {
    let scene = Vec3::from(scene.map(|value| value.max(0.0).min(f32::MAX / 4.0)));
    let inset = INSET * (REC2020_FROM_REC709 * scene);
    let formed = keep_hue(inset, Vec3::from(inset.to_array().map(encode)));
    let display = REC709_FROM_REC2020 * (OUTSET * formed);
    into_gamut(display).to_array().map(srgb_from_linear)
}

/// Middle grey in the scene and on the display.
const GREY: f32 = 0.18;
/// Stops below and above middle grey that the curve spans.
const STOPS: (f32, f32) = (-10.0, 6.5);
/// Display-linear from the curve's own encoding.
const POWER: f32 = 2.4;
/// The curve at middle grey: its slope, and how gently toe and shoulder leave it.
const SLOPE: f32 = 2.4;
const SOFTNESS: f32 = 1.5;
/// Of the hue shift that curves on single channels cause, the part that stays.
const HUE_SHIFT_KEPT: f32 = 0.4;

/// ITU-R BT.2087, table 1, to more digits.
const REC2020_FROM_REC709: Mat3 = rows([
    [0.627_403_9, 0.329_283_04, 0.043_313_07],
    [0.069_097_29, 0.919_540_4, 0.011_362_316],
    [0.016_391_44, 0.088_013_31, 0.895_595_25],
]);
const REC709_FROM_REC2020: Mat3 = rows([
    [1.660_491, -0.587_641_1, -0.072_849_86],
    [-0.124_550_47, 1.132_899_9, -0.008_349_42],
    [-0.018_150_76, -0.100_578_9, 1.118_729_7],
]);
/// Primaries rotated by 3°, −1°, −2° and drawn in by 0.40, 0.22, 0.13 (Rec.2020).
const INSET: Mat3 = rows([
    [0.856_627_15, 0.095_121_24, 0.048_251_606],
    [0.137_318_97, 0.761_242, 0.101_439_04],
    [0.111_898_21, 0.076_799_42, 0.811_302_37],
]);
/// The inverse of primaries drawn in by 0.40, 0.22, 0.04 without rotation (Rec.2020).
const OUTSET: Mat3 = rows([
    [1.127_100_6, -0.110_606_64, -0.016_493_939],
    [-0.141_329_76, 1.157_823_7, -0.016_493_939],
    [-0.141_329_76, -0.110_606_64, 1.251_936_4],
]);
/// Luminance of Rec.2020 by the CIE 2015 observer, as the gamut step weighs it.
const LUMINANCE: Vec3 = Vec3::new(0.265_818_04, 0.598_469_86, 0.135_712_1);

const fn rows(rows: [[f32; 3]; 3]) -> Mat3 {
    let [a, b, c] = rows;
    Mat3::from_cols_array(&[a[0], b[0], c[0], a[1], b[1], c[1], a[2], b[2], c[2]])
}

/// One channel through the logarithm and the curve: display light to the power of 1/2.4.
fn encode(value: f32) -> f32 {
    let stops = (value.max(f32::MIN_POSITIVE) / GREY).log2();
    CURVE.at(((stops - STOPS.0) / (STOPS.1 - STOPS.0)).clamp(0.0, 1.0))
}

/// The sigmoid, 0 to 1 onto 0 to 1: s·x/(1 + xᵖ)^(1/p) on either side of middle grey, each side scaled to end at its
/// corner (Jed Smith, desmos.com/calculator/yrysofmx8h).
struct Curve {
    /// Middle grey, in and out.
    pivot: (f32, f32),
    /// Scales below and above it.
    scale: (f32, f32),
}

/// Worked out once, not for every pixel.
static CURVE: LazyLock<Curve> = LazyLock::new(|| {
    let pivot = (-STOPS.0 / (STOPS.1 - STOPS.0), GREY.powf(1.0 / POWER));
    let scale = |reach_x: f32, reach_y: f32| {
        let run = SLOPE * reach_x;
        (run.powf(-SOFTNESS) * ((run / reach_y).powf(SOFTNESS) - 1.0)).powf(-1.0 / SOFTNESS)
    };
    Curve { pivot, scale: (scale(pivot.0, pivot.1), scale(1.0 - pivot.0, 1.0 - pivot.1)) }
});

impl Curve {
    fn at(&self, x: f32) -> f32 {
        let away = x - self.pivot.0;
        let scale = if away < 0.0 { self.scale.0 } else { self.scale.1 };
        let term = SLOPE * away.abs() / scale;
        let rise = scale * term / (1.0 + term.powf(SOFTNESS)).powf(1.0 / SOFTNESS);
        self.pivot.1 + rise.copysign(away)
    }
}

/// Display light of an encoded colour, its middle channel put back towards where it stood between the other two
/// before the curve.
///
/// A rising curve on each channel keeps their order, so the hue moves inside its sixth of the circle, where it is
/// linear in the middle channel's place: the mix of hues needs no hue angle, and cannot wrap. Blender's table mixes
/// the hue before the curve with the hue of the encoded values, not of their light.
fn keep_hue(before: Vec3, encoded: Vec3) -> Vec3 {
    let (first, middle, last) = order(before);
    let place = |color: Vec3| {
        let range = color[last] - color[first];
        if range > 0.0 { ((color[middle] - color[first]) / range).clamp(0.0, 1.0) } else { 0.0 }
    };
    let mixed = place(before) + HUE_SHIFT_KEPT * (place(encoded) - place(before));
    let mut light = encoded.powf(POWER);
    light[middle] = light[first] + (light[last] - light[first]) * mixed;
    light
}

/// Channels from the smallest to the largest.
fn order(color: Vec3) -> (usize, usize, usize) {
    let mut channels = [0, 1, 2];
    channels.sort_by(|&a, &b| color[a].total_cmp(&color[b]));
    (channels[0], channels[1], channels[2])
}

/// Lifts colours outside Rec.709 until no channel is negative, then dims them to the brightness they had
/// (`luminance_compenstation_srgb.py`, after Sakari Kapanen).
fn into_gamut(color: Vec3) -> Vec3 {
    let lift = (-color.min_element()).max(0.0);
    if lift == 0.0 {
        return color;
    }
    let lifted = color + Vec3::splat(lift);
    let (wanted, got) = (brightness(color), brightness(lifted));
    if got > wanted && got > 0.0 { lifted * (wanted / got).max(0.0) } else { lifted }
}

/// Luminance that a negative channel does not pull down: measured from the opponent colour, except where bright.
fn brightness(color: Vec3) -> f32 {
    let opponent = Vec3::splat(color.max_element()) - color;
    let luminance = LUMINANCE.dot(REC2020_FROM_REC709 * color);
    let opponent_luminance = LUMINANCE.dot(REC2020_FROM_REC709 * opponent);
    let compensated = opponent.max_element() - opponent_luminance + luminance;
    let bright = luminance.max(0.0).powf(0.08).min(1.0);
    compensated + bright * (luminance - compensated)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nodes (red, green, blue) of Blender's `AgX_Base_sRGB.cube` (37 a side) and their values, encoded with a
    /// power of 1/2.4: github.com/blender/blender, release/datafiles/colormanagement/luts, version 4.
    const BLENDER: [([u8; 3], [f32; 3]); 15] = [
        ([15, 15, 15], [0.549_067_8, 0.549_066_2, 0.549_099_9]),
        ([14, 15, 15], [0.340_647, 0.560_298_8, 0.560_180_9]),
        ([19, 15, 15], [0.981_511_4, 0.566_004_1, 0.528_415_5]),
        ([16, 14, 15], [0.736_324_8, 0.422_587_6, 0.550_363_3]),
        ([14, 14, 15], [0.420_098_9, 0.441_871_5, 0.579_016_5]),
        ([15, 16, 15], [0.489_992_5, 0.656_078_3, 0.525_673_9]),
        ([17, 16, 15], [0.786_58, 0.628_994_1, 0.508_165_6]),
        ([15, 13, 15], [0.625_985_9, 0.306_247_4, 0.579_98]),
        ([11, 12, 12], [0.152_915_1, 0.289_843_5, 0.290_040_5]),
        ([14, 12, 12], [0.535_189_6, 0.256_692_8, 0.250_223_5]),
        ([16, 12, 12], [0.791_392_3, 0.226_735_8, 0.157_635_2]),
        ([15, 13, 12], [0.652_836_2, 0.346_939_2, 0.175_745_4]),
        ([12, 13, 12], [0.227_873_1, 0.369_733_6, 0.263_137_3]),
        ([13, 14, 12], [0.321_873_4, 0.465_145_1, 0.203_221_2]),
        ([15, 14, 12], [0.625_521_2, 0.452_178_2, 0.083_526_8]),
    ];

    /// The table's input: E-Gamut, logarithmic from −10 to +15 stops around 0.18.
    fn scene_of_node(node: [u8; 3]) -> [f32; 3] {
        let gamut = node.map(|index| 0.18 * f64::from(-10.0 + 25.0 * f32::from(index) / 36.0).exp2());
        let xyz = times(
            [
                [0.705_396_85, 0.164_041_33, 0.081_017_75],
                [0.280_130_72, 0.820_206_64, -0.100_337_37],
                [-0.103_781_51, -0.072_907_257, 1.265_746_5],
            ],
            gamut,
        );
        let rec709 = times(
            [
                [3.241_003_23, -1.537_398_97, -0.498_615_88],
                [-0.969_224_25, 1.875_929_98, 0.041_554_226],
                [0.055_639_42, -0.204_011_206, 1.057_148_98],
            ],
            xyz,
        );
        rec709.map(|value| value as f32)
    }

    fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
    }

    #[test]
    fn agrees_with_blenders_table_within_a_twentieth_of_a_code_value() {
        for (node, table) in BLENDER {
            let scene = scene_of_node(node);
            let ours = agx(scene);
            for (channel, value) in table.into_iter().enumerate() {
                let expected = srgb_from_linear(value.powf(2.4));
                let error = 255.0 * (ours[channel] - expected).abs();
                assert!(error < 0.05, "{node:?} {scene:?}: {ours:?}, table {expected} in channel {channel}");
            }
        }
    }

    fn luminance([r, g, b]: [f32; 3]) -> f32 {
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    #[test]
    fn middle_grey_stays_middle_grey() {
        for value in agx([0.18; 3]) {
            assert!((value - srgb_from_linear(0.18)).abs() < 1e-4, "{value}");
        }
    }

    #[test]
    fn black_is_black_and_6_5_stops_over_grey_is_white() {
        assert_eq!(agx([0.0; 3]), [0.0; 3]);
        assert_eq!(agx([-3.0; 3]), [0.0; 3]);
        assert!(agx([0.18 * 6.5f32.exp2(); 3]).iter().all(|value| (value - 1.0).abs() < 1e-5));
        assert!(agx([f32::INFINITY; 3]).iter().all(|value| (value - 1.0).abs() < 1e-5));
    }

    #[test]
    fn greys_stay_grey_and_rise() {
        let mut last = -1.0;
        for step in 0..=330 {
            let [r, g, b] = agx([0.18 * (step as f32 / 20.0 - 10.0).exp2(); 3]);
            assert!((r - g).abs() < 2e-6 && (g - b).abs() < 2e-6, "{r} {g} {b}");
            assert!(g > last, "step {step}: {g} after {last}");
            last = g;
        }
    }

    #[test]
    fn more_light_of_a_colour_is_never_darker() {
        for colour in [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.4, 0.1], [0.1, 0.3, 0.9]] {
            let mut last = -1.0;
            for step in 0..=200 {
                let light = (step as f32 / 10.0 - 10.0).exp2();
                let now = luminance(agx(colour.map(|c: f32| c * light)));
                assert!(now > last - 2e-3, "{colour:?} at {light}: {now} after {last}");
                last = now;
            }
        }
    }

    #[test]
    fn a_very_bright_colour_turns_white() {
        for colour in [[1.0, 0.02, 0.02], [0.02, 1.0, 0.02], [0.02, 0.02, 1.0]] {
            let faint = agx(colour.map(|c: f32| c * 0.1));
            let bright = agx(colour.map(|c: f32| c * 1.0e5));
            let spread = |c: [f32; 3]| {
                c.iter().fold(0.0f32, |a, &b| a.max(b)) - c.iter().fold(1.0f32, |a, &b| a.min(b))
            };
            assert!(spread(faint) > 0.2 && spread(bright) < 0.02, "{faint:?} {bright:?}");
        }
    }

    #[test]
    fn output_is_always_a_code_value() {
        for step in 0..4096u32 {
            let value = |shift: u32| (((step >> shift) & 15) as f32 - 12.0).exp2() * 4.0 - 0.001;
            let graded = agx([value(0), value(4), value(8)]);
            assert!(graded.iter().all(|v| (0.0..=1.0).contains(v)), "{graded:?}");
        }
    }

    #[test]
    fn inset_and_gamut_matrices_keep_white() {
        for matrix in [REC2020_FROM_REC709, REC709_FROM_REC2020, INSET, OUTSET] {
            assert!((matrix * Vec3::ONE - Vec3::ONE).abs().max_element() < 1e-5, "{matrix}");
        }
        let identity = REC709_FROM_REC2020 * REC2020_FROM_REC709;
        assert!((0..3).all(|i| (identity.col(i) - Mat3::IDENTITY.col(i)).abs().max_element() < 1e-5));
    }
}
