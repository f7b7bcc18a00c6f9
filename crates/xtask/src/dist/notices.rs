//! Who wrote what is in a package, and under which terms: Tintype's own licenses, libtorch's, and those
//! of every crate and npm package inside the programs, as their authors put them beside the code.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use crate::places::Places;
use crate::{run, window};

/// Where the programs are, among the workspace's packages.
const PROGRAMS: [&str; 2] = ["tintype-app", "tintype-cli"];
/// What of npm is inside the window's page, besides what these need.
const PAGE: [&str; 3] = ["@tauri-apps/api", "@tauri-apps/plugin-websocket", "svelte"];
/// How files with terms are called, in capitals.
const TERMS: [&str; 6] = [
    "LICENSE",
    "LICENCE",
    "COPYING",
    "COPYRIGHT",
    "NOTICE",
    "UNLICENSE",
];

/// Something of others that is inside.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Part {
    /// Name and version.
    name: String,
    license: String,
    folder: PathBuf,
}

/// The files of the documentation's folder, with their contents.
pub(super) fn files(places: &Places) -> Result<Vec<(&'static str, String)>> {
    let read = |name: &str| {
        let path = places.root.join(name);
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
    };
    let mut parts = crates(places)?;
    parts.extend(npm_packages(&window::folder(places))?);
    parts.sort();
    let copyright = format!(
        "Tintype is free software, under either of the two licenses that follow, at your choice. The files\n\
         third-party.txt and libtorch.txt have the terms of what it is built with.\n\n{}\n\n{}",
        read("LICENSE-MIT")?.trim_end(),
        read("LICENSE-APACHE")?.trim_end()
    );
    Ok(vec![
        ("copyright", copyright + "\n"),
        ("libtorch.txt", read("src-tauri/notices/libtorch.txt")?),
        ("third-party.txt", text_of(&parts)?),
    ])
}

/// Equal texts once, with all that they are the terms of.
fn text_of(parts: &[Part]) -> Result<String> {
    let mut text = String::from("Inside the programs, besides Tintype's own code:\n\n");
    let mut terms: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for part in parts {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}: {}", part.name, part.license);
        for words in terms_in(&part.folder)? {
            terms.entry(words).or_default().insert(&part.name);
        }
    }
    let mut sections: Vec<_> = terms.into_iter().collect();
    sections.sort_by(|one, other| one.1.cmp(&other.1).then_with(|| one.0.cmp(&other.0)));
    for (words, names) in sections {
        let names: Vec<_> = names.into_iter().collect();
        let _ = write!(
            text,
            "\n{:=<80}\n{}\n{:=<80}\n\n{words}\n",
            "",
            names.join("\n"),
            ""
        );
    }
    Ok(text)
}

fn terms_in(folder: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        if entry.path().is_file() && TERMS.iter().any(|start| name.starts_with(start)) {
            let bytes = fs::read(entry.path())?;
            let text = String::from_utf8_lossy(&bytes).replace('\r', "");
            found.push(text.trim().to_owned());
        }
    }
    found.sort();
    Ok(found)
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<CratePackage>,
    resolve: Resolve,
}

#[derive(Deserialize)]
struct CratePackage {
    id: String,
    name: String,
    version: String,
    license: Option<String>,
    /// None for the workspace's own.
    source: Option<String>,
    manifest_path: PathBuf,
}

#[derive(Deserialize)]
struct Resolve {
    nodes: Vec<Node>,
}

#[derive(Deserialize)]
struct Node {
    id: String,
    deps: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    pkg: String,
    dep_kinds: Vec<Kind>,
}

#[derive(Deserialize)]
struct Kind {
    /// None: not for tests or building only.
    kind: Option<String>,
}

/// The crates that the programs are built of, on this system.
fn crates(places: &Places) -> Result<Vec<Part>> {
    let host = run::output(Command::new("rustc").args(["--print", "host-tuple"]))?;
    let arguments = [
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--filter-platform",
    ];
    let json = run::output(run::cargo(places, &arguments).arg(host.trim()))?;
    let metadata = serde_json::from_str(&json).context("Cargo's metadata are not understood")?;
    crates_of(&metadata)
}

