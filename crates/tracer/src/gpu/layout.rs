//! Shader structs against Rust records: member names, offsets and sizes, as naga reads the shaders.

use std::mem::offset_of;

use naga::{Module, TypeInner};

use super::{
    path, primary,
    records::{DispatchRecord, NodeRecord, PathRecord, PrimaryRecord, SumRecord},
    shader::source,
};
use crate::world::{
    FrameRecord, InstanceRecord, LampRecord, LightNode, LightRecord, MaterialRecord, MirrorRecord,
    PoseRecord, SkyCell, TextureRecord, VertexRecord,
};

/// A record's name, size, and its members' names and offsets.
type Layout = (&'static str, usize, Vec<(&'static str, usize)>);

macro_rules! layout {
    ($record:ident { $($member:ident),* $(,)? }) => {
        (stringify!($record), size_of::<$record>(), vec![$((stringify!($member), offset_of!($record, $member))),*])
    };
}

fn layouts() -> Vec<Layout> {
    vec![
        layout!(VertexRecord { position, u, normal, v }),
        layout!(InstanceRecord {
            world_from_local,
            local_from_world,
            first_vertex,
            first_triangle,
            material,
            object_id,
            first_light,
            flags,
            root,
            rest_vertex,
        }),
        layout!(MaterialRecord {
            base_color,
            roughness,
            emission,
            metallic,
            reflectance,
            transmission,
            ior,
            opacity,
            base_color_texture,
            metallic_roughness_texture,
            emission_texture,
            normal_texture,
            normal_scale,
            clearcoat,
            clearcoat_roughness,
            cutoff,
            flags,
            pattern,
            pattern_scale,
            pattern_strength,
            pattern_amount,
            padding,
        }),
        layout!(TextureRecord { width, height, format, levels, wrap_across, wrap_down, padding, firsts }),
        layout!(LampRecord {
            position,
            kind,
            strength,
            radius,
            right,
            half_width,
            up,
            half_height,
            toward,
            object_id,
            cos_inner,
            cos_outer,
            sin_half,
            light,
            profile,
            power,
            padding,
        }),
        layout!(LightRecord { kind, index, triangle, probability, other, threshold, leaf, padding }),
        layout!(LightNode { centre, radius, power, child, parent, padding }),
        layout!(MirrorRecord {
            normal,
            offset,
            centre,
            instance,
            across,
            half_width,
            up,
            half_height,
            color,
            two_sided,
            thickness,
            padding,
        }),
        layout!(SkyCell { probability, other, threshold, padding }),
        layout!(PoseRecord { rotation, position, padding }),
        layout!(FrameRecord {
            camera_open,
            camera_close,
            camera_previous,
            half_width,
            half_height,
            aperture_radius,
            focus_distance,
            width,
            height,
            samples,
            first_sample,
            seed,
            max_bounces,
            filter_kind,
            clamp_nits,
            strategy,
            slices,
            open_slice,
            instances,
            lamps,
            solid_lamps,
            first_sun,
            local_lights,
            distant_lights,
            local_candidates,
            distant_candidates,
            sky_scale,
            sky_light,
            sky_texture,
            sky_columns,
            sky_rows,
            sky_yaw,
            haze_low,
            haze_extinction,
            haze_high,
            haze_anisotropy,
            haze_albedo,
            haze_everywhere,
            blades,
            blade_radius,
            blade_turn,
            light_tree,
            lamp_tree,
            cone_spread,
            veils,
            mirrors,
        }),
        layout!(NodeRecord { low, first, high, count }),
        layout!(DispatchRecord { sample_index, first_bounce, bounces, padding, roots }),
        layout!(PathRecord {
            origin,
            slice,
            direction,
            bounce,
            weight,
            pdf,
            diffuse_share,
            alive,
            feature,
            seeks_features,
            cone_width,
            cone_spread,
            travelled,
            chooser,
            mirrors,
            padding,
        }),
        layout!(SumRecord { parts, albedo, normal, rays, most_steps, removed, padding }),
        layout!(PrimaryRecord {
            position,
            depth,
            normal,
            distance,
            albedo,
            roughness,
            motion,
            metallic,
            object_id,
            material_id,
            most_steps,
            image_motion,
            image_position,
            image_id,
            image_normal,
            padding,
            lamp_light,
            rays,
        }),
    ]
}

fn modules() -> [Module; 2] {
    [primary::SOURCE, path::SOURCE].map(|entry| naga::front::wgsl::parse_str(&source(entry)).unwrap())
}

#[test]
fn shader_structs_are_laid_out_as_their_records() {
    let [module, _] = modules();
    for (name, size, members) in layouts() {
        let declared = module.types.iter().find(|(_, ty)| ty.name.as_deref() == Some(name));
        let Some((_, naga::Type { inner: TypeInner::Struct { members: found, span }, .. })) = declared else {
            panic!("no struct {name} in the shaders");
        };
        let found: Vec<_> = found.iter().map(|m| (m.name.as_deref().unwrap(), m.offset as usize)).collect();
        assert_eq!(found, members, "{name}");
        assert_eq!(*span as usize, size, "{name}");
    }
}

#[test]
fn shaders_validate_without_special_capabilities() {
    for module in modules() {
        let flags = naga::valid::ValidationFlags::all();
        naga::valid::Validator::new(flags, naga::valid::Capabilities::empty()).validate(&module).unwrap();
    }
}

#[test]
fn shader_constants_are_the_twins() {
    let shared = source("");
    for (name, value) in [
        ("CANDIDATES", crate::world::CANDIDATES),
        ("FILTER_TABLE", crate::world::FILTER_TABLE),
        ("FILTER_STEPS", crate::world::FILTER_STEPS),
        ("ALBEDO_TABLE", crate::world::ALBEDO_TABLE),
        ("ALBEDO_SIDE", crate::world::ALBEDO_SIDE),
        ("ALBEDO_EDGE_TABLE", crate::world::ALBEDO_EDGE_TABLE),
        ("ALBEDO_DIELECTRIC_TABLE", crate::world::ALBEDO_DIELECTRIC_TABLE),
    ] {
        assert!(shared.contains(&format!("const {name}: u32 = {value}u;")), "{name} is {value}");
    }
}
