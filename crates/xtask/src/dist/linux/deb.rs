//! The Debian package: the staged tree and what Debian wants to know of it.
//!
//! `dpkg-deb` packs it and not Tauri's bundler, whose packages differ from time to time and whose
//! dependencies are a list by hand: `dpkg-shlibdeps` computes them. There are no scripts that run on
//! installation or removal: Debian's own triggers renew menus, and what is the user's nothing touches.

use std::collections::BTreeSet;
use std::env::consts::ARCH;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use md5::{Digest as _, Md5};

use super::stage::{self, Stage};
use crate::dist::product::{EPOCH_VARIABLE, MAINTAINER, NAME, Product};
use crate::run;

/// What a menu's icons and list are renewed by, where they are installed at all.
const RECOMMENDS: &str = "desktop-file-utils, hicolor-icon-theme, shared-mime-info";

/// Packs the stage; gives the package in `folder`.
pub(in crate::dist) fn pack(product: &Product, stage: &Stage, folder: &Path) -> Result<PathBuf> {
    let control = stage.root.join("DEBIAN");
    let depends = dependencies(stage)?;
    let sums = sums(stage)?;
    let size = installed_kib(stage)?;
    stage::write(
        &control.join("control"),
        &about(product, &depends, size),
        0o644,
    )?;
    stage::write(&control.join("md5sums"), &sums, 0o644)?;
    stage::date(&stage.root, product.epoch)?;
    let name = format!(
        "{NAME}_{}_{}.deb",
        product.sortable_version(),
        architecture()
    );
    let path = folder.join(name);
    let mut dpkg = Command::new("dpkg-deb");
    dpkg.args(["--root-owner-group", "-Zxz", "-z6", "--build"])
        .args([&stage.root, &path])
        .env(EPOCH_VARIABLE, product.epoch.to_string());
    run::output(&mut dpkg)?;
    // The other packages are of the same tree.
    fs::remove_dir_all(control)?;
    Ok(path)
}

/// `DEBIAN/control`, see deb-control(5).
fn about(product: &Product, depends: &str, size: u64) -> String {
    format!(
        "Package: {NAME}\nVersion: {}\nArchitecture: {}\nMaintainer: {MAINTAINER}\n\
         Installed-Size: {size}\nDepends: {depends}\nRecommends: {RECOMMENDS}\n\
         Section: graphics\nPriority: optional\nHomepage: {}\n\
         Description: {}\n \
         Gives old family photos their colors back, with nothing sent anywhere. A window\n \
         and a command line, with a small model inside; better ones are downloaded when\n \
         asked for.\n",
        product.sortable_version(),
        architecture(),
        product.homepage,
        product.summary
    )
}

/// The processor's kind as Debian has it.
fn architecture() -> &'static str {
    match ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// The packages that the programs and libraries link, with the versions that they need.
fn dependencies(stage: &Stage) -> Result<String> {
    let room = tempfile::tempdir()?;
    fs::create_dir(room.path().join("debian"))?;
    // It works in a source package only.
    let source = format!("Source: {NAME}\n\nPackage: {NAME}\nArchitecture: any\n");
    fs::write(room.path().join("debian/control"), source)?;
    let usr = stage.root.join("usr");
    let mut libraries = OsString::from("-l");
    libraries.push(usr.join("lib").join(NAME));
    let mut command = Command::new("dpkg-shlibdeps");
    // Our own libraries are in no package that it could find, but for one that systems have too.
    command
        .args(["-O", "--ignore-missing-info", "-xlibgomp1"])
        .arg(libraries)
        .current_dir(room.path());
    for file in stage.files()? {
        if file.starts_with("usr/bin") || file.starts_with("usr/lib") {
            command.arg("-e").arg(stage.root.join(file));
        }
    }
    let printed = run::output(&mut command).context("the dependencies cannot be computed")?;
    depends_of(&printed)
}

/// Reads `shlibs:Depends=A, B (>= 1)`.
fn depends_of(printed: &str) -> Result<String> {
    let line = printed
        .lines()
        .find_map(|line| line.strip_prefix("shlibs:Depends="));
    let line = line.with_context(|| format!("no dependencies are told: {printed}"))?;
    let packages: BTreeSet<_> = line.split(", ").map(str::trim).collect();
    ensure!(
        packages.iter().any(|one| one.starts_with("libwebkit2gtk")),
        "the window's web view is not among the dependencies: {line}"
    );
    Ok(packages.into_iter().collect::<Vec<_>>().join(", "))
}

/// By these `dpkg --verify` finds files that were damaged.
fn sums(stage: &Stage) -> Result<String> {
    let mut text = String::new();
    for file in stage.files()? {
        let digest = Md5::digest(fs::read(stage.root.join(&file))?);
        for byte in digest {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
        }
        let _ = writeln!(text, "  {}", file.display());
    }
    Ok(text)
}

/// As Debian's tools count: each file by whole KiB.
fn installed_kib(stage: &Stage) -> Result<u64> {
    let sizes = stage.files()?.into_iter().map(|file| {
        let bytes = stage.root.join(file).metadata()?.len();
        Ok(bytes.div_ceil(1024))
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::product::tests::product;

    #[test]
    fn dependencies_are_sorted_and_have_the_web_view() {
        let printed = "shlibs:Depends=libwebkit2gtk-4.1-0 (>= 2.40), libc6 (>= 2.34)\n";
        assert_eq!(
            depends_of(printed).unwrap(),
            "libc6 (>= 2.34), libwebkit2gtk-4.1-0 (>= 2.40)"
        );
        assert!(depends_of("shlibs:Depends=libc6\n").is_err());
        assert!(depends_of("nothing").is_err());
    }

    #[test]
    fn the_package_says_what_it_is() {
        let text = about(&product(), "libc6", 7);
        for line in ["Package: tintype", "Installed-Size: 7", "Depends: libc6"] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
        // Fields, or lines that go on a description.
        assert!(
            text.lines()
                .all(|line| line.contains(": ") || line.starts_with(' '))
        );
    }
}
