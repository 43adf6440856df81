//! A crate's manifest to what it depends on in a normal build.

use std::collections::BTreeMap;

use toml::{Table, Value};

/// Package names of our own crates begin with this; folder names do not.
pub(crate) const PREFIX: &str = "maquette-";

/// What the design cares about in a `Cargo.toml`.
#[derive(Debug, PartialEq)]
pub(crate) struct Manifest {
    /// Folder below `crates/`.
    pub folder: String,
    /// Package name.
    pub name: String,
    /// Package names of normal and build dependencies, for any target.
    pub dependencies: Vec<String>,
    /// The same, of dependencies on own crates that give their own path instead of the workspace's.
    pub own_paths: Vec<String>,
}

impl Manifest {
    /// Reads a manifest; `workspace` is the root's, where a dependency may have been renamed.
    pub(crate) fn parse(folder: &str, text: &str, workspace: &str) -> Result<Self, String> {
        let table: Table = text.parse().map_err(|error| format!("crates/{folder}/Cargo.toml: {error}"))?;
        let workspace = workspace_dependencies(workspace);
        let name = table.get("package").and_then(|package| package.get("name")).and_then(Value::as_str);
        let mut manifest = Self {
            folder: folder.to_owned(),
            name: name.ok_or_else(|| format!("crates/{folder}/Cargo.toml has no package name"))?.to_owned(),
            dependencies: Vec::new(),
            own_paths: Vec::new(),
        };
        let targets = table.get("target").and_then(Value::as_table);
        let tables = targets.into_iter().flat_map(|targets| targets.values().filter_map(Value::as_table));
        for table in tables.chain([&table]) {
            for section in ["dependencies", "build-dependencies"] {
                let section = table.get(section).and_then(Value::as_table);
                for (key, value) in section.into_iter().flatten() {
                    manifest.add(key, value, &workspace);
                }
            }
        }
        Ok(manifest)
    }

    fn add(&mut self, key: &str, value: &Value, workspace: &Table) {
        let inherited = value.get("workspace").and_then(Value::as_bool) == Some(true);
        let declared = if inherited { workspace.get(key).unwrap_or(value) } else { value };
        let name = declared.get("package").and_then(Value::as_str).unwrap_or(key).to_owned();
        if !inherited && name.starts_with(PREFIX) {
            self.own_paths.push(name.clone());
        }
        self.dependencies.push(name);
    }

    /// Folders of the own crates it depends on.
    pub(crate) fn edges(&self) -> impl Iterator<Item = &str> {
        self.dependencies.iter().filter_map(|name| name.strip_prefix(PREFIX))
    }
}

fn workspace_dependencies(text: &str) -> Table {
    let table: Table = text.parse().unwrap();
    let dependencies = table.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    dependencies.and_then(Value::as_table).cloned().unwrap_or_default()
}

/// Names that do not follow from the folder, names used twice, own crates reached by other paths than the one.
pub(crate) fn path_complaints(manifests: &[Manifest], workspace: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut folders = BTreeMap::<&str, Vec<&str>>::new();
    for manifest in manifests {
        folders.entry(&manifest.name).or_default().push(&manifest.folder);
        if manifest.name != format!("{PREFIX}{}", manifest.folder) {
            complaints
                .push(format!("crates/{} is called {}, not {PREFIX}{0}", manifest.folder, manifest.name));
        }
        for name in &manifest.own_paths {
            complaints.push(format!("crates/{}: {name} is not taken from the workspace", manifest.folder));
        }
    }
    for (name, folders) in folders.iter().filter(|(_, folders)| folders.len() > 1) {
        complaints.push(format!("{name} is the name of {}", folders.join(" and ")));
    }
    for (name, value) in workspace_dependencies(workspace).iter().filter(|(name, _)| name.starts_with(PREFIX))
    {
        let expected = format!("crates/{}", &name[PREFIX.len()..]);
        if value.get("path").and_then(Value::as_str) != Some(&expected) {
            complaints.push(format!("the workspace takes {name} from {value}, not from {expected}"));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKSPACE: &str = r#"
        [workspace.dependencies]
        maquette-scene = { path = "crates/scene" }
        maquette-gpu = { path = "elsewhere/gpu" }
        light = { package = "maquette-tracer", path = "crates/tracer" }
        wgpu = "29"
    "#;

    fn parse(folder: &str, text: &str) -> Manifest {
        Manifest::parse(folder, text, WORKSPACE).unwrap()
    }

    #[test]
    fn all_normal_dependencies_are_found_and_tests_are_not() {
        let manifest = parse(
            "shoot",
            r#"
            package.name = "maquette-shoot"
            [dependencies]
            maquette-scene.workspace = true
            light.workspace = true
            quick = { package = "rayon", version = "1" }
            [build-dependencies]
            cc = "1"
            [target.'cfg(windows)'.dependencies]
            wgpu = { workspace = true, features = ["dx12"] }
            [dev-dependencies]
            maquette-metrics.workspace = true
            "#,
        );
        let mut found = manifest.dependencies.clone();
        found.sort();
        assert_eq!(found, ["cc", "maquette-scene", "maquette-tracer", "rayon", "wgpu"]);
        let mut edges: Vec<_> = manifest.edges().collect();
        edges.sort();
        assert_eq!(edges, ["scene", "tracer"]);
    }

    #[test]
    fn second_paths_and_odd_names_are_complaints() {
        let manifests = [
            parse(
                "tracer",
                "package.name = 'maquette-tracer'\n[dependencies]\nmaquette-gpu = { path = '../gpu' }",
            ),
            parse("light", "package.name = 'maquette-tracer'"),
        ];
        let complaints = path_complaints(&manifests, WORKSPACE).join("\n");
        for part in [
            "crates/tracer: maquette-gpu is not taken from the workspace",
            "crates/light is called maquette-tracer",
            "maquette-tracer is the name of tracer and light",
            "the workspace takes maquette-gpu",
        ] {
            assert!(complaints.contains(part), "{part} missing in:\n{complaints}");
        }
        assert_eq!(complaints.lines().count(), 4, "{complaints}");
    }

    #[test]
    fn a_manifest_without_a_name_is_an_error() {
        assert!(Manifest::parse("x", "[package]", "").unwrap_err().contains("crates/x"));
        assert!(Manifest::parse("x", "not toml", "").is_err());
    }
}
