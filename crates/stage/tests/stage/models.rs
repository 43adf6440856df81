//! glTF models: tiny ones written here, and real ones where somebody has put some.

use std::path::PathBuf;

use maquette_scene::document::Form;
use maquette_stage::Error;

use super::*;

/// A triangle in the XY plane on a node, on a parent that is moved by (0, 2, 0); the node turns once in 4 s about +Y.
fn triangle_gltf(extra_accessor: &str) -> String {
    let floats = [0.0f32, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
    let times = [0.0f32, 1.0, 2.0];
    let h = std::f32::consts::FRAC_1_SQRT_2;
    let turns = [0.0f32, 0.0, 0.0, 1.0, 0.0, h, 0.0, h, 0.0, 1.0, 0.0, 0.0];
    let mut bytes: Vec<u8> =
        floats.iter().chain(&times).chain(&turns).flat_map(|f| f.to_le_bytes()).collect();
    bytes.extend([0u16, 1, 2, 0].iter().flat_map(|i| i.to_le_bytes()));
    format!(
        r#"{{"asset": {{"version": "2.0"}}, "scene": 0, "scenes": [{{"nodes": [0]}}],
        "nodes": [{{"name": "base", "translation": [0, 2, 0], "children": [1]}}, {{"name": "flag", "mesh": 0}}],
        "meshes": [{{"primitives": [{{"attributes": {{"POSITION": 0}}, "indices": 1, "material": 0}}]}}],
        "materials": [{{"name": "cloth", "emissiveFactor": [1, 0.5, 0], "pbrMetallicRoughness":
            {{"baseColorFactor": [0.2, 0.4, 0.6, 1], "metallicFactor": 0, "roughnessFactor": 0.7}}}}],
        "animations": [{{"name": "turn", "samplers": [{{"input": 2, "output": 3, "interpolation": "LINEAR"}}],
            "channels": [{{"sampler": 0, "target": {{"node": 1, "path": "rotation"}}}}]}}],
        "buffers": [{{"byteLength": {}, "uri": "data:application/octet-stream;base64,{}"}}],
        "bufferViews": [{{"buffer": 0, "byteLength": 36}}, {{"buffer": 0, "byteOffset": 96, "byteLength": 6}},
            {{"buffer": 0, "byteOffset": 36, "byteLength": 12}}, {{"buffer": 0, "byteOffset": 48, "byteLength": 48}}],
        "accessors": [
            {{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3", "min": [0, 0, 0], "max": [1, 1, 0]}},
            {{"bufferView": 1, "componentType": 5123, "count": 3, "type": "SCALAR"}},
            {{"bufferView": 2, "componentType": 5126, "count": 3, "type": "SCALAR", "min": [0], "max": [2]}},
            {{"bufferView": 3, "componentType": 5126, "count": 3, "type": "VEC4"}}{extra_accessor}]}}"#,
        bytes.len(),
        base64(&bytes)
    )
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |chunk: &[u8]| {
        let bits = (0..3).fold(0u32, |bits, i| bits << 8 | u32::from(chunk.get(i).copied().unwrap_or(0)));
        let digit = |i: usize| {
            if i <= chunk.len() { DIGITS[(bits >> (18 - 6 * i)) as usize & 63] as char } else { '=' }
        };
        (0..4).map(digit).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

/// A folder with the model in it.
fn folder(gltf: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("flag.gltf"), gltf).unwrap();
    folder
}

const PIECE: &str = r#"set: [(name: "flag", shape: Gltf("flag.gltf"), at_m: (5, 0, 0), scale: 2)]"#;
const ACTOR: &str = r#"actors: [(name: "flag", form: Gltf(file: "flag.gltf", clips: [(t_s: 1, clip: "turn")]),
    marks: [(t_s: 0, at_m: (0, 0, 0))])]"#;

fn failure(parts: &str, folder: &Path) -> Error {
    let loaded =
        maquette_scene::check_text("test.ron", &scene(parts), folder).unwrap_or_else(|r| panic!("{r:?}"));
    match Stage::new(&loaded) {
        Ok(_) => panic!("a broken model was accepted"),
        Err(error) => error,
    }
}

#[test]
fn a_model_stands_where_its_nodes_say_with_its_own_surface() {
    let folder = folder(&triangle_gltf(""));
    let mut stage = stage_in(&scene(PIECE), folder.path());
    let moment = stage.moment("a", 1001).unwrap();
    let flag = &moment.instances[0];
    let corner = flag.world_from_local.open.transform_point3(moment.meshes[flag.mesh].positions[1]);
    assert!(corner.abs_diff_eq(Vec3::new(7.0, 4.0, 0.0), 1e-4), "{corner}");
    let cloth = &moment.materials[flag.material];
    assert_eq!((cloth.name.as_str(), cloth.roughness, cloth.metallic), ("cloth", 0.7, 0.0));
    assert!(cloth.base_color.abs_diff_eq(Vec3::new(0.2, 0.4, 0.6), 1e-5));
    assert!(cloth.emission.abs_diff_eq(Vec3::new(1.0, 0.5, 0.0), 1e-5));
}

