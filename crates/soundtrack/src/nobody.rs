//! A sound card that nobody hears: pulls 10 ms every 10 ms, as a real one would, and counts what that costs.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use kira::backend::{Backend, Renderer};
use maquette_conditioning::SAMPLE_RATE_HZ;

/// Frames pulled at once.
const BLOCK: usize = 480;

/// What sound has cost so far; copies count together.
#[derive(Clone, Debug, Default)]
pub struct Cost(Arc<Mutex<Spent>>);

/// Seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Spent {
    /// In which sound was made.
    pub taken_s: f64,
    /// By which a block came after its time, at most; the first ones, which make what is made once, do not count.
    pub late_s: f64,
    /// Largest value that was played, of full scale.
    pub loudest: f32,
}

impl Cost {
    /// So far.
    pub fn spent(&self) -> Spent {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The backend; sound ends with it.
pub(crate) struct Nobody {
    cost: Cost,
    is_over: Arc<AtomicBool>,
}

impl Backend for Nobody {
    type Settings = Cost;
    type Error = std::io::Error;

    fn setup(cost: Cost, _: usize) -> Result<(Self, u32), Self::Error> {
        Ok((Self { cost, is_over: Arc::default() }, SAMPLE_RATE_HZ))
    }

    fn start(&mut self, mut renderer: Renderer) -> Result<(), Self::Error> {
        let (cost, is_over) = (self.cost.clone(), self.is_over.clone());
        thread::Builder::new().spawn(move || {
            let (begun, mut due_s, mut block) = (Instant::now(), 0.0, [0.0f32; 2 * BLOCK]);
            while !is_over.load(Ordering::Relaxed) {
                let asked = Instant::now();
                renderer.on_start_processing();
                renderer.process(&mut block, 2);
                due_s += BLOCK as f64 / f64::from(SAMPLE_RATE_HZ);
                let early_s = due_s - begun.elapsed().as_secs_f64();
                let mut spent = cost.0.lock().unwrap_or_else(PoisonError::into_inner);
                spent.taken_s += asked.elapsed().as_secs_f64();
                if due_s > 1.0 {
                    spent.late_s = spent.late_s.max(-early_s);
                }
                spent.loudest = block.iter().fold(spent.loudest, |most, sample| sample.abs().max(most));
                drop(spent);
                thread::sleep(Duration::from_secs_f64(early_s.max(0.0)));
            }
        })?;
        Ok(())
    }
}

impl Drop for Nobody {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}
