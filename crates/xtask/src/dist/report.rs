//! How large packages are, and what of libtorch goes into them: printed, and on request written between
//! two marks of `docs/release.md`, whose prose stays.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::libtorch::Library;
use crate::places::Places;
use crate::tables::Tables;

const TABLES: Tables = Tables {
    document: "docs/release.md",
    begin: "<!-- sizes: written by `cargo xtask dist --report` -->",
    end: "<!-- end of sizes -->",
};

/// What there is to tell.
pub(super) struct Sizes<'a> {
    pub(super) packages: &'a [PathBuf],
    pub(super) programs: &'a [PathBuf],
    pub(super) libraries: &'a [Library],
    /// Where libtorch is as it was published.
    pub(super) libtorch: &'a Path,
}

/// Prints the tables.
pub(super) fn print(sizes: &Sizes<'_>) -> Result<()> {
    println!("{}", markdown(sizes)?);
    Ok(())
}

/// Renews the tables in the document.
pub(super) fn write(places: &Places, sizes: &Sizes<'_>) -> Result<()> {
    TABLES.write(places, &markdown(sizes)?)
}

fn markdown(sizes: &Sizes<'_>) -> Result<String> {
    let mut text = String::from("| package | MB |\n| --- | ---: |\n");
    for package in sizes.packages {
        row(
            &mut text,
            &[&name(package), &megabytes(package.metadata()?.len())],
        );
    }
    text += "\n| inside | MB as published | MB in the package |\n| --- | ---: | ---: |\n";
    for program in sizes.programs {
        let size = megabytes(program.metadata()?.len());
        row(&mut text, &[&name(program), "", &size]);
    }
    let mut all = (0, 0);
    for library in sizes.libraries {
        all = (all.0 + library.published, all.1 + library.packaged);
        let (published, packaged) = (megabytes(library.published), megabytes(library.packaged));
        row(&mut text, &[&library.name, &published, &packaged]);
    }
    row(
        &mut text,
        &["libtorch together", &megabytes(all.0), &megabytes(all.1)],
    );
    text += "\n| of libtorch, left out | MB |\n| --- | ---: |\n";
    for (what, bytes) in left_out(sizes)? {
        row(&mut text, &[&what, &megabytes(bytes)]);
    }
    Ok(text)
}

/// What set-up has of libtorch and no package needs.
fn left_out(sizes: &Sizes<'_>) -> Result<Vec<(String, u64)>> {
    let symbols = sizes
        .libraries
        .iter()
        .map(|one| one.published.saturating_sub(one.packaged));
    let mut out = vec![
        ("symbols that only debuggers read".to_owned(), symbols.sum()),
        (
            "headers".to_owned(),
            bytes_below(&sizes.libtorch.join("include"))?,
        ),
        (
            "files for CMake".to_owned(),
            bytes_below(&sizes.libtorch.join("share"))?,
        ),
    ];
    let mut others = 0;
    for entry in fs::read_dir(sizes.libtorch.join("lib"))? {
        let entry = entry?;
        let is_inside = sizes
            .libraries
            .iter()
            .any(|one| *one.name == *entry.file_name());
        if !is_inside {
            others += entry.metadata()?.len();
        }
    }
    out.push(("libraries that nothing links".to_owned(), others));
    Ok(out)
}

fn bytes_below(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.file_type()?.is_dir() {
            bytes_below(&entry.path())?
        } else {
            entry.metadata()?.len()
        };
    }
    Ok(bytes)
}

fn row(text: &mut String, cells: &[&str]) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn name(path: &Path) -> String {
    path.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// Millions of bytes, as everything that names sizes to users has them.
fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_and_what_stays_out_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: usize| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, vec![0; bytes]).unwrap();
            path
        };
        file("torch/include/a.h", 300_000);
        file("torch/share/b.cmake", 200_000);
        file("torch/lib/libused.so", 5_000_000);
        file("torch/lib/libother.so", 900_000);
        let sizes = Sizes {
            packages: &[file("a.deb", 4_000_000)],
            programs: &[file("tintype", 1_000_000)],
            libraries: &[Library {
                name: "libused.so".into(),
                path: PathBuf::new(),
                published: 5_000_000,
                packaged: 3_500_000,
            }],
            libtorch: &folder.path().join("torch"),
        };
        let text = markdown(&sizes).unwrap();
        for line in [
            "| a.deb | 4.0 |",
            "| libused.so | 5.0 | 3.5 |",
            "| symbols that only debuggers read | 1.5 |",
            "| headers | 0.3 |",
            "| libraries that nothing links | 0.9 |",
        ] {
            assert!(text.lines().any(|one| one == line), "{line}\n{text}");
        }
    }
}
