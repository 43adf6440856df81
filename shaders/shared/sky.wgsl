// The sky: its light from a direction, and directions towards its light; twin of `transport/sky.rs`.

fn sky_radiance(direction: vec3f) -> vec3f {
    if (frame.sky_texture == NONE) {
        return frame.sky_scale;
    }
    return look(frame.sky_texture, place_point(sky_place(direction))).rgb * frame.sky_scale;
}

fn sky_place(direction: vec3f) -> vec2f {
    let azimuth = atan2(direction.x, -direction.z) + frame.sky_yaw;
    let across = 0.5 + azimuth / TAU;
    return vec2f(across - floor(across), acos(clamp(direction.y, -1.0, 1.0)) / PI);
}

fn sample_sky(u: vec2f) -> LightSample {
    let count = frame.sky_columns * frame.sky_rows;
    let scaled = u.x * f32(count);
    var cell = min(u32(scaled), count - 1u);
    var rest = clamp(scaled - f32(cell), 0.0, 0.99999994);
    let record = sky_cells[cell];
    if (rest < record.threshold) {
        rest /= record.threshold;
    } else {
        rest = (rest - record.threshold) / (1.0 - record.threshold);
        cell = record.other;
    }
    let column = cell % frame.sky_columns;
    let row = cell / frame.sky_columns;
    let across = (f32(column) + rest) / f32(frame.sky_columns);
    let top = row_cosine(row);
    let cosine = top + (row_cosine(row + 1u) - top) * u.y;
    let sine = sqrt(max(1.0 - cosine * cosine, 0.0));
    let azimuth = TAU * (across - 0.5) - frame.sky_yaw;
    let point = vec3f(sine * sin(azimuth), cosine, -sine * cos(azimuth));
    return LightSample(point, vec3f(0.0), true, sky_radiance(point), cell_pdf(cell, row), false);
}

fn sky_pdf(direction: vec3f) -> f32 {
    let place = sky_place(direction);
    let column = min(u32(place.x * f32(frame.sky_columns)), frame.sky_columns - 1u);
    let row = min(u32(place.y * f32(frame.sky_rows)), frame.sky_rows - 1u);
    return cell_pdf(row * frame.sky_columns + column, row);
}

fn cell_pdf(cell: u32, row: u32) -> f32 {
    let height = row_cosine(row) - row_cosine(row + 1u);
    let solid_angle = TAU * height / f32(frame.sky_columns);
    return sky_cells[cell].probability / solid_angle;
}

fn row_cosine(row: u32) -> f32 {
    return cos(PI * f32(row) / f32(frame.sky_rows));
}
