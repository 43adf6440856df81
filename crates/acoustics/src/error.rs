//! What can be wrong with a timeline or with settings.

/// Why sound could not be propagated.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting outside its range.
    #[error("setting `{name}` is {value}; it must lie between {least} and {most}")]
    Setting {
        /// The setting.
        name: &'static str,
        /// What was asked.
        value: f64,
        /// Smallest allowed.
        least: f64,
        /// Largest allowed.
        most: f64,
    },
    /// A range of time that ends before it starts, is not finite, or is longer than a day.
    #[error(
        "sound was asked for from {from_s} s to {to_s} s; give a finite range of up to {most_s} s that does not run backwards"
    )]
    Range {
        /// Asked start.
        from_s: f64,
        /// Asked end.
        to_s: f64,
        /// Longest range.
        most_s: f64,
    },
    /// Air that no sound travels through.
    #[error("air {name} is {value}; it must be a positive finite number")]
    Air {
        /// Which property.
        name: &'static str,
        /// Its value.
        value: f32,
    },
    /// A track without samples, with a step that is not positive, or with a value that is not finite.
    #[error("the track of {what} has {fault}")]
    Track {
        /// Whose track.
        what: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// A mesh whose triangles point outside its corners.
    #[error("the mesh of object {object_id} has {corners} corners, but a triangle uses corner {index}")]
    Mesh {
        /// The thing it belongs to.
        object_id: u32,
        /// How many corners it has.
        corners: usize,
        /// The corner that is not there.
        index: u32,
    },
}
