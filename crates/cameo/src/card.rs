//! A matte to a thing on the set: an upright card with the person's colours, alpha and normals.
//!
//! The card is as large as the plate's whole picture and the same for all frames; only its images change. It is lit by two
//! shares: what the set's lamps do to the person's colours without the plate's own light, and the plate as it was
//! filmed, as glow.

use glam::{Affine3A, Quat, Vec2, Vec3, Vec4};
use maquette_conditioning::{ContentId, Coverage, Material, Mesh, Plane, Texels, Texture, Wrap};
use rayon::prelude::*;

use crate::{
    Framing, Lighting, Matte,
    normals::{self, SHRINK},
    pyramid::bilinear,
    transfer::srgb_byte,
};

/// One frame of a person, ready for a set.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// The person's own colour, straight, linear Rec.709, and alpha in the fourth place; a pixel of the plate each.
    pub color: Plane<[f32; 4]>,
    /// Unit normals at a quarter of the plate's size: x right, y up, z out of the card.
    pub normals: Plane<[f32; 3]>,
    /// The plate's own light.
    pub lighting: Lighting,
    /// Scale and foot line.
    pub framing: Framing,
}

/// How a card stands and is lit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Placing {
    /// Between the feet, on the floor.
    pub feet_m: Vec3,
    /// The set's camera.
    pub camera_m: Vec3,
    /// Where the plate's camera stood: the direction the performance faces, as a yaw about +Y (0 looks along −Z). None lets
    /// the card face any camera.
    pub facing_rad: Option<f32>,
    /// Share of the set's light, 0 to 1: 0 keeps the plate's shading, 1 takes all of it from the set.
    pub relight: f32,
    /// Nits for the plate's white where it keeps its shading: 1.2·2^EV100 shows it as it was filmed.
    pub white_nits: f32,
}

/// A card in the world. Indices of `material` count from the first of `textures`.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The card: its origin between the feet, front to +Z.
    pub mesh: Mesh,
    /// How it takes light.
    pub material: Material,
    /// Colour with alpha, normals, glow.
    pub textures: Vec<Texture>,
    /// Where it stands.
    pub world_from_local: Affine3A,
    /// Set when it is seen from further round than the plate holds.
    pub oblique: Option<Oblique>,
}

/// A card seen from where its plate shows nothing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Oblique {
    /// Angle between the set's camera and the plate's, about +Y, in degrees.
    pub angle_deg: f32,
    /// The most that looks right.
    pub limit_deg: f32,
}

impl std::fmt::Display for Oblique {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "seen from {:.0}° beside where the plate was filmed from; beyond {:.0}° a flat recording looks flat. Move \
             the camera, or film the performance from there",
            self.angle_deg, self.limit_deg
        )
    }
}

/// The card turns with the camera so far, and stays there.
pub const MOST_TURN_DEG: f32 = 25.0;

impl Card {
    /// From a matte; `framing` comes from the plate's reference frame.
    pub fn of(matte: &Matte, framing: Framing, height_m: f32) -> Self {
        let (alpha, luminance) = shrunk(matte);
        let normals = normals::normals(&alpha, &luminance, height_m / framing.metres_per_pixel);
        let lighting = Lighting::measured(&alpha, &luminance, &normals);
        let mut color = Plane::new(matte.alpha.width(), matte.alpha.height());
        let pixels = color.data.par_iter_mut().zip(&matte.foreground.data).zip(&matte.alpha.data);
        pixels.with_min_len(4096).for_each(|((pixel, &[r, g, b]), &a)| *pixel = [r, g, b, a]);
        Self { color, normals, lighting, framing }
    }

    /// The card on the set.
    pub fn placed(&self, placing: &Placing) -> Placed {
        let (yaw, oblique) = turn(placing);
        let relight = placing.relight.clamp(0.0, 1.0);
        let textures = vec![self.color_texture(relight), self.normal_texture(), self.glow_texture()];
        let ids: Vec<&[u8]> = textures.iter().map(|texture| &texture.id.0[..]).collect();
        let glow = (1.0 - relight) * placing.white_nits;
        let material = Material {
            name: "cameo".to_owned(),
            id: ContentId::of(&[ids[0], ids[1], ids[2], &glow.to_le_bytes()]),
            base_color: Vec3::ONE,
            // The plate shows the person's own highlights already.
            roughness: 1.0,
            reflectance: 0.0,
            coverage: Coverage::Blended,
            base_color_texture: Some(0),
            normal_texture: Some(1),
            emission: Vec3::splat(glow),
            emission_texture: (glow > 0.0).then_some(2),
            ..Material::default()
        };
        let world_from_local =
            Affine3A::from_rotation_translation(Quat::from_rotation_y(yaw), placing.feet_m);
        Placed { mesh: self.framing.mesh(), material, textures, world_from_local, oblique }
    }

