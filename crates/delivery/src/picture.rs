//! A delivered or foreign OpenEXR to what can be measured of it.
//!
//! Looser than [`load_conditioning`](crate::load_conditioning): colour is enough, whoever wrote it; what else is known of our own frames
//! comes along.

use std::path::Path;

use exr::prelude::{AnyChannels, FlatSamples, Layer, ReadChannels, ReadLayers, read};
use maquette_conditioning::{FrameNumber, Plane};

use crate::{
    Error,
    attributes::Recorded,
    multilayer::FORMAT,
    passes::{LAYER, LIGHT, channel_name},
    saved_conditioning::check_claims,
};

/// What an OpenEXR shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    /// Linear colour as stored.
    pub color: Plane<[f32; 3]>,
    /// Colour over nits, where the header records it.
    pub exposure_factor: Option<f32>,
    /// The frame's number, where the header records it.
    pub frame: Option<FrameNumber>,
    /// Ids of things, where stored.
    pub object_id: Option<Plane<u32>>,
    /// Ids of what is seen, through mirrors where the file tells.
    pub seen_id: Option<Plane<u32>>,
    /// How far away that is, metres: along the way through mirrors, or else along the view axis.
    pub seen_distance: Option<Plane<f32>>,
    /// How that moves: previous minus current pixel, +x right, +y down.
    pub motion: Option<Plane<[f32; 2]>>,
}

/// Reads the first layer of an OpenEXR that has colour: `ViewLayer.Combined.R` and so on as [`write_exr`](crate::write_exr)
/// writes, or the sum of the light parts of saved conditioning, or plain `R`, `G`, `B`, or the first channels that end so.
///
/// Errors name the file: missing, cut short, over [`MAX_PIXELS`](crate::MAX_PIXELS), not an OpenEXR, without colour.
pub fn read_exr(path: &Path) -> Result<Picture, Error> {
    check_claims(path)?;
    let image = read()
        .no_deep_data()
        .largest_resolution_level()
        .all_channels()
        .first_valid_layer()
        .all_attributes()
        .from_file(path)
        .map_err(|error| Error::codec(path, FORMAT)(error.to_string()))?;
    let layer = Channels(&image.layer_data);
    let recorded = Recorded(&image.layer_data.attributes);
    Ok(Picture {
        color: layer.color().ok_or_else(|| layer.without_color(path))?,
        exposure_factor: recorded.number("maquette.exposureFactor").filter(|factor| *factor > 0.0),
        frame: recorded.integer("maquette.frame"),
        object_id: layer.ids("IndexOB"),
        seen_id: layer.ids("Image Index").or_else(|| layer.ids("IndexOB")),
        seen_distance: layer.distance().or_else(|| layer.number("Depth", "Z")),
        motion: layer.pass("Image Vector", ["X", "Y"]).or_else(|| layer.pass("Vector", ["X", "Y"])),
    })
}

struct Channels<'a>(&'a Layer<AnyChannels<FlatSamples>>);

impl Channels<'_> {
    fn color(&self) -> Option<Plane<[f32; 3]>> {
        let rgb = ["R", "G", "B"];
        let any = || {
            let names = self.names();
            let prefix = names.iter().find_map(|name| name.strip_suffix(".R"))?.to_owned();
            self.planes(rgb.map(|axis| format!("{prefix}.{axis}")))
        };
        self.pass("Combined", rgb)
            .or_else(|| self.all_light(rgb))
            .or_else(|| self.planes(rgb.map(str::to_owned)))
            .or_else(any)
    }

    /// Saved conditioning has no beauty; its light parts together are the picture before denoising.
    fn all_light(&self, rgb: [&str; 3]) -> Option<Plane<[f32; 3]>> {
        let mut sum = self.pass(LIGHT[0], rgb)?;
        for name in &LIGHT[1..] {
            let part = self.pass(name, rgb)?;
            let values = sum.data.as_flattened_mut().iter_mut().zip(part.data.as_flattened());
            values.for_each(|(sum, value)| *sum += value);
        }
        Some(sum)
    }

    fn ids(&self, name: &str) -> Option<Plane<u32>> {
        Some(self.pass(name, ["X"])?.map(|[id]| *id as u32))
    }

    fn number(&self, name: &str, axis: &str) -> Option<Plane<f32>> {
        Some(self.pass(name, [axis])?.map(|[value]| *value))
    }

    /// To what is seen, through mirrors.
    fn distance(&self) -> Option<Plane<f32>> {
        let [surface, image] = ["Position", "Image Position"].map(|name| self.pass(name, ["X", "Y", "Z"]));
        let mut distance = self.number("Distance", "X")?;
        for (distance, (a, b)) in distance.data.iter_mut().zip(surface?.data.iter().zip(image?.data)) {
            *distance += a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        }
        Some(distance)
    }

    /// A pass under our own name.
    fn pass<const N: usize>(&self, name: &str, axes: [&str; N]) -> Option<Plane<[f32; N]>> {
        self.planes(axes.map(|axis| channel_name(name, axis.chars().next().unwrap_or_default())))
    }

    fn planes<const N: usize>(&self, names: [String; N]) -> Option<Plane<[f32; N]>> {
        let size = self.0.size;
        let mut data = vec![[0.0; N]; size.0 * size.1];
        for (component, name) in names.iter().enumerate() {
            let channel = self.0.channel_data.list.iter().find(|channel| channel.name == *name.as_str())?;
            if channel.sample_data.len() != data.len() {
                return None;
            }
            data.iter_mut()
                .zip(channel.sample_data.values_as_f32())
                .for_each(|(to, from)| to[component] = from);
        }
        Plane::from_vec(size.0, size.1, data)
    }

    fn names(&self) -> Vec<String> {
        self.0.channel_data.list.iter().map(|channel| channel.name.to_string()).collect()
    }

    fn without_color(&self, path: &Path) -> Error {
        let mut passes: Vec<String> = self.names();
        for name in &mut passes {
            let short = name.trim_start_matches(LAYER).trim_start_matches('.');
            *name = short.rsplit_once('.').map_or(short, |(pass, _)| pass).to_owned();
        }
        passes.dedup();
        Error::NoColor { path: path.to_owned(), channels: passes.join(", ") }
    }
}
