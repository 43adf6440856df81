//! The `maquette` program.
fn main() {}
