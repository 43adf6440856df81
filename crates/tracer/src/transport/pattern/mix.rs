//! Noises and cells to relief, colour and roughness: what each substance looks like.

use glam::Vec3;

use super::{
    ASPHALT, BRICK, BRUSHED, CONCRETE, GRAINED, Grain, LEATHER, SKIN, TILED, TUFTED, VEINED, WOOD, WORN,
    WOVEN,
    layout::{Spot, line},
    noises::Noises,
};
use crate::{
    transport::noise::{fade, ramp, unit},
    world::MaterialRecord,
};

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

pub(crate) fn mix(material: &MaterialRecord, p: Vec3, spot: &Spot, noises: &Noises, width: f32) -> Grain {
    let amount = material.pattern_amount;
    match material.pattern {
        BRUSHED => brushed(noises, width),
        GRAINED => grained(noises, width),
        WORN => worn(noises, width, amount),
        CONCRETE => concrete(noises, width),
        WOOD => wood(spot, noises, width, amount),
        WOVEN => woven(spot, noises, width),
        LEATHER => leather(noises),
        SKIN => skin(noises),
        ASPHALT => asphalt(noises, width, amount),
        BRICK => brick(spot, noises, width),
        TILED => tiled(spot, noises, width),
        TUFTED => tufted(noises),
        VEINED => veined(p, noises, width),
        _ => smudged(noises),
    }
}

fn gray(value: f32) -> Vec3 {
    Vec3::splat(value)
}

/// What is lost of a relief of a root mean square slope when a share of it remains.
fn lost(slope: f32, share: f32) -> f32 {
    slope * slope * (1.0 - share * share)
}

/// More bits of a cell or a board.
fn other(id: u32) -> f32 {
    unit(id.wrapping_mul(0x9e37_79b9))
}

/// Round pits or specks in some of the cells; 1 in their middle.
fn spots(noises: &Noises, from: f32, size: f32) -> f32 {
    let radius = size * (other(noises.cells.id) - from).max(0.0);
    noises.share * (1.0 - ramp(0.5 * radius, radius + 1e-3, noises.cells.nearest))
}

/// 1 along the edges of cells.
fn crease(noises: &Noises, wide: f32) -> f32 {
    noises.share * (1.0 - ramp(0.0, wide, noises.cells.next - noises.cells.nearest))
}

fn brushed(noises: &Noises, width: f32) -> Grain {
    let (scratches, bands) = (noises.n.x, noises.n.y);
    Grain {
        height: 0.05 * scratches,
        color: gray(1.0 + 0.05 * scratches + 0.05 * bands),
        roughness: 0.05 * scratches + 0.06 * bands,
        lost: lost(0.12, fade(1.0, width)),
        ..EVEN
    }
}

fn grained(noises: &Noises, width: f32) -> Grain {
    let (bumps, clouds) = (noises.n.x, noises.n.y);
    Grain {
        height: 0.07 * bumps,
        color: gray(1.0 + 0.03 * bumps + 0.04 * clouds),
        roughness: 0.04 * bumps + 0.04 * clouds,
        lost: lost(0.12, fade(1.0, width)),
        ..EVEN
    }
}

fn worn(noises: &Noises, width: f32, amount: f32) -> Grain {
    let (chips, peel, scuffs) = (noises.n.x + 0.5 * noises.n.y, noises.n.z, noises.n.w);
    let edge = 1.15 - 1.5 * amount;
    let soft = 0.02 + 0.25 * width;
    let bare = ramp(edge - soft, edge + soft, chips);
    let rim = ramp(edge - 0.12 - soft, edge, chips) * (1.0 - bare);
    Grain {
        height: 0.002 * peel - 0.012 * bare + 0.003 * rim,
        color: gray((1.0 + 0.05 * scuffs) * (1.0 - 0.5 * rim)),
        roughness: 0.07 * scuffs + 0.2 * rim,
        bare,
        bare_color: Vec3::new(0.42, 0.4, 0.38) * (1.0 + 0.25 * scuffs),
        bare_roughness: 0.42 + 0.15 * scuffs,
        bare_metallic: 1.0,
        ..EVEN
    }
}

