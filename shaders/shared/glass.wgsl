// What transmits: smooth and rough dielectric boundaries, and panes; twin of `transport/glass.rs`.

struct Glass {
    // 0 is smooth.
    alpha: f32,
    eta: f32,
    thin: bool,
    window: bool,
    tint: vec3f,
    gain: f32,
}

struct GlassSample {
    found: bool,
    wi: vec3f,
    weight: vec3f,
}

struct GlassLobe {
    value: vec3f,
    pdf: f32,
}

fn pane(cosine: f32, ior: f32) -> f32 {
    let once = dielectric(cosine, ior);
    return 2.0 * once / (1.0 + once);
}

fn new_glass(surface: Surface, roughness: f32, lobe_albedo: f32) -> Glass {
    let ior = clamp(surface.ior, 1.0, 10.0);
    let eta = select(1.0 / ior, ior, surface.front || surface.thin);
    let rough = !is_smooth(roughness) && (ior > 1.001 || surface.thin);
    let gain = select(1.0, 1.0 / lobe_albedo, surface.thin);
    return Glass(select(0.0, ggx_alpha(roughness), rough), eta, surface.thin, surface.window, surface.base_color, gain);
}

fn glass_reflectance(glass: Glass, cosine: f32) -> f32 {
    if (glass.thin) {
        return pane(clamp(cosine, 0.0, 1.0), glass.eta);
    }
    return dielectric(clamp(cosine, 0.0, 1.0), glass.eta);
}

fn sample_smooth_glass(glass: Glass, wo: vec3f, u: f32) -> GlassSample {
    let cosine = clamp(wo.z, 0.0, 1.0);
    if (u < glass_reflectance(glass, cosine)) {
        return GlassSample(true, vec3f(-wo.x, -wo.y, wo.z), vec3f(1.0));
    }
    if (glass.thin) {
        return GlassSample(true, -wo, glass.tint);
    }
    let sine_squared = (1.0 - cosine * cosine) / (glass.eta * glass.eta);
    let inner = sqrt(max(1.0 - sine_squared, 0.0));
    return GlassSample(true, vec3f(-wo.x / glass.eta, -wo.y / glass.eta, -inner), glass.tint);
}

fn sample_rough_glass(glass: Glass, wo: vec3f, u: vec2f, choice: f32) -> GlassSample {
    let h = sample_visible_normal(wo, glass.alpha, u);
    let cosine = dot(wo, h);
    let off = 2.0 * cosine * h - wo;
    let reflected = choice < glass_reflectance(glass, cosine);
    var wi = off;
    if (!reflected && glass.thin) {
        wi = vec3f(off.x, off.y, -off.z);
    } else if (!reflected) {
        let inner = sqrt(max(1.0 - (1.0 - cosine * cosine) / (glass.eta * glass.eta), 0.0));
        wi = h * (cosine / glass.eta - inner) - wo / glass.eta;
    }
    return GlassSample((wi.z > 0.0) == reflected, wi, vec3f(1.0));
}

fn glass_lobe(glass: Glass, wo: vec3f, wi: vec3f) -> GlassLobe {
    let wo_lambda = lambda(wo, glass.alpha);
    let reflected = wi.z > 0.0;
    if (reflected || glass.thin) {
        let off = vec3f(wi.xy, abs(wi.z));
        let h = normalize(wo + off);
        let reflectance = glass_reflectance(glass, dot(wo, h));
        let share = select(1.0 - reflectance, reflectance, reflected);
        let tint = select(glass.tint, vec3f(1.0), reflected);
        let lobe = share * distribution(h, glass.alpha) / (4.0 * wo.z);
        let both = 1.0 + wo_lambda + lambda(off, glass.alpha);
        return GlassLobe(tint * (glass.gain * lobe / both), lobe * seen_share(wo_lambda));
    }
    let summed = wo + wi * glass.eta;
    let h = normalize(summed) * select(1.0, -1.0, summed.z < 0.0);
    let near = dot(wo, h);
    let far = dot(wi, h);
    if (near <= 0.0 || far >= 0.0) {
        return GlassLobe(vec3f(0.0), 0.0);
    }
    let across = near + glass.eta * far;
    let spread = glass.eta * glass.eta * -far / max(across * across, 1e-12);
    let visible_share = distribution(h, glass.alpha) * seen_share(wo_lambda) * near / wo.z;
    let pdf = (1.0 - glass_reflectance(glass, near)) * visible_share * spread;
    return GlassLobe(glass.tint * (pdf * seen_share(lambda(wi, glass.alpha))), pdf);
}
