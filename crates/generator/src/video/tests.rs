//! The whole route, through tiny models with random weights: what comes out means nothing, how it comes does.

use std::fs::{self, File};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use glam::{Affine3A, vec3};
use maquette_conditioning::{Camera, Conditioning, Figure, Frame, GBuffer, Lens, Light, Moving, Plane};

use super::{Brief, Levels, ModelFiles, Progress, SamplerKind, Sampling, Savepoint, VideoKind, VideoModel};
use crate::guide::GuideFrame;
use crate::{DeviceChoice, Error};

/// Not multiples of 16, and no 1 + 4n frames.
const SIZE: [usize; 2] = [50, 36];

fn files(transformer: &str) -> ModelFiles {
    let part = |name: &str| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wan")).join(name);
    ModelFiles {
        transformer: part(transformer),
        vae: part("vae"),
        text_encoder: part("text_encoder"),
        tokenizer: part("tokenizer.json"),
        image: Some([part("image_encoder"), part("image_processor/preprocessor_config.json")]),
        loras: Vec::new(),
    }
}

fn model(folder: &Path) -> VideoModel {
    VideoModel::open(VideoKind::Vace, &files("vace"), folder, DeviceChoice::Cpu).unwrap()
}

fn brief() -> Brief {
    Brief {
        prompt: "a grey corridor, wet steel, sodium light".to_owned(),
        avoid: "low quality".to_owned(),
        references: Vec::new(),
        anchors: [None, None],
        keep: [].into(),
        depth: 0.8,
        edges: 0.0,
        pose: 0.0,
        blocks: Vec::new(),
        start: 0.0,
        light: 0.0,
        colors: 0.0,
        sampling: Sampling { levels: Levels::Spaced(4), window: 45, seed: 7, ..Sampling::default() },
    }
}

/// A box of id 2 before a wall of id 1; the box moves by `step` pixels a frame.
fn set(frames: usize, step: usize) -> Vec<GuideFrame> {
    (0..frames).map(|frame| guide(frame as u32, step * frame)).collect()
}

fn guide(number: u32, offset: usize) -> GuideFrame {
    let [width, height] = SIZE;
    let mut gbuffer = GBuffer::new(width, height);
    let mut color = Plane::new(width, height);
    for (i, pixel) in color.data.iter_mut().enumerate() {
        let (x, y) = (i % width, i / width);
        let is_box = (8 + offset..24 + offset).contains(&x) && (10..30).contains(&y);
        gbuffer.object_id.data[i] = if is_box { 2 } else { 1 };
        gbuffer.depth.data[i] = if is_box { 2.0 } else { 5.0 };
        gbuffer.normal.data[i] = [0.0, 0.0, 1.0];
        gbuffer.albedo.data[i] = [0.5; 3];
        *pixel = if is_box { [0.8, 0.3, 0.1] } else { [0.05 + 0.01 * x as f32; 3] };
    }
    let camera = camera();
    let conditioning =
        Conditioning { frame: number, camera, ev100: 0.0, gbuffer, light: Light::new(width, height) };
    // Somebody before the wall, one joint beside the other.
    let joints_m = std::array::from_fn(|joint| vec3(0.1 * joint as f32 - 0.9, 0.3, -4.9));
    let figures = [Figure { object_id: 1, joints_m }];
    GuideFrame::new(&conditioning, &Frame { number, color, ev100: 0.0 }, &figures).unwrap()
}

fn camera() -> Camera {
    let pose = Affine3A::IDENTITY;
    let lens = Lens {
        sensor_width_m: 0.036,
        focal_length_m: 0.035,
        f_stop: None,
        focus_distance_m: 2.0,
        blades: 0,
        blade_turn_rad: 0.0,
    };
    Camera { lens, world_from_camera: Moving { open: pose, close: pose, previous: pose }, ev100: None }
}

struct Run {
    folder: tempfile::TempDir,
    model: VideoModel,
}

