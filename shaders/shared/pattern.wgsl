// Fine structure of surfaces as functions of a point; twin of `transport/pattern.rs`.

const BRUSHED: u32 = 1u;
const GRAINED: u32 = 2u;
const WORN: u32 = 3u;
const CONCRETE: u32 = 4u;
const WOOD: u32 = 5u;
const WOVEN: u32 = 6u;
const LEATHER: u32 = 7u;
const SKIN: u32 = 8u;
const ASPHALT: u32 = 9u;
const BRICK: u32 = 10u;
const TILED: u32 = 11u;
const TUFTED: u32 = 12u;
const VEINED: u32 = 13u;
// Height of a course over the length of a brick.
const COURSE: f32 = 0.33;

struct Grain {
    height: f32,
    color: vec3f,
    roughness: f32,
    lost: f32,
    bare: f32,
    bare_color: vec3f,
    bare_roughness: f32,
    bare_metallic: f32,
}

fn grain(material: u32, p: vec3f, normal: vec3f, width: f32) -> Grain {
    let amount = materials[material].pattern_amount;
    switch materials[material].pattern {
        case BRUSHED: { return brushed(p, width); }
        case GRAINED: { return grained(p, width); }
        case WORN: { return worn(p, width, amount); }
        case CONCRETE: { return concrete(p, width); }
        case WOOD: { return wood(p, normal, width, amount); }
        case WOVEN: { return woven(flattened(p, normal), width); }
        case LEATHER: { return leather(p, width); }
        case SKIN: { return skin(p, width); }
        case ASPHALT: { return asphalt(p, width, amount); }
        case BRICK: { return brick(p, normal, width); }
        case TILED: { return tiled(p, normal, width); }
        case TUFTED: { return tufted(p, width); }
        case VEINED: { return veined(p, width); }
        default: { return smudged(p, width); }
    }
}

fn plain_grain(height: f32, color: vec3f, roughness: f32, lost: f32) -> Grain {
    return Grain(height, color, roughness, lost, 0.0, vec3f(0.0), 0.0, 0.0);
}

fn lost_slope(slope: f32, share: f32) -> f32 {
    return slope * slope * (1.0 - share * share);
}

fn brushed(p: vec3f, width: f32) -> Grain {
    let scratches = fractal_noise(p * vec3f(0.02, 1.0, 1.0), 3u, 1u, width);
    let bands = fractal_noise(p * vec3f(0.004, 0.12, 0.12), 2u, 5u, 0.12 * width);
    return plain_grain(
        0.05 * scratches,
        vec3f(1.0 + 0.05 * scratches + 0.05 * bands),
        0.05 * scratches + 0.06 * bands,
        lost_slope(0.12, fade(1.0, width)),
    );
}

fn grained(p: vec3f, width: f32) -> Grain {
    let bumps = fractal_noise(p, 2u, 11u, width);
    let clouds = fractal_noise(p * 0.03, 2u, 13u, 0.03 * width);
    return plain_grain(
        0.07 * bumps,
        vec3f(1.0 + 0.03 * bumps + 0.04 * clouds),
        0.04 * bumps + 0.04 * clouds,
        lost_slope(0.12, fade(1.0, width)),
    );
}

fn worn(p: vec3f, width: f32, amount: f32) -> Grain {
    let chips = fractal_noise(p, 5u, 21u, width) + 0.5 * gradient_noise(p * 0.2, 27u);
    let edge = 1.15 - 1.5 * amount;
    let soft = 0.02 + 0.25 * width;
    let bare = ramp(edge - soft, edge + soft, chips);
    let rim = ramp(edge - 0.12 - soft, edge, chips) * (1.0 - bare);
    let peel = fade(0.12, width) * gradient_noise(p * 8.0, 29u);
    let scuffs = fractal_noise(p * vec3f(0.5, 3.0, 0.5), 3u, 31u, width);
    var made = plain_grain(
        0.002 * peel - 0.012 * bare + 0.003 * rim,
        vec3f(1.0 + 0.05 * scuffs) * (1.0 - 0.5 * rim),
        0.07 * scuffs + 0.2 * rim,
        0.0,
    );
    made.bare = bare;
    made.bare_color = vec3f(0.42, 0.4, 0.38) * (1.0 + 0.25 * scuffs);
    made.bare_roughness = 0.42 + 0.15 * scuffs;
    made.bare_metallic = 1.0;
    return made;
}

