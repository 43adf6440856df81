// Fine structure of surfaces as functions of a point; twin of `transport/pattern.rs` and the files below it.

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
    let spot = spot_at(material, p, normal);
    let found = noises_at(materials[material].pattern, p, spot, width);
    return mix_grain(material, p, spot, found, width);
}

// layout

const BOARD: f32 = 9.0;
const COURSE: f32 = 0.33;

struct Spot {
    on_plane: vec2f,
    depth: f32,
    id: u32,
    edge: f32,
    inner: vec2f,
    top: f32,
}

fn spot_at(material: u32, p: vec3f, normal: vec3f) -> Spot {
    var spot = Spot(flattened(p, normal), dot(p, abs(normal)), 0u, 1.0, vec2f(0.0), 0.0);
    let at = spot.on_plane;
    switch materials[material].pattern {
        case WOOD: {
            if (materials[material].pattern_amount > 0.0) {
                let row = floor(at.y);
                let turns = at.x / BOARD + 3.7 * unit(lattice(vec3i(i32(row), 0, 0), 51u));
                let board = floor(turns);
                let across = at.y - row;
                let along = BOARD * (turns - board);
                spot.id = lattice(vec3i(i32(row), i32(board), 1), 53u);
                spot.edge = min(min(across, 1.0 - across), min(along, BOARD - along));
            }
        }
        case BRICK: {
            let course = floor(at.y / COURSE);
            let along = at.x + select(0.5, 0.0, (i32(course) & 1) == 0);
            let number = floor(along);
            let across = at.y - COURSE * course;
            spot.id = lattice(vec3i(i32(number), i32(course), 3), 101u);
            spot.edge = min(min(along - number, number + 1.0 - along), min(across, COURSE - across));
        }
        case TILED: {
            let cell = floor(at);
            spot.inner = at - cell;
            spot.id = lattice(vec3i(i32(cell.x), i32(cell.y), 5), 111u);
            let far = min(spot.inner, 1.0 - spot.inner);
            spot.edge = min(far.x, far.y);
        }
        case WOVEN: {
            let cell = floor(at);
            let turned = (at - cell - 0.5) * PI;
            let i = i32(cell.x);
            let j = i32(cell.y);
            let over = select(-1.0, 1.0, ((i + j) & 1) == 0);
            let c = cos(turned.x);
            let d = cos(turned.y);
            let weft = d * (0.6 + 0.4 * over * c);
            let warp = c * (0.6 - 0.4 * over * d);
            let weft_on_top = weft > warp;
            spot.id = lattice(select(vec3i(i, 1, 7), vec3i(j, 0, 7), weft_on_top), 61u);
            spot.inner = select(at.yx, at, weft_on_top);
            spot.top = max(weft, warp);
        }
        default: {}
    }
    return spot;
}

fn line(distance: f32, half: f32, soft: f32, width: f32) -> f32 {
    let wide = max(half, 0.5 * width);
    return (half / wide) * (1.0 - ramp(wide - 0.5 * soft, wide + max(soft, 0.5 * width), distance));
}

// noises

struct Noises {
    n: vec4f,
    cells: Cells,
    share: f32,
}

struct Part {
    at: vec3f,
    octaves: u32,
    seed: u32,
    width: f32,
}

struct CellSpace {
    at: vec3f,
    seed: u32,
    wavelength: f32,
    width: f32,
}

fn noises_at(pattern: u32, p: vec3f, spot: Spot, width: f32) -> Noises {
    var n: vec4f;
    for (var i = 0u; i < 4u; i++) {
        steps++;
        let part = part_of(pattern, i, p, spot, width);
        n[i] = fractal_noise(part.at, part.octaves, part.seed, part.width);
    }
    let space = cell_space(pattern, p, n, width);
    var share = 0.0;
    if (space.seed != 0u) {
        share = fade(space.wavelength, space.width);
    }
    var found = Cells(0.5, 1.0, 0u);
    if (share > 0.0) {
        found = cells(space.at, space.seed);
    }
    return Noises(n, found, share);
}

fn even_part(p: vec3f, scale: f32, octaves: u32, seed: u32, width: f32) -> Part {
    return Part(p * scale, octaves, seed, width * scale);
}

