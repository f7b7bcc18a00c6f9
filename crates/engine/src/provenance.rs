//! What a result says of its own making.

use std::time::SystemTime;

use tintype_photo::Provenance;
use tintype_protocol::Precision;

use crate::Options;

/// The note for a result: the program, the checkpoint by its name and, where it is known, its SHA-256, the
/// network's arithmetic, and all else that the colors depend on.
#[must_use]
pub fn provenance(
    checkpoint: &str,
    sha256: Option<String>,
    precision: Precision,
    options: &Options,
) -> Provenance {
    let Options {
        size,
        geometry,
        restoration,
        merging,
    } = options;
    let adjustment = merging.adjustment;
    let settings = [
        ("size", size.to_string()),
        ("geometry", geometry.to_string()),
        ("precision", precision.to_string()),
        ("upsample", merging.upsampling.to_string()),
        ("gamut", merging.gamut.to_string()),
        ("strength", adjustment.strength.to_string()),
        ("warmth", adjustment.warmth.to_string()),
        ("taming", adjustment.taming.to_string()),
        ("borders", restoration.borders.to_string()),
        ("neutral", restoration.neutral.to_string()),
        ("levels", restoration.tone.levels.to_string()),
        ("contrast", restoration.tone.contrast.to_string()),
        ("dust", restoration.dust.to_string()),
    ];
    Provenance {
        software: concat!("Tintype ", env!("CARGO_PKG_VERSION")).to_owned(),
        checkpoint: checkpoint.to_owned(),
        checkpoint_sha256: sha256,
        settings: settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
        when: Some(SystemTime::now()),
    }
}