#[test]
fn a_clip_is_sought_to_the_exact_time_whatever_was_asked_before() {
    let folder = folder(&triangle_gltf(""));
    let mut stage = stage_in(&scene(ACTOR), folder.path());
    // Its clip starts at 1 s and turns a quarter a second; an actor's −Z is a model's +Z.
    let mut tip = |time_s: f64| {
        let flag = &parts_at(&mut stage, "flag", time_s)[0];
        flag.world_from_local.open.transform_point3(Vec3::X)
    };
    let expected = [
        (0.5, [-1.0, 0.0]),
        (2.0, [0.0, 1.0]),
        (1.0, [-1.0, 0.0]),
        (2.5, [0.707, 0.707]),
        (3.5, [-0.707, 0.707]),
    ];
    for (time_s, [x, z]) in expected {
        let at = tip(time_s);
        assert!(at.abs_diff_eq(Vec3::new(x, 2.0, z), 2e-3), "{at} at {time_s}");
    }
}

#[test]
fn a_clip_that_is_not_there_is_named_with_those_that_are() {
    let folder = folder(&triangle_gltf(""));
    let text = scene(ACTOR);
    let mut loaded =
        maquette_scene::check_text("test.ron", &text, folder.path()).unwrap_or_else(|r| panic!("{r:?}"));
    // The scene's check says so too; the stage must not rely on the file being the same.
    let Form::Gltf { clips, .. } = &mut loaded.scene.actors[0].form else { panic!("a model") };
    clips[0].clip = "run".to_owned();
    let Err(error) = Stage::new(&loaded) else { panic!("a clip that is not there was accepted") };
    let error = error.to_string();
    assert!(error.contains("`run`") && error.contains("turn") && error.contains("flag.gltf"), "{error}");
}

#[test]
fn broken_models_are_errors_that_name_the_file() {
    let garbage = folder("{ not json");
    let cut_short = folder(&triangle_gltf("").replace("\"byteLength\": 36", "\"byteLength\": 30"));
    let no_view = folder(&triangle_gltf(r#", {"componentType": 5126, "count": 3, "type": "VEC3"}"#));
    let no_file = folder(&triangle_gltf("").replace("data:application/octet-stream;base64,", "missing.bin?"));
    for folder in [garbage, cut_short, no_view, no_file] {
        let error = failure(PIECE, folder.path()).to_string();
        assert!(error.contains("flag.gltf"), "{error}");
    }
}

/// Real models are not part of the project; `MAQUETTE_TEST_ASSETS` says where some are.
fn real(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("MAQUETTE_TEST_ASSETS").map(PathBuf::from);
    let found = folder.filter(|folder| folder.join(file).exists());
    if found.is_none() {
        println!("skipped: set MAQUETTE_TEST_ASSETS to a folder with {file}");
    }
    found
}

#[test]
fn a_skinned_fox_runs() {
    let Some(folder) = real("Fox.glb") else { return };
    let mut stage = stage_in(
        &scene(
            r#"actors: [(name: "fox", form: Gltf(file: "Fox.glb", scale: 0.01, clips: [
                (t_s: 0, clip: "Survey"), (t_s: 2, clip: "Run")]), marks: [(t_s: 0, at_m: (0, 0, 0)), (t_s: 4, at_m: (0, 0, -6))])]"#,
        ),
        &folder,
    );
    let mut corners = |time_s: f64| parts_at(&mut stage, "fox", time_s)[0].deformed.clone().unwrap().open;
    let (early, run, stride) = (corners(1.0), corners(3.0), corners(3.25));
    assert_ne!(early.positions, run.positions);
    assert_ne!(run.positions, stride.positions);
    assert_eq!(corners(1.0), early);
    let size = run.positions.iter().fold(Vec3::ZERO, |size, p| size.max(p.abs()));
    assert!(size.max_element() < 200.0 && run.normals.iter().all(|n| n.is_normalized()), "{size}");
}

#[test]
fn real_models_load_with_their_textures() {
    for (file, meshes, textures) in
        [("FlightHelmet/FlightHelmet.gltf", 6, 5), ("PalmTree/PalmTree.gltf", 2, 0)]
    {
        let Some(folder) = real(file) else { continue };
        let mut stage =
            stage_in(&scene(&format!(r#"set: [(name: "model", shape: Gltf("{file}"))]"#)), &folder);
        let moment = stage.moment("a", 1001).unwrap();
        assert!(moment.instances.len() >= meshes && moment.textures.len() >= textures, "{file}");
        assert!(moment.instances.iter().all(|i| i.object_id == 1));
    }
}
