//! GIF: the first picture of it, laid on the canvas. The `gif` crate decodes it.
//!
//! `image` makes every GIF transparent; here only one that is.

use std::io::Read;

use gif::{ColorOutput, DecodeOptions, Decoder, DecodingError, MemoryLimit};
use image::{ColorType, ImageDecoder, ImageError, ImageResult};

use crate::SourceFormat;
use crate::decode::fault::{damaged, too_large, truncated};

/// A GIF of which the first picture has been found.
pub(crate) struct GifDecoder<R: Read> {
    decoder: Decoder<R>,
    /// The picture's place on the canvas.
    left: usize,
    top: usize,
    width: usize,
    height: usize,
    transparent: Option<u8>,
    palette: Vec<u8>,
}

impl<R: Read> GifDecoder<R> {
    /// Reads up to the first picture.
    ///
    /// # Errors
    /// Damage, no picture at all, or one of more than `max_pixels`.
    pub(crate) fn new(source: R, max_pixels: u64) -> ImageResult<Self> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::Indexed);
        if let Ok(bytes) = max_pixels.try_into() {
            options.set_memory_limit(MemoryLimit::Bytes(bytes));
        }
        let mut decoder = options.read_info(source).map_err(fault)?;
        let frame = decoder.next_frame_info().map_err(fault)?;
        let frame = frame.ok_or_else(truncated)?;
        let own = frame.palette.clone();
        let mut found = Self {
            left: frame.left.into(),
            top: frame.top.into(),
            width: frame.width.into(),
            height: frame.height.into(),
            transparent: frame.transparent,
            palette: Vec::new(),
            decoder,
        };
        let pixels = found.width as u64 * found.height as u64;
        // The picture may claim more than its canvas.
        if pixels > max_pixels {
            return Err(too_large());
        }
        found.palette = own
            .or_else(|| found.decoder.global_palette().map(<[u8]>::to_vec))
            .ok_or_else(|| damaged(SourceFormat::Gif, "there is no palette"))?;
        Ok(found)
    }

    fn covers_canvas(&self) -> bool {
        let (width, height) = self.canvas();
        (self.left, self.top) == (0, 0) && self.width >= width && self.height >= height
    }

    fn canvas(&self) -> (usize, usize) {
        (self.decoder.width().into(), self.decoder.height().into())
    }

    fn has_alpha(&self) -> bool {
        self.transparent.is_some() || !self.covers_canvas()
    }

    /// The color of that number, opaque unless it is the transparent one.
    fn color(&self, number: u8) -> [u8; 4] {
        let at = usize::from(number) * 3;
        // Numbers without a color are black, as browsers have them.
        let rgb = self.palette.get(at..at + 3).unwrap_or(&[0; 3]);
        let alpha = if self.transparent == Some(number) {
            0
        } else {
            255
        };
        [rgb[0], rgb[1], rgb[2], alpha]
    }
}

impl<R: Read> ImageDecoder for GifDecoder<R> {
    fn dimensions(&self) -> (u32, u32) {
        (self.decoder.width().into(), self.decoder.height().into())
    }

    fn color_type(&self) -> ColorType {
        if self.has_alpha() {
            ColorType::Rgba8
        } else {
            ColorType::Rgb8
        }
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.decoder.icc_profile().map(<[u8]>::to_vec))
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.decoder.xmp_metadata().map(<[u8]>::to_vec))
    }

    fn read_image(mut self, buffer: &mut [u8]) -> ImageResult<()> {
        let mut numbers = vec![0; self.width * self.height];
        self.decoder.read_into_buffer(&mut numbers).map_err(fault)?;
        let channels = usize::from(self.color_type().channel_count());
        let colors: Vec<[u8; 4]> = (0..=u8::MAX).map(|number| self.color(number)).collect();
        let (canvas_width, _) = self.canvas();
        buffer.fill(0);
        let rows = buffer.chunks_exact_mut(canvas_width * channels);
        let shown = canvas_width.saturating_sub(self.left).min(self.width);
        if shown == 0 {
            return Ok(());
        }
        // What reaches over the canvas is not seen.
        for (row, numbers) in rows.skip(self.top).zip(numbers.chunks_exact(self.width)) {
            let pixels = row[self.left * channels..].chunks_exact_mut(channels);
            for (pixel, number) in pixels.zip(&numbers[..shown]) {
                pixel.copy_from_slice(&colors[usize::from(*number)][..channels]);
            }
        }
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}

fn fault(error: DecodingError) -> ImageError {
    match error {
        DecodingError::Io(error) => ImageError::IoError(error),
        DecodingError::OutOfMemory | DecodingError::MemoryLimit => too_large(),
        other => damaged(SourceFormat::Gif, other),
    }
}
