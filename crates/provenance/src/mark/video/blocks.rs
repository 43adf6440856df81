//! Numbers on a grid of square blocks of a picture, and a number for every pixel between them.

/// A number a block.
pub(super) struct Blocks {
    /// Pixels of a block's side.
    pub side: usize,
    /// Blocks across.
    pub columns: usize,
    /// Blocks down.
    pub rows: usize,
    /// Row by row.
    pub numbers: Vec<f32>,
}

impl Blocks {
    /// Means over about 5×5 blocks.
    pub(super) fn smooth(&self) -> Self {
        self.neighbours(mean).neighbours(mean)
    }

    /// Times `gain`, at most `most` in each block. A share below one is of what that gives, a share above one is of the gain.
    pub(super) fn raised(&self, gain: f32, most: &Self, share: f32) -> Self {
        let (gain, share) = (gain * share.max(1.0), share.min(1.0));
        let raised = |(number, most): (&f32, &f32)| (number * gain).min(*most) * share;
        Self { numbers: self.numbers.iter().zip(&most.numbers).map(raised).collect(), ..*self }
    }

    /// Of all numbers, above nought.
    pub(super) fn root_mean_square(&self) -> f32 {
        let squares: f32 = self.numbers.iter().map(|number| number * number).sum();
        (squares / self.numbers.len().max(1) as f32).sqrt().max(1e-6)
    }

    /// Every block's 3×3 neighbourhood, cut at the border, as one number.
    pub(super) fn neighbours(&self, summary: impl Fn(&[f32]) -> f32) -> Self {
        let mut all = Vec::with_capacity(9);
        let near = |i: usize, end: usize| i.saturating_sub(1)..(i + 2).min(end);
        let blocks = (0..self.rows).flat_map(|row| (0..self.columns).map(move |column| (row, column)));
        let numbers = blocks
            .map(|(row, column)| {
                all.clear();
                for y in near(row, self.rows) {
                    all.extend_from_slice(&self.numbers[y * self.columns..][near(column, self.columns)]);
                }
                summary(&all)
            })
            .collect();
        Self { numbers, ..*self }
    }

    /// Multiplies a row of pixels by the strength at each, straight between the centres of blocks.
    pub(super) fn scale_row(&self, y: usize, row: &mut [f32], between: &mut Vec<f32>) {
        let (above, weight) = self.place(y, self.rows);
        let line = |row: usize| &self.numbers[row.min(self.rows - 1) * self.columns..][..self.columns];
        between.clear();
        between.extend(line(above).iter().zip(line(above + 1)).map(|(a, b)| a + weight * (b - a)));
        between.extend_from_within(self.columns - 1..);
        for (x, pixel) in row.iter_mut().enumerate() {
            let (left, weight) = self.place(x, self.columns);
            *pixel *= between[left] + weight * (between[left + 1] - between[left]);
        }
    }

    /// The block whose centre lies before a pixel's, and how far the pixel is behind in blocks.
    fn place(&self, pixel: usize, blocks: usize) -> (usize, f32) {
        let blocks_in = ((pixel as f32 + 0.5) / self.side as f32 - 0.5).clamp(0.0, (blocks - 1) as f32);
        (blocks_in as usize, blocks_in - (blocks_in as usize) as f32)
    }
}

/// Of the numbers of a neighbourhood.
pub(super) fn mean(all: &[f32]) -> f32 {
    all.iter().sum::<f32>() / all.len() as f32
}

/// The least of a neighbourhood's numbers.
pub(super) fn least(all: &[f32]) -> f32 {
    all.iter().copied().fold(f32::INFINITY, f32::min)
}
