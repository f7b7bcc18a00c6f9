//! House rules that no other tool checks: file length, leftovers, pinned actions, one version, and
//! documents that keep up.
//!
//! Each rule is a function from text to complaints, so that its test needs no repository.

pub(crate) mod versions;
mod workflows;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::places::Places;
use crate::run;
use crate::steps::Outcome;

/// A source file beyond this does more than one thing.
const MAX_LINES: usize = 500;

/// How a file begins that is generated.
const GENERATED: &str = "// Generated ";
/// What counts as source.
const SOURCE_EXTENSIONS: &[&str] = &["css", "js", "py", "rs", "svelte", "ts"];

/// Paths that exist on one person's machine only, where a path begins. Spelled in two halves, as
/// below, so that this file does not complain about itself.
const PRIVATE_PATHS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("C:\\Us", "ers\\"),
];

/// Marks of work that is not finished.
const LEFTOVERS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("<<<<", "<<< "),
    concat!(">>>>", ">>> "),
    concat!("#[ign", "ore"),
];

/// What says the version again, where something makes it.
const VERSIONED: &[&str] = &[
    "ui/package.json",
    "ui/package-lock.json",
    "src-tauri/tauri.conf.json",
];

/// Checks every rule on every file that is or would be committed.
pub(crate) fn check(places: &Places) -> Result<Outcome> {
    let mut complaints = Vec::new();
    for name in files(&places.root)? {
        // Deleted but not yet committed, or not text: nothing to read.
        let Ok(text) = fs::read_to_string(places.root.join(&name)) else {
            continue;
        };
        // Generated, and names what others chose.
        if Path::new(&name).extension() != Some("lock".as_ref()) {
            complaints.extend(lines_of(&name, &text));
        }
        complaints.extend(too_long(&name, &text));
        complaints.extend(workflows::unpinned(&name, &text));
    }
    // A document that is not there documents nothing, and the other complaints still count.
    let read = |name: &str| fs::read_to_string(places.root.join(name)).unwrap_or_default();
    complaints.extend(undocumented_dependencies(
        &read("Cargo.toml"),
        &read("docs/dependencies.md"),
    )?);
    complaints.extend(unmapped_crates(
        &crates(&places.root)?,
        &read("docs/architecture.md"),
    ));
    let version = versions::of_workspace(&read("Cargo.toml"))?;
    let versioned: Vec<_> = VERSIONED.iter().map(|name| (*name, read(name))).collect();
    complaints.extend(versions::disagreeing(&version, &versioned)?);
    complaints.extend(versions::unlogged(&version, &read("CHANGELOG.md")));
    if complaints.is_empty() {
        return Ok(Outcome::Passed);
    }
    for complaint in &complaints {
        println!("{complaint}");
    }
    bail!("{} complaints", complaints.len());
}

/// What Git tracks, and what it would if it were added.
fn files(root: &Path) -> Result<Vec<String>> {
    let mut git = Command::new("git");
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ])
    .current_dir(root);
    let names = run::output(&mut git)?;
    Ok(names.split_terminator('\0').map(str::to_owned).collect())
}

fn crates(root: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root.join("crates"))? {
        let entry = entry?;
        if entry.path().join("Cargo.toml").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn too_long(name: &str, text: &str) -> Option<String> {
    let extension = Path::new(name).extension()?.to_str()?;
    // Nobody reads or edits what is generated.
    let is_generated = text.starts_with(GENERATED);
    let lines = text.lines().count();
    (!is_generated && SOURCE_EXTENSIONS.contains(&extension) && lines > MAX_LINES)
        .then(|| format!("{name}: {lines} lines, more than {MAX_LINES}: split it"))
}

/// Complaints about single lines.
fn lines_of(name: &str, text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let place = format!("{name}:{}", index + 1);
        for path in PRIVATE_PATHS
            .iter()
            .filter(|path| begins_a_path(line, path))
        {
            complaints.push(format!("{place}: a path of one machine, below {path}"));
        }
        for word in LEFTOVERS.iter().filter(|word| line.contains(**word)) {
            complaints.push(format!("{place}: unfinished: {word}"));
        }
    }
    complaints
}