fn crates_of(metadata: &Metadata) -> Result<Vec<Part>> {
    let packages: BTreeMap<_, _> = metadata.packages.iter().map(|one| (&one.id, one)).collect();
    let nodes: BTreeMap<_, _> = metadata
        .resolve
        .nodes
        .iter()
        .map(|one| (&one.id, one))
        .collect();
    let is_program = |package: &&CratePackage| {
        package.source.is_none() && PROGRAMS.contains(&package.name.as_str())
    };
    let programs: Vec<_> = metadata.packages.iter().filter(is_program).collect();
    ensure!(
        programs.len() == PROGRAMS.len(),
        "Cargo does not know the programs"
    );
    let mut seen: BTreeSet<_> = programs.iter().map(|one| &one.id).collect();
    let mut to_see: Vec<_> = seen.iter().copied().collect();
    while let Some(id) = to_see.pop() {
        let node = nodes
            .get(id)
            .with_context(|| format!("Cargo resolves no {id}"))?;
        for dependency in &node.deps {
            let is_inside = dependency.dep_kinds.iter().any(|kind| kind.kind.is_none());
            if is_inside && seen.insert(&dependency.pkg) {
                to_see.push(&dependency.pkg);
            }
        }
    }
    let part = |package: &&CratePackage| Part {
        name: format!("{} {}", package.name, package.version),
        license: package
            .license
            .clone()
            .unwrap_or_else(|| "see below".to_owned()),
        folder: package
            .manifest_path
            .parent()
            .unwrap_or(Path::new(""))
            .to_owned(),
    };
    let inside = seen.into_iter().filter_map(|id| packages.get(id).copied());
    let foreign: Vec<_> = inside.filter(|package| package.source.is_some()).collect();
    Ok(foreign.iter().map(part).collect())
}

#[derive(Deserialize)]
struct Lock {
    packages: BTreeMap<String, NpmPackage>,
}

#[derive(Deserialize)]
struct NpmPackage {
    version: Option<String>,
    license: Option<String>,
    #[serde(default)]
    dependencies: BTreeMap<String, String>,
}

/// The npm packages that the window's page is made of; more than are needed rather than fewer.
fn npm_packages(folder: &Path) -> Result<Vec<Part>> {
    let text = fs::read_to_string(folder.join("package-lock.json"))?;
    let lock: Lock = serde_json::from_str(&text).context("package-lock.json is not understood")?;
    let mut parts = Vec::new();
    let mut seen = BTreeSet::new();
    let mut to_see = PAGE.map(str::to_owned).to_vec();
    while let Some(name) = to_see.pop() {
        let place = format!("node_modules/{name}");
        let package = lock.packages.get(&place);
        let package = package.with_context(|| format!("package-lock.json has no {name}"))?;
        if seen.insert(name.clone()) {
            to_see.extend(package.dependencies.keys().cloned());
            parts.push(Part {
                name: format!("{name} {}", package.version.as_deref().unwrap_or_default()),
                license: package
                    .license
                    .clone()
                    .unwrap_or_else(|| "see below".to_owned()),
                folder: folder.join(place),
            });
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_only_for_tests_or_building_is_not_inside() {
        let json = r#"{"packages": [
            {"id": "app", "name": "tintype-app", "version": "1.0.0", "license": null, "source": null, "manifest_path": "/a/Cargo.toml"},
            {"id": "cli", "name": "tintype-cli", "version": "1.0.0", "license": null, "source": null, "manifest_path": "/c/Cargo.toml"},
            {"id": "x", "name": "x", "version": "2.0.0", "license": "MIT", "source": "registry", "manifest_path": "/x/Cargo.toml"},
            {"id": "y", "name": "y", "version": "3.0.0", "license": "MIT", "source": "registry", "manifest_path": "/y/Cargo.toml"},
            {"id": "z", "name": "z", "version": "4.0.0", "license": "Zlib", "source": "registry", "manifest_path": "/z/Cargo.toml"}],
            "resolve": {"nodes": [
            {"id": "app", "deps": [{"pkg": "x", "dep_kinds": [{"kind": "build"}, {"kind": null}]}, {"pkg": "y", "dep_kinds": [{"kind": "dev"}]}]},
            {"id": "cli", "deps": []},
            {"id": "x", "deps": [{"pkg": "z", "dep_kinds": [{"kind": null}]}]},
            {"id": "y", "deps": []}, {"id": "z", "deps": []}]}}"#;
        let parts = crates_of(&serde_json::from_str(json).unwrap()).unwrap();
        let names: Vec<_> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["x 2.0.0", "z 4.0.0"]);
    }

    #[test]
    fn the_terms_of_libtorch_are_those_of_the_version_that_is_packed() {
        let text = include_str!("../../../../src-tauri/notices/libtorch.txt");
        let begin = format!("libtorch {} ", crate::setup::LIBTORCH_VERSION);
        assert!(text.starts_with(&begin), "renew them from the wheels");
    }

    #[test]
    fn equal_terms_are_given_once() {
        let folder = tempfile::tempdir().unwrap();
        let part = |name: &str| {
            let folder = folder.path().join(name);
            fs::create_dir(&folder).unwrap();
            fs::write(folder.join("LICENSE-MIT"), "Do as you like\r\n").unwrap();
            fs::write(folder.join("lib.rs"), "secret").unwrap();
            Part {
                name: format!("{name} 1.0.0"),
                license: "MIT".into(),
                folder,
            }
        };
        let text = text_of(&[part("a"), part("b")]).unwrap();
        assert_eq!(text.matches("Do as you like\n").count(), 1, "{text}");
        assert!(
            text.contains("a 1.0.0\nb 1.0.0\n===") && !text.contains("secret"),
            "{text}"
        );
    }
}
