//! Planes to named EXR channels and back.
//!
//! Blender's compositor takes its inputs by name, so ours carry Blender's (those of Blender 2.9 to 4; 5
//! has longer ones). What Blender has no name for follows the same pattern.

use exr::prelude::{AnyChannel, FlatSamples, f16};
use maquette_conditioning::{GBuffer, Light, Plane};

/// Blender's default name of a view layer.
pub(crate) const LAYER: &str = "ViewLayer";

/// One pass: interleaved values, one letter a component.
pub(crate) struct Pass<'a> {
    pub name: &'static str,
    pub axes: &'static str,
    pub values: Values<&'a [f32], &'a [u32]>,
}

/// A pass to be filled.
pub(crate) struct PassMut<'a> {
    pub name: &'static str,
    pub axes: &'static str,
    pub values: Values<&'a mut [f32], &'a mut [u32]>,
}

/// Measured or counted.
pub(crate) enum Values<F, U> {
    Real(F),
    Id(U),
}

/// How real values are stored.
#[derive(Clone, Copy)]
pub(crate) enum Precision {
    /// 16 bits, multiplied by a factor first; magnitudes over 65 504 become that.
    Half(f32),
    /// 32 bits, as they are.
    Full,
}

/// Name and components of every plane of a G-buffer, in declaration order.
const GBUFFER: [(&str, &str); 17] = [
    ("Depth", "Z"),
    ("Distance", "X"),
    ("Position", "XYZ"),
    ("Normal", "XYZ"),
    ("DiffCol", "RGB"),
    ("Roughness", "X"),
    ("Metallic", "X"),
    ("Vector", "XY"),
    ("IndexOB", "X"),
    ("IndexMA", "X"),
    ("Image Position", "XYZ"),
    ("Image Normal", "XYZ"),
    ("Image Vector", "XY"),
    ("Image Index", "X"),
    ("Lamp Light", "RGB"),
    ("Denoising Albedo", "RGB"),
    ("Denoising Normal", "XYZ"),
];

/// The five parts of light, in declaration order.
pub(crate) const LIGHT: [&str; 5] = ["Emit", "DiffDir", "GlossDir", "DiffInd", "GlossInd"];

/// The planes of a G-buffer under their names.
pub(crate) fn gbuffer_passes(g: &GBuffer) -> Vec<Pass<'_>> {
    use Values::{Id, Real};
    let values = [
        Real(&g.depth.data[..]),
        Real(&g.distance.data[..]),
        Real(g.position.data.as_flattened()),
        Real(g.normal.data.as_flattened()),
        Real(g.albedo.data.as_flattened()),
        Real(&g.roughness.data[..]),
        Real(&g.metallic.data[..]),
        Real(g.motion.data.as_flattened()),
        Id(&g.object_id.data[..]),
        Id(&g.material_id.data[..]),
        Real(g.image_position.data.as_flattened()),
        Real(g.image_normal.data.as_flattened()),
        Real(g.image_motion.data.as_flattened()),
        Id(&g.image_id.data[..]),
        Real(g.lamp_light.data.as_flattened()),
        Real(g.albedo_mean.data.as_flattened()),
        Real(g.normal_mean.data.as_flattened()),
    ];
    GBUFFER.iter().zip(values).map(|(&(name, axes), values)| Pass { name, axes, values }).collect()
}

