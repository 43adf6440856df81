// What a surface does to light: glTF 2.0 metallic-roughness, glass, and a clear coat; twin of `transport/bsdf.rs`.

const ALBEDO_TABLE: u32 = 513u;
const ALBEDO_SIDE: u32 = 32u;
const ALBEDO_EDGE_TABLE: u32 = 1537u;
const ALBEDO_DIELECTRIC_TABLE: u32 = 2561u;
const MIRROR_ROUGHNESS: f32 = 0.1;
const COAT_F0: f32 = 0.04;

struct Coat {
    alpha: f32,
    wo_lambda: f32,
    bound: f32,
    strength: f32,
    leaves: f32,
    chance: f32,
}

struct Bsdf {
    local: Frame,
    geometric: vec3f,
    wo: vec3f,
    wo_lambda: f32,
    bound: f32,
    alpha: f32,
    f0: vec3f,
    f90: vec3f,
    dielectric_f0: f32,
    dielectric_f90: f32,
    diffuse: vec3f,
    specular_chance: f32,
    literal: bool,
    clear: f32,
    glass: Glass,
    coat: Coat,
    mirror: bool,
}

struct Scattering {
    diffuse: vec3f,
    specular: vec3f,
    pdf: f32,
}

struct Scattered {
    // A zero density and no light: the path ends.
    goes_on: bool,
    direction: vec3f,
    diffuse: vec3f,
    specular: vec3f,
    pdf: f32,
    follows: bool,
    straight: bool,
}

// Whether a surface shows an image of what is before it.
fn is_mirror(surface: Surface) -> bool {
    return surface.metallic > 0.5 && surface.roughness <= MIRROR_ROUGHNESS && surface.clearcoat <= 0.0;
}

fn new_bsdf(surface: Surface, direction: vec3f) -> Bsdf {
    let local = new_frame(surface.normal);
    let wo = to_local(local, -direction);
    let metallic = clamp(surface.metallic, 0.0, 1.0);
    let roughness = clamp(surface.roughness, 0.0, 1.0);
    let clear = clamp(surface.transmission * (1.0 - metallic), 0.0, 1.0);
    let opaque = 1.0 - clear;
    let dielectric_f0 = 0.16 * surface.reflectance * surface.reflectance;
    let dielectric_f90 = select(0.0, 1.0, surface.reflectance > 0.0);
    let albedo = ggx_albedo(wo.z, roughness);
    let centre = albedo.x;
    let edge = albedo.y;
    let lost = select(1.0 / (centre + edge) - 1.0, 0.0, surface.literal);
    let dielectric_gain = 1.0 + dielectric_f0 * lost;
    let metal_gain = 1.0 + surface.base_color * lost;
    let own = select(opaque * (1.0 - metallic), 0.0, surface.literal);
    let dielectric_share = select(0.0, opaque * (1.0 - metallic), surface.literal);
    let f0 = surface.base_color * metal_gain * (metallic * opaque) + vec3f(dielectric_f0 * dielectric_share);
    let f90 = metal_gain * (metallic * opaque) + vec3f(dielectric_f90 * dielectric_share);
    let reflected = (dielectric_f0 * (centre + edge - albedo.z) + dielectric_f90 * albedo.z) * dielectric_gain;
    let left = select(clamp(1.0 - reflected, 0.0, 1.0), 1.0, surface.literal);
    let diffuse = surface.base_color * (opaque * (1.0 - metallic) * left);
    let specular = luminance(f0 * centre + f90 * edge) + reflected * own;
    let total = specular + luminance(diffuse);
    var bsdf: Bsdf;
    bsdf.local = local;
    bsdf.geometric = surface.geometric;
    bsdf.wo = wo;
    bsdf.alpha = ggx_alpha(roughness);
    bsdf.wo_lambda = lambda(wo, bsdf.alpha);
    bsdf.bound = reflection_bound(wo, bsdf.alpha);
    bsdf.f0 = f0;
    bsdf.f90 = f90;
    bsdf.dielectric_f0 = dielectric_f0 * dielectric_gain * own;
    bsdf.dielectric_f90 = dielectric_f90 * dielectric_gain * own;
    bsdf.diffuse = diffuse;
    bsdf.specular_chance = 0.0;
    if (total > 0.0) {
        bsdf.specular_chance = specular / total;
    }
    bsdf.literal = surface.literal;
    bsdf.clear = clear;
    bsdf.glass = new_glass(surface, roughness, centre + edge);
    bsdf.coat = Coat(0.0, 0.0, 0.0, 0.0, 1.0, 0.0);
    if (surface.clearcoat > 0.0) {
        bsdf.coat = new_coat(surface, wo);
    }
    bsdf.mirror = is_mirror(surface);
    return bsdf;
}