fn part_of(pattern: u32, i: u32, p: vec3f, spot: Spot, w: f32) -> Part {
    let own = 40.0 * unit(spot.id);
    let x = spot.on_plane.x;
    let y = spot.on_plane.y;
    switch pattern * 4u + i {
        case BRUSHED * 4u: { return Part(p * vec3f(0.02, 1.0, 1.0), 3u, 1u, w); }
        case BRUSHED * 4u + 1u: { return Part(p * vec3f(0.004, 0.12, 0.12), 2u, 5u, 0.12 * w); }
        case GRAINED * 4u: { return even_part(p, 1.0, 2u, 11u, w); }
        case GRAINED * 4u + 1u: { return even_part(p, 0.03, 2u, 13u, w); }
        case WORN * 4u: { return even_part(p, 1.0, 5u, 21u, w); }
        case WORN * 4u + 1u: { return even_part(p, 0.2, 1u, 27u, w); }
        case WORN * 4u + 2u: { return even_part(p, 8.0, 1u, 29u, w); }
        case WORN * 4u + 3u: { return Part(p * vec3f(0.5, 3.0, 0.5), 3u, 31u, w); }
        case CONCRETE * 4u: { return even_part(p, 1.0, 4u, 41u, w); }
        case CONCRETE * 4u + 1u: { return even_part(p, 50.0, 2u, 47u, w); }
        case WOOD * 4u: { return Part(vec3f(0.25 * x, 1.3 * y, 1.3 * (spot.depth + own)), 3u, 55u, w); }
        case WOOD * 4u + 1u: { return Part(vec3f(4.0 * x, 90.0 * y, 90.0 * spot.depth + own), 1u, 57u, 90.0 * w); }
        case WOVEN * 4u: {
            let along = spot.inner.x;
            let across = spot.inner.y;
            return Part(vec3f(2.0 * along + 3.0 * across, 9.0 * across - 3.0 * along, 0.5), 1u, 63u, 6.0 * w);
        }
        case WOVEN * 4u + 1u: { return even_part(vec3f(x, y, 0.0), 0.02, 2u, 65u, w); }
        case LEATHER * 4u: { return even_part(p, 0.12, 3u, 73u, w); }
        case LEATHER * 4u + 1u: { return even_part(p, 0.7, 1u, 75u, w); }
        case LEATHER * 4u + 2u: { return even_part(p, 0.7, 1u, 77u, w); }
        case LEATHER * 4u + 3u: { return even_part(p, 8.0, 1u, 79u, w); }
        case SKIN * 4u: { return even_part(p, 0.03, 4u, 83u, w); }
        case ASPHALT * 4u: { return even_part(p, 0.02, 3u, 93u, w); }
        case ASPHALT * 4u + 1u: { return even_part(p, 7.0, 1u, 95u, w); }
        case BRICK * 4u: { return even_part(p, 14.0, 1u, 105u, w); }
        case BRICK * 4u + 1u: { return even_part(p, 5.0, 4u, 103u, w); }
        case BRICK * 4u + 2u: { return even_part(p, 90.0, 1u, 107u, w); }
        case TILED * 4u: { return even_part(p, 4.0, 2u, 113u, w); }
        case TILED * 4u + 1u: { return even_part(p, 60.0, 1u, 115u, w); }
        case TUFTED * 4u: { return even_part(p, 0.05, 3u, 125u, w); }
        case TUFTED * 4u + 1u: { return even_part(p, 1.7, 1u, 127u, w); }
        case TUFTED * 4u + 2u: { return Part(p * vec3f(9.0, 2.5, 7.0), 1u, 123u, 7.0 * w); }
        case VEINED * 4u: { return even_part(p, 1.0, 5u, 131u, w); }
        case VEINED * 4u + 1u: { return even_part(p, 1.7, 4u, 137u, w); }
        default: {}
    }
    if (pattern > VEINED && i == 0u) {
        return even_part(p, 1.0, 4u, 141u, w);
    }
    if (pattern > VEINED && i == 1u) {
        return Part(p * vec3f(0.3, 2.5, 0.6), 4u, 145u, w);
    }
    return Part(vec3f(0.0), 0u, 0u, 0.0);
}