impl Run {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let model = model(folder.path());
        Self { folder, model }
    }

    fn savepoint(&self, name: &str) -> Savepoint {
        Savepoint { file: self.folder.path().join(name), identity: "one take".to_owned() }
    }

    fn frames(&self, guides: &Vec<GuideFrame>, brief: &Brief) -> Vec<Frame> {
        let savepoint = self.savepoint("run");
        let _ = std::fs::remove_file(&savepoint.file);
        render(&self.model, guides, brief, &savepoint, &mut |_| ())
    }
}

fn render(
    model: &VideoModel,
    guides: &Vec<GuideFrame>,
    brief: &Brief,
    savepoint: &Savepoint,
    on_progress: &mut dyn FnMut(Progress),
) -> Vec<Frame> {
    let mut frames = Vec::new();
    let rendered = model.render(guides, 0.0, brief, savepoint, &mut |progress| {
        match progress {
            Progress::Frame(finished) => frames.push(finished.frame),
            other => on_progress(other),
        }
        ControlFlow::Continue(())
    });
    rendered.unwrap();
    frames
}

fn largest_change(a: &Frame, b: &Frame) -> f32 {
    let pairs = a.color.data.as_flattened().iter().zip(b.color.data.as_flattened());
    pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn a_shot_of_any_size_and_length_comes_back_in_that_size_and_length() {
    let run = Run::new();
    for count in [1, 6] {
        let frames = run.frames(&set(count, 1), &brief());
        let numbers: Vec<u32> = frames.iter().map(|frame| frame.number).collect();
        assert_eq!(numbers, (0..count as u32).collect::<Vec<_>>());
        for frame in &frames {
            assert_eq!([frame.color.width(), frame.color.height()], SIZE);
            assert!(frame.color.data.as_flattened().iter().all(|value| (0.0..=8.0).contains(value)));
        }
    }
}

#[test]
fn words_seed_and_set_each_lead_and_nothing_else_does() {
    let run = Run::new();
    let (guides, brief) = (set(5, 1), brief());
    let first = run.frames(&guides, &brief);
    assert_eq!(first, run.frames(&guides, &brief));
    let seeded = Sampling { seed: 8, ..brief.sampling.clone() };
    let others = [
        run.frames(&guides, &Brief { prompt: "a red door".to_owned(), ..brief.clone() }),
        run.frames(&guides, &Brief { sampling: seeded, ..brief.clone() }),
        run.frames(&guides, &Brief { depth: 0.3, ..brief.clone() }),
        run.frames(&guides, &Brief { edges: 0.5, ..brief.clone() }),
        run.frames(&guides, &Brief { start: 0.5, ..brief.clone() }),
        run.frames(&guides, &Brief { pose: 0.5, ..brief.clone() }),
        run.frames(&guides, &Brief { blocks: vec![1.0, 0.5], ..brief.clone() }),
        run.frames(&guides, &Brief { references: vec![Plane::new(30, 40)], ..brief.clone() }),
        run.frames(&guides, &Brief { anchors: [Some(Plane::new(30, 40)), None], ..brief.clone() }),
        run.frames(&guides, &Brief { anchors: [None, Some(Plane::new(30, 40))], ..brief.clone() }),
        run.frames(&set(5, 3), &brief),
    ];
    for (index, other) in others.iter().enumerate() {
        assert!(largest_change(&first[2], &other[2]) > 1e-4, "{index}");
    }
}

#[test]
fn a_run_that_was_stopped_ends_at_the_same_bits() {
    for sampler in [SamplerKind::UniPc, SamplerKind::Lcm] {
        let sampling = Sampling { sampler, ..brief().sampling };
        goes_on_after_every_step(&set(5, 1), &Brief { sampling, ..brief() }, 4);
    }
}

#[test]
fn a_model_that_looks_back_goes_stretch_by_stretch_and_on_where_it_was() {
    let levels = Levels::Listed(vec![1.0, 0.5]);
    let sampling = Sampling { levels, causal: Some(4), ..brief().sampling };
    let stretches = Brief { sampling, ..brief() };
    // Three latent frames, one at a time; a reference picture belongs to the first.
    goes_on_after_every_step(&set(9, 1), &stretches, 6);
    goes_on_after_every_step(
        &set(9, 1),
        &Brief { references: vec![Plane::new(30, 40)], ..stretches.clone() },
        6,
    );
    // What comes later does not lead what was before.
    let run = Run::new();
    let (short, long) = (run.frames(&set(5, 1), &stretches), run.frames(&set(9, 1), &stretches));
    assert_eq!(short[..2], long[..2]);
    let whole = Brief { sampling: Sampling { causal: None, ..stretches.sampling.clone() }, ..stretches };
    let (short, long) = (run.frames(&set(5, 1), &whole), run.frames(&set(9, 1), &whole));
    assert!(largest_change(&short[1], &long[1]) > 1e-4, "else all frames see each other");
}

fn goes_on_after_every_step(guides: &Vec<GuideFrame>, brief: &Brief, steps: usize) {
    let run = Run::new();
    let whole = run.frames(guides, brief);
    for stop in 1..=steps {
        let (point, copy) = (run.savepoint("stopped"), run.savepoint("copy"));
        let _ = std::fs::remove_file(&point.file);
        let mut keep = |progress| {
            if progress == Progress::Step(stop, steps) {
                std::fs::copy(&point.file, &copy.file).unwrap();
            }
        };
        render(&run.model, guides, brief, &point, &mut keep);
        let mut first = None;
        let again = render(&run.model, guides, brief, &copy, &mut |progress| {
            if let Progress::Step(done, _) = progress {
                first.get_or_insert(done);
            }
        });
        assert_eq!(again, whole, "stopped after {stop}");
        assert_eq!(first, (stop < steps).then_some(stop + 1), "goes on where it was");
    }
}

#[test]
fn a_shot_longer_than_a_window_has_no_joins_and_goes_on_where_it_was() {
    let run = Run::new();
    let guides = set(61, 0);
    // Light as generated: what the set gives back would hide a join.
    let sampling = Sampling { window: 45, levels: Levels::Spaced(3), guidance: 1.0, ..brief().sampling };
    let brief = Brief { references: vec![Plane::new(30, 40)], light: 0.0, sampling, ..brief() };
    let windows = run.frames(&guides, &brief);
    let alone = Sampling { window: 61, ..brief.sampling.clone() };
    let alone = run.frames(&guides, &Brief { sampling: alone, ..brief.clone() });
    assert!(largest_change(&windows[30], &alone[30]) > 1e-4, "one window is not two");
    let jumps = |frames: &[Frame]| {
        frames.windows(2).map(|pair| largest_change(&pair[0], &pair[1])).fold(0.0, f32::max)
    };
    let (joined, whole) = (jumps(&windows), jumps(&alone));
    assert!(joined < 1.25 * whole, "from frame to frame {joined} instead of {whole}");

    let (point, copy) = (run.savepoint("stopped"), run.savepoint("copy"));
    render(&run.model, &guides, &brief, &point, &mut |progress| {
        if progress == Progress::Step(2, 3) {
            std::fs::copy(&point.file, &copy.file).unwrap();
        }
    });
    assert!(render(&run.model, &guides, &brief, &copy, &mut |_| ()) == windows);
}

#[test]
fn previews_come_as_often_as_asked_and_as_large_as_the_shot() {
    let run = Run::new();
    let sampling = Sampling { preview_every: 2, ..brief().sampling };
    let mut seen = Vec::new();
    render(&run.model, &set(5, 1), &Brief { sampling, ..brief() }, &run.savepoint("run"), &mut |progress| {
        if let Progress::Preview(picture) = progress {
            seen.push([picture.width(), picture.height()]);
        }
    });
    assert_eq!(seen, [SIZE; 2]);
}

#[test]
fn words_that_are_known_do_not_ask_the_text_encoder() {
    let (folder, brief) = (tempfile::tempdir().unwrap(), brief());
    let encoder = folder.path().join("text_encoder");
    fs::create_dir(&encoder).unwrap();
    for name in ["config.json", "model.safetensors"] {
        fs::copy(files("vace").text_encoder.join(name), encoder.join(name)).unwrap();
    }
    let files = ModelFiles { text_encoder: encoder.clone(), ..files("vace") };
    let shown = |prompt: &str| {
        let savepoint = Savepoint { file: folder.path().join("run"), identity: prompt.to_owned() };
        let brief = Brief { prompt: prompt.to_owned(), ..brief.clone() };
        // As another run would: nothing is known but what lies on disk.
        let model = VideoModel::open(VideoKind::Vace, &files, folder.path(), DeviceChoice::Cpu)?;
        let mut frames = Vec::new();
        let rendered = model.render(&set(1, 0), 0.0, &brief, &savepoint, &mut |progress| {
            if let Progress::Frame(finished) = progress {
                frames.push(finished.frame);
            }
            ControlFlow::Continue(())
        });
        let _ = fs::remove_file(&savepoint.file);
        rendered.map(|()| frames)
    };
    let first = shown("a grey corridor").unwrap();
    spoil(&encoder.join("model.safetensors"));
    assert_eq!(shown("a grey corridor").unwrap(), first);
    let message = shown("a red door").unwrap_err().to_string();
    assert!(message.contains("text_encoder") && message.contains("holds NaN"), "{message}");
}

/// No numbers at the end of a file of weights, which else looks as it did: files are told by head, length and time.
fn spoil(weights: &Path) {
    let changed = fs::metadata(weights).unwrap().modified().unwrap();
    let mut bytes = fs::read(weights).unwrap();
    let last = bytes.len() - 4 * 4096;
    bytes[last..].fill(0xff);
    fs::write(weights, bytes).unwrap();
    File::options().write(true).open(weights).unwrap().set_modified(changed).unwrap();
}

#[test]
fn another_take_starts_anew() {
    let run = Run::new();
    let (guides, brief) = (set(5, 1), brief());
    run.frames(&guides, &brief);
    let other = Savepoint { identity: "another take".to_owned(), ..run.savepoint("run") };
    let mut steps = 0;
    render(&run.model, &guides, &brief, &other, &mut |progress| {
        steps += usize::from(matches!(progress, Progress::Step(..)));
    });
    assert_eq!(steps, 4);
}

#[test]
fn what_stays_is_exactly_as_it_is_in_the_set() {
    let run = Run::new();
    let guides = set(5, 2);
    let frames = run.frames(&guides, &Brief { keep: [2].into(), ..brief() });
    for (frame, guide) in frames.iter().zip(&guides) {
        let set = guide.light();
        let kept = |i: &usize| guide.object_id().data[*i] == 2;
        let (inside, outside): (Vec<usize>, Vec<usize>) = (0..set.data.len()).partition(kept);
        assert!(!inside.is_empty() && inside.iter().all(|&i| frame.color.data[i] == set.data[i]));
        let made = outside.iter().filter(|&&i| frame.color.data[i] != set.data[i]).count();
        assert!(2 * made > outside.len());
    }
}

#[test]
fn beginning_with_all_of_the_set_takes_no_step() {
    let run = Run::new();
    let mut progress = Vec::new();
    let guides = set(5, 1);
    let brief = Brief { start: 1.0, ..brief() };
    let mut note = |next| progress.push(next);
    render(&run.model, &guides, &brief, &run.savepoint("run"), &mut note);
    assert_eq!(progress, [Progress::Words, Progress::Set, Progress::Frames]);
}

#[test]
fn the_sets_surfaces_lead_a_model_made_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let open =
        |files: &ModelFiles| VideoModel::open(VideoKind::GBuffer, files, folder.path(), DeviceChoice::Cpu);
    let model = open(&files("surfaces")).unwrap();
    let savepoint = Savepoint { file: folder.path().join("run"), identity: String::new() };
    let shown = |guides: &Vec<GuideFrame>| {
        let _ = std::fs::remove_file(&savepoint.file);
        render(&model, guides, &brief(), &savepoint, &mut |_| ())
    };
    let first = shown(&set(5, 1));
    assert_eq!(first, shown(&set(5, 1)));
    assert!(largest_change(&first[2], &shown(&set(5, 3))[2]) > 1e-4);
}

