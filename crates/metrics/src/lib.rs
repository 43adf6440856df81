//! Figures for two images, sequences or sounds.
