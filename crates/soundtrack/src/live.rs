//! A scene heard while the listener and the room move.
//!
//! Three parties, none of which waits for another. Whoever knows the scene works out acoustics on a thread of its own, as
//! often as it can afford, and hands them over ([`Updates::put`]); that also makes one filter of each room. Kira's backend
//! pulls sound on its thread, through the same graph as offline: where acoustics have changed, a block of a source runs from
//! those that held last to the newest, along moving paths and with crossfaded tails; until they change again, blocks go through
//! the filter, a fiftieth of the work. The picture does neither. A block is 85 ms: that is how far sound trails the eye, and for
//! how long a machine may be busy elsewhere.

use std::{
    any::Any,
    collections::VecDeque,
    fmt::Debug,
    sync::{Arc, Mutex, PoisonError},
};

use kira::{
    Frame,
    backend::{Backend, cpal::CpalBackend},
    info::Info,
    sound::Sound,
};
use maquette_conditioning::{
    Acoustics, Channels, Layout, Mix, SAMPLE_RATE_HZ, SoundSource, SoundTimeline, SourceAcoustics,
};

use rayon::prelude::*;

use crate::{
    Error, bed,
    console::{Desk, Strip},
    convolution::{BLOCK, Spectrum, Transforms},
    dry::Dry,
    ears::Listening,
    nobody::Nobody,
    octave::Octaves,
    output::Output,
    render::{hit, samples_in},
    room::{AHEAD, Change, Room},
    source,
    stem::Hearing,
    voice::Voice,
};

const RATE: f64 = SAMPLE_RATE_HZ as f64;
/// Length of a fade when a path appears or vanishes.
const FADE_S: f64 = 0.015;
/// Blocks sent before the start that the room still holds: 2 s.
const BEFORE: i64 = 24;

/// All that sounds in a timeline, playing in stereo from its first instant on until this is dropped.
pub struct Live {
    /// Plays as long as it lives.
    _desk: Box<dyn Any>,
    updates: Updates,
}

/// Hands acoustics to sources that play; may go to another thread.
#[derive(Clone)]
pub struct Updates(Vec<Post>);

/// A source, and where its newest acoustics wait for it.
#[derive(Clone)]
struct Post {
    source: Arc<SoundSource>,
    slot: Slot,
}

/// The newest acoustics of a source that it has not taken up yet.
type Slot = Arc<Mutex<Option<Change>>>;

impl Live {
    /// Starts at `from_s`: beds at once, sources and contacts silent until the first update. `gain` brings pascals to
    /// full scale; what exceeds that is clipped.
    ///
    /// # Errors
    ///
    /// [`Error`] when a recording cannot be read or the output does not start.
    pub fn new(output: Output, timeline: &SoundTimeline, gain: f32) -> Result<Self, Error> {
        match output {
            Output::Card(card) => Self::on::<CpalBackend>(card, timeline, gain),
            Output::Nobody(cost) => Self::on::<Nobody>(cost, timeline, gain),
        }
    }

    fn on<B: Backend + 'static>(
        settings: B::Settings,
        timeline: &SoundTimeline,
        gain: f32,
    ) -> Result<Self, Error>
    where
        B::Error: Debug,
    {
        let sounds = timeline.sources.len() + timeline.contacts.len() + timeline.beds.len();
        let mut desk = Desk::<B>::new(settings, sounds, None)?;
        let updates = begin(&mut desk, timeline, gain)?;
        Ok(Self { _desk: Box::new(desk), updates })
    }

    /// What acoustics are handed over by.
    pub fn updates(&self) -> Updates {
        self.updates.clone()
    }
}