fn cell_space(pattern: u32, p: vec3f, n: vec4f, w: f32) -> CellSpace {
    switch pattern {
        case CONCRETE: { return CellSpace(9.0 * p, 43u, 0.6, 9.0 * w); }
        case LEATHER: { return CellSpace(p + 0.35 * vec3f(n.y, n.z, 0.0), 71u, 0.9, w); }
        case SKIN: { return CellSpace(p, 81u, 0.9, w); }
        case ASPHALT: { return CellSpace(p, 91u, 1.2, w); }
        case TUFTED: { return CellSpace(p + 0.25 * n.y, 121u, 1.0, w); }
        default: {}
    }
    if (pattern > VEINED) {
        return CellSpace(14.0 * p, 147u, 0.42, 14.0 * w);
    }
    return CellSpace(p, 0u, 1.0, w);
}

// mix

fn plain_grain(height: f32, color: vec3f, roughness: f32, lost: f32) -> Grain {
    return Grain(height, color, roughness, lost, 0.0, vec3f(0.0), 0.0, 0.0);
}

fn mix_grain(material: u32, p: vec3f, spot: Spot, noises: Noises, width: f32) -> Grain {
    let amount = materials[material].pattern_amount;
    switch materials[material].pattern {
        case BRUSHED: { return brushed(noises.n, width); }
        case GRAINED: { return grained(noises.n, width); }
        case WORN: { return worn(noises.n, width, amount); }
        case CONCRETE: { return concrete(noises, width); }
        case WOOD: { return wood(spot, noises.n, width, amount); }
        case WOVEN: { return woven(spot, noises.n, width); }
        case LEATHER: { return leather(noises); }
        case SKIN: { return skin(noises); }
        case ASPHALT: { return asphalt(noises, width, amount); }
        case BRICK: { return brick(spot, noises.n, width); }
        case TILED: { return tiled(spot, noises.n, width); }
        case TUFTED: { return tufted(noises); }
        case VEINED: { return veined(p, noises.n, width); }
        default: { return smudged(noises); }
    }
}

fn lost_slope(slope: f32, share: f32) -> f32 {
    return slope * slope * (1.0 - share * share);
}

fn other_unit(id: u32) -> f32 {
    return unit(id * 0x9e3779b9u);
}

fn spots_in(noises: Noises, least: f32, size: f32) -> f32 {
    let radius = size * max(other_unit(noises.cells.id) - least, 0.0);
    return noises.share * (1.0 - ramp(0.5 * radius, radius + 1e-3, noises.cells.nearest));
}

fn crease_of(noises: Noises, wide: f32) -> f32 {
    return noises.share * (1.0 - ramp(0.0, wide, noises.cells.next - noises.cells.nearest));
}

fn brushed(n: vec4f, width: f32) -> Grain {
    return plain_grain(
        0.05 * n.x,
        vec3f(1.0 + 0.05 * n.x + 0.05 * n.y),
        0.05 * n.x + 0.06 * n.y,
        lost_slope(0.12, fade(1.0, width)),
    );
}

fn grained(n: vec4f, width: f32) -> Grain {
    return plain_grain(
        0.07 * n.x,
        vec3f(1.0 + 0.03 * n.x + 0.04 * n.y),
        0.04 * n.x + 0.04 * n.y,
        lost_slope(0.12, fade(1.0, width)),
    );
}

fn worn(n: vec4f, width: f32, amount: f32) -> Grain {
    let chips = n.x + 0.5 * n.y;
    let scuffs = n.w;
    let edge = 1.15 - 1.5 * amount;
    let soft = 0.02 + 0.25 * width;
    let bare = ramp(edge - soft, edge + soft, chips);
    let rim = ramp(edge - 0.12 - soft, edge, chips) * (1.0 - bare);
    var made = plain_grain(
        0.002 * n.z - 0.012 * bare + 0.003 * rim,
        vec3f((1.0 + 0.05 * scuffs) * (1.0 - 0.5 * rim)),
        0.07 * scuffs + 0.2 * rim,
        0.0,
    );
    made.bare = bare;
    made.bare_color = vec3f(0.42, 0.4, 0.38) * (1.0 + 0.25 * scuffs);
    made.bare_roughness = 0.42 + 0.15 * scuffs;
    made.bare_metallic = 1.0;
    return made;
}

