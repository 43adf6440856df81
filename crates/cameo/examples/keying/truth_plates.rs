//! Rendered truth to plates before a backdrop, as a camera would have recorded them.

use std::{error::Error, path::Path};

use maquette_cameo::{Backdrop, Matte, Picture};
use maquette_conditioning::Plane;
use maquette_delivery::{Image8, read_exr, srgb_from_linear, write_png};
use maquette_media::{Ffmpeg, PixelFormat, Reading, read_frames};

/// What the performer is, pixel by pixel.
pub(crate) struct Truth {
    /// Coverage.
    pub alpha: Plane<f32>,
    /// The person's colour, straight.
    pub foreground: Plane<[f32; 3]>,
    /// Colour times alpha.
    pub premultiplied: Plane<[f32; 3]>,
    /// What a white sky of 1 adds to the person, times alpha.
    pub spill: Plane<[f32; 3]>,
}

impl Truth {
    /// From three takes.
    pub(crate) fn read(folder: &Path, shot: &str, frame: u32) -> Result<Self, Box<dyn Error>> {
        let take = |name: &str| {
            read_exr(&folder.join(format!("{name}/{shot}/beauty.{frame}.exr"))).map(|picture| picture.color)
        };
        let (coverage, premultiplied, lit_by_sky) = (take("coverage")?, take("lit")?, take("spill")?);
        let sky = coverage.data[0][1];
        let alpha = coverage.map(|color| (1.0 - color[1] / sky).clamp(0.0, 1.0));
        let mut spill = lit_by_sky;
        for (color, alpha) in spill.data.iter_mut().zip(&alpha.data) {
            *color = color.map(|channel| (channel / sky - (1.0 - alpha)).max(0.0));
        }
        let mut foreground = premultiplied.clone();
        for (color, &alpha) in foreground.data.iter_mut().zip(&alpha.data) {
            *color = color.map(|channel| if alpha > 0.0 { channel / alpha } else { 0.0 });
        }
        Ok(Self { alpha, foreground, premultiplied, spill })
    }
}

/// A backdrop and a camera.
#[derive(Clone, Debug)]
pub(crate) struct Set {
    pub name: &'static str,
    pub backdrop: Backdrop,
    /// Its linear colour.
    color: [f32; 3],
    /// Light at the darkest corner over that at the brightest place.
    falloff: f32,
    pub blurred: bool,
    pub clean_plate: bool,
    /// Constant rate factor of H.264, where the plate went through it.
    codec: Option<u32>,
    /// Only the head, with its hair.
    head: bool,
}

impl Set {
    /// The rows of the table.
    pub(crate) fn all() -> Vec<Self> {
        let even = |name, backdrop, color| Self {
            name,
            backdrop,
            color,
            falloff: 1.0,
            blurred: false,
            clean_plate: false,
            codec: None,
            head: false,
        };
        let green = even("green", Backdrop::Green, [0.05, 0.36, 0.08]);
        let blue = even("blue", Backdrop::Blue, [0.03, 0.07, 0.42]);
        let grey = even("grey", Backdrop::Grey, [0.10, 0.10, 0.10]);
        let white = even("white", Backdrop::White, [0.92, 0.92, 0.92]);
        let uneven = Self { name: "green, uneven light", falloff: 0.45, ..green.clone() };
        vec![
            Self { name: "green, hair", head: true, ..green.clone() },
            Self { name: "blue, hair", head: true, ..blue.clone() },
            Self { name: "grey, hair", head: true, ..grey.clone() },
            Self { name: "green, motion blur", blurred: true, ..green.clone() },
            Self { name: "blue, motion blur", blurred: true, ..blue.clone() },
            Self { name: "grey, motion blur", blurred: true, ..grey.clone() },
            Self { name: "uneven, clean plate", clean_plate: true, ..uneven.clone() },
            Self { name: "grey, uneven, clean plate", clean_plate: true, falloff: 0.6, ..grey.clone() },
            Self { name: "green, H.264 CRF 18", codec: Some(18), ..green.clone() },
            Self { name: "green, H.264 CRF 28", codec: Some(28), ..green.clone() },
            uneven,
            green,
            blue,
            grey,
            white,
        ]
    }

