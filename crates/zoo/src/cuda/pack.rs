//! What is published for NVIDIA devices: which wheels, and which of their files.

use serde::Deserialize;

use crate::catalogue::{PublishedFile, is_hash};

/// What libtorch lacks to use NVIDIA devices, on one kind of system.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CudaPack {
    /// The version of libtorch that it belongs to; it fits no other.
    pub libtorch: String,
    /// The kind of system, as `linux-x86_64`.
    pub system: String,
    /// The library of NVIDIA's driver.
    pub driver: String,
    /// The library that libtorch is given, below the pack's folder.
    pub library: String,
    /// What it takes on disk, in bytes.
    pub unpacked_bytes: u64,
    /// The licences, as an SPDX expression.
    pub license: String,
    /// The archives that it is in, all of which are needed.
    #[serde(rename = "wheel")]
    pub wheels: Vec<Wheel>,
}

/// An archive, and what is taken out of it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wheel {
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Addresses, first to be tried first.
    pub sources: Vec<String>,
    /// The members that are taken, which keep their names below the pack's folder.
    pub take: Vec<String>,
}

impl CudaPack {
    /// What a download takes, in bytes.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.wheels.iter().map(|wheel| wheel.bytes).sum()
    }

    /// Whether it is for the system that this program runs on.
    #[must_use]
    pub fn is_for_this_system(&self) -> bool {
        use std::env::consts::{ARCH, OS};
        self.system == format!("{OS}-{ARCH}")
    }

    /// The archives as files to be fetched.
    pub(crate) fn files(&self) -> Vec<PublishedFile> {
        self.wheels.iter().map(Wheel::file).collect()
    }

    pub(crate) fn check(&self) -> Result<(), String> {
        if self.libtorch.is_empty() || !is_plain_path(&self.libtorch) {
            return Err("cuda: no version of libtorch".to_owned());
        }
        for wheel in &self.wheels {
            if !is_hash(&wheel.sha256) {
                return Err("cuda: no SHA-256 in lower-case hexadecimal".to_owned());
            }
            if wheel.sources.is_empty() {
                return Err("cuda: a wheel without a source".to_owned());
            }
            if let Some(name) = wheel.take.iter().find(|name| !is_plain_path(name)) {
                return Err(format!("cuda: `{name}` can't be a file of the pack"));
            }
        }
        let mut taken = self.wheels.iter().flat_map(|wheel| &wheel.take);
        if !taken.any(|name| *name == self.library) {
            return Err(format!("cuda: no wheel has `{}`", self.library));
        }
        Ok(())
    }
}

impl Wheel {
    pub(crate) fn file(&self) -> PublishedFile {
        PublishedFile {
            bytes: Some(self.bytes),
            sha256: Some(self.sha256.clone()),
            sources: self.sources.clone(),
        }
    }
}

/// Whether a name stays below the folder that it is put into, on every system.
fn is_plain_path(name: &str) -> bool {
    let is_plain = |part: &str| {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
        !part.is_empty() && !part.starts_with('.') && part.chars().all(allowed)
    };
    name.split('/').all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;
    use crate::listing::hosts_of;

    #[test]
    fn the_built_in_pack_is_whole_pinned_and_asked_for_safely() {
        let pack = Catalogue::built_in().cuda.as_ref().unwrap();
        assert_eq!(pack.check(), Ok(()));
        assert!(pack.bytes() > 2_000_000_000 && pack.unpacked_bytes > pack.bytes());
        for source in pack.wheels.iter().flat_map(|wheel| &wheel.sources) {
            assert!(source.starts_with("https://"), "{source}");
        }
        assert_eq!(hosts_of(&pack.files()), ["files.pythonhosted.org"]);
    }

    #[test]
    fn a_pack_with_faults_is_refused() {
        let good = Catalogue::built_in().cuda.clone().unwrap();
        let with = |change: &dyn Fn(&mut CudaPack)| {
            let mut pack = good.clone();
            change(&mut pack);
            pack.check().unwrap_err()
        };
        let outside =
            |name: &'static str| with(&move |pack| pack.wheels[0].take.push(name.to_owned()));
        for name in ["../a.so", "/a.so", "a/../b.so", "a\\b.so", "C:a.so", ""] {
            assert!(outside(name).contains("can't be a file"), "{name}");
        }
        assert!(with(&|pack| pack.wheels[0].sha256 = "AB".into()).contains("SHA-256"));
        assert!(with(&|pack| pack.wheels[0].sources.clear()).contains("source"));
        assert!(with(&|pack| pack.library = "b.so".into()).contains("no wheel has"));
        assert!(with(&|pack| pack.libtorch = "../2".into()).contains("version"));
    }
}
