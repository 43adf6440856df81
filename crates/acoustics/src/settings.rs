//! How far and how finely sound is followed.

/// Settings of [`propagate`](crate::propagate).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Most reflections on a path, 0 to 6. Default 2. Cost grows with `max_reflectors` to this power.
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
    /// Rays of the late field at each of its moments, 0 to 1 000 000; 0 leaves it out. Default 2048. Noise in each bin
    /// falls, and cost rises, in proportion.
    pub late_rays: u32,
    /// Longest travel time that is followed, 0.01 to 60 s. Default 6. Rays end by themselves where rooms are less live.
    pub late_s: f64,
    /// Time between moments of the late field while anything moves, 0.01 to 10 s. Default 0.5. A contact has one moment.
    pub late_step_s: f64,
    /// Which random numbers the rays draw. Default 0.
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            max_order: 2,
            step_s: 0.01,
            max_reflectors: 64,
            min_reflector_m2: 0.25,
            contact_ring_s: 4.0,
            late_rays: 2048,
            late_s: 6.0,
            late_step_s: 0.5,
            seed: 0,
        }
    }
}
