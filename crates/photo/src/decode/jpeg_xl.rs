//! JPEG XL, which keeps a JPEG's very pixels in fewer bytes. `jxl-oxide` decodes it.

use std::io::Read;

use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, ImageResult};
use jxl_oxide::color::{ColourEncoding, ColourSpace, Primaries, TransferFunction, WhitePoint};
use jxl_oxide::{
    AllocTracker, AuxBoxData, EnumColourEncoding, FrameBufferSample, InitializeResult, JxlImage,
    JxlThreadPool, RenderingIntent,
};

use crate::SourceFormat;
use crate::decode::fault::{damaged, too_large, truncated, unsupported};
use crate::decode::header::color_type_of;

const FORMAT: SourceFormat = SourceFormat::JpegXl;

/// Bytes handed to the decoder at once.
const READ_BYTES: usize = 1 << 16;
/// Memory that the decoder may take before a size is known, and then for each pixel: it works in 32-bit
/// numbers, on a copy or two of up to five channels.
const START_MEMORY: usize = 1 << 26;
const PIXEL_MEMORY: usize = 64;

/// A JPEG XL file, bare or in its container; of an animation the first picture.
pub(crate) struct JpegXlDecoder<R> {
    image: JxlImage,
    rest: Rest<R>,
    has_alpha: bool,
    is_deep: bool,
    /// The profile that the pixels are in, where it is none that the decoder knows.
    profile: Option<Vec<u8>>,
}

impl<R: Read> JpegXlDecoder<R> {
    /// Reads up to where the size and the colors are known.
    ///
    /// # Errors
    /// Damage, colors that aren't known, or more than `max_pixels`.
    pub(crate) fn new(source: R, max_pixels: u64) -> ImageResult<Self> {
        let memory = AllocTracker::with_limit(START_MEMORY);
        let mut start = JxlImage::builder()
            // Its threads would end the program with the first panic in one; on ours it is caught.
            .pool(JxlThreadPool::none())
            .alloc_tracker(memory.clone())
            .build_uninit();
        let mut rest = Rest {
            source,
            unread: Vec::new(),
        };
        let mut image = loop {
            if !rest.feed(|bytes| start.feed_bytes(bytes))? {
                return Err(truncated());
            }
            match start.try_init().map_err(|error| damaged(FORMAT, error))? {
                InitializeResult::NeedMoreData(more) => start = more,
                InitializeResult::Initialized(image) => break image,
            }
        };
        let pixels = u64::from(image.width()) * u64::from(image.height());
        if pixels <= max_pixels {
            memory.expand_limit((pixels as usize).saturating_mul(PIXEL_MEMORY));
        }
        let profile = to_srgb(&mut image);
        let format = image.pixel_format();
        if format.has_black() {
            return Err(unsupported(FORMAT, "CMYK"));
        }
        Ok(Self {
            is_deep: image.image_header().metadata.bit_depth.bits_per_sample() > 8,
            has_alpha: format.has_alpha(),
            image,
            rest,
            profile,
        })
    }

    /// Feeds the decoder with the rest of the file, or until the first picture is whole.
    fn load(&mut self) -> ImageResult<()> {
        while self.image.num_loaded_keyframes() == 0 {
            if !self.rest.feed(|bytes| self.image.feed_bytes(bytes))? {
                return Err(truncated());
            }
        }
        Ok(())
    }

    fn render<Sample: FrameBufferSample>(&self, values: &mut [Sample]) -> ImageResult<()> {
        let render = self.image.render_frame(0).map_err(|error| {
            if error.to_string().contains("out of memory") {
                too_large()
            } else {
                damaged(FORMAT, error)
            }
        })?;
        let mut stream = render.stream();
        let has = (stream.width(), stream.height(), stream.channels());
        let channels = u32::from(self.color_type().channel_count());
        if has != (self.image.width(), self.image.height(), channels)
            || stream.write_to_buffer(values) != values.len()
        {
            return Err(damaged(FORMAT, "the picture has another size"));
        }
        Ok(())
    }
}

