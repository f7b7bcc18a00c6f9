//! XMP changed without losing what is in it.
//!
//! XMP is RDF written as XML: below `rdf:RDF`, descriptions hold properties, as attributes or as
//! elements (ISO 16684-1). A packet is passed through from end to end; on the way properties that
//! speak of the old picture get their new values, and what is to be added goes in at the end.

use quick_xml::escape::escape;
use quick_xml::events::attributes::Attribute;
use quick_xml::events::{BytesEnd, BytesStart, BytesText, Event};
use quick_xml::name::{QName, ResolveResult};
use quick_xml::{NsReader, Writer};

use super::provenance::Provenance;

pub(crate) const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
pub(crate) const XMP: &str = "http://ns.adobe.com/xap/1.0/";
pub(crate) const XMP_MM: &str = "http://ns.adobe.com/xap/1.0/mm/";
pub(crate) const IPTC_EXT: &str = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
const XMP_NOTE: &str = "http://ns.adobe.com/xmp/note/";
const TIFF: &str = "http://ns.adobe.com/tiff/1.0/";
const EXIF: &str = "http://ns.adobe.com/exif/1.0/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
/// A packet with nothing in it.
const EMPTY: &str = concat!(
    r#"<x:xmpmeta xmlns:x="adobe:ns:meta/">"#,
    r#"<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF>"#,
    "</x:xmpmeta>"
);
/// Deeper than any XMP; each level is remembered.
const MAX_DEPTH: usize = 64;

/// What of a result its XMP has to tell right.
#[derive(Debug, Clone)]
pub(crate) struct Changes<'a> {
    pub(crate) size: (u32, u32),
    /// Whether the pixels are sRGB now, whatever they were.
    pub(crate) is_srgb: bool,
    pub(crate) provenance: Option<&'a Provenance>,
    /// Properties that go in where there are none of their names.
    pub(crate) added: Vec<Property>,
}

/// A property that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Property {
    pub(crate) space: &'static str,
    pub(crate) prefix: &'static str,
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    pub(crate) values: Vec<String>,
}

/// How the values of a property stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One, plainly.
    Text,
    /// In any order.
    Bag,
    /// In this order.
    List,
    /// One for each language; here for any.
    Languages,
}

impl Property {
    fn xml(&self) -> String {
        let value = |text: &String| escape(printable(text)).into_owned();
        let items = |tag: &str, attribute: &str| {
            let items = self.values.iter().map(value);
            let items = items.map(|item| format!("<rdf:li{attribute}>{item}</rdf:li>"));
            format!(
                "<rdf:{tag}>{}</rdf:{tag}>",
                items.collect::<Vec<_>>().concat()
            )
        };
        let inside = match self.shape {
            Shape::Text => self.values.first().map(value).unwrap_or_default(),
            Shape::Bag => items("Bag", ""),
            Shape::List => items("Seq", ""),
            Shape::Languages => items("Alt", " xml:lang=\"x-default\""),
        };
        let (prefix, name, space) = (self.prefix, self.name, self.space);
        format!("<{prefix}:{name} xmlns:{prefix}=\"{space}\">{inside}</{prefix}:{name}>")
    }
}

/// Without what XML 1.0 can't hold at all.
pub(crate) fn printable(text: &str) -> String {
    let is_allowed = |c: &char| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars().filter(is_allowed).collect()
}

/// Whether it is XML with all its names known and nothing of a document type.
pub(crate) fn is_sound(xmp: &str) -> bool {
    let mut reader = NsReader::from_str(xmp);
    let (mut depth, mut has_rdf) = (0usize, false);
    loop {
        match reader.read_event() {
            Ok(Event::Start(start) | Event::Empty(start)) if !all_known(&reader, &start) => {
                return false;
            }
            Ok(Event::Start(start)) => {
                depth += 1;
                has_rdf |= is_named(&reader, start.name(), RDF, "RDF");
            }
            Ok(Event::Empty(start)) => has_rdf |= is_named(&reader, start.name(), RDF, "RDF"),
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::DocType(_)) | Err(_) => return false,
            Ok(Event::Eof) => return has_rdf && depth == 0,
            Ok(_) => {}
        }
        if depth > MAX_DEPTH {
            return false;
        }
    }
}

