//! Training the temporal head on sequences that this program renders.

mod example;
mod model;
mod random;
mod session;
mod trainer;

pub(crate) use example::Example;
pub(crate) use model::Model;
pub use session::{Course, Lesson, Loss, Sequence, Validation};
pub(crate) use trainer::{Differentiable, Trainer, device};

#[cfg(test)]
mod tests;
