//! `maquette detect` as a person runs it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use maquette_media::Ffmpeg;

const SCENE: &str = r#"(
    title: "Pillar",
    environment: (sky: (nit: 300.0)),
    set: [(name: "pillar", shape: Box(size_m: (0.5, 1.7, 0.5)), at_m: (0.0, 0.85, 0.0), material: "concrete")],
    shots: [(name: "a", length_s: 0.1, camera: (focal_length_mm: 24.0, exposure: Ev100(8.0), keys: [(t_s: 0.0, at_m: (0.0, 1.0, 3.0))]))],
)"#;

fn run(command: &mut Command) -> Output {
    command.env("MAQUETTE_HOME", Path::new(env!("CARGO_TARGET_TMPDIR")).join("home"));
    command.output().expect("the program runs")
}

fn maquette() -> Command {
    Command::new(env!("CARGO_BIN_EXE_maquette"))
}

/// Writes a movie of black seconds and then one of the picture.
fn late(picture: &Path, black_s: u32, movie: PathBuf) -> PathBuf {
    let black = format!("color=black:size=160x90:rate=24:duration={black_s}");
    let picture = picture.to_string_lossy().into_owned();
    let target = movie.to_string_lossy().into_owned();
    let arguments = [
        &["-f", "lavfi", "-i", &black, "-loop", "1", "-framerate", "24", "-t", "1", "-i", &picture][..],
        &["-filter_complex", "[0]format=yuv444p[a];[1]format=yuv444p[b];[a][b]concat=n=2"],
        &["-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", &target],
    ];
    Ffmpeg::of_system().write(&arguments.concat()).expect("ffmpeg").finish(&movie).expect("written");
    movie
}

#[test]
fn a_mark_is_found_however_late_a_movie_has_it() {
    if Ffmpeg::of_system().check().is_err() {
        println!("skipped: no ffmpeg to make a movie with");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    fs::write(at("scene.ron"), SCENE).expect("written");
    let mut render = maquette();
    render.arg("render").arg(at("scene.ron")).arg("--out").arg(at("take"));
    let rendered = run(render.args(["--size", "160x90", "--samples", "4", "--frames", "1001", "--no-movie"]));
    assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
    let movie = late(&at("take/a/beauty.1001.png"), 21, at("late.mkv"));
    let detected = run(maquette().arg("detect").arg(&movie));
    let said = String::from_utf8_lossy(&detected.stdout).into_owned();
    assert!(detected.status.success() && said.contains("in the picture"), "{said}");
}
