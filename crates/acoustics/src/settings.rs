//! How far and how finely sound is followed.

/// Settings of [`propagate`](crate::propagate).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Most reflections on a path, 0 to 3. Default 2. Cost grows with `max_reflectors` to this power.
    pub max_order: u32,
    /// Time between instants, 0.0005 to 0.01 s. Default 0.01. Finer follows fast motion more closely and costs in
    /// proportion; instants lie on whole multiples of it on the world's clock.
    pub step_s: f64,
    /// Planes that may reflect, at most; 0 to 1024. Default 64: those that the listener and the sources see most of.
    pub max_reflectors: usize,
    /// Least area of something that reflects, in square metres, 0 to 1000. Default 0.25: about where a plate's first
    /// Fresnel zone at 1 kHz over a few metres ends, below which a mirror is a bad model. It holds for the thing and
    /// for the plane.
    pub min_reflector_m2: f64,
    /// How long after a hit its arrivals are followed, 0 to 60 s. Default 4: what a hit rings for.
    pub contact_ring_s: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_order: 2, step_s: 0.01, max_reflectors: 64, min_reflector_m2: 0.25, contact_ring_s: 4.0 }
    }
}
