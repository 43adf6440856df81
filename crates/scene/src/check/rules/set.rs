//! Rules of set pieces: shapes that can exist, bodies with a mass, copies that can be told apart.

use super::{
    super::{Checker, MAX_INSTANCES, NameKind},
    exclusive, named, real, reals, time,
};
use crate::{mistake::Mistake, syntax::Value};

pub(super) fn piece(checker: &mut Checker<'_>, piece: Value<'_>) {
    named(checker, piece, NameKind::Piece);
    copies(checker, piece);
    flat_and_falling(checker, piece);
}

fn copies(checker: &mut Checker<'_>, piece: Value<'_>) {
    let repeat = piece.field("repeat").and_then(Value::real).filter(|repeat| (1.0..=1e9).contains(repeat));
    let repeat = repeat.unwrap_or(1.0) as u64;
    if checker.joins {
        let before = checker.found.instances;
        checker.found.instances += repeat;
        if before <= MAX_INSTANCES && checker.found.instances > MAX_INSTANCES {
            let message = format!("with this piece the set has {} instances", checker.found.instances);
            let hint = format!("a scene may have {MAX_INSTANCES} instances, copies by `repeat` included");
            let mistake = Mistake::new("too-many-instances", message, "over the cap").hint(hint);
            checker.at(piece.field("repeat").unwrap_or(piece), mistake);
        }
    }
    let step = piece.field("repeat_step_m").map_or(Some([0.0; 3]), reals::<3>);
    if let (true, Some([0.0, 0.0, 0.0]), Some(written)) = (repeat > 1, step, piece.field("repeat")) {
        let mistake =
            Mistake::new("copies-coincide", "all copies would stand in one place", "copies of itself")
                .hint("give `repeat_step_m`, the offset from one copy to the next");
        checker.at(written, mistake);
    }
}

/// A plane has no volume, so that a density gives it no mass.
fn flat_and_falling(checker: &mut Checker<'_>, piece: Value<'_>) {
    let is = |field: &str, name: &str| {
        let value = piece.field(field)?;
        (value.name()?.0 == name).then_some(value)
    };
    let Some((_, body)) = is("shape", "Plane").zip(is("body", "Dynamic")) else { return };
    if body.field("mass_kg").is_none() {
        let mistake =
            Mistake::new("no-volume", "a plane has no volume, and so no mass from a density", "no mass")
                .hint("give it a `mass_kg`, or make it a thin `Box`");
        checker.at(body, mistake);
    }
}

pub(super) fn shape(checker: &mut Checker<'_>, shape: Value<'_>) {
    match shape.name().map(|(name, _)| name) {
        Some("Capsule") => capsule(checker, shape),
        Some("Room") => room(checker, shape),
        Some("Mesh") => mesh(checker, shape),
        _ => {}
    }
}

fn capsule(checker: &mut Checker<'_>, shape: Value<'_>) {
    let (Some(radius), Some(height)) = (real(shape, "radius_m"), real(shape, "height_m")) else { return };
    if height > 0.0 && height < 2.0 * radius {
        let message = format!(
            "a capsule of radius {radius} m is at least {} m high, its round ends included",
            2.0 * radius
        );
        let mistake =
            Mistake::new("conflict", message, "too low").hint("raise `height_m`, or write a `Sphere`");
        checker.at(shape.field("height_m").unwrap_or(shape), mistake);
    }
}

fn room(checker: &mut Checker<'_>, shape: Value<'_>) {
    let size = shape.field("size_m").and_then(reals::<3>);
    let (Some(size), Some(openings)) = (size, shape.field("openings")) else { return };
    openings.items().for_each(|opening| fits_its_wall(checker, opening, size));
}

fn fits_its_wall(checker: &mut Checker<'_>, opening: Value<'_>, [width, height, depth]: [f64; 3]) {
    let wall = opening.field("wall").and_then(|wall| wall.name()).map(|(name, _)| name);
    let along = match wall {
        Some("Front" | "Back") => width,
        Some("Left" | "Right") => depth,
        _ => return,
    };
    let (Some(written), Some([w, h])) = (opening.field("size_m"), opening.field("size_m").and_then(reals))
    else {
        return;
    };
    let offset = real(opening, "offset_m").unwrap_or(0.0);
    let sill = real(opening, "sill_m").unwrap_or(0.0);
    // Decimal sizes do not add up exactly.
    let slack = 1e-6 * (along + height);
    if offset.abs() + w / 2.0 > along / 2.0 + slack {
        let message = format!("this opening is wider than its wall has room for: the wall is {along} m long");
        let reach = round(offset.abs() + w / 2.0);
        let label = format!("reaches {reach} m from the wall's middle");
        let hint = format!("half of `size_m`'s width plus `offset_m` may be {} m", round(along / 2.0));
        checker.report(Mistake::new("opening-exceeds-wall", message, label).hint(hint), written.span());
    }
    if sill + h > height + slack {
        let message = format!("this opening is higher than its wall, which is {height} m high");
        let label = format!("reaches up to {} m", round(sill + h));
        let hint = "`sill_m` plus `size_m`'s height must stay below the ceiling";
        checker.report(Mistake::new("opening-exceeds-wall", message, label).hint(hint), written.span());
    }
}

fn round(metres: f64) -> f64 {
    (metres * 1e4).round() / 1e4
}

fn mesh(checker: &mut Checker<'_>, shape: Value<'_>) {
    let (Some(vertices), Some(triangles)) = (shape.field("vertices_m"), shape.field("triangles")) else {
        return;
    };
    let count = vertices.items().count();
    for triangle in triangles.items() {
        let outside =
            triangle.items().find(|corner| corner.real().is_some_and(|index| index >= count as f64));
        if let Some(corner) = outside {
            let message = format!("there is no corner {}: `vertices_m` has {count}", corner.text());
            let hint = format!("corners count from 0, so the last is {}", count.saturating_sub(1));
            checker.at(corner, Mistake::new("index-outside", message, "outside").hint(hint));
        } else if reals::<3>(triangle).is_some_and(|[a, b, c]| a == b || b == c || c == a) {
            let mistake = Mistake::new("zero-size", "this triangle uses a corner twice", "has no area")
                .hint("name three different corners, or remove the triangle");
            checker.report(mistake, triangle.span());
        }
    }
}

pub(super) fn body(checker: &mut Checker<'_>, body: Value<'_>) {
    exclusive(
        checker,
        body,
        "density_kg_m3",
        "mass_kg",
        "give the mass, or the density and let the shape decide",
    );
    time::ordered(checker, body, "path");
}