fn concrete(noises: &Noises, width: f32) -> Grain {
    let (clouds, sand, pores) = (noises.n.x, noises.n.y, spots(noises, 0.55, 0.6));
    Grain {
        height: 0.003 * sand - 0.02 * pores + 0.004 * clouds,
        color: gray((1.0 + 0.16 * clouds + 0.2 * sand) * (1.0 - 0.45 * pores)),
        roughness: 0.06 * clouds + 0.1 * pores,
        lost: lost(0.15, fade(0.02, width)),
        ..EVEN
    }
}

fn wood(spot: &Spot, noises: &Noises, width: f32, amount: f32) -> Grain {
    let (warp, fibres) = (noises.n.x, noises.n.y);
    let rings = 4.0 * spot.flat.y + 5.0 * warp + 40.0 * unit(spot.id);
    let phase = rings - rings.floor();
    // Late wood comes gradually and ends sharply.
    let band = fade(0.2, width) * (ramp(0.0, 0.75, phase) - ramp(0.85, 1.0, phase) - 0.4);
    let pore = ramp(0.35, 0.6, fibres) * ramp(-0.3, 0.3, band);
    let joint = if amount > 0.0 { line(spot.edge, 0.008, 0.006, width) } else { 0.0 };
    let tone = 1.0 + 0.3 * fade(1.0, width) * (other(spot.id) - 0.5);
    let dark = (1.0 - 0.3 * band) * (1.0 + 0.22 * fibres) * (1.0 - 0.35 * pore) * tone;
    Grain {
        height: 0.0016 * fibres - 0.003 * pore - 0.0015 * band - 0.025 * joint,
        color: Vec3::new(dark, dark * (1.0 - 0.08 * band), dark * (1.0 - 0.16 * band)) * (1.0 - 0.75 * joint),
        roughness: 0.08 * band + 0.1 * pore + 0.3 * joint + 0.05 * warp,
        lost: lost(0.08, fade(0.012, width)),
        ..EVEN
    }
}

fn woven(spot: &Spot, noises: &Noises, width: f32) -> Grain {
    let (fibres, clouds, share) = (noises.n.x, noises.n.y, fade(1.5, width));
    let tone = 1.0 + share * (0.3 * (unit(spot.id) - 0.5) + 0.45 * (spot.top - 0.7)) + 0.12 * fibres;
    Grain {
        height: share * 0.3 * spot.top + 0.02 * fibres,
        color: gray(tone * (1.0 + 0.06 * clouds)),
        roughness: 0.04 * fibres,
        lost: lost(0.5, share),
        ..EVEN
    }
}

fn leather(noises: &Noises) -> Grain {
    let (folds, fine, share) = (noises.n.x, noises.n.w, noises.share);
    let crease = crease(noises, 0.5);
    Grain {
        height: -0.1 * crease - share * 0.05 * noises.cells.nearest + 0.012 * fine + 0.8 * folds,
        color: gray(1.0 - 0.3 * crease - 0.15 * (1.0 - share) + 0.12 * folds + 0.04 * fine),
        roughness: 0.15 * crease + 0.05 * (1.0 - share) + 0.04 * fine + 0.05 * folds,
        lost: lost(0.22, share),
        ..EVEN
    }
}

fn skin(noises: &Noises) -> Grain {
    let (blood, lines) = (noises.n.x, crease(noises, 0.35));
    Grain {
        height: -0.09 * lines,
        color: Vec3::new(1.0 + 0.05 * blood, 1.0 - 0.1 * blood, 1.0 - 0.12 * blood) * (1.0 - 0.1 * lines),
        roughness: 0.08 * lines + 0.05 * blood,
        lost: lost(0.15, noises.share),
        ..EVEN
    }
}

fn asphalt(noises: &Noises, width: f32, wet: f32) -> Grain {
    let (clouds, sand, share, cells) = (noises.n.x, noises.n.y, noises.share, &noises.cells);
    let edge = ramp(0.02, 0.5, cells.next - cells.nearest);
    let stone = 0.55 + share * (edge * (1.0 - 0.6 * cells.nearest * cells.nearest) - 0.55);
    let own = other(cells.id);
    let tone = 1.0 + share * (edge * (0.5 + 2.2 * own * own) - 1.0);
    let ground = 0.35 * stone + 0.05 * sand + 0.5 * clouds;
    // Water stands as high as it covers the wet share of the ground.
    let level = -0.25 + 0.9 * wet;
    let water = if wet > 0.0 { ramp(-0.06, 0.06 + 0.3 * width, level - ground) } else { 0.0 };
    let film = 0.35 * wet;
    Grain {
        height: (0.35 * stone + 0.04 * sand) * (1.0 - water),
        color: gray(tone * (1.0 + 0.15 * clouds + 0.1 * sand) * (1.0 - 0.4 * film)),
        roughness: 0.05 * sand - film,
        lost: lost(0.3, share) * (1.0 - water),
        bare: water,
        bare_color: gray(0.014),
        bare_roughness: 0.03,
        ..EVEN
    }
}

