//! What made a result, for those who find it later: a colored photo must not pass for an old one that
//! had colors.

use std::fmt::Write as _;
use std::time::SystemTime;

use quick_xml::escape::escape;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::xmp::{IPTC_EXT, RDF, XMP, XMP_MM, printable};

/// IPTC's term for a photo that an algorithm has altered.
const SOURCE_TYPE: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced";
const EVENT: &str = "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#";

/// What colored a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// The program and its version, such as `Tintype 1.0.0`.
    pub software: String,
    /// The name of the network's weights.
    pub checkpoint: String,
    /// Their SHA-256 in hexadecimal, which tells them apart from others of that name.
    pub checkpoint_sha256: Option<String>,
    /// What else the result depends on, by name.
    pub settings: Vec<(String, String)>,
    /// When it was made.
    pub when: Option<SystemTime>,
}

impl Provenance {
    /// A description for XMP: the program, IPTC's term for such pictures, and the history, if the
    /// step was not added to one that there was.
    pub(crate) fn description(&self, with_history: bool) -> String {
        let software = escape(printable(&self.software)).into_owned();
        let mut xml = format!(
            concat!(
                r#"<rdf:Description xmlns:rdf="{rdf}" rdf:about="" xmlns:xmp="{xmp}""#,
                r#" xmlns:xmpMM="{mm}" xmlns:Iptc4xmpExt="{ext}" xmp:CreatorTool="{software}""#,
                r#" Iptc4xmpExt:DigitalSourceType="{kind}">"#,
            ),
            rdf = RDF,
            xmp = XMP,
            mm = XMP_MM,
            ext = IPTC_EXT,
            software = software,
            kind = SOURCE_TYPE,
        );
        if with_history {
            xml += "<xmpMM:History><rdf:Seq>";
            xml += &self.step();
            xml += "</rdf:Seq></xmpMM:History>";
        }
        xml + "</rdf:Description>"
    }

    /// A step of a history in XMP. "Edited" is the one of its customary words that fits.
    pub(crate) fn step(&self) -> String {
        let mut xml = format!(
            r#"<rdf:li xmlns:rdf="{RDF}" xmlns:stEvt="{EVENT}" rdf:parseType="Resource"><stEvt:action>edited</stEvt:action>"#
        );
        let mut add = |name: &str, value: &str| {
            let value = escape(printable(value));
            // Writing to a string cannot fail.
            let _ = write!(xml, "<stEvt:{name}>{value}</stEvt:{name}>");
        };
        add("softwareAgent", &self.software);
        if let Some(when) = self.when.and_then(written_out) {
            add("when", &when);
        }
        add("parameters", &self.parameters());
        xml + "</rdf:li>"
    }

    fn parameters(&self) -> String {
        let mut text = format!("colorized with {}", self.checkpoint);
        if let Some(sha256) = &self.checkpoint_sha256 {
            let _ = write!(text, " (SHA-256 {sha256})");
        }
        for (name, value) in &self.settings {
            let _ = write!(text, "; {name}: {value}");
        }
        text
    }
}

/// The date and time in UTC, to the second.
fn written_out(when: SystemTime) -> Option<String> {
    let when = OffsetDateTime::from(when).replace_nanosecond(0).ok()?;
    when.format(&Rfc3339).ok()
}
