//! Small moments by hand, for tests.

// Each test program uses some of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod photometry;

use std::{f32::consts::PI, sync::Arc};

use glam::{Affine3A, Vec2, Vec3};
use maquette_conditioning::{
    Camera, ContentId, Coverage, Detail, Environment, Instance, Lamp, LampKind, Lens, Material, Mesh, Moment,
    Moving, Pattern, Plane, ReflectionModel, Shutter, Texels, Texture,
};

/// A moment under construction. Each thing added gets the next object id.
pub struct Set {
    /// The moment so far.
    pub moment: Moment,
    things: u32,
}

impl Set {
    /// Nothing, in the dark, seen by a pinhole at the origin that looks along −Z with a 90° field of view.
    pub fn new() -> Self {
        let lens = Lens {
            sensor_width_m: 0.036,
            focal_length_m: 0.018,
            f_stop: None,
            focus_distance_m: 1.0,
            blades: 0,
            blade_turn_rad: 0.0,
        };
        let camera = Camera { lens, world_from_camera: Moving::still(Affine3A::IDENTITY), ev100: None };
        let moment = Moment {
            frame: 1001,
            shutter: Shutter { open_s: 0.0, close_s: 0.02, previous_open_s: -0.04 },
            camera,
            instances: vec![],
            meshes: vec![],
            materials: vec![],
            textures: vec![],
            lamps: vec![],
            profiles: vec![],
            environment: Environment::Even(Vec3::ZERO),
            haze: None,
            object_names: Arc::from([]),
        };
        Self { moment, things: 0 }
    }

    /// Places the camera.
    pub fn look(mut self, from: Vec3, at: Vec3) -> Self {
        self.moment.camera.world_from_camera = Moving::still(looking(from, at));
        self
    }

    /// Horizontal field of view.
    pub fn field_of_view(mut self, degrees: f32) -> Self {
        let lens = &mut self.moment.camera.lens;
        lens.focal_length_m = 0.5 * lens.sensor_width_m / (0.5 * degrees.to_radians()).tan();
        self
    }

    /// An even sky.
    pub fn sky(mut self, nits: Vec3) -> Self {
        self.moment.environment = Environment::Even(nits);
        self
    }

    /// Adds an image; returns its index.
    pub fn image(&mut self, width: usize, height: usize, texels: Texels) -> usize {
        let id = unique(&format!("image {}", self.moment.textures.len()), self.moment.textures.len());
        self.moment.textures.push(Arc::new(Texture { id, width, height, texels, wrap: Default::default() }));
        self.moment.textures.len() - 1
    }

    /// Adds a mesh with a material, placed still.
    pub fn mesh(self, mesh: Mesh, material: Material, place: Affine3A) -> Self {
        self.moving(mesh, material, Moving::still(place))
    }

    /// Adds a mesh with a material.
    pub fn moving(mut self, mesh: Mesh, material: Material, place: Moving<Affine3A>) -> Self {
        self.things += 1;
        self.moment.instances.push(Instance {
            object_id: self.things,
            mesh: self.moment.meshes.len(),
            material: self.moment.materials.len(),
            world_from_local: place,
            deformed: None,
        });
        self.moment.meshes.push(Arc::new(mesh));
        self.moment.materials.push(Arc::new(material));
        self
    }

    /// Adds a four-cornered card; its front sees the corners counter-clockwise.
    pub fn card(self, corners: [Vec3; 4], material: Material) -> Self {
        self.mesh(quad(corners), material, Affine3A::IDENTITY)
    }

    /// Adds a lamp, shining along −Z of its pose.
    pub fn lamp(mut self, kind: LampKind, strength: Vec3, pose: Affine3A) -> Self {
        self.things += 1;
        self.moment.lamps.push(Lamp {
            object_id: self.things,
            kind,
            strength,
            world_from_lamp: Moving::still(pose),
            lit: Lamp::ALWAYS,
            profile: None,
        });
        self
    }
}

/// A pose at `from` that looks at `at`.
pub fn looking(from: Vec3, at: Vec3) -> Affine3A {
    let up = if (at - from).normalize().y.abs() > 0.99 { Vec3::NEG_Z } else { Vec3::Y };
    Affine3A::look_at_rh(from, at, up).inverse()
}

