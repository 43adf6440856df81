//! A recorded person as the set has them: their shadow, their mirror image, what hides them, and the set's light on them.

use std::{fs, path::Path, process::Command};

use maquette_conditioning::Plane;
use maquette_delivery::read_exr;

const LAMP: &str =
    r#"(name: "lamp", kind: Point(radius_m: 0.05), output: (lumen: LUMEN), at_m: (1.5, 3.0, -0.5))"#;
const ROBE: &str = r#"(name: "ROBE", form: Cameo(plate: "robe.png", person: NotReal("a red rectangle, made by a test"), height_m: 1.7,
    backdrop: Alpha, voice_db_spl_1m: None, relight: 1.0), marks: [(t_s: 0.0, at_m: (0.0, 0.0, -2.0))])"#;
const MIRROR: &str = r#"(name: "mirror", shape: Box(size_m: (0.02, 2.5, 4.5)), at_m: (-1.2, 1.25, -0.75), material: "mirror")"#;
const CRATE: &str =
    r#"(name: "crate", shape: Box(size_m: (0.8, 0.8, 0.2)), at_m: (0.0, 0.4, -1.0), material: "concrete")"#;

/// A grey floor, a lamp at the front right, and a camera five metres from where somebody may stand.
fn rendered(folder: &Path, lumen: u32, set: &str, actors: &str) -> Plane<[f32; 3]> {
    let scene = format!(
        r#"(
    title: "Red", project: "Tests", uses: ["test"],
    materials: {{ "mirror": (base_color: (1.0, 1.0, 1.0), metallic: 1.0, roughness: 0.0) }},
    set: [(name: "floor", shape: Plane(size_m: (12.0, 12.0)), material: "concrete"), {set}],
    lights: [{}],
    actors: [{actors}],
    shots: [(name: "a", length_s: 0.1, camera: (focal_length_mm: 24.0, exposure: Ev100(5.0), keys: [(t_s: 0.0, at_m: (0.0, 1.0, 3.0))]))],
)"#,
        LAMP.replace("LUMEN", &format!("{lumen}.0"))
    );
    fs::write(folder.join("scene.ron"), scene).expect("written");
    let mut command = Command::new(env!("CARGO_BIN_EXE_maquette"));
    command.env("MAQUETTE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("home"));
    command.arg("render").arg(folder.join("scene.ron")).arg("--out").arg(folder.join("take"));
    command.args(["--size", "160x90", "--samples", "64", "--raw", "--no-movie", "--frames", "1001"]);
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    read_exr(&folder.join("take/a/beauty.1001.exr")).expect("an EXR").color
}

/// Mean over the 3×3 pixels around.
fn at(picture: &Plane<[f32; 3]>, x: usize, y: usize) -> [f32; 3] {
    let around = (y - 1..=y + 1).flat_map(|y| (x - 1..=x + 1).map(move |x| y * 160 + x));
    around.fold([0.0; 3], |sum, i| std::array::from_fn(|c| sum[c] + picture.data[i][c] / 9.0))
}

fn is_red([red, green, _]: &[f32; 3]) -> bool {
    *red > 0.01 && *red > 4.0 * green
}

#[test]
fn a_person_casts_a_shadow_is_mirrored_hidden_and_lit_by_the_set() {
    let folder = tempfile::tempdir().expect("a folder");
    let inside = |x: u32, y: u32| (20..40).contains(&x) && (5..85).contains(&y);
    let robe = image::RgbaImage::from_fn(60, 90, |x, y| {
        image::Rgba(if inside(x, y) { [200, 30, 30, 255] } else { [0; 4] })
    });
    robe.save(folder.path().join("robe.png")).expect("written");
    let rendered = |lumen, set: &str, actors: &str| rendered(folder.path(), lumen, set, actors);
    let (empty, stands) = (rendered(4000, MIRROR, ""), rendered(4000, MIRROR, ROBE));

    let chest = at(&stands, 80, 40);
    assert!(is_red(&chest) && !is_red(&at(&empty, 80, 40)), "{chest:?}");
    // On the line from the lamp over the shoulder to the floor, a metre behind.
    let [dark, bright] = [&stands, &empty].map(|picture| at(picture, 62, 71)[1]);
    assert!(dark < 0.5 * bright, "a shadow of {dark} on a floor of {bright}");
    // As far behind the mirror as they stand before it.
    let mirrored = |picture: &Plane<[f32; 3]>| {
        let columns = |y: usize| (0..14).map(move |x| y * 160 + x);
        (30..70).flat_map(columns).filter(|&i| is_red(&picture.data[i])).count()
    };
    assert!(mirrored(&stands) > 60 && mirrored(&empty) == 0, "{}", mirrored(&stands));

    let hidden = rendered(4000, CRATE, ROBE);
    assert!(is_red(&at(&stands, 80, 62)) && !is_red(&at(&hidden, 80, 62)));
    assert!(is_red(&at(&hidden, 80, 40)));

    let dim = at(&rendered(2000, MIRROR, ROBE), 80, 40);
    let ratio = dim[0] / chest[0];
    assert!((ratio - 0.5).abs() < 0.03, "half the light is {ratio}");
}

#[test]
fn what_pictures_and_sounds_say_of_themselves_is_kept_in_what_is_made_from_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let maquette = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_maquette"));
        command.env("MAQUETTE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("home"));
        let output = command.current_dir(folder.path()).args(arguments).output().expect("the program runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let render = |name: &str, more: &str| {
        let scene = format!(
            r#"(title: "{name}", project: "Tests", uses: ["test"], {more} environment: (sky: (nit: 100.0, color: (0.0, 1.0, 0.0))),
                set: [(name: "pillar", shape: Box(size_m: (0.5, 1.7, 0.5)), at_m: (0.0, 0.85, 0.0), material: "concrete")],
                lights: [(name: "lamp", kind: Point(radius_m: 0.1), output: (lumen: 20000.0), at_m: (1.0, 2.0, 3.0))],
                shots: [(name: "a", length_s: 0.1, camera: (focal_length_mm: 24.0, exposure: Ev100(8.0),
                         keys: [(t_s: 0.0, at_m: (0.0, 1.0, 3.0))]))])"#
        );
        fs::write(folder.path().join(format!("{name}.ron")), scene).expect("written");
        let (scene, size) = (format!("{name}.ron"), ["--size", "128x128", "--samples", "1", "--no-movie"]);
        maquette(&[&["render", &scene, "--out", name], &size[..]].concat());
    };
    render("first", "");
    // Numbered pictures as a plate, and a clip.
    render(
        "second",
        r#"actors: [(name: "P", form: Cameo(plate: "first/a/beauty.1001.png", person: NotReal("a pillar, made by a test"),
                     height_m: 1.7, voice_db_spl_1m: None), marks: [(t_s: 0.0, at_m: (0.0, 0.0, -2.0))])],
           sounds: [(name: "hum", on: Bed, clip: "first/sound.wav", level_db_spl_1m: 60.0, stem: Effects)],"#,
    );
    let said: serde_json::Value =
        serde_json::from_str(&maquette(&["verify", "second/a/beauty.1002.png", "--format", "json"]))
            .expect("JSON");
    let inputs = said[0]["inputs"].as_array().expect("inputs");
    assert_eq!(inputs.len(), 2, "{said:#}");
    assert!(said[0]["making"]["weights"]["temporal_head"].is_string(), "{said:#}");
    // No network had a part in the sound.
    let said = maquette(&["verify", "second/sound.wav", "--format", "json"]);
    assert!(!said.contains("temporal_head"), "{said}");
}
