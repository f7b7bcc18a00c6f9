//! Tables that this tool writes into documents, between two marks: the prose around them stays.

use std::fs;

use anyhow::{Context as _, Result};

use crate::places::Places;

/// Where tables stand.
pub(crate) struct Tables {
    /// The document, from the project's folder.
    pub(crate) document: &'static str,
    /// The line before them.
    pub(crate) begin: &'static str,
    /// The line after them.
    pub(crate) end: &'static str,
}

impl Tables {
    /// Renews them.
    pub(crate) fn write(&self, places: &Places, tables: &str) -> Result<()> {
        let path = places.root.join(self.document);
        let text = fs::read_to_string(&path);
        let text = text.with_context(|| format!("{} cannot be read", self.document))?;
        fs::write(&path, self.replaced(&text, tables)?)?;
        Ok(())
    }

    /// `text` with what is between the marks replaced.
    fn replaced(&self, text: &str, tables: &str) -> Result<String> {
        let Self {
            document,
            begin,
            end,
        } = self;
        let (before, rest) = text
            .split_once(begin)
            .with_context(|| format!("{document} has no first mark"))?;
        let (_, after) = rest
            .split_once(end)
            .with_context(|| format!("{document} has no second mark"))?;
        Ok(format!("{before}{begin}\n\n{tables}\n{end}{after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLES: Tables = Tables {
        document: "docs/page.md",
        begin: "<!-- figures -->",
        end: "<!-- end of figures -->",
    };

    #[test]
    fn prose_stays_and_figures_go() {
        let Tables { begin, end, .. } = TABLES;
        let page = format!("# Title\n\nprose\n\n{begin}\nold\n{end}\nmore prose\n");
        let page = TABLES.replaced(&page, "new\n").unwrap();
        assert!(
            page.contains("prose") && page.ends_with("more prose\n"),
            "{page}"
        );
        assert!(page.contains("new") && !page.contains("old"), "{page}");
        assert_eq!(TABLES.replaced(&page, "new\n").unwrap(), page);
        assert!(TABLES.replaced("no marks", "new").is_err());
    }

    #[test]
    fn tables_stand_apart_from_their_marks() {
        let Tables { begin, end, .. } = TABLES;
        let text = format!("a\n{begin}\nold\n{end}\nb\n");
        assert_eq!(
            TABLES.replaced(&text, "new").unwrap(),
            format!("a\n{begin}\n\nnew\n{end}\nb\n")
        );
    }
}
