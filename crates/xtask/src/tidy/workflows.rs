//! The rule for workflows: what they run of others is pinned.

use std::path::Path;

/// Where workflows, and the actions of our own that they use, lie.
const FOLDER: &str = ".github/";
/// Letters of a commit's name.
const COMMIT: usize = 40;

/// Complaints about actions that are named by anything but a commit, with the version in a comment: a tag
/// may be another program tomorrow, and a commit alone says nobody which version it is.
pub(super) fn unpinned(name: &str, text: &str) -> Vec<String> {
    let is_yaml = matches!(
        Path::new(name).extension().and_then(|e| e.to_str()),
        Some("yml" | "yaml")
    );
    if !is_yaml || !name.starts_with(FOLDER) {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let Some(action) = action_of(line) else {
            continue;
        };
        if !is_pinned(action) {
            complaints.push(format!(
                "{name}:{}: not `OWNER/ACTION@COMMIT # vVERSION`: {action}",
                index + 1
            ));
        }
    }
    complaints
}

/// What a line uses, with its comment.
fn action_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = line.strip_prefix("- ").unwrap_or(line).trim_start();
    Some(line.strip_prefix("uses:")?.trim())
}

fn is_pinned(action: &str) -> bool {
    // Of the same commit as the workflow.
    if action.starts_with("./") {
        return true;
    }
    let Some((action, version)) = action.split_once(" # v") else {
        return false;
    };
    let is_commit = |commit: &str| {
        let is_digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        commit.len() == COMMIT && commit.bytes().all(is_digit)
    };
    let commit = action.rsplit_once('@').map(|(_, commit)| commit);
    commit.is_some_and(is_commit) && version.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_pinned_to_a_commit_and_say_their_version() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        for good in [
            format!("      - uses: a/b@{commit} # v1.2.3"),
            format!("        uses: a/b/c@{commit} # v4"),
            "      - uses: ./.github/actions/setup".to_owned(),
            "      - run: echo uses".to_owned(),
        ] {
            let found = unpinned(".github/workflows/a.yml", &good);
            assert_eq!(found, Vec::<String>::new(), "{good}");
        }
        for bad in [
            "      - uses: a/b@v4".to_owned(),
            "      - uses: a/b".to_owned(),
            format!("      - uses: a/b@{commit}"),
            format!("      - uses: a/b@{commit} # latest"),
            format!("      - uses: a/b@{} # v1", &commit[1..]),
            format!("        uses: a/b@{} # v1", commit.to_uppercase()),
        ] {
            let found = unpinned(".github/actions/a/action.yaml", &bad);
            assert_eq!(found.len(), 1, "{bad}");
            assert!(found[0].contains("action.yaml:1: "), "{found:?}");
            assert_eq!(unpinned("docs/a.md", &bad), Vec::<String>::new());
        }
    }
}
