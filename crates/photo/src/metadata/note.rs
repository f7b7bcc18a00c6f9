//! What had to be left out, in words.

use tintype_protocol::Language;

/// A kind of metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetadataKind {
    /// Camera, date, place.
    Exif,
    /// The same and more, as XML.
    Xmp,
    /// Captions and credits of the press.
    Iptc,
    /// What the colors mean.
    ColorProfile,
}

/// That some metadata is not kept. The photo itself is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MetadataNote {
    /// It can't be read.
    Damaged(MetadataKind),
    /// Parts of it can't be read.
    Incomplete,
    /// It is larger than any that makes sense, or than the result's format can hold.
    TooLarge(MetadataKind),
    /// The color profile does not fit the picture, or makes no sense: colors were read as sRGB.
    ProfileIgnored,
    /// The result's format has no place for it.
    NoPlace(MetadataKind),
}

impl MetadataNote {
    /// A sentence for a person.
    #[must_use]
    pub fn say(self, language: Language) -> String {
        match self {
            Self::Damaged(kind) => {
                let name = kind.name(language);
                language.pick(
                    format!("The photo's {name} is damaged and was left out."),
                    format!("照片的{name}已损坏，未予保留。"),
                )
            }
            Self::Incomplete => language
                .pick(
                    "Some of the photo's metadata is damaged and was left out.",
                    "照片的部分元数据已损坏，未予保留。",
                )
                .to_owned(),
            Self::TooLarge(kind) => {
                let name = kind.name(language);
                language.pick(
                    format!("The photo's {name} is too large and was left out."),
                    format!("照片的{name}过大，未予保留。"),
                )
            }
            Self::ProfileIgnored => language
                .pick(
                    "The photo's color profile does not fit it; its colors were read as sRGB.",
                    "照片的颜色配置文件与照片不符，颜色已按 sRGB 读取。",
                )
                .to_owned(),
            Self::NoPlace(kind) => {
                let name = kind.name(language);
                language.pick(
                    format!("The chosen format has no place for {name}, so it was left out."),
                    format!("所选格式无法保存{name}，因此未予保留。"),
                )
            }
        }
    }
}

impl MetadataKind {
    fn name(self, language: Language) -> &'static str {
        match self {
            Self::Exif => language.pick("EXIF data", " EXIF 信息"),
            Self::Xmp => language.pick("XMP data", " XMP 信息"),
            Self::Iptc => language.pick("IPTC data", " IPTC 信息"),
            Self::ColorProfile => language.pick("color profile", "颜色配置文件"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_note_is_said_in_both_languages() {
        let kinds = [
            MetadataKind::Exif,
            MetadataKind::Xmp,
            MetadataKind::Iptc,
            MetadataKind::ColorProfile,
        ];
        let mut notes = vec![MetadataNote::Incomplete, MetadataNote::ProfileIgnored];
        for kind in kinds {
            notes.push(MetadataNote::Damaged(kind));
            notes.push(MetadataNote::TooLarge(kind));
            notes.push(MetadataNote::NoPlace(kind));
        }
        for note in notes {
            assert!(note.say(Language::English).is_ascii());
            let chinese = note.say(Language::Chinese);
            assert!(
                chinese
                    .chars()
                    .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
                "{chinese}"
            );
        }
    }
}
