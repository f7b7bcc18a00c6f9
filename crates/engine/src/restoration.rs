//! What is mended about a photo before it gets its colors.

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

use tintype_photo::{
    Area, DefectMask, Frame, Limits, Neutral, Photo, PhotoInfo, Tone, View, find_defects,
    find_frame, measure_tint, repair, restore_tone,
};
use tintype_protocol::CancelFlag;

use crate::{Error, Result};

/// What each step takes on 2 cores, in nanoseconds a pixel of a photo of 100 megapixels:
/// `tintype colorize --json --dust 50 --levels 50`.
const BORDERS: f64 = 1.5;
const FINDING: f64 = 85.0;
const REPAIRING: f64 = 5.0;
const TONING: f64 = 45.0;

/// What is mended, and what a network is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Restoration {
    /// Borders and the edges of the scan are found, and left without color.
    pub borders: bool,
    /// What the network sees is freed of sepia and of yellowed paper.
    pub neutral: bool,
    /// Levels and local contrast.
    pub tone: Tone,
    /// How readily dust and scratches are found, to be repaired: 0 is not at all, at most 1.
    pub dust: f32,
    /// A picture of the dust and scratches, in place of those that would be found: see
    /// [`DefectMask::from_png`].
    pub defects: Option<PathBuf>,
}

impl Default for Restoration {
    /// What changes the photo itself is for its owner to ask for.
    fn default() -> Self {
        Self {
            borders: true,
            neutral: true,
            tone: Tone::default(),
            dust: 0.0,
            defects: None,
        }
    }
}

/// A photo as it is colored: mended, and what of it is seen.
pub(crate) struct Restored<'a> {
    pub(crate) photo: Cow<'a, Photo>,
    pub(crate) frame: Frame,
    pub(crate) view: View,
}

impl Restoration {
    /// Nothing at all, as in the published pipeline.
    #[must_use]
    pub fn none() -> Self {
        Self {
            borders: false,
            neutral: false,
            ..Self::default()
        }
    }

    /// Whether a second photo is made of the first.
    #[must_use]
    pub fn changes_photo(&self) -> bool {
        !self.tone.is_nothing() || self.mends()
    }

    fn mends(&self) -> bool {
        self.dust > 0.0 || self.defects.is_some()
    }

    /// Mends a photo and finds out what of it to show. `progress` hears a rising share, 0..=1.
    ///
    /// # Errors
    /// [`Error::Photo`] or [`Error::Cancelled`]; [`Error::Mask`] names a mask that can't be used.
    pub(crate) fn apply<'a>(
        &self,
        photo: &'a Photo,
        cancel: &CancelFlag,
        progress: &mut dyn FnMut(f32),
    ) -> Result<Restored<'a>> {
        let frame = if self.borders {
            find_frame(photo)
        } else {
            Frame::whole(photo.width(), photo.height())
        };
        let mut mended = Cow::Borrowed(photo);
        // Finding, repairing and the tones share the bar as they share the time.
        let mending = if self.mends() {
            FINDING + REPAIRING
        } else {
            0.0
        };
        let toning = if self.tone.is_nothing() { 0.0 } else { TONING };
        let all = (mending + toning) as f32;
        let mut heard = |done: f64, part: f64, share: f32| {
            progress((done as f32 + part as f32 * share) / all);
        };
        if self.mends() {
            let mask = self.mask(photo, &frame, cancel, &mut |share| {
                heard(0.0, FINDING, share);
            })?;
            let mut repaired = |share| heard(FINDING, REPAIRING, share);
            mended = Cow::Owned(repair(&mended, &mask, cancel, &mut repaired)?);
        }
        if !self.tone.is_nothing() {
            let mut toned = |share| heard(mending, TONING, share);
            let photo = restore_tone(&mended, &self.tone, Some(&frame), cancel, &mut toned)?;
            mended = Cow::Owned(photo);
        }
        let neutral = if self.neutral {
            Neutral::of(&measure_tint(&mended))
        } else {
            Neutral::identity()
        };
        let view = View {
            area: Area::within(&frame),
            neutral,
        };
        Ok(Restored {
            photo: mended,
            frame,
            view,
        })
    }

    /// The photo as it would be mended, for looking at before it is colored.
    ///
    /// # Errors
    /// [`Error::Photo`], [`Error::Mask`] or [`Error::Cancelled`].
    pub fn mended(&self, photo: &Photo, cancel: &CancelFlag) -> Result<Photo> {
        Ok(self.apply(photo, cancel, &mut |_| {})?.photo.into_owned())
    }

    fn mask(
        &self,
        photo: &Photo,
        frame: &Frame,
        cancel: &CancelFlag,
        progress: &mut dyn FnMut(f32),
    ) -> Result<DefectMask> {
        if let Some(path) = &self.defects {
            return DefectMask::read(path, &Limits::default(), cancel).map_err(
                |error| match error {
                    tintype_photo::Error::Cancelled => Error::Cancelled,
                    source => Error::Mask {
                        path: path.clone(),
                        source,
                    },
                },
            );
        }
        found_defects(photo, self.dust, frame, cancel, progress)
    }

    /// How many bytes it takes at most beside the photo.
    pub(crate) fn peak_bytes(&self, photo: &PhotoInfo) -> u64 {
        let result = u64::from(self.changes_photo()) * photo.decoded_bytes();
        // The lightness, what stands out of it at two sizes, and the mask.
        let finding = u64::from(self.mends()) * 4 * photo.mask_bytes();
        result + finding
    }

    /// How long it is expected to take.
    pub(crate) fn expected(&self, photo: &PhotoInfo) -> Duration {
        let per_pixel = [
            (self.borders, BORDERS),
            (self.mends(), FINDING + REPAIRING),
            (!self.tone.is_nothing(), TONING),
        ];
        let nanoseconds: f64 = per_pixel
            .into_iter()
            .filter_map(|(is_done, rate)| is_done.then_some(rate))
            .sum();
        let pixels = f64::from(photo.width) * f64::from(photo.height);
        Duration::from_secs_f64(pixels * nanoseconds * 1e-9)
    }
}

/// The dust and scratches of a photo, found as readily as `sensitivity`, 0..=1, says: what would be repaired.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn defects(photo: &Photo, sensitivity: f32, cancel: &CancelFlag) -> Result<DefectMask> {
    found_defects(photo, sensitivity, &find_frame(photo), cancel, &mut |_| {})
}

fn found_defects(
    photo: &Photo,
    sensitivity: f32,
    frame: &Frame,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<DefectMask> {
    let mut mask = find_defects(photo, sensitivity, cancel, progress)?;
    // What is written on a border is no dust.
    mask.keep_inside(frame);
    Ok(mask)
}
