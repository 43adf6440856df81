//! The lock file to the versions that must be single.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::manifest::PREFIX;

/// Two wgpus cannot share a device, and two copies of their shader compiler disagree about shaders.
const SINGLE: [&str; 4] = ["wgpu", "wgpu-core", "wgpu-hal", "naga"];

/// Packages of which the lock file has several, or not even one, and must have one.
pub(crate) fn duplicates(text: &str) -> Vec<String> {
    let table: Table = text.parse().unwrap();
    let packages = table.get("package").and_then(Value::as_array).into_iter().flatten();
    let mut versions = BTreeMap::<&str, Vec<&str>>::new();
    for package in packages {
        let field = |field| package.get(field).and_then(Value::as_str).unwrap_or_default();
        versions.entry(field("name")).or_default().push(field("version"));
    }
    let single = |name: &str| SINGLE.contains(&name) || name.starts_with(PREFIX);
    let mut complaints: Vec<_> = versions
        .iter()
        .filter(|(name, versions)| single(name) && versions.len() > 1)
        .map(|(name, versions)| format!("Cargo.lock has {name} {}", versions.join(" and ")))
        .collect();
    if !versions.contains_key("wgpu") {
        complaints.push("Cargo.lock has no wgpu at all".to_owned());
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str =
        "[[package]]\nname = 'wgpu'\nversion = '29.0.4'\n[[package]]\nname = 'glam'\nversion = '1'\n";

    #[test]
    fn a_second_wgpu_is_a_complaint_and_a_second_glam_is_not() {
        assert!(duplicates(ONE).is_empty());
        let two = format!(
            "{ONE}[[package]]\nname = 'wgpu'\nversion = '30.0.0'\n[[package]]\nname = 'glam'\nversion = '2'"
        );
        assert_eq!(duplicates(&two), ["Cargo.lock has wgpu 29.0.4 and 30.0.0"]);
    }

    #[test]
    fn a_lock_file_without_wgpu_is_a_complaint() {
        assert_eq!(duplicates("").len(), 1);
    }
}