/// The planes of a G-buffer under their names, to be filled.
pub(crate) fn gbuffer_passes_mut(g: &mut GBuffer) -> Vec<PassMut<'_>> {
    use Values::{Id, Real};
    let values = [
        Real(&mut g.depth.data[..]),
        Real(&mut g.distance.data[..]),
        Real(g.position.data.as_flattened_mut()),
        Real(g.normal.data.as_flattened_mut()),
        Real(g.albedo.data.as_flattened_mut()),
        Real(&mut g.roughness.data[..]),
        Real(&mut g.metallic.data[..]),
        Real(g.motion.data.as_flattened_mut()),
        Id(&mut g.object_id.data[..]),
        Id(&mut g.material_id.data[..]),
        Real(g.image_position.data.as_flattened_mut()),
        Real(g.image_normal.data.as_flattened_mut()),
        Real(g.image_motion.data.as_flattened_mut()),
        Id(&mut g.image_id.data[..]),
        Real(g.lamp_light.data.as_flattened_mut()),
        Real(g.albedo_mean.data.as_flattened_mut()),
        Real(g.normal_mean.data.as_flattened_mut()),
    ];
    GBUFFER.iter().zip(values).map(|(&(name, axes), values)| PassMut { name, axes, values }).collect()
}

/// The parts of light under their names.
pub(crate) fn light_passes(light: &Light) -> Vec<Pass<'_>> {
    let named = LIGHT.into_iter().zip(light.parts());
    named
        .map(|(name, part)| Pass { name, axes: "RGB", values: Values::Real(part.data.as_flattened()) })
        .collect()
}

/// [`Light::parts`], to be changed.
pub(crate) fn parts_mut(light: &mut Light) -> [&mut Plane<[f32; 3]>; 5] {
    [
        &mut light.emitted,
        &mut light.direct_diffuse,
        &mut light.direct_specular,
        &mut light.indirect_diffuse,
        &mut light.indirect_specular,
    ]
}

/// The parts of light under their names, to be filled.
pub(crate) fn light_passes_mut(light: &mut Light) -> Vec<PassMut<'_>> {
    let named = LIGHT.into_iter().zip(parts_mut(light));
    named
        .map(|(name, part)| PassMut { name, axes: "RGB", values: Values::Real(part.data.as_flattened_mut()) })
        .collect()
}

/// "ViewLayer.Depth.Z".
pub(crate) fn channel_name(pass: &str, axis: char) -> String {
    format!("{LAYER}.{pass}.{axis}")
}

impl Pass<'_> {
    /// One EXR channel a component. Ids stay whole numbers.
    pub(crate) fn channels(
        &self,
        precision: Precision,
    ) -> impl Iterator<Item = AnyChannel<FlatSamples>> + '_ {
        let components = self.axes.len();
        self.axes.chars().enumerate().map(move |(component, axis)| {
            let samples = match &self.values {
                Values::Real(values) => {
                    real_samples(values.iter().skip(component).step_by(components), precision)
                }
                Values::Id(ids) => {
                    FlatSamples::U32(ids.iter().skip(component).step_by(components).copied().collect())
                }
            };
            AnyChannel::new(channel_name(self.name, axis).as_str(), samples)
        })
    }
}

fn real_samples<'a>(values: impl Iterator<Item = &'a f32>, precision: Precision) -> FlatSamples {
    match precision {
        Precision::Full => FlatSamples::F32(values.copied().collect()),
        Precision::Half(factor) => FlatSamples::F16(
            values.map(|value| f16::from_f32((value * factor).clamp(-65_504.0, 65_504.0))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn channel_names_are_unique_and_short_enough_for_any_reader() {
        let (gbuffer, light) = (GBuffer::new(1, 1), Light::new(1, 1));
        let mut seen = HashSet::new();
        for pass in gbuffer_passes(&gbuffer).iter().chain(&light_passes(&light)) {
            for channel in pass.channels(Precision::Full) {
                let name = channel.name.to_string();
                assert!(name.len() <= 31, "{name} needs the long-names flag");
                assert!(seen.insert(name.clone()), "{name} twice");
            }
        }
        assert_eq!(seen.len(), 35 + 15);
    }

    #[test]
    fn half_floats_stop_at_their_largest_value() {
        let FlatSamples::F16(half) = real_samples([1.0e9, -1.0e9, 2.0].iter(), Precision::Half(0.5)) else {
            panic!("not half");
        };
        assert_eq!(half.iter().map(|h| h.to_f32()).collect::<Vec<_>>(), [65_504.0, -65_504.0, 1.0]);
    }
}