fn unique(name: &str, number: usize) -> ContentId {
    ContentId::of(&[name.as_bytes(), &number.to_le_bytes()])
}

/// Pure Lambert.
pub fn matte(color: Vec3) -> Material {
    Material { base_color: color, roughness: 1.0, reflectance: 0.0, ..Material::default() }
}

/// A metal.
pub fn metal(color: Vec3, roughness: f32) -> Material {
    Material { base_color: color, roughness, metallic: 1.0, ..Material::default() }
}

/// Clear glass.
pub fn glass(ior: f32) -> Material {
    Material { base_color: Vec3::ONE, transmission: 1.0, ior, roughness: 0.0, ..Material::default() }
}

/// Black, glowing.
pub fn glow(nits: Vec3) -> Material {
    Material { emission: nits, ..matte(Vec3::ZERO) }
}

/// Two triangles, with texture coordinates (0,1) (1,1) (1,0) (0,0).
pub fn quad(corners: [Vec3; 4]) -> Mesh {
    let uvs = [(0.0, 1.0), (1.0, 1.0), (1.0, 0.0), (0.0, 0.0)].map(|(u, v)| Vec2::new(u, v));
    Mesh::new(corners.to_vec(), vec![], uvs.to_vec(), vec![[0, 1, 2], [0, 2, 3]]).unwrap()
}

/// A horizontal square around the origin, seen from above.
pub fn floor(half: f32) -> Mesh {
    let at = |x: f32, z: f32| Vec3::new(x * half, 0.0, z * half);
    quad([at(-1.0, 1.0), at(1.0, 1.0), at(1.0, -1.0), at(-1.0, -1.0)])
}

/// A smooth ball around the origin.
pub fn ball(radius: f32, rings: u32) -> Mesh {
    let sectors = 2 * rings;
    let mut normals = Vec::new();
    for ring in 0..=rings {
        for sector in 0..=sectors {
            let (polar, azimuth) =
                (PI * ring as f32 / rings as f32, 2.0 * PI * sector as f32 / sectors as f32);
            normals.push(Vec3::new(polar.sin() * azimuth.cos(), polar.cos(), -polar.sin() * azimuth.sin()));
        }
    }
    let mut triangles = Vec::new();
    for ring in 0..rings {
        for sector in 0..sectors {
            let a = ring * (sectors + 1) + sector;
            let b = a + sectors + 1;
            if ring > 0 {
                triangles.push([a, b, a + 1]);
            }
            if ring + 1 < rings {
                triangles.push([a + 1, b, b + 1]);
            }
        }
    }
    let positions = normals.iter().map(|n| *n * radius).collect();
    Mesh::new(positions, normals, vec![], triangles).unwrap()
}

/// A box around the origin.
pub fn cuboid(half: Vec3) -> Mesh {
    let mut positions = Vec::new();
    let mut triangles = Vec::new();
    for axis in 0..3 {
        for side in [-1.0f32, 1.0] {
            let mut normal = Vec3::ZERO;
            normal[axis] = side;
            let u = Vec3::new(normal.z, normal.x, normal.y);
            let v = normal.cross(u);
            let first = positions.len() as u32;
            for (a, b) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
                positions.push((normal + u * a + v * b) * half);
            }
            triangles.extend([[first, first + 1, first + 2], [first, first + 2, first + 3]]);
        }
    }
    Mesh::new(positions, vec![], vec![], triangles).unwrap()
}

/// Mean over a rectangle of a plane, given by its first and last pixels.
pub fn mean(plane: &Plane<[f32; 3]>, from: (usize, usize), to: (usize, usize)) -> Vec3 {
    let mut sum = Vec3::ZERO;
    for y in from.1..=to.1 {
        for x in from.0..=to.0 {
            sum += Vec3::from(*plane.at(x, y));
        }
    }
    sum / ((to.0 - from.0 + 1) * (to.1 - from.1 + 1)) as f32
}

/// Mean over all of a plane.
pub fn mean_of(plane: &Plane<[f32; 3]>) -> Vec3 {
    mean(plane, (0, 0), (plane.width() - 1, plane.height() - 1))
}

