//! A thing that is struck, rubbed or rolled over, as far as its sound depends on it.
//!
//! Shape, size and mass are all that physics knows and all that sound needs: together with the material they decide
//! whether the thing rings as a bar, a plate, a solid block or a thin shell.

use glam::Vec3;

/// One side of a contact.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Body {
    /// Its outer shape.
    pub shape: BodyShape,
    /// Full extents along its own axes, in metres.
    pub size_m: Vec3,
    /// Mass. Less than the filled shape of its material weighs means that it is hollow.
    pub mass_kg: f32,
    /// Where it is touched, in its own axes as a share of the extents, −½ to ½ each.
    pub touched_at: Vec3,
    /// Whether it is built in: its edges are held and what it stands on takes energy from it.
    pub fixed: bool,
}

/// The outer shape of a thing that rings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BodyShape {
    /// A box.
    #[default]
    Box,
    /// A ball.
    Ball,
    /// A cylinder that stands along +Y.
    Cylinder,
}

impl Default for Body {
    /// A free block of 10 cm and one kilogram, struck on a corner.
    fn default() -> Self {
        Self {
            shape: BodyShape::Box,
            size_m: Vec3::splat(0.1),
            mass_kg: 1.0,
            touched_at: Vec3::new(0.45, -0.5, 0.45),
            fixed: false,
        }
    }
}