    /// The empty set: brightest left of the middle.
    pub(crate) fn screen(&self, truth: &Truth) -> Plane<[f32; 3]> {
        let (width, height) = (truth.alpha.width(), truth.alpha.height());
        let mut screen = Plane::new(width, height);
        for (i, color) in screen.data.iter_mut().enumerate() {
            let u = (i % width) as f32 / width as f32 - 0.4;
            let v = (i / width) as f32 / height as f32 - 0.35;
            let light = 1.0 - (1.0 - self.falloff) * ((u * u + v * v) / 0.78).sqrt().min(1.0);
            *color = self.color.map(|channel| channel * light);
        }
        screen
    }

    /// Five recordings of one moment.
    pub(crate) fn frames(&self, truth: &Truth) -> Result<Vec<Picture>, Box<dyn Error>> {
        // The backdrop fills about a third of what the person sees.
        const SEEN: f32 = 0.33;
        let screen = self.screen(truth);
        let mean: [f32; 3] =
            std::array::from_fn(|c| screen.data.iter().map(|s| s[c]).sum::<f32>() / screen.data.len() as f32);
        let exact = |i: usize, c: usize| {
            let behind = (1.0 - truth.alpha.data[i]) * screen.data[i][c];
            truth.premultiplied.data[i][c] + behind + SEEN * mean[c] * truth.spill.data[i][c]
        };
        let frames: Vec<Plane<[f32; 3]>> = (0..5)
            .map(|frame| {
                let mut color = screen.clone();
                for (i, color) in color.data.iter_mut().enumerate() {
                    *color = std::array::from_fn(|c| noisy(exact(i, c), i, c, frame));
                }
                color
            })
            .collect();
        let colors = match self.codec {
            Some(crf) => coded(&frames, crf)?,
            None => frames,
        };
        Ok(colors.into_iter().map(|color| Picture { alpha: color.map(|_| 1.0), color }).collect())
    }

    /// The part of a picture that is measured.
    pub(crate) fn part<T: Clone>(&self, plane: &Plane<T>) -> Plane<T> {
        if !self.head {
            return plane.clone();
        }
        let (width, height) = (plane.width(), plane.height());
        let (left, right, bottom) = (width / 4, width * 3 / 4, height * 2 / 7);
        let rows = (0..bottom).flat_map(|y| plane.data[y * width + left..y * width + right].to_vec());
        Plane::from_vec(right - left, bottom, rows.collect()).unwrap_or_else(|| plane.clone())
    }

    /// Plate, matte, error ×4, foreground, and the person before new backgrounds.
    pub(crate) fn draw(
        &self,
        folder: &Path,
        plate: &Picture,
        matte: &Matte,
        truth: &Truth,
    ) -> Result<(), Box<dyn Error>> {
        let grey = |f: &dyn Fn(usize) -> f32| {
            let mut picture = plate.color.clone();
            picture.data.iter_mut().enumerate().for_each(|(i, color)| *color = [f(i); 3]);
            picture
        };
        let over = |background: &dyn Fn(usize) -> [f32; 3]| {
            let mut picture = matte.foreground.clone();
            for (i, color) in picture.data.iter_mut().enumerate() {
                let (alpha, behind) = (matte.alpha.data[i], background(i));
                *color = std::array::from_fn(|c| alpha * color[c] + (1.0 - alpha) * behind[c]);
            }
            picture
        };
        let width = plate.color.width();
        let checker =
            |i: usize| [if (i % width / 24 + i / width / 24).is_multiple_of(2) { 0.08 } else { 0.5 }; 3];
        let pictures = [
            ("plate", plate.color.clone()),
            ("alpha", grey(&|i| matte.alpha.data[i].powf(2.2))),
            ("error", grey(&|i| (4.0 * (matte.alpha.data[i] - truth.alpha.data[i]).abs()).powf(2.2))),
            ("foreground", matte.foreground.clone()),
            ("checker", over(&checker)),
            ("dark", over(&|_| [0.005, 0.006, 0.01])),
            ("bright", over(&|_| [0.9, 0.85, 0.8])),
        ];
        let name = self.name.replace([' ', ',', '.'], "_");
        for (what, picture) in pictures {
            std::fs::create_dir_all(folder)?;
            write_png(&folder.join(format!("{name}.{what}.png")), &byte_picture(&picture))?;
        }
        Ok(())
    }
}

