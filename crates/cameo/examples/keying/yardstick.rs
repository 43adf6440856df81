//! ffmpeg's keyers at their best.

use std::error::Error;

use maquette_cameo::{
    Backdrop, Picture,
    figures::{Figures, figures},
};
use maquette_conditioning::Plane;
use maquette_delivery::write_png;
use maquette_media::{Ffmpeg, PixelFormat, Reading, read_frames};

use crate::truth_plates::{Set, Truth, byte_picture};

/// Figures of the setting with the least SAD.
pub(crate) fn best(set: &Set, plate: &Picture, truth: &Truth) -> Result<Figures, Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("keying-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let image = byte_picture(&plate.color);
    write_png(&folder.join("plate.png"), &image)?;
    // The backdrop's colour is picked where an artist would: beside the head.
    let picked = image.at(image.width() / 5, image.height() / 4);
    let color = format!("0x{:02x}{:02x}{:02x}", picked[0], picked[1], picked[2]);
    let filter = match set.backdrop {
        Backdrop::Green | Backdrop::Blue => "chromakey",
        _ => "colorkey",
    };
    let mut best: Option<Figures> = None;
    for similarity in ["0.02", "0.06", "0.12"] {
        for blend in ["0.02", "0.08", "0.2"] {
            let alpha = keyed(&folder, &format!("{filter}={color}:{similarity}:{blend}"), plate)?;
            let part = |plane: &Plane<[f32; 3]>| set.part(plane);
            let found = figures(
                &set.part(&alpha),
                &part(&plate.color),
                &set.part(&truth.alpha),
                &part(&truth.foreground),
            );
            if best.is_none_or(|best| found.sad < best.sad) {
                best = Some(found);
            }
        }
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(best.unwrap_or_default())
}

fn keyed(folder: &std::path::Path, filter: &str, plate: &Picture) -> Result<Plane<f32>, Box<dyn Error>> {
    let (source, target) = (folder.join("plate.png"), folder.join("keyed.png"));
    let (from, to) = (source.to_string_lossy(), target.to_string_lossy());
    let filter = format!("format=yuva444p,{filter},format=rgba");
    let words = ["-i", &from, "-vf", &filter, "-frames:v", "1", &to];
    Ffmpeg::of_system().write(&words)?.finish(&target)?;
    let mut frames = read_frames(&target, &Reading::all(PixelFormat::Rgba16))?;
    let bytes = frames.next().ok_or("ffmpeg made no picture")??;
    let mut pixels = bytes.as_chunks::<8>().0.iter();
    let alpha = |p: &[u8; 8]| f32::from(u16::from_le_bytes([p[6], p[7]])) / 65_535.0;
    Ok(plate.alpha.map(|_| pixels.next().map_or(0.0, alpha)))
}
