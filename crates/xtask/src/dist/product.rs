//! What is packaged: facts that the workspace and Tauri's configuration have already.

#![cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "Tauri's bundler reads them itself")
)]

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde::Deserialize;
use time::OffsetDateTime;

use crate::places::Places;
use crate::run;

/// The package's name, and the folder's that it has for itself.
pub(super) const NAME: &str = "tintype";
/// Who made it, as packages have it.
pub(super) const MAINTAINER: &str = "The Tintype authors <tintype@users.noreply.github.com>";
/// The programs, which are their Cargo packages' names too.
pub(super) const PROGRAMS: [&str; 2] = ["tintype-app", "tintype"];
/// Seconds since 1970 that every file of a package is dated: the time of the commit, unless this names
/// another (<https://reproducible-builds.org/specs/source-date-epoch>).
pub(super) const EPOCH_VARIABLE: &str = "SOURCE_DATE_EPOCH";

/// What every package says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Product {
    /// As Cargo has it.
    pub(super) version: String,
    pub(super) license: String,
    pub(super) homepage: String,
    pub(super) summary: String,
    /// `org.tintype.app`: names the launcher's file, the icons and the bundle.
    pub(super) id: String,
    /// The kinds of pictures that are opened, sorted.
    pub(super) media_types: Vec<String>,
    /// Seconds since 1970, see [`EPOCH_VARIABLE`].
    pub(super) epoch: i64,
}

impl Product {
    /// Reads the workspace.
    pub(super) fn read(places: &Places) -> Result<Self> {
        let read = |name: &str| {
            let path = places.root.join(name);
            fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))
        };
        let (cargo, tauri) = (read("Cargo.toml")?, read("src-tauri/tauri.conf.json")?);
        Self::of(&cargo, &tauri, epoch(places)?)
    }

    fn of(cargo: &str, tauri: &str, epoch: i64) -> Result<Self> {
        let cargo: Manifest = toml::from_str(cargo).context("Cargo.toml is not understood")?;
        let tauri: Configuration =
            serde_json::from_str(tauri).context("tauri.conf.json is not understood")?;
        let Package {
            version,
            license,
            repository,
        } = cargo.workspace.package;
        let types = tauri.bundle.file_associations;
        let types: BTreeSet<_> = types.into_iter().map(|one| one.mime_type).collect();
        Ok(Self {
            version,
            license,
            homepage: repository,
            summary: tauri.bundle.short_description,
            id: tauri.identifier,
            media_types: types.into_iter().collect(),
            epoch,
        })
    }

    /// The version as Debian and RPM order it: what comes before a release sorts before it.
    pub(super) fn sortable_version(&self) -> String {
        self.version.replacen('-', "~", 1)
    }

    /// The day that packages are dated, `YYYY-MM-DD`.
    pub(super) fn date(&self) -> Result<String> {
        let time = OffsetDateTime::from_unix_timestamp(self.epoch)
            .with_context(|| format!("{} is no time", self.epoch))?;
        Ok(time.date().to_string())
    }
}

fn epoch(places: &Places) -> Result<i64> {
    let text = match env::var(EPOCH_VARIABLE) {
        Ok(text) => text,
        Err(_) => run::output(
            Command::new("git")
                .args(["log", "-1", "--format=%ct"])
                .current_dir(&places.root),
        )
        .with_context(|| format!("no commit to date packages by: set {EPOCH_VARIABLE}"))?,
    };
    text.trim()
        .parse()
        .with_context(|| format!("{EPOCH_VARIABLE} is no number of seconds: {text}"))
}

#[derive(Deserialize)]
struct Manifest {
    workspace: Workspace,
}

#[derive(Deserialize)]
struct Workspace {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    version: String,
    license: String,
    repository: String,
}

#[derive(Deserialize)]
struct Configuration {
    identifier: String,
    bundle: Bundle,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bundle {
    short_description: String,
    file_associations: Vec<Association>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Association {
    mime_type: String,
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// This workspace's own, at a fixed time.
    pub(in crate::dist) fn product() -> Product {
        let cargo = include_str!("../../../../Cargo.toml");
        let tauri = include_str!("../../../../src-tauri/tauri.conf.json");
        Product::of(cargo, tauri, 1_700_000_000).unwrap()
    }

    #[test]
    fn the_workspace_says_what_packages_need() {
        let product = product();
        assert_eq!(product.id, "org.tintype.app");
        assert!(!product.summary.is_empty() && product.homepage.starts_with("https://"));
        for kind in ["jpeg", "png", "tiff", "webp", "bmp", "gif", "jp2", "jxl"] {
            let kind = format!("image/{kind}");
            assert!(product.media_types.contains(&kind), "{kind}");
        }
        assert_eq!(product.date().unwrap(), "2023-11-14");
    }

    #[test]
    fn a_version_before_a_release_sorts_before_it() {
        let mut product = product();
        product.version = "1.2.0-rc.1".into();
        assert_eq!(product.sortable_version(), "1.2.0~rc.1");
        product.version = "1.2.0".into();
        assert_eq!(product.sortable_version(), "1.2.0");
    }
}
