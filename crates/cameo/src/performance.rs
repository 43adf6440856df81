//! A recording to its mattes, one a frame of the scene.
//!
//! Two frames are read ahead and two are kept, so that a matte can be steadied by its neighbours; where the reading begins
//! makes no difference to any frame.

use std::{
    collections::VecDeque,
    path::{Path, PathBuf},
};

use maquette_conditioning::Plane;

use crate::{
    Backdrop, Error, Keying, Matte, REACH, Span, backdrop, key,
    matte::{Sight, steadied},
    plate::{Picture, Plate, clean_plate},
    screen::LEAST_SHARE,
};

/// A keyed recording, frame after frame.
pub struct Performance {
    pictures: Box<dyn Iterator<Item = Result<Picture, Error>> + Send>,
    path: PathBuf,
    keying: Keying,
    span: Span,
    clean: Option<Plane<[f32; 3]>>,
    /// Up to [`REACH`] frames before the next, itself, and as many after it.
    window: VecDeque<(Matte, Sight)>,
    /// Where in the window the next frame is.
    next: usize,
    /// Frames read, to say when a mistake happened.
    read: u64,
    ended: bool,
}

impl Performance {
    /// Opens `path` so that the first frame given is the one at `span.from_s`.
    pub(crate) fn open_path(
        path: &Path,
        clean: Option<&Path>,
        span: &Span,
        keying: &Keying,
    ) -> Result<Self, Error> {
        let frame_s = f64::from(span.fps.1) / f64::from(span.fps.0);
        let first = (span.from_s / frame_s + 1e-6).floor().max(0.0) as u64;
        let warm = first.min(REACH as u64);
        let early = Span { from_s: (first - warm) as f64 * frame_s, ..span.clone() };
        let plate = Plate::open(path, &early)?;
        let empty = clean.map(|clean| clean_plate(clean, span)).transpose()?;
        if let (Some(empty), Some(clean)) = (&empty, clean) {
            same_size(clean, empty, plate.size())?;
        }
        let plain = Self::of(plate, keying, empty);
        let mut performance = Self { path: path.to_owned(), span: early, next: warm as usize, ..plain };
        performance.read_ahead()?;
        match performance.window.len() > performance.next {
            true => Ok(performance),
            false => Err(Error::TooShort { path: path.to_owned(), from_s: span.from_s }),
        }
    }

    /// Keys pictures that are no recording: rendered ones, whose matte is known. `clean` is the empty set.
    pub fn of(
        pictures: impl Iterator<Item = Result<Picture, Error>> + Send + 'static,
        keying: &Keying,
        clean: Option<Plane<[f32; 3]>>,
    ) -> Self {
        Self {
            pictures: Box::new(pictures),
            path: PathBuf::from("the pictures"),
            keying: keying.clone(),
            span: Span { fps: (24, 1), from_s: 0.0, transfer: None },
            clean,
            window: VecDeque::new(),
            next: 0,
            read: 0,
            ended: false,
        }
    }

    fn read_ahead(&mut self) -> Result<(), Error> {
        while !self.ended && self.window.len() <= self.next + REACH {
            match self.pictures.next() {
                None => self.ended = true,
                Some(picture) => {
                    let keyed = self.keyed(&picture?)?;
                    self.window.push_back(keyed);
                    self.read += 1;
                }
            }
        }
        Ok(())
    }

    fn keyed(&self, picture: &Picture) -> Result<(Matte, Sight), Error> {
        let matte = key(picture, &self.keying, self.clean.as_ref()).map_err(|share| Error::NoBackdrop {
            path: self.path.clone(),
            backdrop: backdrop::name(self.keying.backdrop),
            share_percent: 100.0 * share,
            least_percent: 100.0 * LEAST_SHARE,
            at_s: self.span.from_s
                + self.read as f64 * f64::from(self.span.fps.1) / f64::from(self.span.fps.0),
        })?;
        let luminance = |c: &[f32; 3]| 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
        let lightness = picture.color.map(|color| luminance(color).max(0.0).sqrt());
        let sight = Sight { alpha: matte.alpha.clone(), lightness };
        Ok((matte, sight))
    }

    fn advance(&mut self) -> Result<Option<Matte>, Error> {
        self.read_ahead()?;
        let Some((matte, sight)) = self.window.get(self.next) else { return Ok(None) };
        let others = self.window.iter().enumerate().filter(|&(i, _)| i != self.next);
        let others: Vec<&Sight> = others.map(|(_, (_, sight))| sight).collect();
        let alpha = match self.keying.backdrop {
            Backdrop::Alpha => sight.alpha.clone(),
            _ => steadied(sight, &others),
        };
        let matte = Matte { alpha, ..matte.clone() };
        match self.next < REACH {
            true => self.next += 1,
            false => drop(self.window.pop_front()),
        }
        Ok(Some(matte))
    }
}

impl Iterator for Performance {
    type Item = Result<Matte, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.advance().transpose()
    }
}

fn same_size(path: &Path, clean: &Plane<[f32; 3]>, (width, height): (usize, usize)) -> Result<(), Error> {
    let (clean_width, clean_height) = (clean.width(), clean.height());
    if (clean_width, clean_height) == (width, height) {
        return Ok(());
    }
    Err(Error::CleanPlateSize { path: path.to_owned(), clean_width, clean_height, width, height })
}
