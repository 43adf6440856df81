//! Fine structure of surfaces as functions of a point: relief, colour, roughness, and what lies bare in places.
//!
//! All in units of the pattern's own scale. `width` is a ray's footprint: what is finer is left out, and what its
//! slopes would have done to a highlight comes back as roughness (after Olano and Baker, "LEAN Mapping", 2010).

use glam::{IVec3, Vec2, Vec3};

use super::noise::{cells, fade, flattened, fractal_noise, gradient_noise, lattice, ramp, unit};
use crate::world::MaterialRecord;

/// Kinds, as `maquette_conditioning::Pattern` numbers them.
const BRUSHED: u32 = 1;
const GRAINED: u32 = 2;
const WORN: u32 = 3;
const CONCRETE: u32 = 4;
const WOOD: u32 = 5;
const WOVEN: u32 = 6;
const LEATHER: u32 = 7;
const SKIN: u32 = 8;
const ASPHALT: u32 = 9;
const BRICK: u32 = 10;
const TILED: u32 = 11;
const TUFTED: u32 = 12;
const VEINED: u32 = 13;

/// What a pattern makes of a surface at a point.
#[derive(Clone, Copy)]
pub(crate) struct Grain {
    /// Of the relief, in units of the scale.
    pub(crate) height: f32,
    /// Multiplies the base colour.
    pub(crate) color: Vec3,
    /// Added to the roughness.
    pub(crate) roughness: f32,
    /// Mean square of the slopes that are too fine to show.
    pub(crate) lost: f32,
    /// Share of the other substance, and what that is.
    pub(crate) bare: f32,
    pub(crate) bare_color: Vec3,
    pub(crate) bare_roughness: f32,
    pub(crate) bare_metallic: f32,
}

const EVEN: Grain = Grain {
    height: 0.0,
    color: Vec3::ONE,
    roughness: 0.0,
    lost: 0.0,
    bare: 0.0,
    bare_color: Vec3::ZERO,
    bare_roughness: 0.0,
    bare_metallic: 0.0,
};

/// The material's pattern at `p`, in units of its scale. `normal` chooses the plane of flat patterns.
pub(crate) fn grain(material: &MaterialRecord, p: Vec3, normal: Vec3, width: f32) -> Grain {
    let amount = material.pattern_amount;
    match material.pattern {
        BRUSHED => brushed(p, width),
        GRAINED => grained(p, width),
        WORN => worn(p, width, amount),
        CONCRETE => concrete(p, width),
        WOOD => wood(p, normal, width, amount),
        WOVEN => woven(flattened(p, normal), width),
        LEATHER => leather(p, width),
        SKIN => skin(p, width),
        ASPHALT => asphalt(p, width, amount),
        BRICK => brick(p, normal, width),
        TILED => tiled(p, normal, width),
        TUFTED => tufted(p, width),
        VEINED => veined(p, width),
        _ => smudged(p, width),
    }
}

fn gray(value: f32) -> Vec3 {
    Vec3::splat(value)
}

/// Fades out a relief of a root mean square slope: what remains, and what is lost.
fn lost(slope: f32, share: f32) -> f32 {
    slope * slope * (1.0 - share * share)
}

fn brushed(p: Vec3, width: f32) -> Grain {
    let drawn = p * Vec3::new(0.02, 1.0, 1.0);
    let scratches = fractal_noise(drawn, 3, 1, width);
    let bands = fractal_noise(p * Vec3::new(0.004, 0.12, 0.12), 2, 5, 0.12 * width);
    Grain {
        height: 0.05 * scratches,
        color: gray(1.0 + 0.05 * scratches + 0.05 * bands),
        roughness: 0.05 * scratches + 0.06 * bands,
        lost: lost(0.12, fade(1.0, width)),
        ..EVEN
    }
}

fn grained(p: Vec3, width: f32) -> Grain {
    let bumps = fractal_noise(p, 2, 11, width);
    let clouds = fractal_noise(p * 0.03, 2, 13, 0.03 * width);
    Grain {
        height: 0.07 * bumps,
        color: gray(1.0 + 0.03 * bumps + 0.04 * clouds),
        roughness: 0.04 * bumps + 0.04 * clouds,
        lost: lost(0.12, fade(1.0, width)),
        ..EVEN
    }
}

