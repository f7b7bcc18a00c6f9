//! No package tells where it was built: its files are searched for the folders of this computer.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use super::build::cargo_home;
use crate::places::Places;

/// Where people's own folders are. Spelled in two halves, as in `tidy`.
const HOMES: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("C:\\Us", "ers\\"),
];
/// Addresses on the net have such parts too.
const AROUND: &[u8] = b"._-~/";

/// Fails if a file holds a path of this computer.
pub(super) fn check(places: &Places, target: &Path, files: &[PathBuf]) -> Result<()> {
    let mut words: Vec<Vec<u8>> = vec![
        bytes_of(&places.root),
        bytes_of(&places.cache),
        bytes_of(&cargo_home()?),
        bytes_of(target),
    ];
    if let Some(home) = env::home_dir().filter(|home| home.components().count() > 1) {
        let mut home = bytes_of(&home);
        home.push(b'/');
        words.push(home);
    }
    words.extend(HOMES.iter().map(|home| home.as_bytes().to_vec()));
    let mut complaints = Vec::new();
    for file in files {
        let bytes = fs::read(file)?;
        for word in &words {
            if let Some(place) = found(&bytes, word) {
                complaints.push(format!("{}: {place}", file.display()));
            }
        }
    }
    if !complaints.is_empty() {
        bail!(
            "these tell where they were built:\n  {}",
            complaints.join("\n  ")
        );
    }
    Ok(())
}

fn bytes_of(path: &Path) -> Vec<u8> {
    path.as_os_str().as_encoded_bytes().to_vec()
}

/// The text around the first place where `word` begins a path.
fn found(bytes: &[u8], word: &[u8]) -> Option<String> {
    let first = *word.first()?;
    let is_here = |at: &usize| {
        let begins = at.checked_sub(1).is_none_or(|before| {
            let c = bytes[before];
            !c.is_ascii_alphanumeric() && !AROUND.contains(&c)
        });
        begins && bytes[*at..].starts_with(word)
    };
    let starts = (0..bytes.len()).filter(|&at| bytes[at] == first);
    let at = starts.into_iter().find(is_here)?;
    let is_text = |c: &&u8| c.is_ascii_graphic();
    let around: Vec<u8> = bytes[at..]
        .iter()
        .take_while(is_text)
        .take(120)
        .copied()
        .collect();
    Some(String::from_utf8_lossy(&around).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_found_where_one_begins() {
        let home = HOMES[0].as_bytes();
        let text = [b"\0\x01", home, b"me/tree/a.cpp\0rest"].concat();
        assert_eq!(
            found(&text, home).unwrap(),
            format!("{}me/tree/a.cpp", HOMES[0])
        );
        let address = [b"https://example.com", home, b"x"].concat();
        assert_eq!(found(&address, home), None);
        assert_eq!(found(b"nothing", home), None);
    }

    #[test]
    fn a_file_with_the_checkouts_path_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places {
            root: "/some/checkout".into(),
            cache: "/some/cache".into(),
            target: "/some/checkout/target".into(),
        };
        let (good, bad) = (folder.path().join("good"), folder.path().join("bad"));
        fs::write(&good, "tintype/src/main.rs").unwrap();
        fs::write(&bad, "at /some/checkout/src/main.rs:1").unwrap();
        let target = &places.target.clone();
        check(&places, target, std::slice::from_ref(&good)).unwrap();
        let error = check(&places, target, &[good, bad])
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("bad: /some/checkout/src/main.rs:1"),
            "{error}"
        );
        assert!(!error.contains("good"), "{error}");
    }
}
