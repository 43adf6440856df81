// Some bounces of every pixel's path; twin of `transport/path.rs`.
//
// A dispatch does `work.bounces` bounces of one sample and leaves the path in `paths` for the next one: on a software
// driver one bounce at a time, to stay below its limit of loop iterations.

const ROULETTE_BOUNCE: u32 = 3u;
const ROULETTE_FLOOR: f32 = 0.05;

var<private> path: PathRecord;

@compute @workgroup_size(8, 8)
fn trace_path(@builtin(global_invocation_id) id: vec3u) {
    if (id.x >= frame.width || id.y >= frame.height) {
        return;
    }
    steps = 0u;
    let pixel = id.y * frame.width + id.x;
    let s = new_sampler(id.xy, work.sample_index);
    if (work.first_bounce == 0u) {
        path = start_path(id.xy, s);
    } else {
        path = paths[pixel];
    }
    if (path.alive == 0u) {
        return;
    }
    sum = sums[pixel];
    for (var i = 0u; i < work.bounces && path.alive != 0u; i++) {
        steps++;
        path.alive = select(0u, 1u, step_path(s));
    }
    sum.most_steps = max(sum.most_steps, steps);
    sums[pixel] = sum;
    paths[pixel] = path;
}

fn start_path(pixel: vec2u, s: Sampler) -> PathRecord {
    let offset = pixel_offset(sample_pair(s, FILTER));
    // Slices by van der Corput's sequence: whatever samples there are spread over the shutter.
    let turn = ((reverseBits(work.sample_index) >> 16u) * frame.slices) >> 16u;
    let slice = (turn + pixel_hash(s)) % frame.slices;
    let time = (f32(slice) + sample_pair(s, TIME).x) / f32(frame.slices);
    let ray = lens_ray(vec2f(pixel) + 0.5 + offset, sample_pair(s, LENS), time);
    var begun: PathRecord;
    begun.origin = ray.origin;
    begun.direction = ray.direction;
    begun.slice = slice;
    begun.weight = vec3f(1.0);
    begun.feature = vec3f(1.0);
    begun.cone_spread = frame.cone_spread;
    begun.alive = 1u;
    begun.seeks_features = 1u;
    return begun;
}

fn step_path(s: Sampler) -> bool {
    sum.rays++;
    veil_sampler = s;
    veil_bounce = path.bounce;
    veil_draws = true;
    let met = closest(Ray(path.origin, path.direction, FAR), path.slice);
    if (frame.haze_extinction > 0.0) {
        cross_haze(met, s);
    }
    if (met.lamp != NONE) {
        add_lamp(met);
        return false;
    }
    if (met.instance == NONE) {
        add_surroundings();
        return false;
    }
    let surface = surface_at(met, path.slice, path.direction, path.cone_width + path.cone_spread * met.t);
    add_glow(surface, met.t);
    if (path.bounce < frame.max_bounces && bounce_path(surface, met.t, s)) {
        return true;
    }
    if (path.seeks_features != 0u) {
        add_features(surface.base_color, surface.normal);
    }
    return false;
}

// What the air on the way to what was met adds and takes.
fn cross_haze(met: Met, s: Sampler) {
    let ray = Ray(path.origin, path.direction, met.t);
    if (path.bounce < frame.max_bounces) {
        let stretch = Stretch(ray, path.slice, path.bounce);
        for (var i = 0u; i < 2u; i++) {
            steps++;
            var group = local_group(path.bounce);
            if (i == 1u) {
                group = distant_group(path.bounce);
            }
            add_chance(scattered_light(group, stretch, s));
        }
    }
    if (met.lamp == NONE && met.instance == NONE) {
        path.weight *= transmittance_to_sky(ray, path.pdf);
    } else {
        path.weight *= transmittance(ray);
    }
}

// Where the path's direction was chosen, which may lie behind panes, or its image in a mirror.
fn whole_origin() -> vec3f {
    return path.origin - path.direction * path.travelled;
}

fn bounce_path(surface: Surface, t: f32, s: Sampler) -> bool {
    let pairs = BOUNCE + path.bounce * BOUNCE_STRIDE;
    let lobe = sample_pair(s, pairs + LOBE);
    // The lamps were chosen by way of this mirror too: it turns the path as it turned them.
    if (surface.mirror != NONE && path.pdf > 0.0 && path.chooser + 1u == path.bounce) {
        path.mirrors = 1u;
        let mirrored = reflected(surface, path.direction);
        if (!mirrored.goes_on) {
            return false;
        }
        note_features(surface, mirrored);
        return go_on(surface, mirrored, t, lobe.y);
    }
    let bsdf = new_bsdf(surface, path.direction);
    if (scatters(bsdf) && (frame.strategy & 1u) != 0u) {
        // Straight, then by way of each mirror. A loop, because drivers inline every call.
        let ways = 1u + select(0u, frame.mirrors, path.bounce + 1u < frame.max_bounces);
        for (var i = 0u; i < 2u * ways; i++) {
            steps++;
            var group = local_group(path.bounce);
            if (i % 2u == 1u) {
                group = distant_group(path.bounce);
            }
            var image = no_image(surface);
            if (i > 1u) {
                image = image_point(i / 2u - 1u, path.slice, surface);
                if (image.mirror == NONE) {
                    continue;
                }
            }
            add_lit(light_from(group, surface, bsdf, image, path.slice, s, pairs), i > 1u);
        }
    }
    let scattered = sample_bsdf(bsdf, sample_pair(s, pairs + DIRECTION), lobe.x);
    if (!scattered.goes_on) {
        return false;
    }
    note_features(surface, scattered);
    return go_on(surface, scattered, t, lobe.y);
}