#[test]
fn a_shot_goes_on_from_a_picture_or_the_sets_own() {
    let folder = tempfile::tempdir().unwrap();
    let savepoint = Savepoint { file: folder.path().join("run"), identity: String::new() };
    let picture = |red: f32| {
        let mut picture = Plane::new(50, 36);
        picture.data.fill([red, 0.2, 0.3]);
        Some(picture)
    };
    for (name, takes_last) in [("i2v", false), ("flf2v", true)] {
        let model =
            VideoModel::open(VideoKind::Image, &files(name), folder.path(), DeviceChoice::Cpu).unwrap();
        let shown = |guides: &Vec<GuideFrame>, anchors| {
            let _ = std::fs::remove_file(&savepoint.file);
            render(&model, guides, &Brief { anchors, ..brief() }, &savepoint, &mut |_| ())
        };
        let own = shown(&set(5, 1), [None, None]);
        assert_eq!(own, shown(&set(5, 1), [None, None]));
        let differs = |other: Vec<Frame>| largest_change(&own[2], &other[2]) > 1e-4;
        assert!(differs(shown(&set(5, 1), [picture(0.9), None])), "{name}");
        assert_eq!(
            differs(shown(&set(5, 3), [None, None])),
            takes_last,
            "{name}: the set's first frame is the same"
        );
        let refused = |count: usize, anchors| {
            let brief = Brief { anchors, sampling: Sampling { window: 5, ..brief().sampling }, ..brief() };
            let go_on = &mut |_| ControlFlow::Continue(());
            model.render(&set(count, 0), 0.0, &brief, &savepoint, go_on).err().map(|error| error.to_string())
        };
        let last = refused(5, [None, picture(0.9)]);
        assert_eq!(last.is_none(), takes_last, "{last:?}");
        let long = refused(6, [None, None]).unwrap_or_default();
        assert!(long.contains("9 frames") && long.contains("5 at once"), "{long}");
    }
}

