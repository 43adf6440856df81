//! The design's table of crates, and manifests held against it.

use crate::manifest::Manifest;

/// What a crate may depend on.
enum Edges {
    These(&'static [&'static str]),
    Any,
}
use Edges::{Any, These};

/// "The crates" of the design: crate, own crates it may depend on, heavy dependencies it may have.
const TABLE: &[(&str, Edges, &[&str])] = &[
    ("scene", These(&[]), &[]),
    ("conditioning", These(&["scene"]), &[]),
    ("geometry", These(&["conditioning"]), &["obvhs"]),
    ("gpu", These(&["conditioning"]), &["wgpu"]),
    ("stage", These(&["scene", "conditioning", "geometry"]), &["bevy"]),
    ("tracer", These(&["conditioning", "geometry", "gpu"]), &["wgpu"]),
    ("acoustics", These(&["conditioning", "geometry"]), &[]),
    ("generator", These(&["conditioning", "gpu"]), &["burn"]),
    ("soundtrack", These(&["conditioning"]), &["kira"]),
    ("media", These(&[]), &[]),
    ("provenance", These(&["scene", "conditioning", "media"]), &["c2pa"]),
    ("cameo", These(&["conditioning", "media", "provenance"]), &[]),
    ("delivery", These(&["scene", "conditioning", "media", "provenance"]), &["exr"]),
    ("metrics", These(&["conditioning"]), &[]),
    ("models", These(&[]), &[]),
    (
        "shoot",
        These(&[
            "scene",
            "conditioning",
            "geometry",
            "gpu",
            "stage",
            "tracer",
            "acoustics",
            "generator",
            "soundtrack",
            "media",
            "provenance",
            "cameo",
            "delivery",
            "metrics",
            "models",
        ]),
        &[],
    ),
    (
        "editor",
        These(&["scene", "conditioning", "geometry", "gpu", "stage", "shoot"]),
        &["bevy", "egui", "transform-gizmo"],
    ),
    ("cli", Any, &[]),
];

/// Families of crates that cost minutes to build or shape the whole; a name belongs to one when it is the family's
/// or continues it after `-` or `_`.
const HEAVY: [&str; 9] = ["obvhs", "wgpu", "bevy", "burn", "kira", "c2pa", "exr", "egui", "transform-gizmo"];

/// Edges between own crates that the table does not have.
pub(crate) fn forbidden_edges(manifest: &Manifest) -> Vec<String> {
    let folder = &manifest.folder;
    let Some((_, edges, _)) = row(folder) else {
        return vec![format!("crates/{folder} is not in the design's table")];
    };
    let These(allowed) = edges else { return Vec::new() };
    let forbidden = manifest.edges().filter(|edge| !allowed.contains(edge));
    forbidden
        .map(|edge| format!("crates/{folder} depends on {edge}; the design allows {allowed:?}"))
        .collect()
}

/// Heavy dependencies outside the crates the table gives them to.
pub(crate) fn misplaced_heavy_dependencies(manifest: &Manifest) -> Vec<String> {
    let allowed = row(&manifest.folder).map_or(&[][..], |(_, _, heavy)| heavy);
    let misplaced = manifest.dependencies.iter().filter(|name| {
        let family = HEAVY.into_iter().find(|family| belongs(name, family));
        family.is_some_and(|family| !allowed.contains(&family))
    });
    misplaced
        .map(|name| format!("crates/{} depends on {name}; it belongs elsewhere", manifest.folder))
        .collect()
}

fn row(folder: &str) -> Option<&'static (&'static str, Edges, &'static [&'static str])> {
    TABLE.iter().find(|(name, _, _)| *name == folder)
}

fn belongs(name: &str, family: &str) -> bool {
    name.strip_prefix(family).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(folder: &str, dependencies: &[&str]) -> Manifest {
        let lines: String = dependencies.iter().map(|name| format!("{name} = '1'\n")).collect();
        let text = format!("package.name = 'maquette-{folder}'\n[dependencies]\n{lines}");
        Manifest::parse(folder, &text, "").unwrap()
    }

    #[test]
    fn an_edge_against_the_stream_is_a_complaint() {
        let wrong = manifest("conditioning", &["maquette-scene", "maquette-stage", "glam"]);
        let complaints = forbidden_edges(&wrong);
        assert_eq!(complaints.len(), 1);
        assert!(complaints[0].contains("crates/conditioning depends on stage"), "{complaints:?}");
        assert_eq!(forbidden_edges(&manifest("metrics", &["maquette-delivery"])).len(), 1);
        assert_eq!(forbidden_edges(&manifest("shoot", &["maquette-cli", "maquette-editor"])).len(), 2);
    }

    #[test]
    fn edges_of_the_table_are_fine_and_the_program_may_use_any() {
        assert!(forbidden_edges(&manifest("tracer", &["maquette-geometry", "maquette-gpu"])).is_empty());
        assert!(forbidden_edges(&manifest("cli", &["maquette-shoot", "maquette-scene"])).is_empty());
    }

    #[test]
    fn a_crate_the_design_does_not_know_is_a_complaint() {
        assert!(forbidden_edges(&manifest("helpers", &[]))[0].contains("not in the design's table"));
    }

    #[test]
    fn heavy_dependencies_elsewhere_are_complaints() {
        for (folder, name) in [
            ("scene", "bevy"),
            ("tracer", "bevy_rapier3d"),
            ("shoot", "burn-wgpu"),
            ("acoustics", "wgpu"),
            ("generator", "wgpu-hal"),
            ("delivery", "kira"),
            ("metrics", "exr"),
            ("tracer", "obvhs"),
            ("cli", "bevy"),
        ] {
            let complaints = misplaced_heavy_dependencies(&manifest(folder, &[name]));
            assert_eq!(complaints.len(), 1, "{folder} {name}");
        }
    }

    #[test]
    fn heavy_dependencies_at_home_and_lookalikes_are_fine() {
        for (folder, name) in [
            ("stage", "bevy_rapier3d"),
            ("generator", "burn-flex"),
            ("gpu", "wgpu"),
            ("shoot", "burnish"),
            ("scene", "exrx"),
        ] {
            assert!(misplaced_heavy_dependencies(&manifest(folder, &[name])).is_empty(), "{folder} {name}");
        }
    }

    #[test]
    fn the_tables_edges_name_crates_of_the_table() {
        for (folder, edges, heavy) in TABLE {
            let These(edges) = edges else { continue };
            assert!(edges.iter().all(|edge| row(edge).is_some()), "{folder}");
            assert!(heavy.iter().all(|family| HEAVY.contains(family)), "{folder}");
        }
    }
}