/// Has all sounds of a timeline play.
fn begin<B: Backend>(desk: &mut Desk<B>, timeline: &SoundTimeline, gain: f32) -> Result<Updates, Error> {
    // Made before anything has to be in time.
    Octaves::get();
    for bed in &timeline.beds {
        let length = samples_in(timeline.from_s, timeline.to_s);
        let hearing =
            Hearing { listening: &Listening::Stereo, from_s: timeline.from_s, length, fade_s: FADE_S };
        let sides = bed::heard(bed, &hearing)?.stereo().samples;
        let frames = sides.iter().map(|[left, right]| Frame { left: gain * left, right: gain * right });
        desk.play(bed.stem, Strip::new(frames.collect()))?;
    }
    let played = source::all(timeline)?.into_iter().zip(timeline.sources.iter().cloned());
    let hits = timeline.contacts.par_iter().map(|contact| (hit(contact), SoundSource::default()));
    let sounds: Vec<_> = played.chain(hits.collect::<Vec<_>>()).collect();
    let (mut posts, count) = (Vec::new(), sounds.len());
    for (index, (dry, source)) in sounds.into_iter().enumerate() {
        let slot = Slot::default();
        // One after the other, or all would make their blocks in the same call.
        let first = index * BLOCK / count;
        let next = (timeline.from_s * RATE).round() as i64 + first as i64;
        desk.play(source.stem, Playing::new(dry, gain, slot.clone(), next, first))?;
        posts.push(Post { source: Arc::new(source), slot });
    }
    Ok(Updates(posts))
}

impl Updates {
    /// Hands over how things stand now: the first instant and first late moment of each source and contact, in the
    /// timeline's order. They take it up with their next block, or skip it where a newer one comes before.
    pub fn put(&self, acoustics: &Acoustics) {
        self.hand_over(acoustics, true);
    }

    /// The same, with tails as they are.
    pub fn put_paths(&self, acoustics: &Acoustics) {
        self.hand_over(acoustics, false);
    }

    fn hand_over(&self, acoustics: &Acoustics, tails: bool) {
        let posts = self.0.iter().map(|post| Voice::of(&post.source));
        let changes = Change::all(acoustics.sources.iter().zip(posts), tails);
        for (post, change) in self.0.iter().zip(changes) {
            let mut slot = post.slot.lock().unwrap_or_else(PoisonError::into_inner);
            *slot = Some(change.after(slot.take()));
        }
    }
}

/// The sample of the scene's clock at which a sound begins.
fn begun(dry: &Dry) -> i64 {
    (dry.start_s * RATE).round() as i64
}

/// A source on the audio thread.
struct Playing {
    dry: Dry,
    gain: f32,
    slot: Slot,
    /// What holds at the end of the last block.
    room: Room,
    transforms: Transforms,
    /// What was sent lately and is about to be, [`AHEAD`] of what is heard, a block each, the newest first.
    sent: VecDeque<Option<Spectrum>>,
    /// First sample of the next block, on the scene's clock.
    next: i64,
    ready: Mix,
    at: usize,
}

impl Playing {
    /// Its first block begins at a sample of the scene's clock, after a silence of so many samples.
    fn new(dry: Dry, gain: f32, slot: Slot, next: i64, silence: usize) -> Self {
        let transforms = Transforms::new();
        let origin = next - begun(&dry) + AHEAD as i64;
        let sent = (1..=BEFORE).map(|back| transforms.sent(&dry, origin - back * BLOCK as i64)).collect();
        Self {
            dry,
            gain,
            slot,
            room: Room::default(),
            transforms,
            sent,
            next,
            ready: Mix { samples: vec![[0.0; 2]; silence] },
            at: 0,
        }
    }

    /// Makes the next block. A change that is being handed over at this moment waits for the next one.
    fn advance(&mut self) {
        let change = self.slot.try_lock().ok().and_then(|mut slot| slot.take());
        let sent = self.transforms.sent(&self.dry, self.next - begun(&self.dry) + AHEAD as i64);
        self.sent.push_front(sent);
        let block = change.as_ref().map_or_else(|| self.staying(), |change| self.changing(change));
        change.into_iter().for_each(|change| self.room.change(change));
        self.sent.truncate(self.room.partitions().max(BEFORE as usize));
        (self.ready, self.at) = (block.stereo(), 0);
        self.next += BLOCK as i64;
    }

    /// The next block where nothing changes.
    fn staying(&self) -> Channels {
        let mut block = Channels::silent(Layout::Stereo, BLOCK);
        for (side, to) in block.channels.iter_mut().enumerate() {
            self.heard(&self.room.whole(side)).into_iter().for_each(|heard| *to = heard);
        }
        block
    }

