// Camera rays through a thin lens, and points back onto the picture; twin of `transport/camera.rs`.

struct Ray {
    origin: vec3f,
    direction: vec3f,
    t_max: f32,
}

fn pose_at(time: f32) -> PoseRecord {
    let a = frame.camera_open;
    let b = frame.camera_close;
    let near = select(b.rotation, -b.rotation, dot(a.rotation, b.rotation) < 0.0);
    let rotation = normalize(a.rotation + (near - a.rotation) * time);
    return PoseRecord(rotation, a.position + (b.position - a.position) * time, 0.0);
}

fn rotate(rotation: vec4f, v: vec3f) -> vec3f {
    let q = rotation.xyz;
    let t = 2.0 * cross(q, v);
    return v + rotation.w * t + cross(q, t);
}

fn through(at: vec2f) -> vec3f {
    let x = 2.0 * at.x / f32(frame.width) - 1.0;
    let y = 1.0 - 2.0 * at.y / f32(frame.height);
    return vec3f(x * frame.half_width, y * frame.half_height, -1.0);
}

fn pupil(u: vec2f) -> vec2f {
    if (frame.blades == 0u) {
        return disc(u) * frame.aperture_radius;
    }
    return polygon(u, frame.blades, frame.blade_turn) * frame.blade_radius;
}

fn lens_ray(at: vec2f, lens: vec2f, time: f32) -> Ray {
    let pose = pose_at(time);
    let ahead = through(at);
    let start = vec3f(pupil(lens), 0.0);
    var direction = ahead;
    if (frame.aperture_radius > 0.0) {
        direction = ahead * frame.focus_distance - start;
    }
    let origin = pose.position + rotate(pose.rotation, start);
    return Ray(origin, rotate(pose.rotation, normalize(direction)), FAR);
}

fn pinhole_ray(at: vec2f) -> Ray {
    let pose = frame.camera_open;
    return Ray(pose.position, rotate(pose.rotation, normalize(through(at))), FAR);
}

fn view_depth(point: vec3f) -> f32 {
    let pose = frame.camera_open;
    return dot(point - pose.position, rotate(pose.rotation, vec3f(0.0, 0.0, -1.0)));
}

// Motion in pixels of what now stands at `at`; none when it stood behind the camera.
fn motion_from(point: vec3f, weight: f32, at: vec2f) -> vec2f {
    let pose = frame.camera_previous;
    let back = vec4f(-pose.rotation.xyz, pose.rotation.w);
    let seen = rotate(back, point - weight * pose.position);
    let depth = -seen.z;
    if (depth <= 1e-6) {
        return vec2f(0.0);
    }
    let x = seen.x / (depth * frame.half_width);
    let y = seen.y / (depth * frame.half_height);
    return vec2f(0.5 * (x + 1.0) * f32(frame.width), 0.5 * (1.0 - y) * f32(frame.height)) - at;
}