fn brick(spot: &Spot, noises: &Noises, width: f32) -> Grain {
    let (crumbs, clouds, sand) = (noises.n.x, noises.n.y, noises.n.z);
    let mortar = line(spot.edge + 0.006 * crumbs, 0.022, 0.012, width);
    let own = fade(0.5, width);
    let tone = 1.0 + 0.5 * own * (unit(spot.id) - 0.5) + 0.25 * clouds + 0.16 * sand;
    let warmth = 1.0 + 0.2 * own * (other(spot.id) - 0.5);
    Grain {
        height: 0.004 * clouds + 0.0022 * sand - 0.03 * mortar,
        color: Vec3::new(tone * warmth, tone, tone),
        roughness: 0.05 * clouds,
        lost: lost(0.1, fade(0.012, width)),
        bare: mortar,
        bare_color: gray(0.36 + 0.05 * clouds + 0.08 * sand),
        bare_roughness: 0.95,
        ..EVEN
    }
}

fn tiled(spot: &Spot, noises: &Noises, width: f32) -> Grain {
    let (waves, sand) = (noises.n.x, noises.n.y);
    let joint = line(spot.edge, 0.012, 0.012, width);
    let round = 1.0 - ramp(0.012, 0.05, spot.edge);
    let tilt = 0.006 * ((unit(spot.id) - 0.5) * spot.inner.x + (other(spot.id) - 0.5) * spot.inner.y);
    Grain {
        height: tilt + 0.0005 * waves - 0.008 * round - (0.012 - 0.0006 * sand) * joint,
        color: gray(1.0 + 0.08 * fade(1.0, width) * (unit(spot.id) - 0.5) + 0.01 * waves),
        roughness: 0.02 * waves,
        bare: joint,
        bare_color: gray(0.42 + 0.06 * sand),
        bare_roughness: 0.9,
        ..EVEN
    }
}

fn tufted(noises: &Noises) -> Grain {
    let (clouds, fibres, share, cells) = (noises.n.x, noises.n.z, noises.share, &noises.cells);
    let pile = 0.6 + share * (1.0 - ramp(0.1, 0.75, cells.nearest) - 0.6);
    let own = 0.5 + share * (other(cells.id) - 0.5);
    Grain {
        height: 0.45 * pile + 0.09 * fibres,
        color: gray((0.45 + 0.9 * pile) * (0.85 + 0.3 * own) * (1.0 + 0.12 * clouds) + 0.15 * fibres),
        lost: lost(0.6, share),
        ..EVEN
    }
}

fn veined(p: Vec3, noises: &Noises, width: f32) -> Grain {
    let (warp, clouds) = (noises.n.x, noises.n.y);
    let vein = |frequency: f32, sharpness: f32| {
        let phase = frequency * (p.x * 0.9 + p.y * 0.5 + p.z * 0.7) + 2.2 * warp;
        1.0 - ramp(0.0, sharpness + width, (phase - phase.floor() - 0.5).abs())
    };
    let veins = 0.8 * vein(0.7, 0.1) + 0.35 * vein(2.1, 0.06) * ramp(-0.2, 0.6, warp);
    let dark = (1.0 - 0.55 * veins) * (1.0 + 0.07 * clouds);
    Grain {
        color: Vec3::new(dark, dark * (1.0 + 0.02 * veins), dark * (1.0 + 0.06 * veins)),
        roughness: 0.05 * veins + 0.03 * clouds,
        ..EVEN
    }
}

fn smudged(noises: &Noises) -> Grain {
    let (prints, wipes, speck) = (noises.n.x.max(0.0), noises.n.y, spots(noises, 0.55, 0.22));
    Grain {
        height: 0.0006 * speck,
        color: gray(1.0 - 0.04 * prints),
        roughness: 0.22 * prints + 0.05 * wipes + 0.2 * speck,
        bare: 0.5 * speck,
        bare_color: gray(0.4),
        bare_roughness: 0.9,
        ..EVEN
    }
}