fn concrete(p: vec3f, width: f32) -> Grain {
    let clouds = fractal_noise(p, 4u, 41u, width);
    let sand_share = fade(0.02, width);
    var sand = 0.0;
    if (sand_share > 0.0) {
        sand = sand_share * fractal_noise(p * 50.0, 2u, 47u, 50.0 * width);
    }
    let pits = pores(p * 9.0, 9.0 * width);
    return plain_grain(
        0.0008 * sand - 0.02 * pits + 0.004 * clouds,
        vec3f((1.0 + 0.16 * clouds + 0.08 * sand) * (1.0 - 0.45 * pits)),
        0.06 * clouds + 0.1 * pits,
        lost_slope(0.08, sand_share),
    );
}

fn pores(p: vec3f, width: f32) -> f32 {
    let share = fade(0.6, width);
    if (share <= 0.0) {
        return 0.0;
    }
    let cell = cells(p, 43u);
    let size = 0.45 * max(unit(cell.id * 0x9e3779b9u) - 0.6, 0.0);
    return share * (1.0 - ramp(0.55 * size, size + 1e-3, cell.nearest));
}

fn wood(p: vec3f, normal: vec3f, width: f32, amount: f32) -> Grain {
    let flat_at = flattened(p, normal);
    let depth = dot(p, abs(normal));
    var row = 0.0;
    if (amount > 0.0) {
        row = floor(flat_at.y);
    }
    let shift = 3.7 * unit(lattice(vec3i(i32(row), 0, 0), 51u));
    var board = 0.0;
    if (amount > 0.0) {
        board = floor(flat_at.x / 9.0 + shift);
    }
    let id = lattice(vec3i(i32(row), i32(board), 1), 53u);
    let own = 40.0 * unit(id);
    let along = vec3f(0.25 * flat_at.x, flat_at.y, depth + own);
    let warp = fractal_noise(along * vec3f(1.0, 1.3, 1.3), 3u, 55u, width);
    let rings = 4.0 * flat_at.y + 5.0 * warp + own;
    let band_share = fade(0.2, width);
    let phase = rings - floor(rings);
    let band = band_share * (ramp(0.0, 0.75, phase) - ramp(0.85, 1.0, phase) - 0.4);
    let fibre_share = fade(0.012, width);
    var fibres = 0.0;
    if (fibre_share > 0.0) {
        fibres = fibre_share * gradient_noise(vec3f(flat_at.x * 4.0, flat_at.y * 90.0, depth * 90.0 + own), 57u);
    }
    let pore = ramp(0.35, 0.6, fibres) * ramp(-0.3, 0.3, band);
    var gap = 0.0;
    if (amount > 0.0) {
        gap = board_joint(flat_at, shift, width);
    }
    let tone = 1.0 + 0.3 * (unit(id ^ 0x5bd1e995u) - 0.5);
    let dark = (1.0 - 0.3 * band) * (1.0 + 0.1 * fibres) * (1.0 - 0.35 * pore) * tone;
    return plain_grain(
        0.0012 * fibres - 0.003 * pore - 0.0015 * band - 0.025 * gap,
        vec3f(dark, dark * (1.0 - 0.08 * band), dark * (1.0 - 0.16 * band)) * (1.0 - 0.75 * gap),
        0.08 * band + 0.1 * pore + 0.3 * gap + 0.05 * warp,
        lost_slope(0.08, fibre_share),
    );
}

