//! Names of files within the folders of photos, as text. Knows no disk.

use crate::FolderError;

/// Digits of the counter in names of outputs, as ComfyUI writes them.
const DIGITS: usize = 5;
/// More digits than this are no counter of ours but part of somebody's own name.
const MOST_DIGITS: usize = 15;
/// The longest name of a file in bytes: less than the 255 of common file systems, so that a counter
/// and an ending still fit.
const NAME_BYTES: usize = 200;

/// Checks one part of a name: a plain one on every system, so that a queue can be taken from one to
/// another.
pub(crate) fn plain(part: &str) -> Result<&str, FolderError> {
    let is_forbidden = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':');
    if part.is_empty()
        // Windows drops these; `.` and `..` are among them.
        || part.ends_with(['.', ' '])
        || part.len() > NAME_BYTES
        || part.contains(is_forbidden)
        || is_device(part)
    {
        return Err(bad_name(part));
    }
    Ok(part)
}

/// Names that mean a device on Windows whatever their ending and folder.
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or_default().trim_end();
    let is = |name: &str| stem.eq_ignore_ascii_case(name);
    let is_numbered = |name: &str| {
        stem.get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
            && matches!(stem.as_bytes()[3..], [b'1'..=b'9'])
    };
    ["con", "prn", "aux", "nul"].into_iter().any(is) || is_numbered("com") || is_numbered("lpt")
}

pub(crate) fn bad_name(name: &str) -> FolderError {
    FolderError::BadName {
        name: name.chars().take(NAME_BYTES).collect(),
    }
}

/// The folder part of a name, and the rest.
pub(crate) fn split_path(name: &str) -> Result<(&str, &str), FolderError> {
    match name.rsplit_once('/') {
        None => Ok(("", name)),
        Some(("", _)) => Err(bad_name(name)),
        Some(parts) => Ok(parts),
    }
}

/// `photo.tar` and `.gz`; `.hidden` has no ending.
pub(crate) fn split_name(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(dot) if dot > 0 => name.split_at(dot),
        _ => (name, ""),
    }
}

/// The name of an output: `STEM_00001_.png`.
pub(crate) fn numbered(stem: &str, number: u64, extension: &str) -> String {
    format!("{stem}_{number:0DIGITS$}_.{extension}")
}

/// The number in the name of an output of that stem, whatever its ending.
pub(crate) fn number_in(name: &str, stem: &str) -> Option<u64> {
    let rest = name.strip_prefix(stem)?.strip_prefix('_')?;
    let digits = rest.split_once('_')?.0;
    let is_counter =
        digits.len() <= MOST_DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_counter.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn devices_are_told_from_names_that_only_look_like_them() {
        for name in ["con", "Nul.png", "COM1", "lpt9.tar.gz", "aux .png"] {
            assert!(plain(name).is_err(), "{name}");
        }
        for name in [
            "contact",
            "com",
            "com0",
            "com10",
            "null",
            "祖父.png",
            ".hidden",
            "%date%",
        ] {
            assert!(plain(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn only_counters_are_counted() {
        assert_eq!(number_in("a_00041_.jpg", "a"), Some(41));
        assert_eq!(number_in("a_100000_.png", "a"), Some(100_000));
        for name in [
            "a_.png",
            "a_+5_.png",
            "a_1.png",
            "b_1_.png",
            "ab_1_",
            "a__1_",
            "a_9999999999999999_",
        ] {
            assert_eq!(number_in(name, "a"), None, "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_was_numbered_is_counted(stem in "[a-z_]{1,8}", number in 0..1_000_000_000_u64) {
            prop_assert_eq!(number_in(&numbered(&stem, number, "png"), &stem), Some(number));
        }

        #[test]
        fn a_plain_name_is_one_step_down(name in ".{0,12}") {
            if plain(&name).is_ok() {
                let joined = std::path::Path::new("folder").join(&name);
                prop_assert_eq!(joined.components().count(), 2);
                prop_assert_eq!(joined.file_name().and_then(|last| last.to_str()), Some(&*name));
            }
        }
    }
}