    /// The colour under even light, as far as it is relit: the plate over its own light.
    fn color_texture(&self, relight: f32) -> Texture {
        let normals = self.normals_at_pixels();
        let texel = |(i, &[r, g, b, a]): (usize, &[f32; 4])| {
            let share = if a > 0.0 { relight / self.lighting.ratio(normals(i)) } else { relight };
            let byte = |channel: f32| srgb_byte((channel * share).min(0.98));
            [byte(r), byte(g), byte(b), (a * 255.0 + 0.5) as u8]
        };
        self.texture(Texels::Srgb8(self.color.data.par_iter().enumerate().map(texel).collect()), 1)
    }

    /// The plate as it was filmed; black where nobody is, for what is not there does not glow.
    fn glow_texture(&self) -> Texture {
        let texel = |&[r, g, b, a]: &[f32; 4]| match a > 0.0 {
            true => [srgb_byte(r.min(1.0)), srgb_byte(g.min(1.0)), srgb_byte(b.min(1.0)), 255],
            false => [0, 0, 0, 255],
        };
        self.texture(Texels::Srgb8(self.color.data.par_iter().map(texel).collect()), 1)
    }

    fn normal_texture(&self) -> Texture {
        let byte = |value: f32| (127.5 * value + 128.0) as u8;
        let texels = self.normals.data.iter().map(|n| [byte(n[0]), byte(n[1]), byte(n[2]), 255]).collect();
        self.texture(Texels::Linear8(texels), SHRINK)
    }

    fn texture(&self, texels: Texels, shrink: usize) -> Texture {
        let (width, height) = (self.color.width().div_ceil(shrink), self.color.height().div_ceil(shrink));
        let bytes = match &texels {
            Texels::Srgb8(bytes) | Texels::Linear8(bytes) => bytes.as_flattened(),
            Texels::LinearF32(_) => &[],
        };
        let id = ContentId::of(&[&(width as u64).to_le_bytes(), &[shrink as u8], bytes]);
        Texture { id, width, height, texels, wrap: [Wrap::Clamp; 2] }
    }

    fn normals_at_pixels(&self) -> impl Fn(usize) -> [f32; 3] + Sync {
        let width = self.color.width();
        let at = |pixel: usize| (pixel as f32 + 0.5) / SHRINK as f32 - 0.5;
        move |i| bilinear(&self.normals, at(i % width), at(i / width))
    }
}

impl Framing {
    /// The plate's rectangle in metres, standing on its foot line.
    fn mesh(&self) -> Mesh {
        let (width, height) = (self.size.0 as f32, self.size.1 as f32);
        let corner = |u: f32, v: f32| {
            let (x, y) = (u * width - self.foot_column, self.foot_row - v * height);
            Vec3::new(x * self.metres_per_pixel, y * self.metres_per_pixel, 0.0)
        };
        let uvs = vec![Vec2::new(0.0, 1.0), Vec2::new(1.0, 1.0), Vec2::new(1.0, 0.0), Vec2::new(0.0, 0.0)];
        let positions = uvs.iter().map(|uv| corner(uv.x, uv.y)).collect();
        Mesh::new(positions, vec![Vec3::Z; 4], uvs, vec![[0, 1, 2], [0, 2, 3]])
            .and_then(|mesh| mesh.with_tangents(vec![Vec4::new(1.0, 0.0, 0.0, 1.0); 4]))
            .unwrap_or_else(|| unreachable!("four corners of each kind"))
    }
}

/// Yaw that turns +Z to the camera, as far as the plate allows.
fn turn(placing: &Placing) -> (f32, Option<Oblique>) {
    let to = placing.camera_m - placing.feet_m;
    let camera = to.x.atan2(to.z);
    let Some(facing) = placing.facing_rad else { return (camera, None) };
    // A performer at rest looks along −Z; the card's front is +Z.
    let front = facing + std::f32::consts::PI;
    let angle = wrapped(camera - front);
    let limit = MOST_TURN_DEG.to_radians();
    let oblique = (angle.abs() > limit)
        .then(|| Oblique { angle_deg: angle.abs().to_degrees(), limit_deg: MOST_TURN_DEG });
    (wrapped(front + angle.clamp(-limit, limit)), oblique)
}

/// The same direction between −π and π.
fn wrapped(angle: f32) -> f32 {
    use std::f32::consts::{PI, TAU};
    (angle + PI).rem_euclid(TAU) - PI
}