fn worn(p: Vec3, width: f32, amount: f32) -> Grain {
    let chips = fractal_noise(p, 5, 21, width) + 0.5 * gradient_noise(p * 0.2, 27);
    let edge = 1.15 - 1.5 * amount;
    let soft = 0.02 + 0.25 * width;
    let bare = ramp(edge - soft, edge + soft, chips);
    let rim = ramp(edge - 0.12 - soft, edge, chips) * (1.0 - bare);
    let peel = fade(0.12, width) * gradient_noise(p * 8.0, 29);
    let scuffs = fractal_noise(p * Vec3::new(0.5, 3.0, 0.5), 3, 31, width);
    Grain {
        height: 0.002 * peel - 0.012 * bare + 0.003 * rim,
        color: gray(1.0 + 0.05 * scuffs) * (1.0 - 0.5 * rim),
        roughness: 0.07 * scuffs + 0.2 * rim,
        bare,
        bare_color: Vec3::new(0.42, 0.4, 0.38) * (1.0 + 0.25 * scuffs),
        bare_roughness: 0.42 + 0.15 * scuffs,
        bare_metallic: 1.0,
        ..EVEN
    }
}

fn concrete(p: Vec3, width: f32) -> Grain {
    let clouds = fractal_noise(p, 4, 41, width);
    let sand_share = fade(0.02, width);
    let sand = if sand_share > 0.0 { sand_share * fractal_noise(p * 50.0, 2, 47, 50.0 * width) } else { 0.0 };
    let pores = pores(p * 9.0, 9.0 * width);
    Grain {
        height: 0.0008 * sand - 0.02 * pores + 0.004 * clouds,
        color: gray((1.0 + 0.16 * clouds + 0.08 * sand) * (1.0 - 0.45 * pores)),
        roughness: 0.06 * clouds + 0.1 * pores,
        lost: lost(0.08, sand_share),
        ..EVEN
    }
}

/// Round pits of all sizes in one cell of five; 1 at their bottom.
fn pores(p: Vec3, width: f32) -> f32 {
    let share = fade(0.6, width);
    if share <= 0.0 {
        return 0.0;
    }
    let cell = cells(p, 43);
    let size = 0.45 * (unit(cell.id.wrapping_mul(0x9e37_79b9)) - 0.6).max(0.0);
    share * (1.0 - ramp(0.55 * size, size + 1e-3, cell.nearest))
}

fn wood(p: Vec3, normal: Vec3, width: f32, amount: f32) -> Grain {
    let flat = flattened(p, normal);
    let depth = p.dot(normal.abs());
    let row = if amount > 0.0 { flat.y.floor() } else { 0.0 };
    let shift = 3.7 * unit(lattice(IVec3::new(row as i32, 0, 0), 51));
    let board = if amount > 0.0 { (flat.x / 9.0 + shift).floor() } else { 0.0 };
    let id = lattice(IVec3::new(row as i32, board as i32, 1), 53);
    let own = 40.0 * unit(id);
    let along = Vec3::new(0.25 * flat.x, flat.y, depth + own);
    let warp = fractal_noise(along * Vec3::new(1.0, 1.3, 1.3), 3, 55, width);
    let rings = 4.0 * flat.y + 5.0 * warp + own;
    let band_share = fade(0.2, width);
    let phase = rings - rings.floor();
    // Late wood comes gradually and ends sharply.
    let band = band_share * (ramp(0.0, 0.75, phase) - ramp(0.85, 1.0, phase) - 0.4);
    let fibre_share = fade(0.012, width);
    let fibres = match fibre_share > 0.0 {
        true => fibre_share * gradient_noise(Vec3::new(flat.x * 4.0, flat.y * 90.0, depth * 90.0 + own), 57),
        false => 0.0,
    };
    let pore = ramp(0.35, 0.6, fibres) * ramp(-0.3, 0.3, band);
    let joint = if amount > 0.0 { joint(flat, shift, width) } else { 0.0 };
    let tone = 1.0 + 0.3 * (unit(id ^ 0x5bd1_e995) - 0.5);
    let dark = (1.0 - 0.3 * band) * (1.0 + 0.1 * fibres) * (1.0 - 0.35 * pore) * tone;
    Grain {
        height: 0.0012 * fibres - 0.003 * pore - 0.0015 * band - 0.025 * joint,
        color: Vec3::new(dark, dark * (1.0 - 0.08 * band), dark * (1.0 - 0.16 * band)) * (1.0 - 0.75 * joint),
        roughness: 0.08 * band + 0.1 * pore + 0.3 * joint + 0.05 * warp,
        lost: lost(0.08, fibre_share),
        ..EVEN
    }
}