fn board_joint(flat_at: vec2f, shift: f32, width: f32) -> f32 {
    let across = flat_at.y - floor(flat_at.y);
    let turns = flat_at.x / 9.0 + shift;
    let along = 9.0 * (turns - floor(turns));
    let edge = min(min(across, 1.0 - across), min(along, 9.0 - along));
    return line(edge, 0.008, 0.006, width);
}

fn line(distance: f32, half: f32, soft: f32, width: f32) -> f32 {
    let wide = max(half, 0.5 * width);
    return (half / wide) * (1.0 - ramp(wide - 0.5 * soft, wide + max(soft, 0.5 * width), distance));
}

fn woven(at: vec2f, width: f32) -> Grain {
    let share = fade(1.5, width);
    let cell = floor(at);
    let f = (at - cell - 0.5) * PI;
    let i = i32(cell.x);
    let j = i32(cell.y);
    let over = select(-1.0, 1.0, ((i + j) & 1) == 0);
    let c = cos(f.x);
    let d = cos(f.y);
    let weft = d * (0.6 + 0.4 * over * c);
    let warp = c * (0.6 - 0.4 * over * d);
    let weft_on_top = weft > warp;
    let thread = lattice(select(vec3i(i, 1, 7), vec3i(j, 0, 7), weft_on_top), 61u);
    let twisted = select(at.yx, at, weft_on_top);
    let fibre_share = fade(0.16, width);
    var fibres = 0.0;
    if (fibre_share > 0.0) {
        let along = vec3f(twisted.x * 2.0 + twisted.y * 3.0, twisted.y * 9.0 - twisted.x * 3.0, 0.5);
        fibres = fibre_share * gradient_noise(along, 63u);
    }
    let top = max(weft, warp);
    let clouds = fractal_noise(vec3f(at, 0.0) * 0.02, 2u, 65u, 0.02 * width);
    let tone = 1.0 + share * (0.3 * (unit(thread) - 0.5) + 0.45 * (top - 0.7)) + 0.12 * fibres;
    return plain_grain(
        share * 0.3 * top + 0.02 * fibres,
        vec3f(tone * (1.0 + 0.06 * clouds)),
        0.04 * fibres,
        lost_slope(0.5, share),
    );
}

fn leather(p: vec3f, width: f32) -> Grain {
    let share = fade(0.9, width);
    let folds = fractal_noise(p * 0.12, 3u, 73u, 0.12 * width);
    if (share <= 0.0) {
        return plain_grain(0.8 * folds, vec3f(0.85 + 0.1 * folds), 0.05, lost_slope(0.22, 0.0));
    }
    let warp = vec3f(gradient_noise(p * 0.7, 75u), gradient_noise(p * 0.7, 77u), 0.0);
    let cell = cells(p + 0.35 * warp, 71u);
    let crease = 1.0 - ramp(0.0, 0.22, cell.next - cell.nearest);
    let fine = fade(0.12, width) * gradient_noise(p * 8.0, 79u);
    return plain_grain(
        share * (-0.16 * crease - 0.05 * cell.nearest) + 0.012 * fine + 0.8 * folds,
        vec3f(1.0 - share * 0.4 * crease - 0.15 * (1.0 - share) + 0.12 * folds + 0.04 * fine),
        share * 0.2 * crease + 0.04 * fine + 0.05 * folds,
        lost_slope(0.22, share),
    );
}

fn skin(p: vec3f, width: f32) -> Grain {
    let share = fade(0.9, width);
    let blood = fractal_noise(p * 0.03, 4u, 83u, 0.03 * width);
    var relief = 0.0;
    if (share > 0.0) {
        let cell = cells(p, 81u);
        relief = share * (1.0 - ramp(0.0, 0.35, cell.next - cell.nearest));
    }
    return plain_grain(
        -0.09 * relief,
        vec3f(1.0 + 0.05 * blood, 1.0 - 0.1 * blood, 1.0 - 0.12 * blood) * (1.0 - 0.1 * relief),
        0.08 * relief + 0.05 * blood,
        lost_slope(0.15, share),
    );
}

