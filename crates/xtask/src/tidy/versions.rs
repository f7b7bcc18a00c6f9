//! The rule for versions: there is one, `[workspace.package]`'s, and whatever must repeat it agrees.

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The workspace's version.
pub(crate) fn of_workspace(manifest: &str) -> Result<String> {
    let manifest: toml::Value = toml::from_str(manifest).context("Cargo.toml is not understood")?;
    let version = manifest["workspace"]["package"]["version"].as_str();
    Ok(version
        .context("Cargo.toml: the workspace has no version")?
        .to_owned())
}

/// Complaints about files that say another version, given by their names and contents.
pub(super) fn disagreeing(version: &str, files: &[(&str, String)]) -> Result<Vec<String>> {
    let mut complaints = Vec::new();
    for (name, text) in files {
        let json: Value =
            serde_json::from_str(text).with_context(|| format!("{name} is not understood"))?;
        // npm's lock file says it of the package itself too.
        let said = [&json["version"], &json["packages"][""]["version"]];
        for said in said.into_iter().filter_map(Value::as_str) {
            if said != version {
                complaints.push(format!(
                    "{name}: says version {said}, Cargo.toml says {version}"
                ));
            }
        }
    }
    Ok(complaints)
}

/// A complaint where the changelog has neither a section for what is not released yet nor one for the
/// version: then what changes has no place to be written down.
pub(super) fn unlogged(version: &str, changelog: &str) -> Option<String> {
    let has = |wanted: &str| titles(changelog).any(|title| title == wanted);
    (!has("Unreleased") && !has(version))
        .then(|| format!("CHANGELOG.md: no section for {version} and none for what is unreleased"))
}

/// What the changelog says of a version, without its title.
pub(crate) fn notes(changelog: &str, version: &str) -> Option<String> {
    let mut lines = changelog
        .lines()
        .skip_while(|line| title(line) != Some(version));
    lines.next()?;
    let lines: Vec<_> = lines.take_while(|line| title(line).is_none()).collect();
    Some(lines.join("\n").trim().to_owned())
}

fn titles(changelog: &str) -> impl Iterator<Item = &str> {
    changelog.lines().filter_map(title)
}

/// `1.2.3` of `## 1.2.3 - 2026-01-31` and of `## [1.2.3]`.
fn title(line: &str) -> Option<&str> {
    let title = line.strip_prefix("## ")?.split_whitespace().next()?;
    Some(title.trim_matches(['[', ']']))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str = "# Changelog\n\n## Unreleased\n\n### Added\n\n- B.\n\n\
                             ## 1.2.0 - 2026-01-31\n\n### Added\n\n- A.\n\n## [1.1.0]\n- First.\n";

    #[test]
    fn the_version_is_the_workspaces() {
        let manifest = "[workspace.package]\nversion = \"1.2.0\"\n";
        assert_eq!(of_workspace(manifest).unwrap(), "1.2.0");
    }

    #[test]
    fn a_file_that_says_another_version_is_found() {
        let files = [
            ("a.json", r#"{"version": "1.2.0"}"#.to_owned()),
            ("b.json", r#"{"name": "says none"}"#.to_owned()),
            ("c.json", r#"{"version": "1.1.0"}"#.to_owned()),
            (
                "d.json",
                r#"{"version": "1.2.0", "packages": {"": {"version": "1.0.0"}, "x": {"version": "7.0.0"}}}"#.to_owned(),
            ),
        ];
        let complaints = disagreeing("1.2.0", &files).unwrap();
        assert_eq!(
            complaints,
            [
                "c.json: says version 1.1.0, Cargo.toml says 1.2.0",
                "d.json: says version 1.0.0, Cargo.toml says 1.2.0"
            ]
        );
    }

    #[test]
    fn a_version_without_a_section_is_found_unless_there_is_one_for_what_comes() {
        assert_eq!(unlogged("9.0.0", CHANGELOG), None);
        let released = CHANGELOG.replace("## Unreleased", "## 1.3.0");
        assert_eq!(unlogged("1.3.0", &released), None);
        assert!(unlogged("9.0.0", &released).is_some());
    }

    #[test]
    fn notes_are_one_version_and_no_more() {
        let of = |version| notes(CHANGELOG, version);
        assert_eq!(of("1.2.0").as_deref(), Some("### Added\n\n- A."));
        assert_eq!(of("1.1.0").as_deref(), Some("- First."));
        assert_eq!(of("1.0.0"), None);
    }
}