fn all_known(reader: &NsReader<&[u8]>, start: &BytesStart) -> bool {
    let resolver = reader.resolver();
    let is_known = |resolved| !matches!(resolved, ResolveResult::Unknown(_));
    is_known(resolver.resolve_element(start.name()).0)
        && start.attributes().all(|attribute| {
            attribute.is_ok_and(|attribute| is_known(resolver.resolve_attribute(attribute.key).0))
        })
}

fn is_named(reader: &NsReader<&[u8]>, name: QName, space: &str, local: &str) -> bool {
    let (resolved, found) = reader.resolver().resolve_element(name);
    found.as_ref() == local && is_space(&resolved, space)
}

fn is_space(resolved: &ResolveResult, space: &str) -> bool {
    matches!(resolved, ResolveResult::Bound(found) if found.as_ref() == space)
}

/// The XMP of a result: the original's, if it has any, with what has changed. `None` if there is nothing
/// to say, or the original is no XMP.
pub(crate) fn changed(original: Option<&str>, changes: &Changes) -> Option<String> {
    if original.is_none() && changes.provenance.is_none() && changes.added.is_empty() {
        return None;
    }
    let mut editor = Editor {
        reader: NsReader::from_str(original.unwrap_or(EMPTY)),
        writer: Writer::new(Vec::new()),
        changes,
        missing: changes.added.iter().collect(),
        path: Vec::new(),
        wrote_history: false,
    };
    editor.reader.config_mut().expand_empty_elements = true;
    editor.run()?;
    String::from_utf8(editor.writer.into_inner()).ok()
}

/// As a packet, which may also be looked for by those that know nothing of the file around it.
pub(crate) fn packet(xmp: &str) -> String {
    const START: &str = "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>";
    format!("{START}{xmp}<?xpacket end=\"w\"?>")
}

/// Where an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Elsewhere,
    Rdf,
    Description,
    History,
    Steps,
}

/// What becomes of a property.
enum Fate {
    Kept,
    Gone,
    Set(String),
}

struct Editor<'a> {
    reader: NsReader<&'a [u8]>,
    writer: Writer<Vec<u8>>,
    changes: &'a Changes<'a>,
    missing: Vec<&'a Property>,
    path: Vec<Place>,
    wrote_history: bool,
}

