//! Names to things people need not describe: materials, acoustic surfaces, sensors.

mod acoustic;
mod material;
mod sensor;

pub use acoustic::{acoustic, acoustic_names};
pub use material::{material, material_names};
pub use sensor::{sensor_names, sensor_size_mm};
