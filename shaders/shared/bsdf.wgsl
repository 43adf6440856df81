// What a surface does to light: glTF 2.0 metallic-roughness, and clear glass; twin of `transport/bsdf.rs`.

const ALBEDO_TABLE: u32 = 513u;
const ALBEDO_SIDE: u32 = 32u;
const ALBEDO_EDGE_TABLE: u32 = 1537u;
const MIRROR_ROUGHNESS: f32 = 0.1;

struct Bsdf {
    local: Frame,
    geometric: vec3f,
    wo: vec3f,
    wo_lambda: f32,
    alpha: f32,
    f0: vec3f,
    f90: vec3f,
    diffuse: vec3f,
    specular_chance: f32,
    clear: f32,
    tint: vec3f,
    eta: f32,
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
    let lost = 1.0 / (centre + edge) - 1.0;
    let dielectric_gain = 1.0 + dielectric_f0 * lost;
    let metal_gain = 1.0 + surface.base_color * lost;
    let plain_f0 = vec3f(dielectric_f0 * dielectric_gain);
    let plain_f90 = vec3f(dielectric_f90 * dielectric_gain);
    let f0 = mix_exactly(plain_f0, surface.base_color * metal_gain, metallic) * opaque;
    let f90 = mix_exactly(plain_f90, metal_gain, metallic) * opaque;
    let reflected = (dielectric_f0 * centre + dielectric_f90 * edge) * dielectric_gain;
    let diffuse = surface.base_color * (opaque * (1.0 - metallic) * clamp(1.0 - reflected, 0.0, 1.0));
    let specular = luminance(f0 * centre + f90 * edge);
    let total = specular + luminance(diffuse);
    var bsdf: Bsdf;
    bsdf.local = local;
    bsdf.geometric = surface.geometric;
    bsdf.wo = wo;
    bsdf.alpha = ggx_alpha(roughness);
    bsdf.wo_lambda = lambda(wo, bsdf.alpha);
    bsdf.f0 = f0;
    bsdf.f90 = f90;
    bsdf.diffuse = diffuse;
    bsdf.specular_chance = 0.0;
    if (total > 0.0) {
        bsdf.specular_chance = specular / total;
    }
    bsdf.clear = clear;
    bsdf.tint = surface.base_color;
    bsdf.eta = clamp(select(1.0 / surface.ior, surface.ior, surface.front), 0.1, 10.0);
    bsdf.mirror = metallic > 0.5 && roughness <= MIRROR_ROUGHNESS;
    return bsdf;
}

fn scattering(bsdf: Bsdf, direction: vec3f) -> Scattering {
    let wo = bsdf.wo;
    let wi = to_local(bsdf.local, direction);
    if (wi.z <= 0.0 || wo.z <= 0.0 || dot(direction, bsdf.geometric) <= 0.0) {
        return Scattering(vec3f(0.0), vec3f(0.0), 0.0);
    }
    let diffuse = bsdf.diffuse * (FRAC_1_PI * wi.z);
    let cosine_pdf = wi.z * FRAC_1_PI;
    if (bsdf.specular_chance <= 0.0) {
        return Scattering(diffuse, vec3f(0.0), cosine_pdf * (1.0 - bsdf.clear));
    }
    let h = normalize(wo + wi);
    let edge = schlick(dot(wo, h));
    let fresnel = bsdf.f0 * (1.0 - edge) + bsdf.f90 * edge;
    let lobe = lobe_and_pdf(wo, bsdf.wo_lambda, wi, h, bsdf.alpha);
    let pdf = bsdf.specular_chance * lobe.y + (1.0 - bsdf.specular_chance) * cosine_pdf;
    return Scattering(diffuse, fresnel * lobe.x, pdf * (1.0 - bsdf.clear));
}

fn no_scattering() -> Scattered {
    return Scattered(false, vec3f(0.0), vec3f(0.0), vec3f(0.0), 0.0, false);
}

fn sample_bsdf(bsdf: Bsdf, u: vec2f, lobe_number: f32) -> Scattered {
    if (lobe_number < bsdf.clear) {
        return sample_clear(bsdf, u);
    }
    let lobe = (lobe_number - bsdf.clear) / (1.0 - bsdf.clear);
    let is_specular = lobe < bsdf.specular_chance;
    var wi: vec3f;
    if (is_specular) {
        let h = sample_visible_normal(bsdf.wo, bsdf.alpha, u);
        wi = 2.0 * dot(bsdf.wo, h) * h - bsdf.wo;
    } else {
        wi = cosine_hemisphere(u);
    }
    let direction = normalize(to_world(bsdf.local, wi));
    let s = scattering(bsdf, direction);
    if (s.pdf <= 0.0) {
        return no_scattering();
    }
    return Scattered(true, direction, s.diffuse / s.pdf, s.specular / s.pdf, s.pdf, bsdf.mirror && is_specular);
}

fn sample_clear(bsdf: Bsdf, u: vec2f) -> Scattered {
    let wo = bsdf.wo;
    let cosine = clamp(wo.z, 0.0, 1.0);
    let reflected = u.x < dielectric(cosine, bsdf.eta);
    var wi = vec3f(-wo.x, -wo.y, wo.z);
    var weight = vec3f(1.0);
    if (!reflected) {
        let sine_squared = (1.0 - cosine * cosine) / (bsdf.eta * bsdf.eta);
        let inner = sqrt(max(1.0 - sine_squared, 0.0));
        wi = vec3f(-wo.x / bsdf.eta, -wo.y / bsdf.eta, -inner);
        weight = bsdf.tint;
    }
    let direction = normalize(to_world(bsdf.local, wi));
    if ((dot(direction, bsdf.geometric) > 0.0) != reflected) {
        return no_scattering();
    }
    return Scattered(true, direction, vec3f(0.0), weight, 0.0, true);
}

fn ggx_albedo(cosine: f32, roughness: f32) -> vec2f {
    const LAST: u32 = ALBEDO_SIDE - 1u;
    let across = sqrt(clamp(cosine, 0.0, 1.0)) * f32(LAST);
    let down = roughness * f32(LAST);
    let column = min(u32(across), LAST - 1u);
    let row = min(u32(down), LAST - 1u);
    let at = row * ALBEDO_SIDE + column;
    let share = vec2f(across - f32(column), down - f32(row));
    return vec2f(look_up(ALBEDO_TABLE + at, share), look_up(ALBEDO_EDGE_TABLE + at, share));
}

fn look_up(at: u32, share: vec2f) -> f32 {
    let top = tables[at] + (tables[at + 1u] - tables[at]) * share.x;
    let next = at + ALBEDO_SIDE;
    let bottom = tables[next] + (tables[next + 1u] - tables[next]) * share.x;
    return top + (bottom - top) * share.y;
}
