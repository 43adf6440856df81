//! Relief, wear and grain that is computed where it is seen instead of stored.
//!
//! Functions of a point in the mesh's own undeformed space, in metres: so they hold up at any distance and stay on
//! the surface while it moves.

/// A surface's fine structure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detail {
    /// What it is.
    pub pattern: Pattern,
    /// Size of its main feature in metres: a scratch's width, a thread, a stone, a brick's length.
    pub scale_m: f32,
    /// Depth of its relief and contrast of its colours; 1 is as found in life, 0 is none.
    pub strength: f32,
    /// Share of the second thing there is, 0 to 1: worn paint, water, mortar.
    pub amount: f32,
}

/// Kinds of fine structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Pattern {
    /// Fine scratches along X, as of a sanded metal.
    Brushed = 1,
    /// Even bumps: rolled paint, cast metal, moulded plastic, rubber.
    Grained,
    /// Paint that is chipped down to bare metal.
    Worn,
    /// Clouded, with pores.
    Concrete,
    /// Planks along X with grain, pores and joints.
    Wood,
    /// Threads over and under each other.
    Woven,
    /// Folds between cells, and pores.
    Leather,
    /// Pores and mottled blood.
    Skin,
    /// Stones in a binder; `amount` of it stands under water.
    Asphalt,
    /// Bricks in mortar.
    Brick,
    /// Glazed tiles with joints.
    Tiled,
    /// Tufts of pile.
    Tufted,
    /// Veins in a clear ground.
    Veined,
    /// Finger marks and dust: roughness that varies on a smooth surface.
    Smudged,
}
