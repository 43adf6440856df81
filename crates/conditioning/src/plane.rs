//! One value a pixel.

/// A picture-shaped array: row-major, row 0 on top.
#[derive(Clone, Debug, PartialEq)]
pub struct Plane<T> {
    width: usize,
    height: usize,
    /// `width · height` values, row by row from the top left.
    pub data: Vec<T>,
}

impl<T: Clone + Default> Plane<T> {
    /// A plane of default values.
    pub fn new(width: usize, height: usize) -> Self {
        Self { width, height, data: vec![T::default(); width * height] }
    }
}

impl<T> Plane<T> {
    /// Wraps `data`, row-major from the top left; `None` unless it holds `width · height` values.
    pub fn from_vec(width: usize, height: usize, data: Vec<T>) -> Option<Self> {
        (data.len() == width.checked_mul(height)?).then_some(Self { width, height, data })
    }

    /// Pixels across.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Pixels down.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The value at column `x`, row `y`. Panics outside the plane.
    pub fn at(&self, x: usize, y: usize) -> &T {
        &self.data[y * self.width + x]
    }

    /// A plane of the same size with `f` applied to each value.
    pub fn map<U>(&self, f: impl FnMut(&T) -> U) -> Plane<U> {
        Plane { width: self.width, height: self.height, data: self.data.iter().map(f).collect() }
    }
}