/// Asks for sRGB, or for its gray. Whole pictures in a profile of their own stay in it, and it is
/// returned: the decoder alone can't take them out of it.
fn to_srgb(image: &mut JxlImage) -> Option<Vec<u8>> {
    let metadata = &image.image_header().metadata;
    let is_gray = metadata.grayscale();
    if !metadata.xyb_encoded && matches!(metadata.colour_encoding, ColourEncoding::IccProfile(_)) {
        return image.original_icc().map(<[u8]>::to_vec);
    }
    // Even where nothing is to be changed, converting would cost some of 16 bits.
    if is_srgb(&metadata.colour_encoding) {
        return None;
    }
    image.request_color_encoding(if is_gray {
        EnumColourEncoding::gray_srgb(RenderingIntent::Relative)
    } else {
        EnumColourEncoding::srgb(RenderingIntent::Relative)
    });
    None
}

/// Whether colors are sRGB's, or grays its grays.
fn is_srgb(encoding: &ColourEncoding) -> bool {
    let ColourEncoding::Enum(encoding) = encoding else {
        return false;
    };
    let is_gray = matches!(encoding.colour_space, ColourSpace::Grey);
    matches!(encoding.white_point, WhitePoint::D65)
        && matches!(encoding.tf, TransferFunction::Srgb)
        && (is_gray || matches!(encoding.primaries, Primaries::Srgb))
}

impl<R: Read> ImageDecoder for JpegXlDecoder<R> {
    fn dimensions(&self) -> (u32, u32) {
        (self.image.width(), self.image.height())
    }

    fn color_type(&self) -> ColorType {
        let is_gray = self.image.pixel_format().is_grayscale();
        color_type_of(is_gray, self.has_alpha, self.is_deep)
    }

    fn icc_profile(&mut self) -> ImageResult<Option<Vec<u8>>> {
        Ok(self.profile.clone())
    }

    fn exif_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        self.load()?;
        Ok(match self.image.aux_boxes().first_exif() {
            Ok(AuxBoxData::Data(exif)) => exif
                .payload()
                .get(exif.tiff_header_offset() as usize..)
                .map(<[u8]>::to_vec),
            _ => None,
        })
    }

    fn xmp_metadata(&mut self) -> ImageResult<Option<Vec<u8>>> {
        self.load()?;
        Ok(match self.image.aux_boxes().first_xml() {
            AuxBoxData::Data(xmp) => Some(xmp.to_vec()),
            _ => None,
        })
    }

    /// The decoder turns pictures itself, and what Exif says of it does not count.
    fn orientation(&mut self) -> ImageResult<Orientation> {
        Ok(Orientation::NoTransforms)
    }

    fn read_image(mut self, buffer: &mut [u8]) -> ImageResult<()> {
        self.load()?;
        if !self.is_deep {
            return self.render(buffer);
        }
        if let Ok(values) = bytemuck::try_cast_slice_mut::<u8, u16>(buffer) {
            return self.render(values);
        }
        // The caller's bytes lie askew.
        let mut values = vec![0u16; buffer.len() / 2];
        self.render(&mut values)?;
        buffer.copy_from_slice(bytemuck::cast_slice(&values));
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, buffer: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(buffer)
    }
}

/// What is still to be read of a file.
struct Rest<R> {
    source: R,
    /// Read, but not yet taken by the decoder.
    unread: Vec<u8>,
}

impl<R: Read> Rest<R> {
    /// Hands some more bytes over; false if there are none.
    fn feed(
        &mut self,
        mut feed: impl FnMut(&[u8]) -> jxl_oxide::Result<usize>,
    ) -> ImageResult<bool> {
        let before = self.unread.len();
        self.unread.resize(before + READ_BYTES, 0);
        let read = self
            .source
            .read(&mut self.unread[before..])
            .map_err(ImageError::IoError)?;
        self.unread.truncate(before + read);
        let taken = feed(&self.unread).map_err(|error| damaged(FORMAT, error))?;
        self.unread.drain(..taken.min(self.unread.len()));
        Ok(read > 0)
    }
}
