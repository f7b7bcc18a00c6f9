//! Patterns over the names in an archive: `*` within a folder, `**` across folders.

/// Whether `path`, with `/` between its parts, matches `pattern`.
///
/// `*` stands for any text without `/`; a part that is `**` stands for any number of parts.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<_> = pattern.split('/').collect();
    let path: Vec<_> = path.split('/').collect();
    parts_match(&pattern, &path)
}

fn parts_match(pattern: &[&str], path: &[&str]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        (None, None) => true,
        (Some((&"**", rest)), _) => (0..=path.len()).any(|skip| parts_match(rest, &path[skip..])),
        (Some((part, rest)), Some((name, names))) => {
            part_matches(part, name) && parts_match(rest, names)
        }
        _ => false,
    }
}

fn part_matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name
            .strip_prefix(start)
            // An archive's names are short and our patterns have two stars at most.
            .is_some_and(|tail| {
                tail.char_indices()
                    .map(|(at, _)| at)
                    .chain([tail.len()])
                    .any(|at| part_matches(rest, &tail[at..]))
            }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_stays_within_a_folder_and_two_do_not() {
        for (pattern, path, expected) in [
            ("lib/*.so*", "lib/libgomp.so.1", true),
            ("lib/*.so*", "lib/libgomp.so", true),
            ("lib/*.so*", "lib/deep/libgomp.so", false),
            ("lib/*.so*", "lib/libgomp.a", false),
            ("include/**", "include/c10/core/Device.h", true),
            ("include/**", "included/Device.h", false),
            (
                "nvidia/**/lib/*.so*",
                "nvidia/cu13/lib/libcudart.so.13",
                true,
            ),
            ("nvidia/**/lib/*.so*", "nvidia/lib/libcudart.so.13", true),
            ("nvidia/**/lib/*.so*", "nvidia/cu13/include/cuda.h", false),
            ("a", "a/b", false),
            ("a/b", "a", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }
}