    /// The next block from how things were to how they are: along moving paths, and from tail to tail.
    fn changing(&self, change: &Change) -> Channels {
        let from_s = self.next as f64 / RATE;
        let acoustics = SourceAcoustics {
            start_s: from_s,
            step_s: BLOCK as f64 / RATE,
            instants: self.room.paths_to(change).into(),
            late: Vec::new(),
        };
        let hearing = Hearing { listening: &Listening::Stereo, from_s, length: BLOCK, fade_s: FADE_S };
        let mut block = hearing.early(&self.dry, &acoustics, None);
        for (side, to) in block.channels.iter_mut().enumerate() {
            let new = change.tail(side).map(|tail| self.heard(&[tail]).unwrap_or_else(|| vec![0.0; BLOCK]));
            let old = self.heard(&[self.room.tail(side)]).unwrap_or_else(|| vec![0.0; BLOCK]);
            for (n, (to, old)) in to.iter_mut().zip(old).enumerate() {
                let share = n as f32 / BLOCK as f32;
                *to += new.as_ref().map_or(old, |new| old + share * (new[n] - old));
            }
        }
        block
    }

    /// A block of what was sent lately through some responses.
    fn heard(&self, responses: &[&[Spectrum]]) -> Option<Vec<f32>> {
        self.transforms.convolved(|part| self.sent.get(part).and_then(Option::as_ref), responses)
    }
}

impl Sound for Playing {
    fn process(&mut self, out: &mut [Frame], _: f64, _: &Info<'_>) {
        for frame in out {
            if self.at == self.ready.samples.len() {
                self.advance();
            }
            let [left, right] = self.ready.samples[self.at].map(|pressure| self.gain * pressure);
            *frame = Frame { left, right };
            self.at += 1;
        }
    }

