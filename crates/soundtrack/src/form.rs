//! A body's outer shape, size and mass to the elastic form it rings as.
//!
//! The ratio of its sides decides between a bar, a plate and a block. When it weighs much less than its filled shape
//! would, it is a shell whose wall follows from the mass.

use maquette_conditioning::{Body, BodyShape};

use crate::substance::Substance;

/// Below this share of the filled mass, a body is hollow.
const HOLLOW: f64 = 0.5;
/// A bar is this many times longer than wide, a plate this many times wider than thick.
const SLENDER: f64 = 3.0;
/// What is built in swings in pieces of at most this size: seams, supports and the ground divide it.
const PANEL_M: f64 = 1.5;
/// Nothing is thinner or smaller.
const LEAST_M: f64 = 2e-4;

/// What rings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Form {
    pub(crate) shape: Shape,
    /// The mass that swings.
    pub(crate) mass_kg: f64,
    /// Surface that moves air.
    pub(crate) area_m2: f64,
    /// Half the way air takes around the edge from one side to the other.
    pub(crate) rim_m: f64,
}

/// Elastic forms. Places are shares of the length or sides, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Shape {
    /// Bends along its length.
    Bar { length_m: f64, thickness_m: f64, round: bool, at: f64 },
    /// Bends both ways; `held` at its edges or free.
    Plate { sides_m: [f64; 2], thickness_m: f64, at: [f64; 2], held: bool },
    /// Stretches and twists.
    Block { sides_m: [f64; 3], at: [f64; 3] },
    /// A thin wall around an axis.
    Tube { radius_m: f64, length_m: f64, wall_m: f64, at: f64 },
    /// A thin hollow ball.
    Bubble { radius_m: f64, wall_m: f64 },
}

impl Form {
    /// The form of a body of a substance.
    pub(crate) fn of(body: &Body, substance: &Substance) -> Self {
        let sides = body.size_m.to_array().map(|side| f64::from(side.abs()).max(LEAST_M));
        let at = body.touched_at.to_array().map(|share| (f64::from(share) + 0.5).clamp(0.0, 1.0));
        let filled_kg = substance.density * volume_m3(body.shape, sides);
        let mass_kg = if body.mass_kg > 0.0 { f64::from(body.mass_kg) } else { filled_kg };
        if !body.fixed && mass_kg < HOLLOW * filled_kg {
            return hollow(body.shape, sides, at, mass_kg, substance);
        }
        match body.shape {
            BodyShape::Ball => {
                let side = sides[0] * (std::f64::consts::PI / 6.0).cbrt();
                block([side; 3], at, mass_kg)
            }
            BodyShape::Cylinder => cylinder(sides, at, mass_kg),
            BodyShape::Box => boxed(sides, at, mass_kg, body.fixed, substance),
        }
    }
}

/// Radius of curvature where a body is touched: round things have their own, the edges of others are broken.
pub(crate) fn curvature_m(body: &Body) -> f64 {
    let sides = body.size_m.to_array().map(|side| f64::from(side.abs()).max(LEAST_M));
    let least = sides.into_iter().fold(f64::INFINITY, f64::min);
    match body.shape {
        BodyShape::Ball => 0.5 * sides[0],
        BodyShape::Cylinder => 0.5 * sides[0].min(sides[2]),
        // A floor or a wall is flat.
        BodyShape::Box if body.fixed => f64::INFINITY,
        BodyShape::Box => (0.15 * least).clamp(5e-4, 2e-2),
    }
}

fn volume_m3(shape: BodyShape, [x, y, z]: [f64; 3]) -> f64 {
    let share = match shape {
        BodyShape::Box => 1.0,
        BodyShape::Ball => std::f64::consts::PI / 6.0,
        BodyShape::Cylinder => std::f64::consts::FRAC_PI_4,
    };
    share * x * y * z
}

/// Sides and places from the longest side to the shortest.
fn by_length(sides: [f64; 3], at: [f64; 3]) -> ([f64; 3], [f64; 3]) {
    let mut order = [0, 1, 2];
    order.sort_by(|&a, &b| sides[b].total_cmp(&sides[a]));
    (order.map(|i| sides[i]), order.map(|i| at[i]))
}

fn boxed(sides: [f64; 3], at: [f64; 3], mass_kg: f64, fixed: bool, substance: &Substance) -> Form {
    let ([a, b, c], at) = by_length(sides, at);
    if fixed {
        return panel([a, b, c], at, substance);
    }
    if a > SLENDER * b && b < SLENDER * SLENDER * c {
        let shape = Shape::Bar { length_m: a, thickness_m: c, round: false, at: at[0] };
        return Form { shape, mass_kg, area_m2: 2.0 * a * b, rim_m: 0.5 * b };
    }
    if b > SLENDER * c {
        let shape = Shape::Plate { sides_m: [a, b], thickness_m: c, at: [at[0], at[1]], held: false };
        return Form { shape, mass_kg, area_m2: 2.0 * a * b, rim_m: 0.5 * b };
    }
    block([a, b, c], at, mass_kg)
}

