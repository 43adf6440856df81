//! Counters to random numbers: the same ray draws the same numbers on any number of threads.

use glam::Vec3;

/// What SplitMix64's counter advances by.
pub(crate) const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// SplitMix64's last step, which mixes the bits of its counter.
#[inline]
pub(crate) fn finalised(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// One ray's stream of numbers (SplitMix64: Steele, Lea and Flood 2014).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chance {
    state: u64,
}

impl Chance {
    /// The stream of a ray under a seed.
    pub(crate) fn new(seed: u64, ray: u64) -> Self {
        let mut chance = Self { state: seed.wrapping_mul(0xd134_2543_de82_ef95) ^ ray };
        chance.state = chance.next();
        chance
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        finalised(self.state)
    }

    /// Two numbers, each at least 0 and below 1.
    #[inline]
    pub(crate) fn pair(&mut self) -> [f32; 2] {
        const STEP: f32 = 1.0 / (1u32 << 24) as f32;
        let bits = self.next();
        [(bits >> 40) as f32 * STEP, (bits & 0xff_ffff) as f32 * STEP]
    }

    /// One number, at least 0 and below 1.
    #[inline]
    pub(crate) fn one(&mut self) -> f32 {
        self.pair()[0]
    }

    /// A direction off a surface by Lambert's law: Malley's method, a disc projected onto the hemisphere (Pharr, Jakob
    /// and Humphreys, "Physically Based Rendering", 13.6.3).
    #[inline]
    pub(crate) fn lambert(&mut self, normal: Vec3) -> Vec3 {
        let [a, b] = self.pair();
        let radius = a.sqrt();
        let (sine, cosine) = (std::f32::consts::TAU * b).sin_cos();
        let (u, v) = normal.any_orthonormal_pair();
        radius * cosine * u + radius * sine * v + (1.0 - a).max(0.0).sqrt() * normal
    }
}

/// Direction `index` of `count`, spread evenly over the sphere (a Fibonacci lattice: Swinbank and Purser 2006), turned and
/// shifted by `offset`, each part 0 to 1.
#[inline]
pub(crate) fn even_direction(index: usize, count: usize, offset: [f32; 2]) -> Vec3 {
    const GOLDEN_TURN: f64 = 0.381_966_011_250_105_1;
    let height = 1.0 - 2.0 * (index as f32 + offset[0]) / count as f32;
    let radius = (1.0 - height * height).max(0.0).sqrt();
    let turn = (GOLDEN_TURN * index as f64 + f64::from(offset[1])).fract() as f32;
    let (sine, cosine) = (std::f32::consts::TAU * turn).sin_cos();
    Vec3::new(radius * cosine, height, radius * sine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fill_the_unit_interval_evenly() {
        let mut chance = Chance::new(1, 2);
        let mut counts = [0; 10];
        (0..10_000).for_each(|_| counts[(chance.one() * 10.0) as usize] += 1);
        assert!(counts.iter().all(|count| (900..1100).contains(count)), "{counts:?}");
        assert_ne!(Chance::new(1, 3).pair(), Chance::new(1, 2).pair());
        assert_ne!(Chance::new(2, 2).pair(), Chance::new(1, 2).pair());
    }

    #[test]
    fn scattered_directions_follow_the_cosine() {
        let (mut chance, normal) = (Chance::new(5, 7), Vec3::new(0.6, 0.0, -0.8));
        let mean = (0..20_000).map(|_| chance.lambert(normal)).sum::<Vec3>() / 20_000.0;
        assert!(mean.distance(normal * (2.0 / 3.0)) < 0.01, "{mean}");
    }

    #[test]
    fn even_directions_cancel_out() {
        let sum: Vec3 = (0..1000).map(|i| even_direction(i, 1000, [0.5, 0.3])).sum();
        assert!(sum.length() < 1.0, "{sum}");
    }
}
