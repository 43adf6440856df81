// GGX microfacets in the local frame, normal +Z; twin of `transport/microfacet.rs`.

const SMALLEST_ALPHA: f32 = 1e-3;

fn is_smooth(roughness: f32) -> bool {
    return roughness * roughness < SMALLEST_ALPHA;
}

fn ggx_alpha(roughness: f32) -> f32 {
    return clamp(roughness * roughness, SMALLEST_ALPHA, 1.0);
}

fn schlick(cosine: f32) -> f32 {
    let m = clamp(1.0 - cosine, 0.0, 1.0);
    let m2 = m * m;
    return m2 * m2 * m;
}

fn dielectric_edge(cosine: f32) -> f32 {
    return (dielectric(clamp(cosine, 0.0, 1.0), 1.5) - 0.04) * (1.0 / 0.96);
}

fn distribution(h: vec3f, alpha: f32) -> f32 {
    let stretched = (h.x * h.x + h.y * h.y) / (alpha * alpha) + h.z * h.z;
    return 1.0 / (PI * alpha * alpha * stretched * stretched);
}

fn lambda(w: vec3f, alpha: f32) -> f32 {
    let tangent_squared = (w.x * w.x + w.y * w.y) / (w.z * w.z);
    return 0.5 * (sqrt(1.0 + alpha * alpha * tangent_squared) - 1.0);
}

fn lobe_and_pdf(wo: vec3f, wo_lambda: f32, bound: f32, wi: vec3f, h: vec3f, alpha: f32) -> vec2f {
    let density = distribution(h, alpha);
    return vec2f(density / (4.0 * wo.z * (1.0 + wo_lambda + lambda(wi, alpha))), density * bound);
}

fn cap_share(wo: vec3f, alpha: f32) -> f32 {
    let s = 1.0 + sqrt(wo.x * wo.x + wo.y * wo.y);
    let a2 = alpha * alpha;
    let s2 = s * s;
    return (1.0 - a2) * s2 / (s2 + a2 * wo.z * wo.z);
}

fn reflection_bound(wo: vec3f, alpha: f32) -> f32 {
    let stretched = sqrt(alpha * alpha * (wo.x * wo.x + wo.y * wo.y) + wo.z * wo.z);
    return 0.5 / (cap_share(wo, alpha) * wo.z + stretched);
}

fn sample_reflection(wo: vec3f, alpha: f32, u: vec2f) -> vec3f {
    let stretched = normalize(vec3f(alpha * wo.x, alpha * wo.y, wo.z));
    let lowest = cap_share(wo, alpha) * stretched.z;
    let angle = TAU * u.x;
    let z = (1.0 - u.y) * (1.0 + lowest) - lowest;
    let sine = sqrt(clamp(1.0 - z * z, 0.0, 1.0));
    let raised = vec3f(sine * cos(angle), sine * sin(angle), z) + stretched;
    let h = normalize(vec3f(alpha * raised.x, alpha * raised.y, max(raised.z, 0.0)));
    return 2.0 * dot(wo, h) * h - wo;
}

fn seen_share(of_lambda: f32) -> f32 {
    return 1.0 / (1.0 + of_lambda);
}

fn sample_visible_normal(wo: vec3f, alpha: f32, u: vec2f) -> vec3f {
    let stretched = normalize(vec3f(alpha * wo.x, alpha * wo.y, wo.z));
    let angle = TAU * u.x;
    let z = (1.0 - u.y) * (1.0 + stretched.z) - stretched.z;
    let sine = sqrt(clamp(1.0 - z * z, 0.0, 1.0));
    let h = vec3f(sine * cos(angle), sine * sin(angle), z) + stretched;
    return normalize(vec3f(alpha * h.x, alpha * h.y, max(h.z, 0.0)));
}

fn dielectric(cosine: f32, eta: f32) -> f32 {
    let sine_squared = (1.0 - cosine * cosine) / (eta * eta);
    if (sine_squared >= 1.0) {
        return 1.0;
    }
    let inner = sqrt(1.0 - sine_squared);
    let parallel = (eta * cosine - inner) / (eta * cosine + inner);
    let perpendicular = (cosine - eta * inner) / (cosine + eta * inner);
    return 0.5 * (parallel * parallel + perpendicular * perpendicular);
}
