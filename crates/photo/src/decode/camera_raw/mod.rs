//! Raw files of cameras: what the sensor saw, decoded and developed by `rawler`.
//!
//! | file | what it does |
//! | --- | --- |
//! | `claims.rs` | what the file claims, before anybody believes it |
//! | `layout.rs` | what of the sensor is the picture |
//! | `develop.rs` | the sensor's numbers to sRGB, strip by strip |

mod claims;
mod develop;
mod layout;

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::metadata::Orientation;
use rawler::RawlerError;
use rawler::decoders::{Decoder, RawDecodeParams};
use rawler::rawsource::RawSource;
use tintype_protocol::CancelFlag;

use self::layout::Layout;
use super::split::Decoded;
use super::upright::swaps_sides;
use super::{fault, raw};
use crate::progress::Share;
use crate::{Error, Limits, Metadata, PhotoInfo, Result, SourceFormat};

const FORMAT: SourceFormat = SourceFormat::CameraRaw;

/// The share of the time that decoding takes beside developing.
const DECODING: (u64, u64) = (1, 4);

/// Whose TIFFs are read beside DNG: `rawler` has decoders for more, but these are known not to make room for what a
/// damaged file claims beyond what [`claims`] looks at.
const MAKERS: [&str; 12] = [
    "Canon",
    "Hasselblad",
    "LEICA",
    "NIKON",
    "Nikon",
    "OLYMPUS",
    "OM Digital Solutions",
    "PENTAX",
    "Panasonic",
    "RICOH",
    "SAMSUNG",
    "SONY",
];

/// Reads up to the pixels, and checks all against the limits.
///
/// # Errors
/// [`Error::UnsupportedCamera`], [`Error::UnsupportedVariety`], [`Error::TooManyPixels`], [`Error::Truncated`] or
/// [`Error::Corrupt`].
pub(crate) fn header(bytes: &[u8], limits: &Limits) -> Result<(PhotoInfo, Orientation)> {
    let metadata = Metadata::read(bytes, FORMAT).0;
    check_maker(bytes, &metadata)?;
    claims::check(bytes, limits)?;
    let source = RawSource::new_from_slice(bytes);
    let layout = guarded(|| {
        let decoder = rawler::get_decoder(&source).map_err(told)?;
        Layout::before_pixels(&*decoder, &source)
    })?;
    let (width, height) = layout.size();
    limits.check_pixels(width, height)?;
    let orientation = metadata.orientation();
    let (width, height) = if swaps_sides(orientation) {
        (height, width)
    } else {
        (width, height)
    };
    let info = PhotoInfo {
        width,
        height,
        format: FORMAT,
        channels: layout.channels,
        bytes_per_channel: 2,
        has_alpha: false,
    };
    Ok((info, orientation))
}

/// Decodes and develops what [`header`] found sound, and tells its size as it lies. Nothing is heard while the
/// sensor's numbers are unpacked, nor is that stopped.
///
/// # Errors
/// As [`header`]'s, and [`Error::Cancelled`].
pub(crate) fn decode(
    bytes: &[u8],
    info: &PhotoInfo,
    cancel: &CancelFlag,
    share: &Share,
) -> Result<(Decoded, (u32, u32))> {
    if cancel.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let source = RawSource::new_from_slice(bytes);
    let raw = guarded(|| {
        let decoder = rawler::get_decoder(&source).map_err(told)?;
        decoder.raw_image(&source, &first(), false).map_err(told)
    })?;
    drop(source);
    share.reach(DECODING.0, DECODING.1);
    let layout = guarded(|| Layout::of(&raw))?;
    let (width, height) = layout.size();
    let promised = [(info.width, info.height), (info.height, info.width)];
    if !promised.contains(&(width, height)) || layout.channels != info.channels {
        return Err(corrupt("its pixels are not as its header has them"));
    }
    let pixels = develop::develop(raw, layout, cancel, |done, total| {
        share.reach(
            DECODING.0 * total + (DECODING.1 - DECODING.0) * done,
            DECODING.1 * total,
        );
    })?;
    Ok((Decoded::Opaque(pixels), (width, height)))
}

/// Of several pictures the first.
fn first() -> RawDecodeParams {
    RawDecodeParams::default()
}

/// That the maker of a TIFF is one of [`MAKERS`]. Other files are told by how they start.
fn check_maker(bytes: &[u8], metadata: &Metadata) -> Result<()> {
    let is_known = match raw::name(bytes) {
        Some("Phase One RAW") => false,
        Some("camera RAW" | "Canon RAW") => {
            let make = metadata.make();
            let make = make.ok_or_else(|| corrupt("the camera's name is missing"))?;
            MAKERS.iter().any(|maker| make.starts_with(maker))
        }
        _ => true,
    };
    if is_known {
        return Ok(());
    }
    Err(Error::UnsupportedCamera {
        camera: camera(metadata.make().as_deref(), metadata.model().as_deref()),
    })
}

/// Runs a part of `rawler`, which gives up on much damage by a panic: to the user that is damage.
fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    // Whatever the panic left half done is dropped here and never looked at.
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(corrupt("the decoder gave up on it")))
}

/// What `rawler` says, which has one kind of error for most.
fn told(error: RawlerError) -> Error {
    let text = match error {
        RawlerError::Unsupported {
            what, make, model, ..
        } => {
            let camera = camera(Some(&make), Some(&model));
            let is_camera = ["Unknown camera", "Couldn't find a decoder", "No decoder"]
                .iter()
                .any(|words| what.starts_with(words));
            return match camera {
                Some(camera) if !is_camera => unsupported_variety(&format!("{camera}: {what}")),
                camera => Error::UnsupportedCamera { camera },
            };
        }
        RawlerError::DecoderFailed(text) => text,
    };
    let has = |words: &str| text.contains(words);
    if has("EOF") || has("failed to fill whole buffer") {
        Error::Truncated { format: FORMAT }
    } else if has("nsupported") || has("know how to") {
        unsupported_variety(&text)
    } else {
        corrupt(&text)
    }
}

/// A camera's name, in which most makers repeat their own or its first word.
fn camera(make: Option<&str>, model: Option<&str>) -> Option<String> {
    let named = |name: Option<&str>| {
        let name = name
            .unwrap_or_default()
            .trim_matches(['\0', ' '])
            .to_owned();
        (!name.is_empty()).then_some(name)
    };
    let first_word = |name: &str| name.split(' ').next().map(str::to_lowercase);
    match (named(make), named(model)) {
        (Some(make), Some(model)) if first_word(&make) == first_word(&model) => Some(model),
        (Some(make), Some(model)) => Some(format!("{make} {model}")),
        (make, model) => make.or(model),
    }
}

fn corrupt(why: &str) -> Error {
    Error::Corrupt {
        format: FORMAT,
        source: fault::damaged(FORMAT, why),
    }
}

fn unsupported_variety(what: &str) -> Error {
    Error::UnsupportedVariety {
        format: FORMAT,
        source: fault::unsupported(FORMAT, what),
    }
}

/// The picture as far as it is known without its pixels.
fn without_pixels(decoder: &dyn Decoder, source: &RawSource) -> Result<rawler::RawImage> {
    decoder.raw_image(source, &first(), true).map_err(told)
}
