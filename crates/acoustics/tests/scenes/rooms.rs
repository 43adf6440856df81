//! Rooms of the reference data as scenes, turned from +Z up to +Y up.

use std::sync::Arc;

use glam::{Affine3A, Vec3};
use maquette_conditioning::{AcousticInstance, Air, Clip, Mesh, SoundSource, SoundTimeline, Surface, Track};
use serde_json::Value;

/// The trimmed reference data.
pub(crate) fn reference() -> Value {
    serde_json::from_str(include_str!("../reference/rooms.json")).expect("reference data")
}

/// Scattering rooms by many runs of a ray Monte Carlo, where one is not enough.
pub(crate) fn monte_carlo() -> Value {
    serde_json::from_str(include_str!("../reference/ray_mc.json")).expect("reference data")
}

/// A figure of it in a room, at a scattering, in a band.
pub(crate) fn monte_carlo_figure(
    all: &Value,
    case: &Value,
    scattering: &str,
    figure: &str,
    band: usize,
) -> f64 {
    let name = |key: &str| case[key].as_str().expect("a name");
    let room = format!("{} {}", name("room"), name("variant"));
    all[room][scattering][figure]["mean"][band].as_f64().expect("a figure")
}

/// The same of the single run in the reference.
pub(crate) fn single_run_figure(case: &Value, scattering: &str, figure: &str, band: usize) -> f64 {
    case["ray_mc"][scattering][figure][band].as_f64().expect("a figure")
}

/// Where that run divides early from late: at the end of the bin of 2 ms that 50 ms after the direct sound falls in.
pub(crate) fn rounded_split_s(onset_s: f64) -> f64 {
    (((onset_s + 0.05) / 0.002).floor() + 1.0) * 0.002
}

/// A list of numbers.
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|v| v.as_f64().expect("a number")).collect()
}

/// A point of the reference, +Y up.
pub(crate) fn point(value: &Value) -> Vec3 {
    let p = numbers(value);
    y_up(p[0], p[1], p[2])
}

/// +Z up to +Y up.
pub(crate) fn y_up(x: f64, y: f64, z: f64) -> Vec3 {
    Vec3::new(x as f32, z as f32, -y as f32)
}

/// Seven bands to eight: the last repeats.
pub(crate) fn bands(values: &[f64]) -> [f32; 8] {
    std::array::from_fn(|band| values[band.min(values.len() - 1)] as f32)
}

/// Sound at 343 m/s in air that takes nothing.
pub(crate) fn dry_air() -> Air {
    Air { speed_of_sound_m_s: 343.0, absorbs: false, ..Air::default() }
}

/// A parallelogram of `across` × `up` cells, each of two triangles with alternating diagonals and facing.
pub(crate) fn panel(origin: Vec3, u: Vec3, v: Vec3, [across, up]: [u32; 2]) -> Arc<Mesh> {
    let corner = |i: u32, j: u32| origin + u * (i as f32 / across as f32) + v * (j as f32 / up as f32);
    let positions = (0..=up).flat_map(|j| (0..=across).map(move |i| corner(i, j))).collect();
    let index = |i: u32, j: u32| j * (across + 1) + i;
    let cell = |i: u32, j: u32| {
        let [a, b, c, d] = [index(i, j), index(i + 1, j), index(i + 1, j + 1), index(i, j + 1)];
        if (i + j).is_multiple_of(2) { [[a, b, c], [a, c, d]] } else { [[b, a, d], [b, d, c]] }
    };
    let triangles = (0..up).flat_map(|j| (0..across).flat_map(move |i| cell(i, j))).collect();
    Arc::new(Mesh::new(positions, vec![], vec![], triangles).expect("a panel"))
}

/// A thing that stands still where its mesh says.
pub(crate) fn still(object_id: u32, mesh: Arc<Mesh>, absorption: [f32; 8]) -> AcousticInstance {
    AcousticInstance {
        object_id,
        mesh,
        surface: Surface { absorption, scattering: [0.0; 8], transmission_loss_db: None },
        world_from_local: Track::still(Affine3A::IDENTITY),
    }
}

