//! Geometric acoustics over the scene's triangles.
