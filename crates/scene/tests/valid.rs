//! Valid scenes load as they are meant, and as an independent reader understands them.

use std::{fs, path::Path};

use maquette_scene::{
    LoadedScene, check_text,
    document::{Aim, Body, Color, Form, LightKind, Scene, Sensor, Shape},
    load,
};

fn loaded(name: &str) -> LoadedScene {
    load(&Path::new("tests/valid").join(name)).unwrap_or_else(|report| panic!("{report}"))
}

fn checked(text: &str) -> Scene {
    check_text("test.ron", text, Path::new("tests/valid")).unwrap_or_else(|report| panic!("{report}")).scene
}

#[test]
fn types_are_those_that_serdes_ron_reads() {
    for name in ["corridor.ron", "everything.ron"] {
        let text = fs::read_to_string(Path::new("tests/valid").join(name)).expect("readable");
        let expected: Scene = ron::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(loaded(name).scene, expected, "{name}");
    }
}

#[test]
fn a_scene_written_by_serdes_ron_is_read_back() {
    let scene = loaded("everything.ron").scene;
    for text in
        [ron::to_string(&scene), ron::ser::to_string_pretty(&scene, ron::ser::PrettyConfig::default())]
    {
        assert_eq!(checked(&text.expect("written")), scene);
    }
}

#[test]
fn the_sample_means_what_it_says() {
    let LoadedScene { scene, folder, files, .. } = loaded("corridor.ron");
    assert_eq!(scene.frames_per_second(), 24.0);
    assert_eq!(scene.materials["deck"].base_color, Some(Color::Hex("#2b2c30".to_owned())));
    assert!(matches!(scene.set[1].body, Body::Dynamic { density_kg_m3: Some(7850.0), mass_kg: None, .. }));
    assert_eq!(scene.shots[1].camera.sensor, Sensor::SizeMm((36.0, 24.0)));
    assert_eq!(scene.material("steel").expect("a material").metallic, Some(1.0));
    assert_eq!(folder, Path::new("tests/valid"));
    assert_eq!(files, [Path::new("tests/valid/corridor.ron")]);
}

#[test]
fn variants_with_defaults_need_no_parentheses_and_tuples_only_one_pair() {
    let scene = checked(
        r#"(
            title: "Kindness",
            set: [(name: "ball", shape: Sphere(radius_m: 1.0), body: Dynamic)],
            lights: [(name: "sun", kind: Sun, output: (lux: 1e5)), (name: "bulb", kind: Point, output: (lumen: 800))],
            actors: [(name: "ANA", form: Mannequin, marks: [(t_s: 0, at_m: (0, 0, 0))])],
            shots: [(name: "010", length_s: 1, camera: (focal_length_mm: 35, keys: [
                (t_s: 0, at_m: (0, 1.6, 3), aim: At(0, 1, 0)),
            ]))],
        )"#,
    );
    assert_eq!(scene.lights[0].kind, LightKind::Sun { angle_deg: 0.53 });
    assert_eq!(scene.lights[1].kind, LightKind::Point { radius_m: 0.0 });
    assert_eq!(scene.actors[0].form, Form::Mannequin { height_m: 1.75 });
    assert_eq!(scene.shots[0].camera.keys[0].aim, Some(Aim::At((0.0, 1.0, 0.0))));
    let plain = Body::Dynamic {
        density_kg_m3: None,
        mass_kg: None,
        velocity_m_s: (0.0, 0.0, 0.0),
        spin_deg_s: (0.0, 0.0, 0.0),
        release_s: 0.0,
    };
    assert_eq!(scene.set[0].body, plain);
}

#[test]
fn included_parts_join_the_scene_with_their_paths_rewritten() {
    let LoadedScene { scene, files, .. } = loaded("including.ron");
    let names: Vec<&str> = scene.set.iter().map(|piece| piece.name.as_str()).collect();
    // The paints' own set was not asked for.
    assert_eq!(names, ["wall", "lamp", "wrench"]);
    assert_eq!(scene.set[1].shape, Shape::Gltf("lib/models/lamp.glb".to_owned()));
    assert_eq!(scene.set[2].shape, Shape::Gltf("models/wrench.glb".to_owned()));
    assert_eq!(scene.materials["brass"].base_color_texture.as_deref(), Some("lib/pictures/brass.png"));
    assert_eq!(scene.materials.keys().collect::<Vec<_>>(), ["brass", "red paint"]);
    assert_eq!(scene.lights.len(), 1);
    assert!(scene.include.is_empty());
    let expected = ["including.ron", "lib/props.ron", "lib/paints.ron"];
    assert_eq!(files, expected.map(|file| Path::new("tests/valid").join(file)));
}

#[test]
fn every_path_of_a_loaded_scene_leads_to_a_file() {
    let scene = loaded("including.ron");
    let texture = scene.scene.materials["brass"].base_color_texture.clone().expect("a texture");
    let Shape::Gltf(model) = &scene.scene.set[1].shape else { panic!("no model") };
    assert!(scene.resolve(&texture).is_file() && scene.resolve(model).is_file());
}

#[test]
fn a_merged_scene_stands_alone() {
    let scene = loaded("including.ron").scene;
    assert_eq!(checked(&ron::to_string(&scene).expect("written")), scene);
}

#[test]
fn text_without_a_file_leaves_itself_out_of_the_files() {
    let text = fs::read_to_string("tests/valid/including.ron").expect("readable");
    let loaded =
        check_text("unsaved", &text, Path::new("tests/valid")).unwrap_or_else(|report| panic!("{report}"));
    assert_eq!(
        loaded.files,
        ["lib/props.ron", "lib/paints.ron"].map(|file| Path::new("tests/valid").join(file))
    );
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_change_nothing() {
    let text = fs::read_to_string("tests/valid/everything.ron").expect("readable");
    let other = format!("\u{feff}{}", text.replace('\n', "\r\n").replace("prompt\r\nover", "prompt\nover"));
    assert_eq!(checked(&other), checked(&text));
}

#[test]
fn the_schema_names_every_field_of_the_document() {
    let schema = maquette_scene::schema();
    assert_eq!(schema["title"], "Scene");
    let written = serde_json::to_value(loaded("everything.ron").scene).expect("JSON");
    for field in written.as_object().expect("an object").keys() {
        assert!(schema["properties"][field].is_object(), "{field}");
    }
}
