//! Pictures and text onto the clipboard.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use arboard::ImageData;
use tintype_photo::{Photo, Pixels};
use tintype_protocol::ErrorCode;
use tintype_protocol::shell::CommandError;

use crate::error::{Result, plain};

/// The clipboard. It is kept, since on Linux what was copied is only there while its owner is.
#[derive(Default)]
pub(crate) struct Clipboard(Mutex<Option<arboard::Clipboard>>);

impl Clipboard {
    pub(crate) fn put_text(&self, text: String) -> Result<()> {
        self.with(|clipboard| clipboard.set_text(text))
    }

    pub(crate) fn put_photo(&self, photo: &Photo) -> Result<()> {
        let image = ImageData {
            width: photo.width() as usize,
            height: photo.height() as usize,
            bytes: Cow::Owned(rgba(photo.pixels())),
        };
        self.with(|clipboard| clipboard.set_image(image))
    }

    fn with(
        &self,
        act: impl FnOnce(&mut arboard::Clipboard) -> std::result::Result<(), arboard::Error>,
    ) -> Result<()> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let clipboard = match kept.take() {
            Some(clipboard) => clipboard,
            None => arboard::Clipboard::new().map_err(|error| refused(&error))?,
        };
        act(kept.insert(clipboard)).map_err(|error| refused(&error))
    }
}

/// Four bytes a pixel, opaque: other programs disagree on what transparency means there.
fn rgba(pixels: &Pixels) -> Vec<u8> {
    let gray = |v: u8| [v, v, v, 255];
    let high = |v: u16| (v >> 8) as u8;
    match pixels {
        Pixels::Gray8(p) => p.iter().flat_map(|v| gray(*v)).collect(),
        Pixels::Gray16(p) => p.iter().flat_map(|v| gray(high(*v))).collect(),
        Pixels::Rgb8(p) => p
            .chunks_exact(3)
            .flat_map(|p| [p[0], p[1], p[2], 255])
            .collect(),
        Pixels::Rgb16(p) => p
            .chunks_exact(3)
            .flat_map(|p| [high(p[0]), high(p[1]), high(p[2]), 255])
            .collect(),
    }
}

fn refused(error: &arboard::Error) -> CommandError {
    plain(
        ErrorCode::Internal,
        format!("The clipboard did not take it: {error}. Save the picture to a file instead."),
        format!("无法写入剪贴板：{error}。请改为保存到文件。"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_pixel_becomes_opaque_bytes() {
        let expected = vec![1, 1, 1, 255, 2, 2, 2, 255];
        assert_eq!(rgba(&Pixels::Gray8(vec![1, 2].into())), expected);
        assert_eq!(rgba(&Pixels::Gray16(vec![0x1ff, 0x200].into())), expected);
        assert_eq!(rgba(&Pixels::Rgb8(vec![1, 1, 1, 2, 2, 2].into())), expected);
        let deep = vec![0x100, 0x101, 0x1ff, 0x200, 0x200, 0x200];
        assert_eq!(rgba(&Pixels::Rgb16(deep.into())), expected);
    }
}
