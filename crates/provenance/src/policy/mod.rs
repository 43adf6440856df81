//! Rules that hold for every render, whatever was granted.