    fn finished(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use glam::Vec3;
    use maquette_conditioning::{Arrival, Bed, Clip, Contact, Late, LateBin, PathId, Stem, Via};

    use super::*;
    use crate::console::{Offline, Tap};

    const LENGTH: usize = 20 * BLOCK;
    const FROM_S: f64 = 0.3;

    /// A tone that began before the range.
    fn timeline(tone_hz: f32) -> SoundTimeline {
        let tone = |n: usize| (n as f32 / 48_000.0 * tone_hz * std::f32::consts::TAU).sin();
        let clip = Clip::Samples((0..2 * LENGTH).map(tone).collect());
        let source = SoundSource { clip, start_s: 0.1, level_db_spl_1m: 94.0, ..SoundSource::default() };
        let to_s = FROM_S + LENGTH as f64 / RATE;
        SoundTimeline { from_s: FROM_S, to_s, sources: vec![source], ..Default::default() }
    }

    /// The tone, a hit and music.
    fn mixed_timeline() -> SoundTimeline {
        let timeline = timeline(440.0);
        let hit = Contact {
            time_s: FROM_S + 0.5,
            materials: ["steel".into(), "concrete".into()],
            impulse_n_s: 1.0,
            closing_speed_m_s: 1.0,
            ..Contact::default()
        };
        let music = Bed {
            name: "music".into(),
            clip: timeline.sources[0].clip.clone(),
            start_s: 0.0,
            level_db_spl: 80.0,
            looped: true,
            stem: Stem::Music,
        };
        SoundTimeline { contacts: vec![hit], beds: vec![music], ..timeline }
    }

    /// One path of a length, and a tail.
    fn acoustics(metres: f32) -> Acoustics {
        let arrival = Arrival {
            path: PathId(0),
            via: Via::Direct,
            order: 0,
            delay_s: f64::from(metres) / 343.0,
            gain: [1.0 / metres; 8],
            direction: Vec3::NEG_Z,
            departure: Vec3::ZERO,
        };
        let bin = |n: usize| LateBin { energy: [1e-3 * 0.98f32.powi(n as i32); 8], flow: Vec3::ZERO };
        let late = Late { time_s: 0.0, bin_s: 0.002, seed: 0, bins: (0..300).map(bin).collect() };
        let source =
            SourceAcoustics { start_s: 0.0, step_s: 0.01, instants: vec![vec![arrival]], late: vec![late] };
        Acoustics { sources: vec![source] }
    }

    /// What is heard when an update comes before each block.
    fn played(timeline: &SoundTimeline, update: impl Fn(usize) -> Option<Acoustics>) -> Vec<[f32; 2]> {
        let taps = [(); 5].map(|()| Tap::default());
        let mut desk = Desk::<Offline>::new((), 2, Some(&taps)).unwrap();
        let updates = begin(&mut desk, timeline, 1.0).unwrap();
        for block in 0..LENGTH / BLOCK {
            update(block).iter().for_each(|acoustics| updates.put(acoustics));
            desk.pull(BLOCK);
        }
        taps[4].passed().iter().map(|frame| [frame.left, frame.right]).collect()
    }

    #[test]
    fn where_nothing_moves_it_sounds_as_offline() {
        let timeline = mixed_timeline();
        let mut acoustics = acoustics(3.0);
        acoustics.sources.push(acoustics.sources[0].clone());
        let offline = crate::render(&timeline, &acoustics, &crate::Settings::default()).unwrap();
        let live = played(&timeline, |block| (block == 0).then(|| acoustics.clone()));
        let loudest = offline.samples.iter().flatten().fold(0.0f32, |most, x| most.max(x.abs()));
        // Over the first block the room fades in.
        for (n, (live, offline)) in live.iter().zip(&offline.samples).enumerate().skip(BLOCK) {
            assert!((live[0] - offline[0]).abs() < 1e-4 * loudest, "{n}: {live:?} {offline:?}");
        }
    }

    #[test]
    fn paths_change_without_their_tails() {
        let timeline = timeline(440.0);
        let without_tails = |metres: f32| {
            let mut acoustics = acoustics(metres);
            acoustics.sources[0].late.clear();
            acoustics
        };
        let desk = |changes: &dyn Fn(&Updates, usize)| {
            let taps = [(); 5].map(|()| Tap::default());
            let mut desk = Desk::<Offline>::new((), 1, Some(&taps)).unwrap();
            let updates = begin(&mut desk, &timeline, 1.0).unwrap();
            for block in 0..LENGTH / BLOCK {
                changes(&updates, block);
                desk.pull(BLOCK);
            }
            taps[4].passed()
        };
        let whole = desk(&|updates, block| match block {
            0 => updates.put(&acoustics(3.0)),
            5 => updates.put(&acoustics(4.0)),
            _ => {}
        });
        // One that nobody has taken up yet loses no tail to the next.
        let apart = desk(&|updates, block| match block {
            0 => {
                updates.put(&acoustics(2.0));
                updates.put_paths(&without_tails(3.0));
            }
            5 => updates.put_paths(&without_tails(4.0)),
            _ => {}
        });
        let loudest = whole.iter().map(|frame| frame.left.abs()).fold(0.0, f32::max);
        for (n, (whole, apart)) in whole.iter().zip(&apart).enumerate() {
            assert!((whole.left - apart.left).abs() < 1e-5 * loudest, "{n}: {whole:?} {apart:?}");
        }
    }

    #[test]
    fn updates_neither_click_nor_have_to_come() {
        let timeline = timeline(400.0);
        let moving = played(&timeline, |block| (block % 3 == 0).then(|| acoustics(2.0 + 0.2 * block as f32)));
        let bend = |samples: &[[f32; 2]]| {
            let bends = samples.windows(3).map(|w| (w[2][0] - 2.0 * w[1][0] + w[0][0]).abs());
            bends.fold(0.0, f32::max)
        };
        let still = played(&timeline, |block| (block == 0).then(|| acoustics(2.0)));
        let sounding = 2 * BLOCK..LENGTH;
        // A jump of the direct sound would bend it 300 times as much.
        let (moving, still) = (bend(&moving[sounding.clone()]), bend(&still[sounding]));
        assert!(moving < 2.0 * still, "{moving} {still}");
        assert_eq!(played(&timeline, |_| None), vec![[0.0; 2]; LENGTH]);
    }
}