/// A dim corridor: glossy floor, glowing strips, rectangle lamps, steel and glass.
pub fn corridor() -> Moment {
    let deck = Material { base_color: Vec3::splat(0.05), roughness: 0.2, ..Material::default() };
    let panel = Material { base_color: Vec3::new(0.25, 0.27, 0.3), roughness: 0.5, ..Material::default() };
    let place = |x: f32, y: f32, z: f32| Affine3A::from_translation(Vec3::new(x, y, z));
    let mut set = Set::new().look(Vec3::new(0.25, 1.55, -0.4), Vec3::new(0.0, 1.2, -8.0)).field_of_view(60.0);
    set = set.mesh(cuboid(Vec3::new(1.2, 0.05, 10.0)), deck, place(0.0, -0.05, -10.0));
    set = set.mesh(cuboid(Vec3::new(1.2, 0.05, 10.0)), panel.clone(), place(0.0, 2.55, -10.0));
    set = set.mesh(cuboid(Vec3::new(0.05, 1.25, 10.0)), panel.clone(), place(-1.25, 1.25, -10.0));
    set = set.mesh(cuboid(Vec3::new(0.05, 1.25, 10.0)), panel.clone(), place(1.25, 1.25, -10.0));
    set = set.mesh(cuboid(Vec3::new(1.2, 1.25, 0.05)), panel.clone(), place(0.0, 1.25, -20.0));
    for i in 0..8 {
        let z = -1.5 - 2.4 * i as f32;
        let strip = cuboid(Vec3::new(0.02, 0.02, 0.8));
        for x in [-1.15, 1.15] {
            set = set.mesh(strip.clone(), glow(Vec3::new(3000.0, 3600.0, 4000.0)), place(x, 2.3, z));
            set = set.mesh(cuboid(Vec3::new(0.08, 1.25, 0.08)), panel.clone(), place(x, 1.25, z + 1.2));
        }
    }
    set = set.mesh(ball(0.35, 48), metal(Vec3::new(0.9, 0.85, 0.8), 0.15), place(-0.55, 0.35, -5.0));
    set = set.mesh(ball(0.3, 48), glass(1.5), place(0.3, 0.3, -4.2));
    set = set.mesh(ball(0.25, 48), matte(Vec3::new(0.8, 0.2, 0.1)), place(0.7, 0.25, -5.5));
    let rect = LampKind::Rect { half_width_m: 0.05, half_height_m: 0.6 };
    let facing = looking(Vec3::new(-1.15, 1.2, -6.0), Vec3::new(0.0, 1.2, -6.0));
    set.lamp(rect, Vec3::new(2000.0, 1100.0, 500.0), facing).moment
}

/// Mirrors that stand, lean and swing, and what they throw on a floor, a ball and each other.
pub fn mirrors() -> Moment {
    let place = |x: f32, y: f32, z: f32| Affine3A::from_translation(Vec3::new(x, y, z));
    let mut set = Set::new().look(Vec3::new(0.3, 1.5, 4.0), Vec3::new(0.0, 0.7, 0.0)).field_of_view(50.0);
    let polished = Material { base_color: Vec3::splat(0.4), roughness: 0.3, ..Material::default() };
    set = set.mesh(floor(5.0), polished, Affine3A::IDENTITY);
    set = set.mesh(ball(0.4, 12), matte(Vec3::new(0.7, 0.5, 0.3)), place(0.6, 0.4, 0.4));
    set = set.mesh(ball(0.3, 12), glass(1.5), place(-0.4, 0.3, 0.9));
    let standing = place(-0.5, 0.8, -1.4) * Affine3A::from_rotation_y(0.3);
    set = set.mesh(cuboid(Vec3::new(1.3, 0.8, 0.04)), metal(Vec3::new(0.9, 0.7, 0.8), 0.0), standing);
    // Six more, so that the smallest are left to chance.
    let cube = place(1.2, 0.25, -0.9) * Affine3A::from_rotation_y(0.5);
    set = set.mesh(cuboid(Vec3::splat(0.25)), metal(Vec3::new(0.8, 0.9, 0.95), 0.0), cube);
    let lean = |angle: f32| place(1.8, 0.9, 0.0) * Affine3A::from_rotation_z(angle);
    let swing = Moving { open: lean(1.2), close: lean(1.3), previous: lean(1.1) };
    set = set.moving(floor(0.8), metal(Vec3::ONE, 0.0), swing);
    let pane = Material { thin: true, base_color: Vec3::new(0.9, 0.8, 0.6), ..glass(1.5) };
    set = set.mesh(cuboid(Vec3::new(0.5, 0.4, 0.01)), pane, place(-0.3, 0.6, -0.4));
    set = set.mesh(
        cuboid(Vec3::new(0.05, 0.3, 0.05)),
        glow(Vec3::new(20.0, 30.0, 40.0)),
        place(-1.5, 0.9, 0.2),
    );
    set = set.lamp(LampKind::Point { radius_m: 0.05 }, Vec3::new(10.0, 5.0, 2.0), place(-1.0, 1.2, 0.8));
    let spot = LampKind::Spot { cos_inner: 0.9, cos_outer: 0.6, radius_m: 0.0 };
    set = set.lamp(spot, Vec3::splat(15.0), looking(Vec3::new(0.5, 2.0, 1.0), Vec3::new(-0.3, 0.8, -1.4)));
    let sun = looking(Vec3::new(1.0, 2.0, 1.5), Vec3::ZERO);
    set.lamp(LampKind::Sun { half_angle_rad: 0.02 }, Vec3::splat(10.0), sun).sky(Vec3::splat(0.2)).moment
}

