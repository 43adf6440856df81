//! Meshes and instances to BVHs and CPU ray queries.