fn concrete(noises: Noises, width: f32) -> Grain {
    let clouds = noises.n.x;
    let sand = noises.n.y;
    let pores = spots_in(noises, 0.55, 0.6);
    return plain_grain(
        0.003 * sand - 0.02 * pores + 0.004 * clouds,
        vec3f((1.0 + 0.16 * clouds + 0.2 * sand) * (1.0 - 0.45 * pores)),
        0.06 * clouds + 0.1 * pores,
        lost_slope(0.15, fade(0.02, width)),
    );
}

fn wood(spot: Spot, n: vec4f, width: f32, amount: f32) -> Grain {
    let warp = n.x;
    let fibres = n.y;
    let rings = 4.0 * spot.on_plane.y + 5.0 * warp + 40.0 * unit(spot.id);
    let phase = rings - floor(rings);
    let band = fade(0.2, width) * (ramp(0.0, 0.75, phase) - ramp(0.85, 1.0, phase) - 0.4);
    let pore = ramp(0.35, 0.6, fibres) * ramp(-0.3, 0.3, band);
    var joint = 0.0;
    if (amount > 0.0) {
        joint = line(spot.edge, 0.008, 0.006, width);
    }
    let tone = 1.0 + 0.3 * fade(1.0, width) * (other_unit(spot.id) - 0.5);
    let dark = (1.0 - 0.3 * band) * (1.0 + 0.22 * fibres) * (1.0 - 0.35 * pore) * tone;
    return plain_grain(
        0.0016 * fibres - 0.003 * pore - 0.0015 * band - 0.025 * joint,
        vec3f(dark, dark * (1.0 - 0.08 * band), dark * (1.0 - 0.16 * band)) * (1.0 - 0.75 * joint),
        0.08 * band + 0.1 * pore + 0.3 * joint + 0.05 * warp,
        lost_slope(0.08, fade(0.012, width)),
    );
}

fn woven(spot: Spot, n: vec4f, width: f32) -> Grain {
    let fibres = n.x;
    let share = fade(1.5, width);
    let tone = 1.0 + share * (0.3 * (unit(spot.id) - 0.5) + 0.45 * (spot.top - 0.7)) + 0.12 * fibres;
    return plain_grain(
        share * 0.3 * spot.top + 0.02 * fibres,
        vec3f(tone * (1.0 + 0.06 * n.y)),
        0.04 * fibres,
        lost_slope(0.5, share),
    );
}

fn leather(noises: Noises) -> Grain {
    let folds = noises.n.x;
    let fine = noises.n.w;
    let share = noises.share;
    let crease = crease_of(noises, 0.5);
    return plain_grain(
        -0.1 * crease - share * 0.05 * noises.cells.nearest + 0.012 * fine + 0.8 * folds,
        vec3f(1.0 - 0.3 * crease - 0.15 * (1.0 - share) + 0.12 * folds + 0.04 * fine),
        0.15 * crease + 0.05 * (1.0 - share) + 0.04 * fine + 0.05 * folds,
        lost_slope(0.22, share),
    );
}

fn skin(noises: Noises) -> Grain {
    let blood = noises.n.x;
    let lines = crease_of(noises, 0.35);
    return plain_grain(
        -0.09 * lines,
        vec3f(1.0 + 0.05 * blood, 1.0 - 0.1 * blood, 1.0 - 0.12 * blood) * (1.0 - 0.1 * lines),
        0.08 * lines + 0.05 * blood,
        lost_slope(0.15, noises.share),
    );
}

fn asphalt(noises: Noises, width: f32, wet: f32) -> Grain {
    let clouds = noises.n.x;
    let sand = noises.n.y;
    let share = noises.share;
    let nearest = noises.cells.nearest;
    let edge = ramp(0.02, 0.5, noises.cells.next - nearest);
    let stone = 0.55 + share * (edge * (1.0 - 0.6 * nearest * nearest) - 0.55);
    let own = other_unit(noises.cells.id);
    let tone = 1.0 + share * (edge * (0.5 + 2.2 * own * own) - 1.0);
    let ground = 0.35 * stone + 0.05 * sand + 0.5 * clouds;
    let level = -0.25 + 0.9 * wet;
    var water = 0.0;
    if (wet > 0.0) {
        water = ramp(-0.06, 0.06 + 0.3 * width, level - ground);
    }
    let film = 0.35 * wet;
    var made = plain_grain(
        (0.35 * stone + 0.04 * sand) * (1.0 - water),
        vec3f(tone * (1.0 + 0.15 * clouds + 0.1 * sand) * (1.0 - 0.4 * film)),
        0.05 * sand - film,
        lost_slope(0.3, share) * (1.0 - water),
    );
    made.bare = water;
    made.bare_color = vec3f(0.014);
    made.bare_roughness = 0.03;
    return made;
}

