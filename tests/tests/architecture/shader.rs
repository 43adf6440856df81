//! Shader files to those that nothing of their name dispatches.

/// Every shader outside `shaders/shared/` needs a Rust file of its name that names it.
///
/// `shaders` are paths, `rust` paths with their text.
pub(crate) fn without_dispatcher(shaders: &[String], rust: &[(String, String)]) -> Vec<String> {
    let entry_points = shaders.iter().filter(|shader| !shader.starts_with("shaders/shared/"));
    let alone = entry_points.filter(|shader| {
        let file = shader.rsplit('/').next().unwrap_or(shader);
        let dispatcher = format!("/{}.rs", file.trim_end_matches(".wgsl"));
        !rust.iter().any(|(path, text)| path.ends_with(&dispatcher) && text.contains(file))
    });
    alone.map(|shader| format!("{shader} has no Rust file of its name that dispatches it")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shader_alone_is_a_complaint() {
        let shaders =
            ["shaders/path.wgsl", "shaders/shared/ray.wgsl", "shaders/blur.wgsl", "shaders/sum.wgsl"];
        let rust = [
            ("crates/tracer/src/gpu/path.rs", "include_str!(\"../../../../shaders/path.wgsl\")"),
            ("crates/tracer/src/gpu/sum.rs", "fn sum() {}"),
            ("crates/tracer/src/gpu/other.rs", "include_str!(\"blur.wgsl\")"),
        ];
        let rust = rust.map(|(path, text)| (path.to_owned(), text.to_owned()));
        let complaints = without_dispatcher(&shaders.map(str::to_owned), &rust);
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].contains("blur.wgsl") && complaints[1].contains("sum.wgsl"));
    }
}