/// Whether `path` stands in `line` as the beginning of a path: `a/home/` and addresses are none.
fn begins_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|c| !c.is_alphanumeric() && !"._-~}*/$<>".contains(c))
    })
}

#[derive(Deserialize)]
struct Manifest {
    workspace: Workspace,
}

#[derive(Deserialize)]
struct Workspace {
    dependencies: BTreeMap<String, toml::Value>,
}

/// Dependencies without a line in the document: a table row or list item that begins with the
/// name in backticks.
fn undocumented_dependencies(manifest: &str, document: &str) -> Result<Vec<String>> {
    let manifest: Manifest = toml::from_str(manifest).context("Cargo.toml is not understood")?;
    let has_line = |name: &str| {
        let quoted = format!("`{name}`");
        document.lines().any(|line| {
            line.starts_with(['|', '-', '*'])
                && line
                    .trim_start_matches(['|', '-', '*', ' '])
                    .starts_with(&quoted)
        })
    };
    let foreign = manifest.workspace.dependencies.iter().filter(|(_, value)| {
        // Our own crates are explained elsewhere.
        value.get("path").is_none()
    });
    Ok(foreign
        .filter(|(name, _)| !has_line(name))
        .map(|(name, _)| format!("docs/dependencies.md: no line says why `{name}` is used"))
        .collect())
}

/// Crates that the code map leaves out.
fn unmapped_crates(crates: &[String], document: &str) -> Vec<String> {
    let mapped = |name: &str| {
        [
            format!("crates/{name}"),
            format!("`{name}`"),
            format!("`{name}/`"),
        ]
        .iter()
        .any(|spelling| document.contains(spelling))
    };
    crates
        .iter()
        .filter(|name| !mapped(name))
        .map(|name| format!("docs/architecture.md: does not mention crates/{name}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_source_file_is_found_and_a_long_text_is_not() {
        let text = "x\n".repeat(MAX_LINES + 1);
        assert!(too_long("a.rs", &text).is_some());
        assert!(too_long("a.md", &text).is_none());
        assert!(too_long("a.rs", &text[2..]).is_none());
        assert!(too_long("a.ts", &format!("{GENERATED}by us\n{text}")).is_none());
    }

    #[test]
    fn a_private_path_is_found_where_a_path_begins() {
        for private in PRIVATE_PATHS {
            let line = format!("let a = \"{private}me/photo.jpg\";");
            assert_eq!(lines_of("a.rs", &line).len(), 1, "{line}");
            let line = format!("see example.com{private}x");
            assert_eq!(lines_of("a.rs", &line), Vec::<String>::new(), "{line}");
        }
    }

    #[test]
    fn leftovers_are_found_with_their_line() {
        for word in LEFTOVERS {
            let complaints = lines_of("a.rs", &format!("fine\n// {word} later\n"));
            assert_eq!(complaints.len(), 1, "{word}");
            assert!(complaints[0].starts_with("a.rs:2: "), "{complaints:?}");
        }
    }

    #[test]
    fn a_dependency_without_a_reason_is_found() {
        let manifest = "[workspace.dependencies]\na = \"1\"\nb = { version = \"2\" }\nc = \"1\"\n\
                        own = { path = \"crates/own\" }\n";
        let document = "We use `b` a lot.\n\n| `a` | it counts |\n- `c`: it sees\n";
        let complaints = undocumented_dependencies(manifest, document).unwrap();
        assert_eq!(
            complaints,
            ["docs/dependencies.md: no line says why `b` is used"]
        );
    }

    #[test]
    fn a_crate_that_the_map_leaves_out_is_found() {
        let crates = ["photo", "engine", "zoo"].map(str::to_owned);
        let complaints = unmapped_crates(&crates, "- `crates/photo`: ...\n- `zoo/` photo engine");
        assert_eq!(
            complaints,
            ["docs/architecture.md: does not mention crates/engine"]
        );
    }
}
