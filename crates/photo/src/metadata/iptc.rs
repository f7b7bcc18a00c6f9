//! IPTC's datasets (IIM 4) as properties of XMP, for formats that have a place for these only.

use super::xmp::{Property, Shape};

const DC: &str = "http://purl.org/dc/elements/1.1/";
const PHOTOSHOP: &str = "http://ns.adobe.com/photoshop/1.0/";
/// The record of what a photo shows, and the dataset that numbers its version.
const APPLICATION: u8 = 2;
const VERSION: u8 = 0;
/// The envelope's record, and its dataset that names the characters used; this is UTF-8.
const ENVELOPE: u8 = 1;
const CHARACTERS: u8 = 90;
const UTF_8: &[u8] = b"\x1B%G";

/// The properties that say the same, and whether they say all of it.
pub(crate) fn as_properties(iptc: &[u8]) -> (Vec<Property>, bool) {
    let is_utf8 = Datasets(iptc)
        .any(|(record, dataset, data)| (record, dataset, data) == (ENVELOPE, CHARACTERS, UTF_8));
    let mut properties: Vec<Property> = Vec::new();
    let mut is_all = true;
    for (record, dataset, data) in Datasets(iptc) {
        if record != APPLICATION || dataset == VERSION {
            continue;
        }
        let Some((space, prefix, name, shape)) = property_of(dataset) else {
            is_all = false;
            continue;
        };
        let value = text(data, is_utf8);
        let known = properties.iter_mut().find(|property| property.name == name);
        match known {
            Some(property) if shape != Shape::Text => property.values.push(value),
            // What is said once is said for good.
            Some(_) => {}
            None => properties.push(Property {
                space,
                prefix,
                name,
                shape,
                values: vec![value],
            }),
        }
    }
    (properties, is_all)
}

/// Without the zeros that TIFF fills it up with.
pub(crate) fn without_padding(iptc: &[u8]) -> &[u8] {
    let mut datasets = Datasets(iptc);
    while datasets.next().is_some() {}
    let is_padding = datasets.0.iter().all(|byte| *byte == 0);
    let padding = if is_padding { datasets.0.len() } else { 0 };
    &iptc[..iptc.len() - padding]
}

/// Where IPTC's own mapping (Photo Metadata Standard) puts a dataset.
fn property_of(dataset: u8) -> Option<(&'static str, &'static str, &'static str, Shape)> {
    let dc = |name, shape| Some((DC, "dc", name, shape));
    let photoshop = |name| Some((PHOTOSHOP, "photoshop", name, Shape::Text));
    match dataset {
        5 => dc("title", Shape::Languages),
        25 => dc("subject", Shape::Bag),
        40 => photoshop("Instructions"),
        80 => dc("creator", Shape::List),
        85 => photoshop("AuthorsPosition"),
        90 => photoshop("City"),
        95 => photoshop("State"),
        101 => photoshop("Country"),
        103 => photoshop("TransmissionReference"),
        105 => photoshop("Headline"),
        110 => photoshop("Credit"),
        115 => photoshop("Source"),
        116 => dc("rights", Shape::Languages),
        120 => dc("description", Shape::Languages),
        122 => photoshop("CaptionWriter"),
        _ => None,
    }
}

/// In the characters that it says it is in, else in those of western Europe.
fn text(data: &[u8], is_utf8: bool) -> String {
    match std::str::from_utf8(data) {
        Ok(text) => text.to_owned(),
        Err(_) if is_utf8 => String::from_utf8_lossy(data).into_owned(),
        Err(_) => data.iter().map(|byte| char::from(*byte)).collect(),
    }
}

/// Datasets with their records and numbers, as far as they are sound.
struct Datasets<'a>(&'a [u8]);

impl<'a> Iterator for Datasets<'a> {
    type Item = (u8, u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (&[0x1C, record, dataset, high, low], rest) = self.0.split_first_chunk()? else {
            return None;
        };
        // Lengths above 32 KB are written in another way, which no text comes near.
        let length = u16::from_be_bytes([high, low]);
        let (data, rest) = rest.split_at_checked(usize::from(length))?;
        self.0 = rest;
        Some((record, dataset, data))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dataset(number: u8, data: &[u8]) -> Vec<u8> {
        let length = (data.len() as u16).to_be_bytes();
        [&[0x1C, APPLICATION, number], &length[..], data].concat()
    }

    #[test]
    fn repeated_datasets_are_lists_and_unknown_ones_are_told_of() {
        let iptc = [
            dataset(VERSION, &[0, 4]),
            dataset(25, b"lake"),
            dataset(25, b"boat"),
            dataset(90, b"Z\xFCrich"),
        ]
        .concat();
        let (properties, is_all) = as_properties(&iptc);
        assert!(is_all);
        assert_eq!(properties[0].values, ["lake", "boat"]);
        assert_eq!(properties[1].values, ["Z\u{fc}rich"]);
        let padded = [&iptc[..], &[0; 3]].concat();
        assert_eq!(without_padding(&padded), iptc);
        let (_, is_all) = as_properties(&[iptc, dataset(200, b"x")].concat());
        assert!(!is_all);
    }
}
