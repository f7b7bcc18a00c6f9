//! What tells a Linux desktop of the app: its entry in the menu and what it opens, and its page in
//! software centers.

use std::fmt::Write as _;
use std::fs;

use anyhow::{Context as _, Result};

use crate::dist::product::Product;
use crate::places::Places;

/// Templates, in `src-tauri/linux`.
const LAUNCHER: &str = "tintype.desktop";
const METAINFO: &str = "metainfo.xml";

/// The files below `share`, with their contents.
pub(in crate::dist) fn files(places: &Places, product: &Product) -> Result<Vec<(String, String)>> {
    let id = &product.id;
    Ok(vec![
        (
            format!("applications/{id}.desktop"),
            template(places, product, LAUNCHER)?,
        ),
        (
            format!("metainfo/{id}.metainfo.xml"),
            template(places, product, METAINFO)?,
        ),
    ])
}

/// A file of `src-tauri/linux` with what is known of the product filled in.
pub(in crate::dist) fn template(places: &Places, product: &Product, name: &str) -> Result<String> {
    let path = places.root.join("src-tauri/linux").join(name);
    let text =
        fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    filled(&text, product)
}

fn filled(text: &str, product: &Product) -> Result<String> {
    let mut list = String::new();
    let mut elements = String::new();
    for kind in &product.media_types {
        // Writing to a string does not fail.
        let _ = write!(list, "{kind};");
        let _ = write!(elements, "\n    <mediatype>{kind}</mediatype>");
    }
    Ok(text
        .replace("@ID@", &product.id)
        .replace("@VERSION@", &product.version)
        .replace("@DATE@", &product.date()?)
        .replace("@LICENSE@", &product.license)
        .replace("@HOMEPAGE@", &product.homepage)
        .replace("@MIME@", &list)
        .replace("@MEDIATYPES@", elements.trim_start_matches('\n')))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dist::product::tests::product;

    const TEMPLATES: [&str; 3] = [
        include_str!("../../../../../src-tauri/linux/tintype.desktop"),
        include_str!("../../../../../src-tauri/linux/metainfo.xml"),
        include_str!("../../../../../src-tauri/linux/install.sh"),
    ];

    #[test]
    fn nothing_of_a_template_is_left_to_fill_in() {
        for template in TEMPLATES {
            let text = filled(template, &product()).unwrap();
            assert!(!text.contains('@'), "{text}");
        }
    }

    #[test]
    fn the_launcher_and_the_page_open_the_same_kinds_of_pictures() {
        let [launcher, metainfo, _] = TEMPLATES.map(|text| filled(text, &product()).unwrap());
        let line = launcher
            .lines()
            .find_map(|line| line.strip_prefix("MimeType="));
        let kinds: Vec<_> = line.unwrap().split_terminator(';').collect();
        assert_eq!(kinds, product().media_types);
        for kind in kinds {
            assert!(metainfo.contains(&format!("<mediatype>{kind}</mediatype>")));
        }
    }
}