/// 1 in the gap between boards a unit wide and nine long.
fn joint(flat: Vec2, shift: f32, width: f32) -> f32 {
    let across = flat.y - flat.y.floor();
    let along = flat.x / 9.0 + shift;
    let along = 9.0 * (along - along.floor());
    let edge = across.min(1.0 - across).min(along.min(9.0 - along));
    line(edge, 0.008, 0.006, width)
}

/// A line of a half width with soft edges, as a share of what a footprint sees.
fn line(distance: f32, half: f32, soft: f32, width: f32) -> f32 {
    let wide = half.max(0.5 * width);
    (half / wide) * (1.0 - ramp(wide - 0.5 * soft, wide + soft.max(0.5 * width), distance))
}

fn woven(at: Vec2, width: f32) -> Grain {
    let share = fade(1.5, width);
    let cell = at.floor();
    let f = (at - cell - 0.5) * std::f32::consts::PI;
    let (i, j) = (cell.x as i32, cell.y as i32);
    let over = if (i + j) & 1 == 0 { 1.0 } else { -1.0 };
    let (c, d) = (f.x.cos(), f.y.cos());
    let weft = d * (0.6 + 0.4 * over * c);
    let warp = c * (0.6 - 0.4 * over * d);
    let weft_on_top = weft > warp;
    let thread = lattice(if weft_on_top { IVec3::new(j, 0, 7) } else { IVec3::new(i, 1, 7) }, 61);
    let twisted = if weft_on_top { Vec2::new(at.x, at.y) } else { Vec2::new(at.y, at.x) };
    let fibre_share = fade(0.16, width);
    let fibres = match fibre_share > 0.0 {
        true => {
            let along = Vec3::new(twisted.x * 2.0 + twisted.y * 3.0, twisted.y * 9.0 - twisted.x * 3.0, 0.5);
            fibre_share * gradient_noise(along, 63)
        }
        false => 0.0,
    };
    let top = weft.max(warp);
    let clouds = fractal_noise(Vec3::new(at.x, at.y, 0.0) * 0.02, 2, 65, 0.02 * width);
    let tone = 1.0 + share * (0.3 * (unit(thread) - 0.5) + 0.45 * (top - 0.7)) + 0.12 * fibres;
    Grain {
        height: share * 0.3 * top + 0.02 * fibres,
        color: gray(tone * (1.0 + 0.06 * clouds)),
        roughness: 0.04 * fibres,
        lost: lost(0.5, share),
        ..EVEN
    }
}

fn leather(p: Vec3, width: f32) -> Grain {
    let share = fade(0.9, width);
    let folds = fractal_noise(p * 0.12, 3, 73, 0.12 * width);
    if share <= 0.0 {
        return Grain {
            height: 0.8 * folds,
            color: gray(0.85 + 0.1 * folds),
            roughness: 0.05,
            lost: lost(0.22, 0.0),
            ..EVEN
        };
    }
    let warp = Vec3::new(gradient_noise(p * 0.7, 75), gradient_noise(p * 0.7, 77), 0.0);
    let cell = cells(p + 0.35 * warp, 71);
    let crease = 1.0 - ramp(0.0, 0.22, cell.next - cell.nearest);
    let fine = fade(0.12, width) * gradient_noise(p * 8.0, 79);
    Grain {
        height: share * (-0.16 * crease - 0.05 * cell.nearest) + 0.012 * fine + 0.8 * folds,
        color: gray(1.0 - share * 0.4 * crease - 0.15 * (1.0 - share) + 0.12 * folds + 0.04 * fine),
        roughness: share * 0.2 * crease + 0.04 * fine + 0.05 * folds,
        lost: lost(0.22, share),
        ..EVEN
    }
}