fn asphalt(p: vec3f, width: f32, wet: f32) -> Grain {
    let share = fade(1.2, width);
    let clouds = fractal_noise(p * 0.02, 3u, 93u, 0.02 * width);
    var stone = 0.55;
    var tone = 1.0;
    var sand = 0.0;
    if (share > 0.0) {
        let cell = cells(p, 91u);
        let edge = ramp(0.05, 0.3, cell.next - cell.nearest);
        stone = 0.55 + share * (edge * (1.0 - 0.6 * cell.nearest * cell.nearest) - 0.55);
        let own = unit(cell.id * 0x9e3779b9u);
        tone = 1.0 + share * (edge * (0.5 + 2.2 * own * own) - 1.0);
        sand = fade(0.15, width) * gradient_noise(p * 7.0, 95u);
    }
    let ground = 0.35 * stone + 0.05 * sand + 0.5 * clouds;
    let level = -0.25 + 0.9 * wet;
    var water = 0.0;
    var film = 0.0;
    if (wet > 0.0) {
        water = ramp(-0.06, 0.06 + 0.3 * width, level - ground);
        film = 0.35 * wet;
    }
    var made = plain_grain(
        (0.35 * stone + 0.04 * sand) * (1.0 - water),
        vec3f(tone * (1.0 + 0.15 * clouds + 0.1 * sand) * (1.0 - 0.4 * film)),
        -film + 0.05 * sand,
        lost_slope(0.3, share) * (1.0 - water),
    );
    made.bare = water;
    made.bare_color = vec3f(0.014);
    made.bare_roughness = 0.03;
    return made;
}

fn brick(p: vec3f, normal: vec3f, width: f32) -> Grain {
    let flat_at = flattened(p, normal);
    let course = floor(flat_at.y / COURSE);
    let along = flat_at.x + select(0.5, 0.0, (i32(course) & 1) == 0);
    let number = floor(along);
    let rough_edge = 0.006 * fade(0.1, width) * gradient_noise(p * 14.0, 105u);
    let across = flat_at.y - COURSE * course;
    let edge = min(min(along - number, number + 1.0 - along), min(across, COURSE - across)) + rough_edge;
    let mortar = line(edge, 0.022, 0.012, width);
    let id = lattice(vec3i(i32(number), i32(course), 3), 101u);
    let clouds = fractal_noise(p * 5.0, 4u, 103u, 5.0 * width);
    let sand_share = fade(0.012, width);
    var sand = 0.0;
    if (sand_share > 0.0) {
        sand = sand_share * gradient_noise(p * 90.0, 107u);
    }
    let tone = 1.0 + 0.5 * (unit(id) - 0.5) + 0.25 * clouds + 0.08 * sand;
    let warmth = 1.0 + 0.2 * (unit(id ^ 0x5bd1e995u) - 0.5);
    var made = plain_grain(
        -0.03 * mortar + 0.004 * clouds + 0.0008 * sand,
        vec3f(tone * warmth, tone, tone),
        0.05 * clouds,
        lost_slope(0.1, sand_share),
    );
    made.bare = mortar;
    made.bare_color = vec3f(0.36 + 0.05 * clouds + 0.03 * sand);
    made.bare_roughness = 0.95;
    return made;
}