/// A source that does not move and has nothing to play.
pub(crate) fn source_at(position: Vec3) -> SoundSource {
    SoundSource {
        name: "source".into(),
        clip: Clip::Samples(Arc::from([1.0f32])),
        start_s: 0.0,
        position_m: Track::still(position),
        level_db_spl_1m: 94.0,
        ..SoundSource::default()
    }
}

/// One second with one source and a listener that looks along −Z.
pub(crate) fn timeline(source: Vec3, listener: Vec3, instances: Vec<AcousticInstance>) -> SoundTimeline {
    SoundTimeline {
        from_s: 0.0,
        to_s: 1.0,
        air: dry_air(),
        listener: Track::still(Affine3A::from_translation(listener)),
        sources: vec![source_at(source)],
        instances,
        ..SoundTimeline::default()
    }
}

/// Six walls of several triangles each.
pub(crate) fn shoebox(
    [width, depth, height]: [f64; 3],
    absorption: impl Fn(&str) -> [f32; 8],
) -> Vec<AcousticInstance> {
    let corner = |x: f64, y: f64, z: f64| y_up(x * width, y * depth, z * height);
    let origin = corner(0.0, 0.0, 0.0);
    let (x, y, z) = (corner(1.0, 0.0, 0.0), corner(0.0, 1.0, 0.0), corner(0.0, 0.0, 1.0));
    let wall = |(id, name, from, u, v): (u32, &str, Vec3, Vec3, Vec3)| {
        still(id, panel(from, u, v, [3, 2]), absorption(name))
    };
    [
        (1, "west", origin, y, z),
        (2, "east", x, y, z),
        (3, "south", origin, x, z),
        (4, "north", y, x, z),
        (5, "floor", origin, x, y),
        (6, "ceiling", z, x, y),
    ]
    .map(wall)
    .into()
}

/// A shoebox case of the reference as a timeline.
pub(crate) fn shoebox_case(case: &Value) -> SoundTimeline {
    let size = numbers(&case["dim_m"]);
    let absorption = |wall: &str| bands(&numbers(&case["absorption_per_band"][wall]));
    let walls = shoebox([size[0], size[1], size[2]], absorption);
    timeline(point(&case["source"]), point(&case["receiver"]), walls)
}

/// A room over a floor polygon: a wall an edge, floor and ceiling from the given rectangles (x, y, width, depth).
pub(crate) fn over_polygon(
    polygon: &[[f64; 2]],
    rectangles: &[[f64; 4]],
    height: f64,
    absorption: f32,
) -> Vec<AcousticInstance> {
    let up = y_up(0.0, 0.0, height);
    let edges = polygon.iter().zip(polygon.iter().cycle().skip(1));
    let walls = edges.map(|(a, b)| {
        let from = y_up(a[0], a[1], 0.0);
        panel(from, y_up(b[0], b[1], 0.0) - from, up, [2, 2])
    });
    let decks = rectangles.iter().flat_map(|&[x, y, width, depth]| {
        [0.0, height].map(|z| panel(y_up(x, y, z), y_up(width, 0.0, 0.0), y_up(0.0, depth, 0.0), [2, 1]))
    });
    let all = walls.chain(decks).enumerate();
    all.map(|(i, mesh)| still(i as u32 + 1, mesh, [absorption; 8])).collect()
}

/// Floor plan of the L-shaped room of the reference.
pub(crate) const L_SHAPE: [[f64; 2]; 6] =
    [[0.0, 0.0], [6.0, 0.0], [6.0, 3.0], [3.0, 3.0], [3.0, 7.0], [0.0, 7.0]];

/// The room over it.
pub(crate) fn l_shaped(source: Vec3, receiver: Vec3) -> SoundTimeline {
    let decks = [[0.0, 0.0, 6.0, 3.0], [0.0, 3.0, 3.0, 4.0]];
    timeline(source, receiver, over_polygon(&L_SHAPE, &decks, 2.8, 0.1))
}