/// A long street at night: two rows of balls, spots, rectangles and glowing signs, about 500 lamps.
pub fn street() -> Moment {
    let place = |x: f32, y: f32, z: f32| Affine3A::from_translation(Vec3::new(x, y, z));
    let asphalt = Material { base_color: Vec3::splat(0.1), roughness: 0.5, ..Material::default() };
    let mut set = Set::new().look(Vec3::new(0.5, 1.7, 0.0), Vec3::new(0.0, 1.2, -20.0)).field_of_view(60.0);
    set = set.mesh(cuboid(Vec3::new(6.0, 0.1, 320.0)), asphalt, place(0.0, -0.1, -310.0));
    for side in [-6.2f32, 6.2] {
        let wall = matte(Vec3::new(0.4, 0.3, 0.25));
        set = set.mesh(cuboid(Vec3::new(0.2, 4.0, 320.0)), wall, place(side, 4.0, -310.0));
    }
    for i in 0..250 {
        let (z, color) =
            (-2.0 - 2.4 * i as f32, Vec3::new(1.0, 0.4 + 0.15 * (i % 4) as f32, 0.2 + 0.2 * (i % 3) as f32));
        for side in [-1.0f32, 1.0] {
            let at = Vec3::new(5.6 * side, 2.5 + 0.5 * (i % 3) as f32, z);
            set = match (i % 4, side > 0.0) {
                (0, _) => set.lamp(LampKind::Point { radius_m: 0.08 }, color * 60.0, place(at.x, at.y, at.z)),
                (1, _) => {
                    let spot = LampKind::Spot { cos_inner: 0.9, cos_outer: 0.7, radius_m: 0.05 };
                    set.lamp(spot, color * 150.0, looking(at, Vec3::new(2.0 * side, 0.0, z)))
                }
                (2, true) => {
                    let rect = LampKind::Rect { half_width_m: 0.3, half_height_m: 0.2 };
                    set.lamp(rect, color * 300.0, looking(at, Vec3::new(0.0, 0.0, z)))
                }
                _ => {
                    set.mesh(cuboid(Vec3::new(0.05, 0.2, 0.5)), glow(color * 150.0), place(at.x, at.y, at.z))
                }
            };
        }
    }
    set = set.mesh(ball(0.5, 24), matte(Vec3::splat(0.7)), place(-1.5, 0.5, -6.0));
    set.mesh(ball(0.5, 24), metal(Vec3::splat(0.9), 0.2), place(1.5, 0.5, -9.0)).moment
}

