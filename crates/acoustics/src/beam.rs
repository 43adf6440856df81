//! What an image source can light through the planes before it: polygons cut to a pyramid.
//!
//! A sequence of planes can mirror only where each plane's outline, seen from the image, shows through the outline of the
//! plane before. Cutting outlines to that view (Sutherland and Hodgman 1974) ends most sequences at their second plane:
//! the search for order six visits thousands of sequences instead of millions. Outlines are rectangles around planes, so
//! nothing that exists is cut.

use glam::DVec3;

/// Most corners of an outline that is cut.
const MOST: usize = 16;

/// A convex polygon in space.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Polygon {
    corners: [DVec3; MOST],
    count: usize,
}

impl Polygon {
    /// A rectangle, its corners in order.
    pub(crate) fn rectangle(corners: [DVec3; 4]) -> Self {
        let mut polygon = Self { corners: [DVec3::ZERO; MOST], count: 4 };
        polygon.corners[..4].copy_from_slice(&corners);
        polygon
    }

    /// Its corners.
    pub(crate) fn corners(&self) -> &[DVec3] {
        &self.corners[..self.count]
    }

    fn middle(&self) -> DVec3 {
        self.corners().iter().sum::<DVec3>() / self.count.max(1) as f64
    }

    /// The part with normal·x ≥ offset; `None` when there is none.
    pub(crate) fn cut(&self, normal: DVec3, offset: f64) -> Option<Self> {
        let side = |point: DVec3| normal.dot(point) - offset;
        let sides: [f64; MOST] =
            std::array::from_fn(|i| if i < self.count { side(self.corners[i]) } else { 0.0 });
        let inside = sides[..self.count].iter().filter(|&&side| side >= 0.0).count();
        if inside == 0 {
            return None;
        }
        if inside == self.count || self.count == MOST {
            return Some(*self);
        }
        let mut cut = Self { corners: [DVec3::ZERO; MOST], count: 0 };
        for i in 0..self.count {
            let next = (i + 1) % self.count;
            if sides[i] >= 0.0 {
                cut.push(self.corners[i]);
            }
            if (sides[i] >= 0.0) != (sides[next] >= 0.0) {
                let share = sides[i] / (sides[i] - sides[next]);
                cut.push(self.corners[i].lerp(self.corners[next], share));
            }
        }
        (cut.count >= 3).then_some(cut)
    }

    /// The part that shows from `eye` through `window`; `None` when nothing does.
    pub(crate) fn seen_through(&self, window: &Self, eye: DVec3) -> Option<Self> {
        let middle = window.middle() - eye;
        let mut seen = *self;
        for i in 0..window.count {
            let (a, b) = (window.corners[i] - eye, window.corners[(i + 1) % window.count] - eye);
            let normal = a.cross(b);
            let towards = normal.dot(middle);
            // An eye in the window's plane, or an edge without length, cuts nothing.
            if towards.abs() <= 1e-9 * (1.0 + normal.length() * middle.length()) {
                continue;
            }
            let normal = normal * towards.signum();
            seen = seen.cut(normal, normal.dot(eye) - 1e-9 * normal.length())?;
        }
        Some(seen)
    }

    fn push(&mut self, point: DVec3) {
        if self.count < MOST {
            self.corners[self.count] = point;
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(z: f64, half: f64) -> Polygon {
        Polygon::rectangle(
            [[-half, -half], [half, -half], [half, half], [-half, half]].map(|[x, y]| DVec3::new(x, y, z)),
        )
    }

    #[test]
    fn a_window_shows_its_shadow() {
        let seen = square(2.0, 10.0).seen_through(&square(1.0, 1.0), DVec3::ZERO).expect("a view");
        assert!(
            seen.corners().iter().all(|c| (c.x.abs() - 2.0).abs() < 1e-6 && (c.y.abs() - 2.0).abs() < 1e-6)
        );
    }

    #[test]
    fn what_lies_beside_the_window_is_not_seen() {
        let aside = Polygon::rectangle(
            square(2.0, 1.0).corners[..4]
                .try_into()
                .map(|c: [DVec3; 4]| c.map(|p| p + 4.0 * DVec3::X))
                .expect("four"),
        );
        assert!(aside.seen_through(&square(1.0, 1.0), DVec3::ZERO).is_none());
        assert!(aside.cut(DVec3::X, 6.0).is_none());
    }
}
