//! The package for Fedora and its relatives, by `rpmbuild`, which finds the dependencies itself.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use super::stage::{Stage, files_below};
use crate::dist::product::{EPOCH_VARIABLE, NAME, Product};
use crate::run;

/// Packs the stage; gives the package in `folder`.
pub(in crate::dist) fn pack(product: &Product, stage: &Stage, folder: &Path) -> Result<PathBuf> {
    let room = tempfile::tempdir()?;
    let spec = room.path().join("tintype.spec");
    fs::write(&spec, spec_of(product, stage)?)?;
    let mut command = Command::new("rpmbuild");
    command.args(["-bb", "--quiet", "--define"]);
    command.arg(format!("_topdir {}", room.path().display()));
    command.arg("--define");
    command.arg(format!("stage {}", stage.root.display()));
    command.arg(&spec);
    command.env(EPOCH_VARIABLE, product.epoch.to_string());
    run::output(&mut command)?;
    let built = room.path().join("RPMS");
    let files = files_below(&built)?;
    let built = built.join(files.first().context("rpmbuild has built nothing")?);
    let path = folder.join(built.file_name().context("a package has a name")?);
    fs::copy(&built, &path)?;
    Ok(path)
}

/// What rpmbuild is told. Nothing of it depends on the time or on the computer.
fn spec_of(product: &Product, stage: &Stage) -> Result<String> {
    let libraries: Vec<_> = stage
        .libraries
        .iter()
        .map(|library| escaped(library.name.split(".so").next().unwrap_or_default()))
        .collect();
    let mut spec = format!(
        "%global use_source_date_epoch_as_buildtime 1\n\
         %global clamp_mtime_to_source_date_epoch 1\n\
         %global _buildhost localhost\n\
         %global _build_id_links none\n\
         %global debug_package %{{nil}}\n\
         %global __os_install_post %{{nil}}\n\
         %global _binary_payload w12.zstdio\n\
         # What no other program is to find, and what comes along.\n\
         %global __provides_exclude_from ^/usr/lib/{NAME}/.*$\n\
         %global __requires_exclude ^({})\\\\.so\n\
         Name: {NAME}\nVersion: {}\nRelease: 1\nSummary: {}\nLicense: {}\nURL: {}\n\n\
         %description\n\
         Gives old family photos their colors back, with nothing sent anywhere. A window\n\
         and a command line, with a small model inside; better ones are downloaded when\n\
         asked for.\n\n\
         %install\nmkdir -p %{{buildroot}}\ncp -a %{{stage}}/usr %{{buildroot}}/\n\n\
         %files\n%dir /usr/lib/{NAME}\n%dir /usr/share/doc/{NAME}\n",
        libraries.join("|"),
        product.sortable_version(),
        product.summary,
        product.license,
        product.homepage
    );
    for file in stage.files()? {
        // Writing to a string does not fail.
        let _ = writeln!(spec, "\"/{}\"", file.display());
    }
    Ok(spec)
}

/// Text as a regular expression.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if !c.is_alphanumeric() && c != '_' && c != '-' {
            escaped.push_str("\\\\");
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::libtorch::Library;
    use crate::dist::product::tests::product;

    #[test]
    fn own_libraries_are_not_asked_of_others_and_every_file_is_listed() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("usr/bin")).unwrap();
        fs::write(root.path().join("usr/bin/tintype"), "").unwrap();
        let library = |name: &str| Library {
            name: name.into(),
            path: PathBuf::new(),
            published: 0,
            packaged: 0,
        };
        let stage = Stage {
            root: root.path().to_owned(),
            libraries: vec![library("libc10.so"), library("libgomp-1.5.so.1")],
        };
        let spec = spec_of(&product(), &stage).unwrap();
        assert!(
            spec.contains("__requires_exclude ^(libc10|libgomp-1\\\\.5)\\\\.so"),
            "{spec}"
        );
        assert!(spec.ends_with("\"/usr/bin/tintype\"\n"), "{spec}");
    }
}