fn skin(p: Vec3, width: f32) -> Grain {
    let share = fade(0.9, width);
    let blood = fractal_noise(p * 0.03, 4, 83, 0.03 * width);
    let mut relief = 0.0;
    if share > 0.0 {
        let cell = cells(p, 81);
        let crease = 1.0 - ramp(0.0, 0.35, cell.next - cell.nearest);
        relief = share * crease;
    }
    Grain {
        height: -0.09 * relief,
        color: Vec3::new(1.0 + 0.05 * blood, 1.0 - 0.1 * blood, 1.0 - 0.12 * blood) * (1.0 - 0.1 * relief),
        roughness: 0.08 * relief + 0.05 * blood,
        lost: lost(0.15, share),
        ..EVEN
    }
}

fn asphalt(p: Vec3, width: f32, wet: f32) -> Grain {
    let share = fade(1.2, width);
    let clouds = fractal_noise(p * 0.02, 3, 93, 0.02 * width);
    let (mut stone, mut tone, mut sand) = (0.55, 1.0, 0.0);
    if share > 0.0 {
        let cell = cells(p, 91);
        let edge = ramp(0.05, 0.3, cell.next - cell.nearest);
        stone = 0.55 + share * (edge * (1.0 - 0.6 * cell.nearest * cell.nearest) - 0.55);
        let own = unit(cell.id.wrapping_mul(0x9e37_79b9));
        tone = 1.0 + share * (edge * (0.5 + 2.2 * own * own) - 1.0);
        sand = fade(0.15, width) * gradient_noise(p * 7.0, 95);
    }
    let ground = 0.35 * stone + 0.05 * sand + 0.5 * clouds;
    // Water stands as high as it covers the wet share of the ground.
    let level = -0.25 + 0.9 * wet;
    let water = if wet > 0.0 { ramp(-0.06, 0.06 + 0.3 * width, level - ground) } else { 0.0 };
    let film = if wet > 0.0 { 0.35 * wet } else { 0.0 };
    Grain {
        height: (0.35 * stone + 0.04 * sand) * (1.0 - water),
        color: gray(tone * (1.0 + 0.15 * clouds + 0.1 * sand) * (1.0 - 0.4 * film)),
        roughness: -film + 0.05 * sand,
        lost: lost(0.3, share) * (1.0 - water),
        bare: water,
        bare_color: gray(0.014),
        bare_roughness: 0.03,
        ..EVEN
    }
}

fn brick(p: Vec3, normal: Vec3, width: f32) -> Grain {
    const HEIGHT: f32 = 0.33;
    let flat = flattened(p, normal);
    let course = (flat.y / HEIGHT).floor();
    let half = if course as i32 & 1 == 0 { 0.0 } else { 0.5 };
    let along = flat.x + half;
    let number = along.floor();
    let rough_edge = 0.006 * fade(0.1, width) * gradient_noise(p * 14.0, 105);
    let across = flat.y - HEIGHT * course;
    let edge = (along - number).min(number + 1.0 - along).min(across.min(HEIGHT - across)) + rough_edge;
    let mortar = line(edge, 0.022, 0.012, width);
    let id = lattice(IVec3::new(number as i32, course as i32, 3), 101);
    let clouds = fractal_noise(p * 5.0, 4, 103, 5.0 * width);
    let sand_share = fade(0.012, width);
    let sand = if sand_share > 0.0 { sand_share * gradient_noise(p * 90.0, 107) } else { 0.0 };
    let tone = 1.0 + 0.5 * (unit(id) - 0.5) + 0.25 * clouds + 0.08 * sand;
    let warmth = 1.0 + 0.2 * (unit(id ^ 0x5bd1_e995) - 0.5);
    Grain {
        height: -0.03 * mortar + 0.004 * clouds + 0.0008 * sand,
        color: Vec3::new(tone * warmth, tone, tone),
        roughness: 0.05 * clouds,
        lost: lost(0.1, sand_share),
        bare: mortar,
        bare_color: gray(0.36 + 0.05 * clouds + 0.03 * sand),
        bare_roughness: 0.95,
        ..EVEN
    }
}