fn new_coat(surface: Surface, wo: vec3f) -> Coat {
    let roughness = clamp(surface.clearcoat_roughness, 0.0, 1.0);
    let albedo = ggx_albedo(wo.z, roughness);
    let whole = albedo.x + albedo.y;
    let gain = 1.0 + COAT_F0 * (1.0 / whole - 1.0);
    let reflects = clamp(surface.clearcoat * gain * (COAT_F0 * (whole - albedo.z) + albedo.z), 0.0, 1.0);
    let alpha = ggx_alpha(roughness);
    return Coat(
        alpha,
        lambda(wo, alpha),
        reflection_bound(wo, alpha),
        surface.clearcoat * gain,
        1.0 - reflects,
        clamp(reflects, 0.1, 0.9),
    );
}

fn scatters(bsdf: Bsdf) -> bool {
    return bsdf.clear < 1.0 || bsdf.glass.alpha > 0.0 || bsdf.coat.chance > 0.0;
}

fn no_light_scattered() -> Scattering {
    return Scattering(vec3f(0.0), vec3f(0.0), 0.0);
}

fn scattering(bsdf: Bsdf, direction: vec3f) -> Scattering {
    let wi = to_local(bsdf.local, direction);
    let above = dot(direction, bsdf.geometric) > 0.0;
    if (bsdf.wo.z <= 0.0 || (wi.z > 0.0) != above) {
        return no_light_scattered();
    }
    var total = no_light_scattered();
    if (above && bsdf.clear < 1.0) {
        total = opaque_scattering(bsdf, wi);
    }
    if (bsdf.clear > 0.0 && bsdf.glass.alpha > 0.0) {
        let through = glass_lobe(bsdf.glass, bsdf.wo, wi);
        total.specular += through.value * bsdf.clear;
        total.pdf += through.pdf * bsdf.clear;
    }
    if (bsdf.coat.chance > 0.0) {
        return coated(bsdf, wi, total);
    }
    return total;
}

fn opaque_scattering(bsdf: Bsdf, wi: vec3f) -> Scattering {
    let wo = bsdf.wo;
    let diffuse = bsdf.diffuse * (FRAC_1_PI * wi.z);
    let cosine_pdf = wi.z * FRAC_1_PI;
    if (bsdf.specular_chance <= 0.0) {
        return Scattering(diffuse, vec3f(0.0), cosine_pdf * (1.0 - bsdf.clear));
    }
    let h = normalize(wo + wi);
    let fresnel = fresnel_of(bsdf, dot(wo, h));
    let lobe = lobe_and_pdf(wo, bsdf.wo_lambda, bsdf.bound, wi, h, bsdf.alpha);
    let pdf = bsdf.specular_chance * lobe.y + (1.0 - bsdf.specular_chance) * cosine_pdf;
    let shared_diffuse = select(diffuse, diffuse * (1.0 - fresnel), bsdf.literal);
    return Scattering(shared_diffuse, fresnel * lobe.x, pdf * (1.0 - bsdf.clear));
}

fn fresnel_of(bsdf: Bsdf, cosine: f32) -> vec3f {
    let edge = schlick(cosine);
    let metal = bsdf.f0 * (1.0 - edge) + bsdf.f90 * edge;
    if (bsdf.dielectric_f90 <= 0.0) {
        return metal;
    }
    let own_edge = dielectric_edge(cosine);
    return metal + (bsdf.dielectric_f0 * (1.0 - own_edge) + bsdf.dielectric_f90 * own_edge);
}