/// The piece of something built in that answers a blow, as a plate held at its edges. The blow lies off its middle.
fn panel([a, b, c]: [f64; 3], at: [f64; 3], substance: &Substance) -> Form {
    let sides_m = [a.min(PANEL_M), b.min(PANEL_M)];
    // Uneven sides and an uneven place, so that no two modes fall together.
    let sides_m = [sides_m[0], sides_m[1] * if (sides_m[0] - sides_m[1]).abs() < 1e-6 { 0.83 } else { 1.0 }];
    let place = |whole: f64, piece: f64, at: f64| if whole > piece { 0.37 } else { at };
    let at = [place(a, sides_m[0], at[0]), place(b, sides_m[1], at[1])];
    let thickness_m = c.min(0.3);
    let area_m2 = sides_m[0] * sides_m[1];
    let shape = Shape::Plate { sides_m, thickness_m, at, held: true };
    // One side only, and no way around the edge.
    Form { shape, mass_kg: area_m2 * thickness_m * substance.density, area_m2, rim_m: f64::INFINITY }
}

fn block(sides_m: [f64; 3], at: [f64; 3], mass_kg: f64) -> Form {
    let [a, b, c] = sides_m;
    let area_m2 = 2.0 * (a * b + b * c + c * a);
    Form { shape: Shape::Block { sides_m, at }, mass_kg, area_m2, rim_m: 0.5 * a.min(b).min(c) }
}

/// A rod, a disc or a round block. A disc bends as the square plate of its area.
fn cylinder([x, length_m, z]: [f64; 3], at: [f64; 3], mass_kg: f64) -> Form {
    let diameter_m = x.min(z);
    let side_m = 0.5 * std::f64::consts::PI.sqrt() * diameter_m;
    if length_m > SLENDER * diameter_m {
        let shape = Shape::Bar { length_m, thickness_m: diameter_m, round: true, at: at[1] };
        return Form { shape, mass_kg, area_m2: 2.0 * length_m * diameter_m, rim_m: 0.5 * diameter_m };
    }
    if diameter_m > SLENDER * length_m {
        let sides_m = [side_m, 0.97 * side_m];
        let shape = Shape::Plate { sides_m, thickness_m: length_m, at: [at[0], at[2]], held: false };
        return Form { shape, mass_kg, area_m2: 2.0 * side_m * side_m, rim_m: 0.5 * side_m };
    }
    block([side_m, length_m, side_m], at, mass_kg)
}

fn hollow(shape: BodyShape, sides: [f64; 3], at: [f64; 3], mass_kg: f64, substance: &Substance) -> Form {
    let [x, y, z] = sides;
    let wall = |area_m2: f64| (mass_kg / (substance.density * area_m2)).max(LEAST_M);
    match shape {
        BodyShape::Ball => {
            let radius_m = 0.5 * x;
            let area_m2 = 4.0 * std::f64::consts::PI * radius_m * radius_m;
            let shape = Shape::Bubble { radius_m, wall_m: wall(area_m2) };
            Form { shape, mass_kg, area_m2, rim_m: radius_m }
        }
        BodyShape::Cylinder => {
            let radius_m = 0.25 * (x + z);
            let area_m2 = std::f64::consts::TAU * radius_m * (y + radius_m);
            let shape = Shape::Tube { radius_m, length_m: y, wall_m: wall(area_m2), at: at[1] };
            Form { shape, mass_kg, area_m2, rim_m: radius_m }
        }
        // The walls of a case are plates that hold each other; the two largest are heard.
        BodyShape::Box => {
            let area_m2 = 2.0 * (x * y + y * z + z * x);
            let ([a, b, _], at) = by_length(sides, at);
            let (sides_m, at) = ([a, b * if (a - b).abs() < 1e-6 { 0.97 } else { 1.0 }], [at[0], at[1]]);
            let at = at.map(|share| share.clamp(0.08, 0.92));
            let shape = Shape::Plate { sides_m, thickness_m: wall(area_m2), at, held: true };
            Form { shape, mass_kg: 0.5 * mass_kg, area_m2: 2.0 * a * b, rim_m: 0.5 * a.max(b) }
        }
    }
}

#[cfg(test)]
mod tests {
    use glam::Vec3;

    use super::*;

    fn form(shape: BodyShape, size_m: [f32; 3], mass_kg: f32, fixed: bool) -> Shape {
        let body = Body { shape, size_m: Vec3::from(size_m), mass_kg, fixed, ..Body::default() };
        Form::of(&body, &Substance::named("steel")).shape
    }

    #[test]
    fn sides_decide_between_bar_plate_and_block() {
        assert!(matches!(form(BodyShape::Box, [0.3, 0.005, 0.02], 0.2355, false), Shape::Bar { .. }));
        assert!(matches!(
            form(BodyShape::Box, [0.4, 0.004, 0.3], 3.8, false),
            Shape::Plate { held: false, .. }
        ));
        assert!(matches!(form(BodyShape::Box, [0.1, 0.1, 0.12], 9.4, false), Shape::Block { .. }));
        assert!(matches!(
            form(BodyShape::Cylinder, [0.02, 0.5, 0.02], 1.2, false),
            Shape::Bar { round: true, .. }
        ));
        assert!(matches!(
            form(BodyShape::Box, [10.0, 0.2, 10.0], 0.0, true),
            Shape::Plate { held: true, .. }
        ));
    }

    #[test]
    fn what_is_too_light_for_its_size_is_a_shell_with_the_wall_of_its_mass() {
        // A steel can of 0.1 mm… and 35 g: 66 mm wide, 115 mm high.
        let Shape::Tube { wall_m, .. } = form(BodyShape::Cylinder, [0.066, 0.115, 0.066], 0.06, false) else {
            panic!("no tube")
        };
        assert!((1e-4..5e-4).contains(&wall_m), "{wall_m}");
        assert!(matches!(form(BodyShape::Ball, [0.1, 0.1, 0.1], 0.3, false), Shape::Bubble { .. }));
    }
}