/// One of everything: every kind of lamp, textures, glass, metal, a mirrored and a moving thing, a lens.
pub fn everything() -> Moment {
    let mut set = Set::new().look(Vec3::new(0.5, 1.5, 4.0), Vec3::new(0.0, 0.7, 0.0)).field_of_view(50.0);
    let texels =
        (0..64).map(|i: u32| [(i * 37 % 256) as u8, (i * 91 % 256) as u8, (i * 53 % 256) as u8, 255]);
    let noise = set.image(8, 8, Texels::Srgb8(texels.clone().collect()));
    let rough = set.image(8, 8, Texels::Linear8(texels.collect()));
    let deck = Material {
        base_color_texture: Some(noise),
        metallic_roughness_texture: Some(rough),
        base_color: Vec3::ONE,
        metallic: 0.5,
        ..Material::default()
    };
    let place = |x: f32, y: f32, z: f32| Affine3A::from_translation(Vec3::new(x, y, z));
    let screen = Material { emission_texture: Some(noise), ..glow(Vec3::splat(30.0)) };
    set = set.mesh(floor(5.0), deck, Affine3A::IDENTITY);
    set = set.mesh(cuboid(Vec3::new(0.4, 0.3, 0.05)), screen, place(-1.4, 0.8, -0.6));
    set = set.mesh(ball(0.4, 12), glass(1.5), place(0.9, 0.4, 0.9));
    set = set.mesh(ball(0.4, 12), metal(Vec3::new(0.9, 0.7, 0.4), 0.2), place(-0.6, 0.4, 0.3));
    let mirrored = Affine3A::from_scale(Vec3::new(-1.0, 1.5, 1.0));
    set = set.mesh(ball(0.3, 12), matte(Vec3::new(0.2, 0.5, 0.8)), place(0.3, 0.45, -0.8) * mirrored);
    let fall =
        Moving { open: place(1.4, 1.2, -0.5), close: place(1.4, 0.9, -0.4), previous: place(1.4, 1.5, -0.6) };
    set = set.moving(cuboid(Vec3::splat(0.25)), matte(Vec3::new(0.7, 0.3, 0.2)), fall);
    let down = |x: f32, z: f32| looking(Vec3::new(x, 2.5, z), Vec3::new(x, 0.0, z + 0.1));
    set =
        set.lamp(LampKind::Rect { half_width_m: 0.4, half_height_m: 0.2 }, Vec3::splat(40.0), down(0.0, 0.5));
    set = set.lamp(LampKind::Point { radius_m: 0.05 }, Vec3::new(10.0, 5.0, 2.0), place(-2.0, 2.0, 1.0));
    let spot = LampKind::Spot { cos_inner: 0.9, cos_outer: 0.8, radius_m: 0.0 };
    set = set.lamp(spot, Vec3::splat(20.0), down(1.0, -0.5));
    let spot = LampKind::Spot { cos_inner: 0.9, cos_outer: 0.6, radius_m: 0.15 };
    set = set.lamp(spot, Vec3::splat(5.0), down(-0.9, -0.5) * Affine3A::from_rotation_x(0.4));
    let sun = looking(Vec3::new(1.0, 2.0, 1.5), Vec3::ZERO);
    set = set.lamp(LampKind::Sun { half_angle_rad: 0.02 }, Vec3::splat(10.0), sun);
    let sky = set.image(16, 8, Texels::LinearF32((0..128).map(|i| [i as f32 / 64.0, 1.0, 0.5]).collect()));
    let image = set.moment.textures.remove(sky);
    set.moment.environment = Environment::Panorama { image, nits_per_unit: 2.0, yaw_rad: 0.4 };
    let lens = &mut set.moment.camera.lens;
    (lens.f_stop, lens.focus_distance_m) = (Some(1.4), 4.0);
    (lens.blades, lens.blade_turn_rad) = (5, 0.3);
    let pose = &mut set.moment.camera.world_from_camera;
    pose.close = looking(Vec3::new(0.52, 1.5, 4.0), Vec3::new(0.02, 0.7, 0.0));
    pose.previous = looking(Vec3::new(0.45, 1.5, 4.0), Vec3::new(-0.05, 0.7, 0.0));
    set.moment
}

/// Every pattern there is.
pub const PATTERNS: [Pattern; 14] = [
    Pattern::Brushed,
    Pattern::Grained,
    Pattern::Worn,
    Pattern::Concrete,
    Pattern::Wood,
    Pattern::Woven,
    Pattern::Leather,
    Pattern::Skin,
    Pattern::Asphalt,
    Pattern::Brick,
    Pattern::Tiled,
    Pattern::Tufted,
    Pattern::Veined,
    Pattern::Smudged,
];

