//! What is said of a camera's raw file where the feature `camera-raw` is off: which it is.

use image::metadata::Orientation;
use tintype_protocol::CancelFlag;

use super::raw;
use super::split::Decoded;
use crate::progress::Share;
use crate::{Error, Limits, PhotoInfo, Result};

/// Refuses the file by its name.
pub(crate) fn header(bytes: &[u8], _limits: &Limits) -> Result<(PhotoInfo, Orientation)> {
    Err(refused(bytes))
}

/// As [`header`], which comes first.
pub(crate) fn decode(
    bytes: &[u8],
    _info: &PhotoInfo,
    _cancel: &CancelFlag,
    _share: &Share,
) -> Result<(Decoded, (u32, u32))> {
    Err(refused(bytes))
}

fn refused(bytes: &[u8]) -> Error {
    Error::Unsupported {
        found: raw::name(bytes),
    }
}
