//! Progress: a bar on a terminal, plain lines elsewhere.

use std::{
    io::{IsTerminal, stderr},
    time::{Duration, Instant},
};

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use maquette_shoot::{Event, Progress as Progressing, Seconds};

use crate::console::complain;

/// Plain output says something at least this often.
const PLAIN_INTERVAL: Duration = Duration::from_secs(5);

/// Shows events and adds up what they say.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: Option<Instant>,
    /// When the first step of this run was done, and which.
    first_step: Option<(Instant, usize)>,
    tally: Tally,
}

/// What a take took.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) frames: usize,
    pub(crate) rendered: usize,
    pub(crate) kept: usize,
    pub(crate) rays: u64,
    pub(crate) seconds: Seconds,
}

impl Progress {
    pub(crate) fn new() -> Self {
        let bar = stderr().is_terminal().then(bar);
        Self { bar, started: Instant::now(), last_line: None, first_step: None, tally: Tally::default() }
    }

    pub(crate) fn show(&mut self, event: Event) {
        match event {
            Event::Started { frames, tracer, generator } => {
                self.tally.frames = frames;
                let generator = generator.unwrap_or_else(|| "raw radiance".to_owned());
                self.say(&format!("{frames} frames; light: {tracer}; finish: {generator}"));
                if let Some(bar) = &self.bar {
                    bar.set_length(frames as u64);
                }
            }
            Event::Frame { shot, frame, seconds, rays } => self.frame(&shot, frame, seconds, rays),
            Event::Set { shot, frame, seconds, rays } => self.set(&shot, frame, &seconds, rays),
            Event::Video { shot, progress } => self.video(&shot, &progress),
            Event::Sound => self.stage("sound"),
            Event::Movie => self.stage("movie"),
            Event::Note(text) => self.say(&text),
        }
    }

    pub(crate) fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    fn frame(&mut self, shot: &str, frame: u32, seconds: Option<Seconds>, rays: u64) {
        match seconds {
            Some(seconds) => self.tally.add(&seconds, rays),
            None => self.tally.kept += 1,
        }
        let done = self.tally.rendered + self.tally.kept;
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{shot} {frame}"));
            bar.set_position(done as u64);
        } else if done == self.tally.frames
            || self.last_line.is_none_or(|last| last.elapsed() >= PLAIN_INTERVAL)
        {
            self.last_line = Some(Instant::now());
            complain(&format!("{shot} {frame}: {done} of {} frames, {}", self.tally.frames, self.rate(done)));
        }
    }

    /// A frame whose shot a video model finishes.
    fn set(&mut self, shot: &str, frame: u32, seconds: &Seconds, rays: u64) {
        self.tally.spend(seconds, rays);
        self.stage_now_and_then(&format!("{shot} {frame}: the set"));
    }

    fn video(&mut self, shot: &str, progress: &Progressing) {
        match progress {
            Progressing::Words => self.stage(&format!("{shot}: reading the words")),
            Progressing::Set => {
                self.first_step = None;
                self.stage(&format!("{shot}: encoding the set"));
            }
            Progressing::Step(done, of) => self.step(shot, *done, *of),
            Progressing::Past => self.stage(&format!("{shot}: keeping what is done in sight")),
            Progressing::Frames => self.stage(&format!("{shot}: decoding the frames")),
            Progressing::Preview(_) | Progressing::Frame(_) => {}
        }
    }

    /// A step of the sampler. The first ones of a run also load kernels: time left is told from the second on.
    fn step(&mut self, shot: &str, done: usize, of: usize) {
        let (since, first) = *self.first_step.get_or_insert((Instant::now(), done));
        let left = match done - first {
            0 => String::new(),
            steps => {
                let seconds = since.elapsed().as_secs_f64() / steps as f64 * (of - done) as f64;
                format!(", {} left", duration(seconds))
            }
        };
        self.stage(&format!("{shot}: step {done} of {of}{left}"));
    }

    /// Rate over the frames rendered now (kept ones cost nothing), and the time left at that rate.
    fn rate(&self, done: usize) -> String {
        if self.tally.rendered == 0 {
            return "kept from before".to_owned();
        }
        let a_frame = self.started.elapsed().as_secs_f64() / self.tally.rendered as f64;
        let left = a_frame * (self.tally.frames - done) as f64;
        format!("{a_frame:.2} s a frame, {left:.0} s left")
    }

    /// Says it on a terminal, elsewhere not too often.
    fn stage_now_and_then(&mut self, name: &str) {
        if self.bar.is_some() || self.last_line.is_none_or(|last| last.elapsed() >= PLAIN_INTERVAL) {
            self.last_line = Some(Instant::now());
            self.stage(name);
        }
    }

    fn stage(&self, name: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(name.to_owned()),
            None => complain(name),
        }
    }

    fn say(&self, text: &str) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None => complain(text),
        }
    }
}

impl Tally {
    fn add(&mut self, seconds: &Seconds, rays: u64) {
        self.rendered += 1;
        self.spend(seconds, rays);
    }

    fn spend(&mut self, seconds: &Seconds, rays: u64) {
        self.rays += rays;
        self.seconds.stage += seconds.stage;
        self.seconds.tracer += seconds.tracer;
        self.seconds.generator += seconds.generator;
        self.seconds.delivery += seconds.delivery;
    }
}

/// Seconds as a person reads them.
fn duration(seconds: f64) -> String {
    HumanDuration(Duration::from_secs(seconds.round() as u64)).to_string()
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:32} {pos}/{len} frames  {per_sec}  {eta} left  {msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}