fn coated(bsdf: Bsdf, wi: vec3f, below: Scattering) -> Scattering {
    let coat = bsdf.coat;
    var total = Scattering(
        below.diffuse * coat.leaves,
        below.specular * coat.leaves,
        below.pdf * (1.0 - coat.chance),
    );
    if (wi.z > 0.0) {
        let h = normalize(bsdf.wo + wi);
        let lobe = lobe_and_pdf(bsdf.wo, coat.wo_lambda, coat.bound, wi, h, coat.alpha);
        let edge = dielectric_edge(dot(bsdf.wo, h));
        total.specular += lobe.x * coat.strength * (COAT_F0 + (1.0 - COAT_F0) * edge);
        total.pdf += coat.chance * lobe.y;
    }
    return total;
}

fn no_scattering() -> Scattered {
    return Scattered(false, vec3f(0.0), vec3f(0.0), vec3f(0.0), 0.0, false, false);
}

fn sample_bsdf(bsdf: Bsdf, u: vec2f, lobe_number: f32) -> Scattered {
    var wi: vec3f;
    var follows = false;
    if (lobe_number < bsdf.coat.chance) {
        wi = sample_reflection(bsdf.wo, bsdf.coat.alpha, u);
    } else {
        let below = (lobe_number - bsdf.coat.chance) / (1.0 - bsdf.coat.chance);
        if (below < bsdf.clear) {
            let choice = below / bsdf.clear;
            if (bsdf.glass.alpha == 0.0) {
                return sample_clear(bsdf, choice);
            }
            let through = sample_rough_glass(bsdf.glass, bsdf.wo, u, choice);
            if (!through.found) {
                return no_scattering();
            }
            wi = through.wi;
        } else {
            let lobe = (below - bsdf.clear) / (1.0 - bsdf.clear);
            if (lobe < bsdf.specular_chance) {
                wi = sample_reflection(bsdf.wo, bsdf.alpha, u);
                follows = bsdf.mirror;
            } else {
                wi = cosine_hemisphere(u);
            }
        }
    }
    let direction = normalize(to_world(bsdf.local, wi));
    let s = scattering(bsdf, direction);
    if (s.pdf <= 0.0) {
        return no_scattering();
    }
    return Scattered(true, direction, s.diffuse / s.pdf, s.specular / s.pdf, s.pdf, follows, false);
}

fn sample_clear(bsdf: Bsdf, u: f32) -> Scattered {
    let through = sample_smooth_glass(bsdf.glass, bsdf.wo, u);
    let passes = through.wi.z < 0.0;
    let direction = normalize(to_world(bsdf.local, through.wi));
    if ((dot(direction, bsdf.geometric) < 0.0) != passes) {
        return no_scattering();
    }
    let weight = through.weight * (bsdf.coat.leaves / (1.0 - bsdf.coat.chance));
    return Scattered(true, direction, vec3f(0.0), weight, 0.0, true, passes && bsdf.glass.window);
}

fn ggx_albedo(cosine: f32, roughness: f32) -> vec3f {
    const LAST: u32 = ALBEDO_SIDE - 1u;
    let across = sqrt(clamp(cosine, 0.0, 1.0)) * f32(LAST);
    let down = roughness * f32(LAST);
    let column = min(u32(across), LAST - 1u);
    let row = min(u32(down), LAST - 1u);
    let at = row * ALBEDO_SIDE + column;
    let share = vec2f(across - f32(column), down - f32(row));
    return vec3f(
        look_up(ALBEDO_TABLE + at, share),
        look_up(ALBEDO_EDGE_TABLE + at, share),
        look_up(ALBEDO_DIELECTRIC_TABLE + at, share),
    );
}

fn look_up(at: u32, share: vec2f) -> f32 {
    let top = tables[at] + (tables[at + 1u] - tables[at]) * share.x;
    let next = at + ALBEDO_SIDE;
    let bottom = tables[next] + (tables[next + 1u] - tables[next]) * share.x;
    return top + (bottom - top) * share.y;
}
