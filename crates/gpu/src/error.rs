//! What a device can complain about.

/// Why the GPU could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The driver refused to open the device.
    #[error("the GPU `{adapter}` does not open: {reason}")]
    Open {
        /// Adapter name.
        adapter: String,
        /// The driver's words.
        reason: String,
    },
    /// A shader or a command was refused, or memory ran out.
    #[error("the GPU `{adapter}` refused {what}: {reason}")]
    Refused {
        /// Adapter name.
        adapter: String,
        /// Which step.
        what: String,
        /// The driver's words.
        reason: String,
    },
    /// The device stopped answering.
    #[error("the GPU `{adapter}` stopped answering: {reason}")]
    Lost {
        /// Adapter name.
        adapter: String,
        /// The driver's words.
        reason: String,
    },
}