#[test]
fn a_model_that_the_set_cannot_lead_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let open =
        |kind, transformer| VideoModel::open(kind, &files(transformer), folder.path(), DeviceChoice::Cpu);
    for (kind, transformer, says) in [
        (VideoKind::Vace, "t2v", "`vace_layers`"),
        (VideoKind::GBuffer, "vace", "`in_channels` is 16"),
        (VideoKind::GBuffer, "gbuffer", "`patch_size`"),
        (VideoKind::Image, "t2v", "`in_channels` is 16"),
    ] {
        let message = open(kind, transformer).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(message.contains(says) && message.contains(transformer), "{message}");
    }
}

#[test]
fn frames_of_different_sizes_or_none_are_no_shot() {
    let run = Run::new();
    let refused = |guides: Vec<GuideFrame>| {
        let go_on = &mut |_| ControlFlow::Continue(());
        run.model.render(&guides, 0.0, &brief(), &run.savepoint("run"), go_on).err()
    };
    assert!(matches!(refused(Vec::new()), Some(Error::Empty { .. })));
    assert!(matches!(refused(vec![guide(1, 0), small()]), Some(Error::Size { .. })));
}

/// A guide of another size.
fn small() -> GuideFrame {
    let (gbuffer, light) = (GBuffer::new(16, 16), Light::new(16, 16));
    let conditioning = Conditioning { frame: 2, camera: camera(), ev100: 0.0, gbuffer, light };
    GuideFrame::new(&conditioning, &Frame { number: 2, color: Plane::new(16, 16), ev100: 0.0 }, &[]).unwrap()
}

