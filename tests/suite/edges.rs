//! Dependencies point one way.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What each crate may use of our own. Those that serve only development are not held to it.
const ALLOWED: [(&str, &[&str]); 11] = [
    ("protocol", &[]),
    ("checkpoint", &["protocol"]),
    ("photo", &["protocol"]),
    ("ddcolor", &["protocol", "checkpoint"]),
    ("engine", &["protocol", "checkpoint", "photo", "ddcolor"]),
    ("zoo", &["protocol", "checkpoint"]),
    ("workflow", &["protocol", "photo", "engine"]),
    ("jobs", &["protocol", "photo", "engine", "workflow"]),
    (
        "server",
        &["protocol", "photo", "engine", "workflow", "jobs", "zoo"],
    ),
    ("cli", &["protocol", "photo", "engine", "zoo", "server"]),
    (
        "app",
        &[
            "protocol", "photo", "engine", "workflow", "jobs", "zoo", "server",
        ],
    ),
];

/// Crates that nobody depends on and that may use anything.
const FREE: [&str; 2] = ["tests", "xtask"];

/// Which crates alone may name a library in their normal dependencies.
const ONLY: [(&str, &[&str]); 8] = [
    ("tch", &["ddcolor"]),
    ("axum", &["server"]),
    ("rusqlite", &["jobs"]),
    ("image", &["photo"]),
    ("tauri", &["app"]),
    ("rfd", &["app"]),
    ("reqwest", &["zoo"]),
    ("anyhow", &["app", "cli", "xtask"]),
];

/// Normal dependencies by package, with our own prefix taken off.
fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let short = |name: &Value| {
        let name = name.as_str().unwrap();
        name.strip_prefix("tintype-").unwrap_or(name).to_owned()
    };
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            let normal = dependencies
                .iter()
                .filter(|dependency| dependency["kind"].is_null());
            (
                short(&package["name"]),
                normal
                    .map(|dependency| short(&dependency["name"]))
                    .collect(),
            )
        })
        .collect()
}

#[test]
fn our_crates_use_only_what_they_may() {
    let edges = edges();
    let ours: BTreeSet<&String> = edges.keys().collect();
    for (name, dependencies) in &edges {
        if FREE.contains(&name.as_str()) {
            continue;
        }
        let allowed = ALLOWED.iter().find(|(allowed, _)| allowed == name);
        let (_, allowed) = allowed.unwrap_or_else(|| panic!("{name} is not on the list"));
        for dependency in dependencies
            .iter()
            .filter(|dependency| ours.contains(dependency))
        {
            assert!(
                allowed.contains(&dependency.as_str()),
                "{name} must not use {dependency}"
            );
        }
    }
}

#[test]
fn what_one_crate_wraps_no_other_names() {
    for (name, dependencies) in edges() {
        for (library, owners) in ONLY {
            let may = owners.contains(&name.as_str()) || FREE.contains(&name.as_str());
            assert!(
                may || !dependencies.contains(library),
                "{name} must not name {library}"
            );
        }
    }
}
