//! What of libtorch a package needs: the libraries that the programs link, and those that these link,
//! without the symbols that only debuggers read.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use goblin::Object;

use crate::run;

/// One library of libtorch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Library {
    pub(super) name: String,
    /// As it is packaged.
    pub(super) path: PathBuf,
    /// Bytes as published.
    pub(super) published: u64,
    /// Bytes as packaged.
    pub(super) packaged: u64,
}

/// Puts the libraries that `programs` need out of `lib` into the folder `into`.
pub(super) fn collect(programs: &[PathBuf], lib: &Path, into: &Path) -> Result<Vec<Library>> {
    let names = closure(programs, lib)?;
    ensure!(
        !names.is_empty(),
        "the programs link nothing of {}",
        lib.display()
    );
    fs::create_dir_all(into)?;
    let library = |name: &String| {
        let (source, path) = (lib.join(name), into.join(name));
        slim(&source, &path).with_context(|| format!("{name} cannot be stripped"))?;
        Ok(Library {
            name: name.clone(),
            published: source.metadata()?.len(),
            packaged: path.metadata()?.len(),
            path,
        })
    };
    names.iter().map(library).collect()
}

/// The names of all libraries in `lib` that `programs` need, directly or through one another. What is
/// not there is the system's.
fn closure(programs: &[PathBuf], lib: &Path) -> Result<BTreeSet<String>> {
    let there = names_in(lib)?;
    let mut needed = BTreeSet::new();
    let mut to_read = programs.to_vec();
    while let Some(path) = to_read.pop() {
        for name in linked(&path)? {
            if let Some(name) = there.get(&name.to_lowercase())
                && needed.insert(name.clone())
            {
                to_read.push(lib.join(name));
            }
        }
    }
    Ok(needed)
}

/// Files of a folder by their names in lower case: Windows does not tell cases apart.
fn names_in(folder: &Path) -> Result<BTreeMap<String, String>> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut names = BTreeMap::new();
    for entry in entries {
        if let Ok(name) = entry?.file_name().into_string() {
            names.insert(name.to_lowercase(), name);
        }
    }
    Ok(names)
}

/// The file names of the libraries that a program or library names.
fn linked(path: &Path) -> Result<Vec<String>> {
    let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let object = Object::parse(&bytes)
        .with_context(|| format!("{} is no program or library", path.display()))?;
    let names = match &object {
        Object::Elf(elf) => elf.libraries.clone(),
        Object::PE(pe) => pe.libraries.clone(),
        Object::Mach(goblin::mach::Mach::Binary(macho)) => macho.libs.clone(),
        _ => Vec::new(),
    };
    // On macOS they are paths below `@rpath`, and the first is `self`.
    let file_name = |name: &str| {
        let name = Path::new(name).file_name().and_then(OsStr::to_str);
        name.map(str::to_owned)
    };
    Ok(names.into_iter().filter_map(file_name).collect())
}

/// Copies a library without what only debuggers read. Windows keeps that in files of its own.
fn slim(source: &Path, path: &Path) -> Result<()> {
    let options: &[&str] = if cfg!(target_os = "linux") {
        &["--strip-unneeded"]
    } else if cfg!(target_os = "macos") {
        &["-x"]
    } else {
        &[]
    };
    let is_slimmer = !options.is_empty() && {
        let mut strip = Command::new("strip");
        strip.args(options).arg("-o").arg(path).arg(source);
        run::output(&mut strip)?;
        path.metadata()?.len() < source.metadata()?.len()
    };
    if !is_slimmer {
        // A link would do, but for its time, which is going to be changed.
        fs::copy(source, path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn libraries_of_libraries_are_found_and_the_systems_are_not_taken() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("empty.c"), "int used(void) { return 0; }\n").unwrap();
        fs::write(at("main.c"), "int main(void) { return 0; }\n").unwrap();
        let cc = |arguments: &[&str]| {
            let mut command = Command::new("cc");
            // First, or what is not called is not linked.
            command.args(["-Wl,--no-as-needed", "-L."]).args(arguments);
            run::check(command.current_dir(folder.path())).unwrap();
        };
        cc(&["-shared", "-o", "libinner.so", "empty.c"]);
        cc(&["-shared", "-o", "libunused.so", "empty.c"]);
        cc(&["-g", "-shared", "-o", "libouter.so", "empty.c", "-linner"]);
        cc(&[
            "-o",
            "main",
            "main.c",
            "-louter",
            "-lm",
            "-Wl,--allow-shlib-undefined",
        ]);

        let into = at("packaged");
        let libraries = collect(&[at("main")], folder.path(), &into).unwrap();
        let names: Vec<_> = libraries.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["libinner.so", "libouter.so"]);
        let outer = &libraries[1];
        assert!(outer.packaged < outer.published, "{outer:?}");
        assert_eq!(fs::read_dir(into).unwrap().count(), 2);
    }
}