fn tiled(p: Vec3, normal: Vec3, width: f32) -> Grain {
    let flat = flattened(p, normal);
    let cell = flat.floor();
    let f = flat - cell;
    let id = lattice(IVec3::new(cell.x as i32, cell.y as i32, 5), 111);
    let edge = f.x.min(1.0 - f.x).min(f.y.min(1.0 - f.y));
    let joint = line(edge, 0.012, 0.012, width);
    let round = 1.0 - ramp(0.012, 0.05, edge);
    let tilt = 0.006 * ((unit(id) - 0.5) * f.x + (unit(id ^ 0x5bd1_e995) - 0.5) * f.y);
    let waves = fractal_noise(p * 4.0, 2, 113, 4.0 * width);
    let sand = fade(0.02, width) * gradient_noise(p * 60.0, 115);
    Grain {
        height: tilt + 0.0005 * waves - 0.008 * round - 0.012 * joint + 0.0006 * sand * joint,
        color: gray(1.0 + 0.08 * (unit(id) - 0.5) + 0.01 * waves),
        roughness: 0.02 * waves,
        bare: joint,
        bare_color: gray(0.42 + 0.06 * sand),
        bare_roughness: 0.9,
        ..EVEN
    }
}

fn tufted(p: Vec3, width: f32) -> Grain {
    let share = fade(1.0, width);
    let clouds = fractal_noise(p * 0.05, 3, 125, 0.05 * width);
    let (mut pile, mut own, mut fibres) = (0.6, 0.5, 0.0);
    if share > 0.0 {
        let warp = 0.25 * gradient_noise(p * 1.7, 127);
        let cell = cells(p + warp, 121);
        fibres = fade(0.15, width) * gradient_noise(p * Vec3::new(9.0, 2.5, 7.0), 123);
        pile = 0.6 + share * (1.0 - ramp(0.1, 0.75, cell.nearest) - 0.6);
        own = 0.5 + share * (unit(cell.id.wrapping_mul(0x9e37_79b9)) - 0.5);
    }
    Grain {
        height: 0.45 * pile + 0.09 * fibres,
        color: gray((0.45 + 0.9 * pile) * (0.85 + 0.3 * own) * (1.0 + 0.12 * clouds) + 0.15 * fibres),
        roughness: 0.0,
        lost: lost(0.6, share),
        ..EVEN
    }
}

fn veined(p: Vec3, width: f32) -> Grain {
    let warp = fractal_noise(p, 5, 131, width);
    let vein = |frequency: f32, sharpness: f32| {
        let phase = frequency * (p.x * 0.9 + p.y * 0.5 + p.z * 0.7) + 2.2 * warp;
        let off = (phase - phase.floor() - 0.5).abs();
        1.0 - ramp(0.0, sharpness + width, off)
    };
    let veins = 0.8 * vein(0.7, 0.1) + 0.35 * vein(2.1, 0.06) * ramp(-0.2, 0.6, warp);
    let clouds = fractal_noise(p * 1.7, 4, 137, 1.7 * width);
    let dark = (1.0 - 0.55 * veins) * (1.0 + 0.07 * clouds);
    Grain {
        color: Vec3::new(dark, dark * (1.0 + 0.02 * veins), dark * (1.0 + 0.06 * veins)),
        roughness: 0.05 * veins + 0.03 * clouds,
        ..EVEN
    }
}

fn smudged(p: Vec3, width: f32) -> Grain {
    let prints = fractal_noise(p, 4, 141, width).max(0.0);
    let wipes = fractal_noise(p * Vec3::new(0.3, 2.5, 0.6), 4, 145, width);
    let mut speck = 0.0;
    let share = fade(0.03, width);
    if share > 0.0 {
        let cell = cells(p * 14.0, 147);
        let size = 0.22 * (unit(cell.id.wrapping_mul(0x9e37_79b9)) - 0.55).max(0.0);
        speck = share * (1.0 - ramp(0.5 * size, size + 1e-3, cell.nearest));
    }
    Grain {
        height: 0.0006 * speck,
        color: gray(1.0 - 0.04 * prints),
        roughness: 0.16 * prints + 0.05 * wipes + 0.2 * speck,
        bare: 0.5 * speck,
        bare_color: gray(0.4),
        bare_roughness: 0.9,
        ..EVEN
    }
}