fn go_on(surface: Surface, scattered: Scattered, t: f32, roulette: f32) -> bool {
    let both = scattered.diffuse + scattered.specular;
    if (path.bounce == 0u) {
        path.diffuse_share = select(vec3f(0.0), scattered.diffuse / both, both > vec3f(0.0));
    }
    path.weight *= both;
    path.cone_width += path.cone_spread * t;
    path.cone_spread = opened(path.cone_spread, scattered.pdf);
    if (scattered.straight) {
        path.travelled += t;
    } else {
        path.chooser = path.bounce;
        path.travelled = 0.0;
        path.mirrors = 0u;
        path.pdf = scattered.pdf;
    }
    path.bounce++;
    path.origin = leaving(surface, scattered.direction);
    path.direction = scattered.direction;
    if (path.bounce > ROULETTE_BOUNCE) {
        let chance = clamp(max_element(path.weight), ROULETTE_FLOOR, 1.0);
        if (roulette >= chance) {
            return false;
        }
        path.weight /= chance;
    }
    return max_element(path.weight) > 0.0;
}

fn note_features(surface: Surface, scattered: Scattered) {
    if (path.seeks_features == 0u) {
        return;
    }
    if (scattered.follows) {
        path.feature *= clamp(scattered.diffuse + scattered.specular, vec3f(0.0), vec3f(1.0));
    } else {
        add_features(surface.base_color, surface.normal);
    }
}

fn add_features(albedo: vec3f, normal: vec3f) {
    path.seeks_features = 0u;
    sum.albedo += vec4f(path.feature * clamp(albedo, vec3f(0.0), vec3f(1.0)), 0.0);
    sum.normal += vec4f(normal, 0.0);
}

fn add_chance(came: vec3f) {
    let light = path.weight * came;
    // One such sample would spoil its pixel for good.
    if (!is_finite(light)) {
        return;
    }
    // Surfaces that the light has to come by, without the panes that shadow rays pass too.
    let turns = select(path.bounce, path.chooser + 1u + path.mirrors, path.pdf > 0.0);
    if (turns == 0u) {
        sum.parts[0] += vec4f(light, 0.0);
    } else if (turns == 1u) {
        sum.parts[1] += vec4f(light * path.diffuse_share, 0.0);
        sum.parts[2] += vec4f(light * (1.0 - path.diffuse_share), 0.0);
    } else {
        add_indirect(light);
    }
}

// Light that a shadow ray brought, or by way of others.
fn add_lit(lit: Lit, by_others: bool) {
    let light = path.weight * (lit.diffuse + lit.specular);
    if (path.bounce > 0u) {
        add_indirect(light);
    } else if (by_others) {
        add_clamped(light, path.weight * lit.diffuse);
    } else {
        // Haze on the way makes a weight of its own.
        sum.parts[1] += vec4f(path.weight * lit.diffuse, 0.0);
        sum.parts[2] += vec4f(path.weight * lit.specular, 0.0);
    }
}

fn add_indirect(light: vec3f) {
    add_clamped(light, light * path.diffuse_share);
}

// Indirect light, and how much of it the first surface's diffuse lobe sent on.
fn add_clamped(light: vec3f, diffuse: vec3f) {
    if (!is_finite(light)) {
        return;
    }
    let share = min(frame.clamp_nits / max(max_element(light), 1e-30), 1.0);
    sum.removed += luminance(light) * (1.0 - share);
    sum.parts[3] += vec4f(diffuse * share, 0.0);
    sum.parts[4] += vec4f((light - diffuse) * share, 0.0);
}

fn add_surroundings() {
    let group = distant_group(path.chooser);
    let direction = path.direction;
    if (frame.sky_light != NONE) {
        let pdf = lights[frame.sky_light].probability * sky_pdf(direction);
        add_chance(sky_radiance(direction) * chance_weight(path.pdf, pdf, group));
    }
    for (var index = frame.first_sun; index < frame.lamps; index++) {
        steps++;
        let sun = lamps[path.slice * frame.lamps + index];
        if (is_in_sun(sun, direction)) {
            let pdf = lights[sun.light].probability * sun_pdf(sun);
            add_chance(sun_radiance(sun) * chance_weight(path.pdf, pdf, group));
        }
    }
}

fn add_lamp(met: Met) {
    let lamp = lamps[met.lamp];
    let start = whole_origin();
    let density = lamp_pdf(lamp, start, path.direction, path.travelled + met.t);
    let weight = chance_weight(path.pdf, light_probability(start, lamp.light) * density, local_group(path.chooser));
    add_chance(lamp_radiance(lamp, path.direction) * weight);
    if (path.seeks_features != 0u) {
        add_features(vec3f(1.0), lamp_normal(lamp, path.origin + path.direction * met.t));
    }
}

fn add_glow(surface: Surface, from_origin: f32) {
    if (surface.light == NONE) {
        return;
    }
    let t = path.travelled + from_origin;
    let facing = -dot(path.direction, surface.geometric);
    let pdf = light_probability(whole_origin(), surface.light) * t * t / max(surface.area * facing, 1e-20);
    add_chance(surface.emission * chance_weight(path.pdf, pdf, local_group(path.chooser)));
}