/// Alpha and luminance at the normals' size.
fn shrunk(matte: &Matte) -> (Plane<f32>, Plane<f32>) {
    let (full_width, full_height) = (matte.alpha.width(), matte.alpha.height());
    let (width, height) = (full_width.div_ceil(SHRINK), full_height.div_ceil(SHRINK));
    let mut alpha = Plane::new(width, height);
    let mut luminance = Plane::new(width, height);
    let rows = alpha.data.par_chunks_mut(width.max(1)).zip(luminance.data.par_chunks_mut(width.max(1)));
    rows.enumerate().for_each(|(y, (alphas, luminances))| {
        for (x, (alpha, luminance)) in alphas.iter_mut().zip(luminances).enumerate() {
            let (mut count, mut covered, mut light) = (0.0, 0.0, 0.0);
            for row in y * SHRINK..((y + 1) * SHRINK).min(full_height) {
                for column in x * SHRINK..((x + 1) * SHRINK).min(full_width) {
                    let i = row * full_width + column;
                    let [r, g, b] = matte.foreground.data[i];
                    count += 1.0;
                    covered += matte.alpha.data[i];
                    light += matte.alpha.data[i] * (0.2126 * r + 0.7152 * g + 0.0722 * b);
                }
            }
            *alpha = covered / count;
            *luminance = if covered > 0.0 { light / covered } else { 0.0 };
        }
    });
    (alpha, luminance)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A round figure of 1.6 m in 80 of 96 rows, lit evenly but for a darker right half.
    fn card() -> Card {
        let inside = |i: usize| ((i % 128) as f32 - 63.5).abs() < 20.0 && (8..88).contains(&(i / 128));
        let alpha = Plane::from_vec(128, 96, (0..128 * 96).map(|i| f32::from(inside(i))).collect()).unwrap();
        let foreground = alpha.map(|_| [0.4, 0.3, 0.2]);
        let framing = Framing::measured(&alpha, 1.6).unwrap();
        Card::of(&Matte { foreground, alpha, noise: 0.0 }, framing, 1.6)
    }

    fn placing(camera_m: Vec3, relight: f32) -> Placing {
        let feet_m = Vec3::new(1.0, 0.0, -4.0);
        Placing { feet_m, camera_m, facing_rad: None, relight, white_nits: 50.0 }
    }

    #[test]
    fn the_card_has_the_stated_height_and_stands_on_its_feet() {
        let placed = card().placed(&placing(Vec3::new(1.0, 1.5, 2.0), 0.8));
        let at = |u: f32, v: f32| {
            // Corners 0 and 2 are the bottom left and top right.
            let (a, c) = (placed.mesh.positions[0], placed.mesh.positions[2]);
            placed.world_from_local.transform_point3(Vec3::new(
                a.x + u * (c.x - a.x),
                c.y + v * (a.y - c.y),
                0.0,
            ))
        };
        let feet = at(0.5, 88.0 / 96.0);
        assert!(feet.abs_diff_eq(Vec3::new(1.0, 0.0, -4.0), 1e-4), "{feet}");
        assert!((at(0.5, 8.0 / 96.0).y - 1.6).abs() < 1e-4);
    }

    #[test]
    fn the_card_faces_the_camera_and_warns_beyond_its_limit() {
        let camera_m = Vec3::new(5.0, 1.5, -4.0);
        let free = card().placed(&placing(camera_m, 0.8));
        assert!(free.world_from_local.transform_vector3(Vec3::Z).abs_diff_eq(Vec3::X, 1e-5));
        // The performance faces +Z, the camera stands at +X: 90° round.
        let facing_rad = Some(std::f32::consts::PI);
        let bound = card().placed(&Placing { facing_rad, ..placing(camera_m, 0.8) });
        let front = bound.world_from_local.transform_vector3(Vec3::Z);
        assert!((front.x.atan2(front.z).to_degrees() - 25.0).abs() < 1e-3, "{front}");
        assert!((bound.oblique.unwrap().angle_deg - 90.0).abs() < 1e-3);
        let near = Placing { facing_rad, ..placing(Vec3::new(2.0, 1.5, 2.0), 0.8) };
        assert_eq!(card().placed(&near).oblique, None);
    }

    #[test]
    fn colour_goes_to_the_lamps_and_to_the_glow_by_the_strength() {
        let middle = |placed: &Placed, texture: usize| match &placed.textures[texture].texels {
            Texels::Srgb8(texels) => texels[48 * 128 + 64],
            _ => panic!("colour"),
        };
        let camera_m = Vec3::new(1.0, 1.5, 2.0);
        let filmed = card().placed(&placing(camera_m, 0.0));
        assert_eq!(middle(&filmed, 0), [0, 0, 0, 255]);
        assert_eq!(filmed.material.emission, Vec3::splat(50.0));
        let relit = card().placed(&placing(camera_m, 1.0));
        assert_eq!((relit.material.emission, relit.material.emission_texture), (Vec3::ZERO, None));
        // One even colour under even light is its own albedo: within a tenth, the fit allows itself slopes.
        let red = f32::from(middle(&relit, 0)[0]) / f32::from(srgb_byte(0.4));
        assert!((0.9..1.1).contains(&red), "{red}");
        assert_eq!(middle(&relit, 0)[3], 255);
    }
}
