// Ray cones: how wide a path's footprint is where it meets a surface; twin of `transport/cone.rs`.

const WIDEST: f32 = 0.3;
const LOBE_SHARE: f32 = 0.2;

fn opened(spread: f32, pdf: f32) -> f32 {
    if (pdf <= 0.0) {
        return min(spread, WIDEST);
    }
    return min(spread + LOBE_SHARE / sqrt(pdf), WIDEST);
}
