//! What a release says of itself: its notes, and lists of everything that is in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use serde_json::json;

use crate::places::Places;
use crate::setup::{CUDA_STUBS, LIBTORCH_VERSION};
use crate::tidy::versions;
use crate::{npm, run, tools, window};

/// The version of `cargo-cyclonedx` that is built if none is installed.
const CYCLONEDX_VERSION: &str = "0.5.9";
/// The packages with programs that are released.
const PROGRAMS: [&str; 2] = ["tintype-app", "tintype-cli"];

/// `cargo xtask notes TAG`: prints what the changelog says of this version.
pub(crate) fn notes(places: &Places, tag: &str) -> Result<ExitCode> {
    let read = |name: &str| {
        fs::read_to_string(places.root.join(name)).with_context(|| format!("{name} is not there"))
    };
    let version = versions::of_workspace(&read("Cargo.toml")?)?;
    println!("{}", notes_of(tag, &version, &read("CHANGELOG.md")?)?);
    Ok(ExitCode::SUCCESS)
}

fn notes_of(tag: &str, version: &str, changelog: &str) -> Result<String> {
    ensure!(
        tag.strip_prefix('v') == Some(version),
        "the tag {tag} is not v{version}, the version in Cargo.toml"
    );
    let notes = versions::notes(changelog, version)
        .with_context(|| format!("CHANGELOG.md has no section `## {version}`"))?;
    ensure!(
        !notes.is_empty(),
        "CHANGELOG.md says nothing of version {version}"
    );
    Ok(notes)
}

/// `cargo xtask sbom OUT`: one list for each program, one for the window's page and one for libtorch.
pub(crate) fn sbom(places: &Places, out: &Path) -> Result<ExitCode> {
    fs::create_dir_all(out).with_context(|| format!("{} cannot be made", out.display()))?;
    let version = versions::of_workspace(&fs::read_to_string(places.root.join("Cargo.toml"))?)?;
    of_crates(places, out)?;
    let ui = window::folder(places);
    npm::install(&ui)?;
    // With the packages that build the page: what they make of it is what is shipped.
    let page = npm::output(&ui, &["sbom", "--sbom-format", "cyclonedx"])?;
    fs::write(out.join("tintype-page.cdx.json"), page)?;
    let libtorch = serde_json::to_string_pretty(&of_libtorch(&version))?;
    fs::write(out.join("tintype-libtorch.cdx.json"), libtorch)?;
    Ok(ExitCode::SUCCESS)
}

/// Has a list written beside each manifest of the workspace, keeps the programs' and removes the others.
fn of_crates(places: &Places, out: &Path) -> Result<()> {
    const PROBE: &str = "--help";
    let tool = tools::find(places, "cargo-cyclonedx", PROBE, CYCLONEDX_VERSION)?;
    let mut command = std::process::Command::new(tool);
    command
        .args([
            "cyclonedx",
            "--format",
            "json",
            "--spec-version",
            "1.5",
            "--target",
            "all",
            "--all",
        ])
        .current_dir(&places.root);
    run::check(&mut command)?;
    let mut found = 0;
    for manifest in manifests(places)? {
        let folder = manifest.parent().unwrap_or(&places.root);
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let Some(package) = name.strip_suffix(".cdx.json") else {
                continue;
            };
            if PROGRAMS.contains(&package) {
                let list = fs::read_to_string(&path)?;
                fs::write(out.join(&*name), portable(&list, &places.root))?;
                found += 1;
            }
            fs::remove_file(&path)?;
        }
    }
    ensure!(
        found == PROGRAMS.len(),
        "cargo-cyclonedx wrote {found} lists of {}",
        PROGRAMS.len()
    );
    Ok(())
}

/// The list with the workspace's packages named by where they are in it, and not on this computer.
fn portable(list: &str, root: &Path) -> String {
    let root = root.to_string_lossy().replace('\\', "/");
    let address = format!("file:///{}", root.trim_start_matches('/'));
    list.replace(&address, "file://")
}

/// The manifests of the workspace's own packages.
fn manifests(places: &Places) -> Result<Vec<PathBuf>> {
    let args = ["metadata", "--no-deps", "--format-version", "1", "--locked"];
    let metadata = run::output(&mut run::cargo(places, &args))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let packages = metadata["packages"].as_array().context("no packages")?;
    let paths = packages
        .iter()
        .filter_map(|package| package["manifest_path"].as_str());
    Ok(paths.map(PathBuf::from).collect())
}

/// libtorch is in no lock file: it comes out of `PyTorch`'s wheels, and on Linux out of two of NVIDIA's.
fn of_libtorch(version: &str) -> serde_json::Value {
    let nvidia = CUDA_STUBS.iter().filter_map(|wheel| wheel.split_once("=="));
    let nvidia = nvidia.map(|(name, version)| {
        json!({
            "type": "library",
            "name": name,
            "version": version,
            "purl": format!("pkg:pypi/{name}"),
            "licenses": [{"license": {"name": "NVIDIA Software License Agreement"}}],
        })
    });
    let torch = json!({
        "type": "library",
        "name": "torch",
        "version": LIBTORCH_VERSION,
        "purl": format!("pkg:pypi/torch@{LIBTORCH_VERSION}"),
        "licenses": [{"license": {"id": "BSD-3-Clause"}}],
    });
    json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {"type": "application", "name": "tintype", "version": version},
        },
        "components": std::iter::once(torch).chain(nvidia).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_needs_a_tag_of_its_version_and_a_section() {
        let changelog = "## 1.2.3 - 2026-01-31\n\n- A.\n\n## 1.2.2\n";
        assert_eq!(notes_of("v1.2.3", "1.2.3", changelog).unwrap(), "- A.");
        for (tag, version, complaint) in [
            ("1.2.3", "1.2.3", "is not v1.2.3"),
            ("v1.2.4", "1.2.3", "is not v1.2.3"),
            ("v1.2.4", "1.2.4", "no section"),
            ("v1.2.2", "1.2.2", "says nothing"),
        ] {
            let error = notes_of(tag, version, changelog).unwrap_err().to_string();
            assert!(error.contains(complaint), "{error}");
        }
    }

    #[test]
    fn a_list_says_nothing_of_the_computer() {
        let list = r#""path+file:///srv/tintype/crates/zoo#1", "path+file:///C:/x/ui""#;
        let expected = r#""path+file:///crates/zoo#1", "path+file:///C:/x/ui""#;
        assert_eq!(portable(list, Path::new("/srv/tintype")), expected);
        let expected = r#""path+file:///srv/tintype/crates/zoo#1", "path+file:///ui""#;
        assert_eq!(portable(list, Path::new("C:\\x")), expected);
    }

    #[test]
    fn libtorch_is_listed_as_what_was_fetched() {
        let list = of_libtorch("1.2.3");
        let torch = &list["components"][0];
        assert_eq!(torch["purl"], format!("pkg:pypi/torch@{LIBTORCH_VERSION}"));
        assert_eq!(list["metadata"]["component"]["version"], "1.2.3");
    }
}