pub(crate) fn byte_picture(picture: &Plane<[f32; 3]>) -> Image8 {
    picture.map(|color| color.map(|channel| (srgb_from_linear(channel.clamp(0.0, 1.0)) * 255.0 + 0.5) as u8))
}

/// A sensor's noise: 0.25 % of white in the dark, 0.9 % at white.
fn noisy(light: f32, pixel: usize, channel: usize, frame: u64) -> f32 {
    let mut state = (pixel as u64 * 3 + channel as u64) ^ frame << 40;
    let mut uniform = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1u64 << 24) as f32
    };
    let gaussian = (-2.0 * (uniform() + 1e-7).ln()).sqrt() * (std::f32::consts::TAU * uniform()).cos();
    (light + gaussian * (6.25e-6 + 7.5e-5 * light).sqrt()).clamp(0.0, 1.0)
}

/// Through H.264 with halved colour, as cameras record.
fn coded(frames: &[Plane<[f32; 3]>], crf: u32) -> Result<Vec<Plane<[f32; 3]>>, Box<dyn Error>> {
    let path = std::env::temp_dir().join(format!("keying-{}-{crf}.mp4", std::process::id()));
    let (size, crf) = (format!("{}x{}", frames[0].width(), frames[0].height()), crf.to_string());
    let name = path.to_string_lossy();
    let words = [
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb48le",
        "-s",
        &size,
        "-r",
        "24",
        "-i",
        "pipe:0",
        "-vf",
        "scale=out_color_matrix=bt709:out_range=tv",
        "-c:v",
        "libx264",
        "-crf",
        &crf,
        "-pix_fmt",
        "yuv420p",
        "-colorspace",
        "bt709",
        "-color_trc",
        "bt709",
        "-color_primaries",
        "bt709",
        &name,
    ];
    let mut running = Ffmpeg::of_system().write(&words)?;
    for frame in frames {
        let coded = |light: f32| (camera_curve(light) * 65_535.0 + 0.5) as u16;
        let bytes: Vec<u8> =
            frame.data.as_flattened().iter().flat_map(|&light| coded(light).to_le_bytes()).collect();
        running.send(&bytes);
    }
    running.finish(&path)?;
    let read = read_frames(&path, &Reading::all(PixelFormat::Rgba16))?.collect::<Result<Vec<_>, _>>();
    std::fs::remove_file(&path)?;
    Ok(read?.iter().map(|bytes| decoded(bytes, &frames[0])).collect())
}

fn decoded(bytes: &[u8], like: &Plane<[f32; 3]>) -> Plane<[f32; 3]> {
    let mut pixels = bytes.as_chunks::<8>().0.iter();
    let value = |low: u8, high: u8| f32::from(u16::from_le_bytes([low, high])) / 65_535.0;
    let linear = |coded: f32| maquette_cameo::Transfer::Bt709.linear(coded);
    like.map(|_| match pixels.next() {
        Some(p) => [value(p[0], p[1]), value(p[2], p[3]), value(p[4], p[5])].map(linear),
        None => [0.0; 3],
    })
}

/// ITU-R BT.709, item 1.2.
fn camera_curve(light: f32) -> f32 {
    if light < 0.018 { 4.5 * light } else { 1.099 * light.powf(0.45) - 0.099 }
}
