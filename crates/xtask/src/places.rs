//! The folders this tool works with.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use directories::ProjectDirs;

/// Names another folder for the per-user cache.
pub(crate) const CACHE_VARIABLE: &str = "TINTYPE_CACHE";

/// Where the source tree, the cache and the build results are.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// The repository's root.
    pub(crate) root: PathBuf,
    /// The per-user cache that all checkouts share: libtorch, tools, unfinished downloads.
    pub(crate) cache: PathBuf,
    /// Cargo's target folder.
    pub(crate) target: PathBuf,
}

impl Places {
    /// Finds them for this process.
    pub(crate) fn find() -> Result<Self> {
        // `cargo run` tells where the manifest is now; the compiled-in path would be wrong for a
        // tree that was moved since.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .ancestors()
            .nth(2)
            .context("cannot tell where the repository is: run this as `cargo xtask`")?
            .to_path_buf();
        let cwd = env::current_dir().context("the current folder cannot be read")?;
        let cache = match env::var_os(CACHE_VARIABLE).filter(|value| !value.is_empty()) {
            Some(folder) => cwd.join(folder),
            None => ProjectDirs::from("", "", "tintype")
                .with_context(|| format!("no home folder is known: set {CACHE_VARIABLE}"))?
                .cache_dir()
                .to_path_buf(),
        };
        let target = target_folder(&root, &cwd, env::var_os("CARGO_TARGET_DIR").as_deref());
        Ok(Self {
            root,
            cache,
            target,
        })
    }

    /// The link in the repository that Cargo's configuration calls `LIBTORCH`.
    pub(crate) fn libtorch_link(&self) -> PathBuf {
        self.root.join(".libtorch")
    }
}

/// Cargo reads `CARGO_TARGET_DIR` relative to the caller's folder.
fn target_folder(root: &Path, cwd: &Path, variable: Option<&OsStr>) -> PathBuf {
    match variable {
        Some(folder) if !folder.is_empty() => cwd.join(folder),
        _ => root.join("target"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_folder_follows_cargos_variable() {
        let (root, cwd) = (Path::new("/tree"), Path::new("/tree/crates"));
        assert_eq!(target_folder(root, cwd, None), Path::new("/tree/target"));
        assert_eq!(
            target_folder(root, cwd, Some(OsStr::new(""))),
            Path::new("/tree/target")
        );
        assert_eq!(
            target_folder(root, cwd, Some(OsStr::new("t"))),
            Path::new("/tree/crates/t")
        );
        assert_eq!(
            target_folder(root, cwd, Some(OsStr::new("/t"))),
            Path::new("/t")
        );
    }
}
