//! A shot of any size to one that the model can make, and back.
//!
//! Its autoencoder halves sides three times and its transformer takes 2×2 of the result, so sides are multiples of 16; in time
//! the first frame stands alone and four share a latent: 4n + 1. The picture goes into the middle, so that the centre of its
//! perspective stays in the centre and no side has more than 8 pixels of repeated edge; frames are added at the end. Nothing is
//! ever resized.

use maquette_conditioning::Plane;

use crate::wan::FRAMES;

const STRIDE: usize = 16;

/// How a shot lies in the padded one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Padding {
    width: usize,
    height: usize,
    frames: usize,
}

impl Padding {
    /// For a shot of `frames` pictures of `width`×`height`, none of them 0.
    pub(crate) fn new(width: usize, height: usize, frames: usize) -> Self {
        Self { width, height, frames }
    }

    /// Width and height of the padded pictures.
    pub(crate) fn size(self) -> (usize, usize) {
        (self.width.next_multiple_of(STRIDE), self.height.next_multiple_of(STRIDE))
    }

    /// How many padded pictures there are.
    pub(crate) fn frames(self) -> usize {
        (self.frames - 1).next_multiple_of(FRAMES) + 1
    }

    /// Columns at the left and rows at the top that are not the picture's.
    fn corner(self) -> (usize, usize) {
        let (width, height) = self.size();
        ((width - self.width) / 2, (height - self.height) / 2)
    }

    /// A picture of the shot with its outermost rows and columns repeated.
    pub(crate) fn pad<T: Copy + Default>(self, picture: &Plane<T>) -> Plane<T> {
        let ((width, height), (left, top)) = (self.size(), self.corner());
        let mut padded = Plane::new(width, height);
        for (i, value) in padded.data.iter_mut().enumerate() {
            let x = (i % width).saturating_sub(left).min(self.width - 1);
            let y = (i / width).saturating_sub(top).min(self.height - 1);
            *value = *picture.at(x, y);
        }
        padded
    }

    /// The shot's own part of a padded picture.
    pub(crate) fn crop<T: Copy + Default>(self, padded: &Plane<T>) -> Plane<T> {
        let (left, top) = self.corner();
        let mut picture = Plane::new(self.width, self.height);
        for (y, row) in picture.data.chunks_mut(self.width).enumerate() {
            let start = (y + top) * padded.width() + left;
            row.copy_from_slice(&padded.data[start..start + self.width]);
        }
        picture
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(width: usize, height: usize) -> Plane<u32> {
        Plane::from_vec(width, height, (0..(width * height) as u32).collect()).unwrap()
    }

    #[test]
    fn cropping_undoes_padding_at_any_size() {
        for (width, height) in [(1, 1), (16, 16), (17, 31), (480, 270), (853, 480), (33, 100)] {
            let padding = Padding::new(width, height, 5);
            let picture = numbered(width, height);
            let padded = padding.pad(&picture);
            assert_eq!((padded.width() % 16, padded.height() % 16), (0, 0));
            assert!(padded.width() - width < 16 && padded.height() - height < 16);
            assert_eq!(padding.crop(&padded), picture, "{width}×{height}");
        }
    }

    #[test]
    fn edges_repeat_on_both_sides() {
        let padding = Padding::new(12, 16, 1);
        let padded = padding.pad(&numbered(12, 16));
        assert_eq!(
            (0..16).map(|x| *padded.at(x, 0)).collect::<Vec<_>>(),
            [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11, 11]
        );
    }

    #[test]
    fn frames_become_four_n_and_one() {
        for (frames, padded) in [(1, 1), (2, 5), (5, 5), (6, 9), (24, 25), (81, 81)] {
            assert_eq!(Padding::new(16, 16, frames).frames(), padded);
        }
    }
}