#[test]
fn work_stops_when_it_is_told_to() {
    let run = Run::new();
    let guides = set(5, 1);
    let mut last = 0;
    let stopped = run.model.render(&guides, 0.0, &brief(), &run.savepoint("run"), &mut |progress| {
        if let Progress::Step(done, _) = progress {
            last = done;
        }
        if last == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(stopped, Err(Error::Stopped)) && last == 2);
}

#[test]
fn a_beginning_leaves_the_steps_that_it_says() {
    let run = Run::new();
    for (start, count, taken) in [(0.3, 10, 7), (0.3, 30, 21), (0.0, 4, 4), (0.3, 1, 1), (0.99, 5, 1)] {
        let sampling = Sampling { levels: Levels::Spaced(count), guidance: 1.0, ..brief().sampling };
        let (mut steps, brief) = (0, Brief { start, sampling, ..brief() });
        let savepoint = run.savepoint(&format!("{start} {count}"));
        render(&run.model, &set(1, 0), &brief, &savepoint, &mut |progress| {
            steps += usize::from(matches!(progress, Progress::Step(..)));
        });
        assert_eq!(steps, taken, "{start} of {count}");
    }
}

#[test]
fn what_needs_more_memory_than_there_is_does_not_begin() {
    let run = Run::new();
    let sampling = Sampling { memory_bytes: Some(1000), ..brief().sampling };
    let brief = Brief { sampling, ..brief() };
    let mut said = Vec::new();
    let refused = run.model.render(&set(1, 0), 0.0, &brief, &run.savepoint("run"), &mut |progress| {
        said.push(progress);
        ControlFlow::Continue(())
    });
    assert!(matches!(refused, Err(Error::Memory { .. })) && said.is_empty());
    // The same, known from headers alone.
    let plan = |free| {
        let size = (SIZE[0], SIZE[1]);
        VideoModel::plan(VideoKind::Vace, &files("vace"), &DeviceChoice::Cpu, size, 1, &brief, Some(free))
    };
    assert!(matches!(plan(1000), Err(Error::Memory { .. })));
    let words = plan(1 << 30).unwrap();
    assert!(words.contains("1.1 are free"), "{words}");
}

#[test]
fn as_many_strengths_as_the_model_has_control_blocks_are_needed() {
    let run = Run::new();
    let brief = Brief { blocks: vec![1.0, 0.5, 0.5], ..brief() };
    let refused = run.model.render(&set(1, 0), 0.0, &brief, &run.savepoint("run"), &mut |_| unreachable!());
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("`blocks` has 3") && message.contains("has 2 control blocks"), "{message}");
    // A model without such blocks takes none.
    let model =
        VideoModel::open(VideoKind::Image, &files("i2v"), run.folder.path(), DeviceChoice::Cpu).unwrap();
    render(&model, &set(1, 0), &brief, &run.savepoint("image"), &mut |_| ());
}