impl Editor<'_> {
    fn run(&mut self) -> Option<()> {
        loop {
            match self.reader.read_event().ok()? {
                Event::Start(start) => self.start(&start)?,
                Event::End(end) => self.end(end)?,
                // The packet's wrapping is written anew, and its padding is room for editing in place.
                Event::PI(_) | Event::Decl(_) => {}
                Event::Text(_) if self.path.is_empty() => {}
                Event::DocType(_) => return None,
                Event::Eof => return Some(()),
                other => self.write(other)?,
            }
        }
    }

    fn write<'e>(&mut self, event: impl Into<Event<'e>>) -> Option<()> {
        self.writer.write_event(event).ok()
    }

    fn start(&mut self, start: &BytesStart) -> Option<()> {
        let place = self.place(start.name());
        if self.path.last() == Some(&Place::Description) {
            self.is_there(start.name(), true);
            match self.fate_of_element(start.name()) {
                Fate::Kept => {}
                fate => return self.instead(start, fate),
            }
        }
        self.path.push(place);
        let start = if place == Place::Description {
            self.with_changed_attributes(start)?
        } else {
            start.borrow()
        };
        self.write(Event::Start(start))
    }

    /// Writes an element's new content, or nothing, and reads over the old.
    fn instead(&mut self, start: &BytesStart, fate: Fate) -> Option<()> {
        self.reader.read_to_end(start.name()).ok()?;
        if let Fate::Set(value) = fate {
            self.write(Event::Start(start.borrow()))?;
            self.write(Event::Text(BytesText::new(&value)))?;
            self.write(Event::End(start.to_end()))?;
        }
        Some(())
    }

    fn end(&mut self, end: BytesEnd) -> Option<()> {
        let place = self.path.pop()?;
        match (place, self.changes.provenance) {
            (Place::Steps, Some(provenance)) if !self.wrote_history => {
                self.wrote_history = true;
                self.raw(&provenance.step())?;
            }
            (Place::Rdf, Some(provenance)) => {
                self.raw(&provenance.description(!self.wrote_history))?;
            }
            _ => {}
        }
        if place == Place::Rdf && !self.missing.is_empty() {
            let properties: String = self.missing.drain(..).map(Property::xml).collect();
            self.raw(&format!(
                "<rdf:Description xmlns:rdf=\"{RDF}\" rdf:about=\"\">{properties}</rdf:Description>"
            ))?;
        }
        self.write(Event::End(end))
    }

    /// Takes note of a property that the original has.
    fn is_there(&mut self, name: QName, is_element: bool) {
        let resolver = self.reader.resolver();
        let (space, local) = if is_element {
            resolver.resolve_element(name)
        } else {
            resolver.resolve_attribute(name)
        };
        self.missing
            .retain(|one| one.name != local.as_ref() || !is_space(&space, one.space));
    }

    /// Writes what is XML already.
    fn raw(&mut self, xml: &str) -> Option<()> {
        self.write(Event::Text(BytesText::from_escaped(xml)))
    }

    fn place(&self, name: QName) -> Place {
        let is = |space, local| is_named(&self.reader, name, space, local);
        match self.path.last() {
            Some(Place::Rdf) if is(RDF, "Description") => Place::Description,
            Some(Place::Description) if is(XMP_MM, "History") => Place::History,
            Some(Place::History) if is(RDF, "Seq") => Place::Steps,
            Some(Place::Elsewhere) | None if is(RDF, "RDF") => Place::Rdf,
            _ => Place::Elsewhere,
        }
    }

    fn fate_of_element(&self, name: QName) -> Fate {
        let (resolved, local) = self.reader.resolver().resolve_element(name);
        self.fate(&resolved, local.as_ref())
    }

    fn with_changed_attributes(&mut self, start: &BytesStart) -> Option<BytesStart<'static>> {
        let name = start.name();
        let mut changed = BytesStart::new(name.as_ref().to_owned());
        for attribute in start.attributes() {
            let attribute = attribute.ok()?;
            self.is_there(attribute.key, false);
            let (resolved, local) = self.reader.resolver().resolve_attribute(attribute.key);
            match self.fate(&resolved, local.as_ref()) {
                Fate::Kept => changed.push_attribute(attribute),
                Fate::Gone => {}
                Fate::Set(value) => {
                    let key = attribute.key.as_ref();
                    changed.push_attribute(Attribute::from((key, value.as_str())));
                }
            }
        }
        Some(changed)
    }

    fn fate(&self, resolved: &ResolveResult, local: &str) -> Fate {
        let ResolveResult::Bound(space) = resolved else {
            return Fate::Kept;
        };
        let (width, height) = self.changes.size;
        let is_signed = self.changes.provenance.is_some();
        match (space.as_ref(), local) {
            (TIFF, "Orientation") => Fate::Set("1".to_owned()),
            (TIFF, "ImageWidth") | (EXIF, "PixelXDimension") => Fate::Set(width.to_string()),
            (TIFF, "ImageLength") | (EXIF, "PixelYDimension") => Fate::Set(height.to_string()),
            (EXIF, "ColorSpace") if self.changes.is_srgb => Fate::Set("1".to_owned()),
            (PHOTOSHOP, "ICCProfile") if self.changes.is_srgb => {
                Fate::Set("sRGB IEC61966-2.1".to_owned())
            }
            // They show the old picture, and point to what was joined.
            (XMP, "Thumbnails") | (XMP_NOTE, "HasExtendedXMP") => Fate::Gone,
            (XMP, "CreatorTool") | (IPTC_EXT, "DigitalSourceType") if is_signed => Fate::Gone,
            _ => Fate::Kept,
        }
    }
}