fn tiled(p: vec3f, normal: vec3f, width: f32) -> Grain {
    let flat_at = flattened(p, normal);
    let cell = floor(flat_at);
    let f = flat_at - cell;
    let id = lattice(vec3i(i32(cell.x), i32(cell.y), 5), 111u);
    let edge = min(min(f.x, 1.0 - f.x), min(f.y, 1.0 - f.y));
    let gap = line(edge, 0.012, 0.012, width);
    let round_off = 1.0 - ramp(0.012, 0.05, edge);
    let tilt = 0.006 * ((unit(id) - 0.5) * f.x + (unit(id ^ 0x5bd1e995u) - 0.5) * f.y);
    let waves = fractal_noise(p * 4.0, 2u, 113u, 4.0 * width);
    let sand = fade(0.02, width) * gradient_noise(p * 60.0, 115u);
    var made = plain_grain(
        tilt + 0.0005 * waves - 0.008 * round_off - 0.012 * gap + 0.0006 * sand * gap,
        vec3f(1.0 + 0.08 * (unit(id) - 0.5) + 0.01 * waves),
        0.02 * waves,
        0.0,
    );
    made.bare = gap;
    made.bare_color = vec3f(0.42 + 0.06 * sand);
    made.bare_roughness = 0.9;
    return made;
}

fn tufted(p: vec3f, width: f32) -> Grain {
    let share = fade(1.0, width);
    let clouds = fractal_noise(p * 0.05, 3u, 125u, 0.05 * width);
    var pile = 0.6;
    var own = 0.5;
    var fibres = 0.0;
    if (share > 0.0) {
        let warp = 0.25 * gradient_noise(p * 1.7, 127u);
        let cell = cells(p + warp, 121u);
        fibres = fade(0.15, width) * gradient_noise(p * vec3f(9.0, 2.5, 7.0), 123u);
        pile = 0.6 + share * (1.0 - ramp(0.1, 0.75, cell.nearest) - 0.6);
        own = 0.5 + share * (unit(cell.id * 0x9e3779b9u) - 0.5);
    }
    return plain_grain(
        0.45 * pile + 0.09 * fibres,
        vec3f((0.45 + 0.9 * pile) * (0.85 + 0.3 * own) * (1.0 + 0.12 * clouds) + 0.15 * fibres),
        0.0,
        lost_slope(0.6, share),
    );
}

fn vein(p: vec3f, warp: f32, frequency: f32, sharpness: f32, width: f32) -> f32 {
    let phase = frequency * (p.x * 0.9 + p.y * 0.5 + p.z * 0.7) + 2.2 * warp;
    return 1.0 - ramp(0.0, sharpness + width, abs(phase - floor(phase) - 0.5));
}

fn veined(p: vec3f, width: f32) -> Grain {
    let warp = fractal_noise(p, 5u, 131u, width);
    let veins = 0.8 * vein(p, warp, 0.7, 0.1, width) + 0.35 * vein(p, warp, 2.1, 0.06, width) * ramp(-0.2, 0.6, warp);
    let clouds = fractal_noise(p * 1.7, 4u, 137u, 1.7 * width);
    let dark = (1.0 - 0.55 * veins) * (1.0 + 0.07 * clouds);
    let color = vec3f(dark, dark * (1.0 + 0.02 * veins), dark * (1.0 + 0.06 * veins));
    return plain_grain(0.0, color, 0.05 * veins + 0.03 * clouds, 0.0);
}

fn smudged(p: vec3f, width: f32) -> Grain {
    let prints = max(fractal_noise(p, 4u, 141u, width), 0.0);
    let wipes = fractal_noise(p * vec3f(0.3, 2.5, 0.6), 4u, 145u, width);
    var speck = 0.0;
    let share = fade(0.03, width);
    if (share > 0.0) {
        let cell = cells(p * 14.0, 147u);
        let size = 0.22 * max(unit(cell.id * 0x9e3779b9u) - 0.55, 0.0);
        speck = share * (1.0 - ramp(0.5 * size, size + 1e-3, cell.nearest));
    }
    var made = plain_grain(0.0006 * speck, vec3f(1.0 - 0.04 * prints), 0.16 * prints + 0.05 * wipes + 0.2 * speck, 0.0);
    made.bare = 0.5 * speck;
    made.bare_color = vec3f(0.4);
    made.bare_roughness = 0.9;
    return made;
}
