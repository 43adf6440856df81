//! A mark in the samples of a mix.
