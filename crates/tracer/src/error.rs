//! What can be wrong with a moment or a device.

/// Why a moment could not be traced.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Width or height out of range.
    #[error("the picture is {width}×{height} pixels; each side must be 1 to {limit}")]
    Size {
        /// Asked width.
        width: usize,
        /// Asked height.
        height: usize,
        /// Largest side.
        limit: usize,
    },
    /// No samples asked for.
    #[error("samples is 0; it must be at least 1")]
    NoSamples,
    /// An index of the moment points outside its list.
    #[error("{field} of item {item} is {index}, but there are {count}")]
    Reference {
        /// Which field.
        field: &'static str,
        /// Position of the thing that refers.
        item: usize,
        /// Where it points.
        index: usize,
        /// How many there are.
        count: usize,
    },
    /// Deformed corners do not fit their mesh.
    #[error("instance {instance} has {has} deformed vertices, but its mesh has {wants}")]
    Deformed {
        /// Position in [`Moment::instances`](maquette_conditioning::Moment::instances).
        instance: usize,
        /// Vertices given.
        has: usize,
        /// Vertices of the mesh.
        wants: usize,
    },
    /// A texture whose texels do not fill it.
    #[error("texture {texture} has {has} texels, but {width}×{height} pixels")]
    Texels {
        /// Position in [`Moment::textures`](maquette_conditioning::Moment::textures).
        texture: usize,
        /// Texels given.
        has: usize,
        /// Texels across.
        width: usize,
        /// Texels down.
        height: usize,
    },
    /// A number that is not finite.
    #[error("{field} of item {item} is not a finite number")]
    NotFinite {
        /// Which field.
        field: &'static str,
        /// Position in its list.
        item: usize,
    },
    /// The scene needs more of something than the device has.
    #[error("{what} needs {bytes} bytes, but the GPU binds at most {limit}")]
    TooLarge {
        /// Which array.
        what: &'static str,
        /// Its size.
        bytes: u64,
        /// The device's limit.
        limit: u64,
    },
    /// The device failed.
    #[error(transparent)]
    Gpu(#[from] maquette_gpu::Error),
}