/// Surfaces of every kind: patterns, a normal map, coverage, panes, rough glass, a coat.
pub fn surfaces() -> Moment {
    let mut set = Set::new().look(Vec3::new(0.0, 1.4, 3.2), Vec3::new(0.0, 0.5, 0.0)).field_of_view(50.0);
    let bumps = (0..256u32).map(|i| [100 + (i * 37 % 56) as u8, 100 + (i * 91 % 56) as u8, 230, 255]);
    let bumps = set.image(16, 16, Texels::Linear8(bumps.collect()));
    let holes = (0..64u32).map(|i| [200, 120, 40, if i % 3 == 0 { 0 } else { 255 }]).collect();
    let holes = set.image(8, 8, Texels::Srgb8(holes));
    let place = |x: f32, y: f32, z: f32| Affine3A::from_translation(Vec3::new(x, y, z));
    let detailed = |pattern, scale_m, color: Vec3| Material {
        detail: Some(Detail { pattern, scale_m, strength: 1.0, amount: 0.4 }),
        base_color: color,
        roughness: 0.5,
        ..Material::default()
    };
    set = set.mesh(floor(4.0), detailed(Pattern::Brick, 0.4, Vec3::splat(0.5)), Affine3A::IDENTITY);
    for (i, pattern) in PATTERNS.into_iter().enumerate() {
        let at = place(-1.3 + 0.2 * i as f32, 0.15 + 0.35 * (i % 2) as f32, -0.3);
        set = set.mesh(ball(0.15, 10), detailed(pattern, 0.08, Vec3::new(0.6, 0.5, 0.4)), at);
    }
    let mapped = Material { normal_texture: Some(bumps), roughness: 0.3, ..Material::default() };
    let mirrored = Affine3A::from_scale(Vec3::new(-1.0, 1.0, 1.0));
    set = set.mesh(floor(0.4), mapped.clone(), place(-1.1, 0.02, 1.0));
    set = set.mesh(floor(0.4), mapped, place(-0.2, 0.02, 1.0) * mirrored);
    let rough_glass = Material { roughness: 0.4, base_color: Vec3::new(0.8, 0.9, 1.0), ..glass(1.5) };
    let pane = Material { thin: true, base_color: Vec3::new(0.9, 0.7, 0.5), ..glass(1.5) };
    let frosted = Material { thin: true, ..rough_glass.clone() };
    let veil = Material { opacity: 0.4, coverage: Coverage::Blended, ..matte(Vec3::new(0.2, 0.6, 0.3)) };
    let fence = Material {
        base_color_texture: Some(holes),
        coverage: Coverage::Cutout(0.5),
        ..matte(Vec3::splat(0.8))
    };
    let lacquer = Material {
        clearcoat: 1.0,
        clearcoat_roughness: 0.1,
        roughness: 0.6,
        ..matte(Vec3::new(0.5, 0.1, 0.1))
    };
    let literal = Material { model: ReflectionModel::AppendixB, ..metal(Vec3::splat(0.8), 0.6) };
    let upright = |x: f32, z: f32, half: f32| {
        let corner = |a: f32, b: f32| Vec3::new(x + a * half, 0.5 + b * half, z);
        quad([corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)])
    };
    for (x, card) in [(-1.0, pane), (-0.5, frosted), (0.0, veil), (0.5, fence)] {
        set = set.mesh(upright(x, 0.6, 0.22), card, Affine3A::IDENTITY);
    }
    for (x, material) in [(0.5, rough_glass), (0.85, lacquer), (1.2, literal)] {
        set = set.mesh(ball(0.16, 10), material, place(x, 0.16, 1.1));
    }
    let pose = looking(Vec3::new(1.0, 2.5, 2.0), Vec3::ZERO);
    set = set.lamp(LampKind::Rect { half_width_m: 0.4, half_height_m: 0.3 }, Vec3::splat(60.0), pose);
    let sun = looking(Vec3::new(-1.0, 2.0, 1.5), Vec3::ZERO);
    set.lamp(LampKind::Sun { half_angle_rad: 0.02 }, Vec3::splat(10.0), sun).sky(Vec3::splat(1.0)).moment
}
