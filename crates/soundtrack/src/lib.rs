//! Dry sounds through the room's acoustics, mixed offline.
