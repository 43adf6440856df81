// Counter-based samples; twin of `transport/sampler.rs`, which explains them.

const FILTER: u32 = 0u;
const LENS: u32 = 1u;
const TIME: u32 = 2u;
const BOUNCE: u32 = 3u;
const BOUNCE_STRIDE: u32 = 7u;
const HAZE: u32 = 0x40000000u;
const HAZE_STRIDE: u32 = 7u;
const DIRECTION: u32 = 0u;
const LOBE: u32 = 1u;
const PICK: u32 = 2u;
const POINT: u32 = 3u;
const KEEP: u32 = 6u;

struct Sampler {
    pixel_seed: u32,
    index: u32,
}

fn new_sampler(pixel: vec2u, index: u32) -> Sampler {
    return Sampler(hash(pixel.x ^ hash(pixel.y ^ hash(frame.seed.x ^ hash(frame.seed.y)))), index);
}

fn sample_pair(s: Sampler, dimension: u32) -> vec2f {
    return candidate_pair(s, dimension, 0u, 1u);
}

fn candidate_pair(s: Sampler, dimension: u32, candidate: u32, count: u32) -> vec2f {
    let seed = hash(s.pixel_seed ^ (dimension * 0x9e3779b9u));
    let index = reverseBits(scramble(reverseBits(s.index * count + candidate), seed));
    let x = reverseBits(scramble(index, hash(seed ^ 0x68bc21ebu)));
    let y = reverseBits(scramble(pascal(index), hash(seed ^ 0x02e5be93u)));
    return vec2f(unit(x), unit(y));
}

fn pixel_hash(s: Sampler) -> u32 {
    return hash(s.pixel_seed ^ 0xa511e9b3u);
}

fn unit(bits: u32) -> f32 {
    return f32(bits >> 8u) * (1.0 / 16777216.0);
}

fn hash(v: u32) -> u32 {
    var x = v;
    x = (x ^ (x >> 16u)) * 0x7feb352du;
    x = (x ^ (x >> 15u)) * 0x846ca68bu;
    return x ^ (x >> 16u);
}

fn scramble(v: u32, seed: u32) -> u32 {
    var x = v;
    x ^= x * 0x3d20adeau;
    x += seed;
    x *= (seed >> 16u) | 1u;
    x ^= x * 0x05526c56u;
    return x ^ (x * 0x53a22864u);
}

fn pascal(v: u32) -> u32 {
    var x = v;
    x ^= (x >> 16u) & 0x0000ffffu;
    x ^= (x >> 8u) & 0x00ff00ffu;
    x ^= (x >> 4u) & 0x0f0f0f0fu;
    x ^= (x >> 2u) & 0x33333333u;
    return x ^ ((x >> 1u) & 0x55555555u);
}