#[test]
fn levels_that_do_not_fall_and_stretches_without_a_past_are_refused() {
    let run = Run::new();
    let refused = |change: &dyn Fn(&mut Sampling)| {
        let mut brief = brief();
        change(&mut brief.sampling);
        let refused =
            run.model.render(&set(1, 0), 0.0, &brief, &run.savepoint("run"), &mut |_| unreachable!());
        refused.unwrap_err().to_string()
    };
    for levels in [vec![], vec![0.5, 0.5], vec![1.0, 0.999_999_99]] {
        let message = refused(&|sampling| sampling.levels = Levels::Listed(levels.clone()));
        assert!(message.contains("do not fall"), "{levels:?}: {message}");
    }
    for causal in [0, 6, 48] {
        let message = refused(&|sampling| sampling.causal = Some(causal));
        assert!(message.contains("a window of 45"), "{causal}: {message}");
    }
}

#[test]
fn what_is_no_number_ends_the_run_and_is_not_kept() {
    let run = Run::new();
    // As weights would that are beyond what single precision can hold.
    let sampling = Sampling { guidance: 1e300, ..brief().sampling };
    let brief = Brief { sampling, ..brief() };
    let point = run.savepoint("run");
    let refused = run.model.render(&set(1, 0), 0.0, &brief, &point, &mut |_| ControlFlow::Continue(()));
    let message = refused.unwrap_err().to_string();
    assert!(message.contains("of 4") && message.contains("no numbers"), "{message}");
}