fn brick(spot: Spot, n: vec4f, width: f32) -> Grain {
    let clouds = n.y;
    let sand = n.z;
    let mortar = line(spot.edge + 0.006 * n.x, 0.022, 0.012, width);
    let own = fade(0.5, width);
    let tone = 1.0 + 0.5 * own * (unit(spot.id) - 0.5) + 0.25 * clouds + 0.16 * sand;
    let warmth = 1.0 + 0.2 * own * (other_unit(spot.id) - 0.5);
    var made = plain_grain(
        0.004 * clouds + 0.0022 * sand - 0.03 * mortar,
        vec3f(tone * warmth, tone, tone),
        0.05 * clouds,
        lost_slope(0.1, fade(0.012, width)),
    );
    made.bare = mortar;
    made.bare_color = vec3f(0.36 + 0.05 * clouds + 0.08 * sand);
    made.bare_roughness = 0.95;
    return made;
}

fn tiled(spot: Spot, n: vec4f, width: f32) -> Grain {
    let waves = n.x;
    let sand = n.y;
    let joint = line(spot.edge, 0.012, 0.012, width);
    let rounding = 1.0 - ramp(0.012, 0.05, spot.edge);
    let tilt = 0.006 * ((unit(spot.id) - 0.5) * spot.inner.x + (other_unit(spot.id) - 0.5) * spot.inner.y);
    var made = plain_grain(
        tilt + 0.0005 * waves - 0.008 * rounding - (0.012 - 0.0006 * sand) * joint,
        vec3f(1.0 + 0.08 * fade(1.0, width) * (unit(spot.id) - 0.5) + 0.01 * waves),
        0.02 * waves,
        0.0,
    );
    made.bare = joint;
    made.bare_color = vec3f(0.42 + 0.06 * sand);
    made.bare_roughness = 0.9;
    return made;
}

fn tufted(noises: Noises) -> Grain {
    let clouds = noises.n.x;
    let fibres = noises.n.z;
    let pile = 0.6 + noises.share * (1.0 - ramp(0.1, 0.75, noises.cells.nearest) - 0.6);
    let own = 0.5 + noises.share * (other_unit(noises.cells.id) - 0.5);
    return plain_grain(
        0.45 * pile + 0.09 * fibres,
        vec3f((0.45 + 0.9 * pile) * (0.85 + 0.3 * own) * (1.0 + 0.12 * clouds) + 0.15 * fibres),
        0.0,
        lost_slope(0.6, noises.share),
    );
}

fn vein(p: vec3f, warp: f32, frequency: f32, sharpness: f32, width: f32) -> f32 {
    let phase = frequency * (p.x * 0.9 + p.y * 0.5 + p.z * 0.7) + 2.2 * warp;
    return 1.0 - ramp(0.0, sharpness + width, abs(phase - floor(phase) - 0.5));
}

fn veined(p: vec3f, n: vec4f, width: f32) -> Grain {
    let warp = n.x;
    let fine = 0.35 * vein(p, warp, 2.1, 0.06, width) * ramp(-0.2, 0.6, warp);
    let veins = 0.8 * vein(p, warp, 0.7, 0.1, width) + fine;
    let dark = (1.0 - 0.55 * veins) * (1.0 + 0.07 * n.y);
    let color = vec3f(dark, dark * (1.0 + 0.02 * veins), dark * (1.0 + 0.06 * veins));
    return plain_grain(0.0, color, 0.05 * veins + 0.03 * n.y, 0.0);
}

fn smudged(noises: Noises) -> Grain {
    let prints = max(noises.n.x, 0.0);
    let speck = spots_in(noises, 0.55, 0.22);
    var made = plain_grain(
        0.0006 * speck,
        vec3f(1.0 - 0.04 * prints),
        0.22 * prints + 0.05 * noises.n.y + 0.2 * speck,
        0.0,
    );
    made.bare = 0.5 * speck;
    made.bare_color = vec3f(0.4);
    made.bare_roughness = 0.9;
    return made;
}
