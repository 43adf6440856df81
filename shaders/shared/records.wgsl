// The records both executors read, and where they are bound. Laid out as `world/layout.rs` in the tracer; a test
// compares every member's offset.

const NONE: u32 = 0xffffffffu;
const FAR: f32 = 3.4e38;
const PI: f32 = 3.14159265358979;
const TAU: f32 = 6.28318530717959;
const FRAC_1_PI: f32 = 0.318309886183791;

const SMOOTH: u32 = 1u;
const MIRRORED: u32 = 2u;
const VEILED: u32 = 4u;
const TANGENTS: u32 = 8u;
const APPENDIX_B: u32 = 1u;
const THIN: u32 = 2u;
const CUTOUT: u32 = 4u;
const BLENDED: u32 = 8u;
const WINDOW: u32 = 16u;
const POLISHED: u32 = 32u;
const WRAP_REPEAT: u32 = 0u;
const WRAP_CLAMP: u32 = 1u;
const WRAP_MIRROR: u32 = 2u;
const LIGHT_TRIANGLE: u32 = 0u;
const LIGHT_LAMP: u32 = 1u;
const LIGHT_SKY: u32 = 2u;
const LAMP_RECT: u32 = 0u;
const LAMP_BALL: u32 = 1u;
const LAMP_POINT: u32 = 2u;
const LAMP_SUN: u32 = 3u;
const TEXELS_SRGB: u32 = 0u;
const TEXELS_LINEAR: u32 = 1u;
const TEXELS_FLOAT: u32 = 2u;

struct VertexRecord {
    position: vec3f,
    u: f32,
    normal: vec3f,
    v: f32,
}

struct InstanceRecord {
    world_from_local: array<vec4f, 3>,
    local_from_world: array<vec4f, 3>,
    first_vertex: u32,
    first_triangle: u32,
    material: u32,
    object_id: u32,
    first_light: u32,
    flags: u32,
    root: u32,
    rest_vertex: u32,
}

struct MaterialRecord {
    base_color: vec3f,
    roughness: f32,
    emission: vec3f,
    metallic: f32,
    reflectance: f32,
    transmission: f32,
    ior: f32,
    opacity: f32,
    base_color_texture: u32,
    metallic_roughness_texture: u32,
    emission_texture: u32,
    normal_texture: u32,
    normal_scale: f32,
    clearcoat: f32,
    clearcoat_roughness: f32,
    cutoff: f32,
    flags: u32,
    pattern: u32,
    pattern_scale: f32,
    pattern_strength: f32,
    pattern_amount: f32,
    padding: array<u32, 3>,
}

struct TextureRecord {
    width: u32,
    height: u32,
    format: u32,
    levels: u32,
    wrap_across: u32,
    wrap_down: u32,
    padding: vec2u,
    firsts: array<u32, 16>,
}

struct LampRecord {
    position: vec3f,
    kind: u32,
    strength: vec3f,
    radius: f32,
    right: vec3f,
    half_width: f32,
    up: vec3f,
    half_height: f32,
    toward: vec3f,
    object_id: u32,
    cos_inner: f32,
    cos_outer: f32,
    sin_half: f32,
    light: u32,
    profile: u32,
    power: f32,
    padding: vec2u,
}

struct LightRecord {
    kind: u32,
    index: u32,
    triangle: u32,
    probability: f32,
    // `alias` is a reserved word.
    other: u32,
    threshold: f32,
    leaf: u32,
    padding: u32,
}

struct LightNode {
    centre: vec3f,
    radius: f32,
    power: f32,
    child: u32,
    parent: u32,
    padding: u32,
}

struct MirrorRecord {
    normal: vec3f,
    offset: f32,
    centre: vec3f,
    instance: u32,
    across: vec3f,
    half_width: f32,
    up: vec3f,
    half_height: f32,
    color: vec3f,
    two_sided: u32,
    thickness: f32,
    padding: array<u32, 3>,
}

struct SkyCell {
    probability: f32,
    other: u32,
    threshold: f32,
    padding: u32,
}

struct PoseRecord {
    rotation: vec4f,
    position: vec3f,
    padding: f32,
}

struct FrameRecord {
    camera_open: PoseRecord,
    camera_close: PoseRecord,
    camera_previous: PoseRecord,
    half_width: f32,
    half_height: f32,
    aperture_radius: f32,
    focus_distance: f32,
    width: u32,
    height: u32,
    samples: u32,
    first_sample: u32,
    seed: vec2u,
    max_bounces: u32,
    filter_kind: u32,
    clamp_nits: f32,
    strategy: u32,
    slices: u32,
    open_slice: u32,
    instances: u32,
    lamps: u32,
    solid_lamps: u32,
    first_sun: u32,
    local_lights: u32,
    distant_lights: u32,
    local_candidates: u32,
    distant_candidates: u32,
    sky_scale: vec3f,
    sky_light: u32,
    sky_texture: u32,
    sky_columns: u32,
    sky_rows: u32,
    sky_yaw: f32,
    haze_low: vec3f,
    haze_extinction: f32,
    haze_high: vec3f,
    haze_anisotropy: f32,
    haze_albedo: vec3f,
    haze_everywhere: u32,
    blades: u32,
    blade_radius: f32,
    blade_turn: f32,
    light_tree: u32,
    lamp_tree: u32,
    cone_spread: f32,
    veils: u32,
    mirrors: u32,
}

