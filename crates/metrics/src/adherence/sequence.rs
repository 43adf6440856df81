//! Adherence of frames to that of a shot.

use std::collections::BTreeMap;

use super::{Adherence, ObjectAdherence};

/// Gathers the frames of a shot.
#[derive(Clone, Debug, Default)]
pub struct AdherenceMeter {
    whole: Sums,
    objects: BTreeMap<u32, Sums>,
}

/// Means over the frames in which there was something to judge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeanAdherence {
    /// Frames in which it is seen.
    pub frames: usize,
    /// Mean edge agreement.
    pub edge: Option<f32>,
    /// Mean agreement of creases.
    pub crease: Option<f32>,
    /// Mean silhouette agreement.
    pub silhouette: Option<f32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    frames: usize,
    figures: [Mean; 3],
}

#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    count: usize,
}

impl Sums {
    fn add(&mut self, figures: [Option<f32>; 3]) {
        self.frames += 1;
        for (mean, figure) in self.figures.iter_mut().zip(figures) {
            mean.sum += f64::from(figure.unwrap_or(0.0));
            mean.count += usize::from(figure.is_some());
        }
    }

    fn mean(&self) -> MeanAdherence {
        let mean = |mean: &Mean| (mean.count > 0).then(|| (mean.sum / mean.count as f64) as f32);
        let [edge, crease, silhouette] = self.figures.each_ref().map(mean);
        MeanAdherence { frames: self.frames, edge, crease, silhouette }
    }
}

impl AdherenceMeter {
    /// Takes in a frame.
    pub fn add(&mut self, frame: &Adherence) {
        self.whole.add([frame.edge, frame.crease, frame.silhouette]);
        for &ObjectAdherence { id, edge, crease, silhouette, .. } in &frame.objects {
            self.objects.entry(id).or_default().add([edge, crease, silhouette]);
        }
    }

    /// Of the pictures as a whole.
    pub fn whole(&self) -> MeanAdherence {
        self.whole.mean()
    }

    /// Of every object by id, worst edge agreement first; those never judged last.
    pub fn objects(&self) -> Vec<(u32, MeanAdherence)> {
        let mut objects: Vec<_> = self.objects.iter().map(|(&id, sums)| (id, sums.mean())).collect();
        objects.sort_by(|(_, a), (_, b)| {
            a.edge.unwrap_or(f32::INFINITY).total_cmp(&b.edge.unwrap_or(f32::INFINITY))
        });
        objects
    }
}
