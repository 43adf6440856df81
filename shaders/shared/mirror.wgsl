// Flat mirrors: what they reflect, and lamps chosen by way of them; twin of `transport/mirror.rs`.

const VEILS: u32 = 0x100u;
const PARALLEL: f32 = 0.9999;

struct ImagePoint {
    // NONE looks straight, without a mirror.
    mirror: u32,
    start: vec3f,
    normal: vec3f,
    height: f32,
}

fn no_image(surface: Surface) -> ImagePoint {
    return ImagePoint(NONE, surface.position, vec3f(0.0), 0.0);
}

fn mirror_of(instance: u32, triangle: u32, slice: u32, direction: vec3f) -> u32 {
    for (var index = 0u; index < frame.mirrors; index++) {
        steps++;
        let mirror = mirrors[slice * frame.mirrors + index];
        let is_seen = mirror.two_sided != 0u || dot(mirror.normal, direction) < 0.0;
        if (mirror.instance == instance && is_seen) {
            let corners = world_corners(slice * frame.instances + instance, triangle);
            let heights = vec3f(
                dot(mirror.normal, corners[0]),
                dot(mirror.normal, corners[1]),
                dot(mirror.normal, corners[2]),
            );
            let towards = cross(corners[1] - corners[0], corners[2] - corners[0]);
            let along = dot(towards, mirror.normal);
            let is_parallel = along * along > PARALLEL * dot(towards, towards);
            if (is_parallel && all(abs(heights - mirror.offset) <= vec3f(mirror.thickness))) {
                return index;
            }
        }
    }
    return NONE;
}

fn reflected(surface: Surface, direction: vec3f) -> Scattered {
    let cosine = -dot(direction, surface.normal);
    let onward = normalize(reflect(direction, surface.normal));
    let goes_on = cosine > 0.0 && dot(onward, surface.geometric) > 0.0;
    let weight = mirror_reflectance(surface.base_color, cosine);
    return Scattered(goes_on, onward, vec3f(0.0), weight, 0.0, true, true);
}

fn mirror_reflectance(color: vec3f, cosine: f32) -> vec3f {
    return color + (1.0 - color) * schlick(cosine);
}

// Of a surface in one of its slice's mirrors; its `mirror` is NONE unless they face each other.
fn image_point(index: u32, slice: u32, surface: Surface) -> ImagePoint {
    let mirror = mirrors[slice * frame.mirrors + index];
    let height = dot(mirror.normal, surface.position) - mirror.offset;
    if (height == 0.0 || (height < 0.0 && mirror.two_sided == 0u)) {
        return no_image(surface);
    }
    let to_centre = mirror.centre - surface.position;
    let reach = abs(dot(surface.geometric, mirror.across) * mirror.half_width)
        + abs(dot(surface.geometric, mirror.up) * mirror.half_height);
    if (surface.transmission <= 0.0 && dot(surface.geometric, to_centre) + reach <= 0.0) {
        return no_image(surface);
    }
    let normal = select(mirror.normal, -mirror.normal, height < 0.0);
    return ImagePoint(index, surface.position - normal * (2.0 * abs(height)), normal, abs(height));
}

fn turned_by(image: ImagePoint, direction: vec3f) -> vec3f {
    return reflect(direction, image.normal);
}

// Whether the way from the image to a light crosses the mirror.
fn crosses(image: ImagePoint, slice: u32, picked: LightSample) -> bool {
    let to = way_to(picked, image.start);
    let rise = dot(to, image.normal);
    if (rise <= 0.0 || (!picked.distant && rise <= image.height)) {
        return false;
    }
    let mirror = mirrors[slice * frame.mirrors + image.mirror];
    let off = image.start + to * (image.height / rise) - mirror.centre;
    return abs(dot(off, mirror.across)) <= mirror.half_width && abs(dot(off, mirror.up)) <= mirror.half_height;
}

// Share of a chosen light that comes to the surface by way of the mirror, and the point where it turns.
struct Turn {
    share: vec3f,
    point: vec3f,
}

fn turn_at(image: ImagePoint, surface: Surface, picked: LightSample, slice: u32, veil: u32) -> Turn {
    let none = Turn(vec3f(0.0), vec3f(0.0));
    let along = turned_by(image, normalize(way_to(picked, image.start)));
    let cosine = -dot(along, image.normal);
    let near = Ray(leaving(surface, along), along, FAR);
    sum.rays++;
    veil_bounce = veil + VEILS;
    let met = closest(near, slice);
    if (met.lamp != NONE || met.instance == NONE) {
        return none;
    }
    if (mirror_of(met.instance, met.triangle, slice, along) != image.mirror) {
        return none;
    }
    let color = mirrors[slice * frame.mirrors + image.mirror].color;
    let air = transmittance(Ray(near.origin, along, met.t));
    return Turn(mirror_reflectance(color, cosine) * air, near.origin + along * met.t);
}
