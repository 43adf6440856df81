// GGX microfacets in the local frame, normal +Z; twin of `transport/microfacet.rs`.

const SMALLEST_ALPHA: f32 = 1e-3;

fn ggx_alpha(roughness: f32) -> f32 {
    return clamp(roughness * roughness, SMALLEST_ALPHA, 1.0);
}

fn schlick(cosine: f32) -> f32 {
    let m = clamp(1.0 - cosine, 0.0, 1.0);
    let m2 = m * m;
    return m2 * m2 * m;
}

fn distribution(h: vec3f, alpha: f32) -> f32 {
    let stretched = (h.x * h.x + h.y * h.y) / (alpha * alpha) + h.z * h.z;
    return 1.0 / (PI * alpha * alpha * stretched * stretched);
}

fn lambda(w: vec3f, alpha: f32) -> f32 {
    let tangent_squared = (w.x * w.x + w.y * w.y) / (w.z * w.z);
    return 0.5 * (sqrt(1.0 + alpha * alpha * tangent_squared) - 1.0);
}

fn lobe_and_pdf(wo: vec3f, wo_lambda: f32, wi: vec3f, h: vec3f, alpha: f32) -> vec2f {
    let part = distribution(h, alpha) / (4.0 * wo.z);
    return vec2f(part / (1.0 + wo_lambda + lambda(wi, alpha)), part / (1.0 + wo_lambda));
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