// A node of a two-wide BVH. `count` 0: children are `first` and `first + 1`; else a leaf over `order`.
struct NodeRecord {
    low: vec3f,
    first: u32,
    high: vec3f,
    count: u32,
}

// What one dispatch does.
struct DispatchRecord {
    sample_index: u32,
    first_bounce: u32,
    bounces: u32,
    padding: u32,
    // Root of each slice's tree over instances, four to a vector.
    roots: array<vec4u, 9>,
}

// A path on its way, between dispatches.
struct PathRecord {
    origin: vec3f,
    slice: u32,
    direction: vec3f,
    bounce: u32,
    weight: vec3f,
    pdf: f32,
    diffuse_share: vec3f,
    alive: u32,
    feature: vec3f,
    seeks_features: u32,
    cone_width: f32,
    cone_spread: f32,
    // Distance from where the direction was chosen, through panes and off a mirror, and the bounce that chose it.
    travelled: f32,
    chooser: u32,
    // Mirrors between that lights are chosen by way of too: one or none.
    mirrors: u32,
    padding: array<u32, 3>,
}

// What one pixel's paths brought, summed.
struct SumRecord {
    parts: array<vec4f, 5>,
    albedo: vec4f,
    normal: vec4f,
    rays: u32,
    // Loop iterations of the longest dispatch.
    most_steps: u32,
    // Luminance that the clamp took away.
    removed: f32,
    padding: u32,
}

// The G-buffer at one pixel; a negative distance is a miss.
struct PrimaryRecord {
    position: vec3f,
    depth: f32,
    normal: vec3f,
    distance: f32,
    albedo: vec3f,
    roughness: f32,
    motion: vec2f,
    metallic: f32,
    object_id: u32,
    material_id: u32,
    most_steps: u32,
    image_motion: vec2f,
    image_position: vec3f,
    image_id: u32,
    image_normal: vec3f,
    padding: u32,
    lamp_light: vec3f,
    rays: u32,
}

// Storage and not uniform: Mesa's software driver compiles a shader anew for each value of a uniform that decides a
// branch or a loop, which took nine seconds a dispatch.
@group(0) @binding(0) var<storage, read> frame: FrameRecord;
@group(0) @binding(1) var<storage, read> vertices: array<VertexRecord>;
@group(0) @binding(2) var<storage, read> triangles: array<u32>;
@group(0) @binding(3) var<storage, read> instances: array<InstanceRecord>;
@group(0) @binding(4) var<storage, read> materials: array<MaterialRecord>;
@group(0) @binding(5) var<storage, read> textures: array<TextureRecord>;
@group(0) @binding(6) var<storage, read> texels: array<u32>;
@group(0) @binding(7) var<storage, read> lamps: array<LampRecord>;
@group(0) @binding(8) var<storage, read> lights: array<LightRecord>;
@group(0) @binding(9) var<storage, read> sky_cells: array<SkyCell>;
@group(0) @binding(10) var<storage, read> tables: array<f32>;
@group(0) @binding(11) var<storage, read> nodes: array<NodeRecord>;
@group(0) @binding(12) var<storage, read> order: array<u32>;
@group(0) @binding(13) var<storage, read> light_nodes: array<LightNode>;
@group(0) @binding(14) var<storage, read> tangents: array<u32>;
@group(0) @binding(15) var<storage, read> mirrors: array<MirrorRecord>;
@group(1) @binding(0) var<storage, read> work: DispatchRecord;
@group(1) @binding(1) var<storage, read_write> paths: array<PathRecord>;
@group(1) @binding(2) var<storage, read_write> sums: array<SumRecord>;
@group(1) @binding(3) var<storage, read_write> primaries: array<PrimaryRecord>;

// Loop iterations of this invocation: a software driver ends it at 65 535 without a word.
var<private> steps: u32;
// What this invocation's pixel has so far.
var<private> sum: SumRecord;

fn luminance(color: vec3f) -> f32 {
    return 0.2126 * color.x + 0.7152 * color.y + 0.0722 * color.z;
}

fn max_element(v: vec3f) -> f32 {
    return max(max(v.x, v.y), v.z);
}

fn any_positive(v: vec3f) -> bool {
    return max_element(v) > 0.0;
}

fn is_finite(v: vec3f) -> bool {
    return all(abs(v) <= vec3f(FAR));
}

fn transform_point(rows: array<vec4f, 3>, p: vec3f) -> vec3f {
    let q = vec4f(p, 1.0);
    return vec3f(dot(rows[0], q), dot(rows[1], q), dot(rows[2], q));
}

fn transform_direction(rows: array<vec4f, 3>, d: vec3f) -> vec3f {
    return vec3f(dot(rows[0].xyz, d), dot(rows[1].xyz, d), dot(rows[2].xyz, d));
}

// The cofactor matrix: the inverse transpose times the determinant.
fn transform_normal(rows: array<vec4f, 3>, n: vec3f) -> vec3f {
    let x = rows[0].xyz;
    let y = rows[1].xyz;
    let z = rows[2].xyz;
    return vec3f(dot(cross(y, z), n), dot(cross(z, x), n), dot(cross(x, y), n));
}
