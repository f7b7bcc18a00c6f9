//! One photo's stages by hand.

use std::path::Path;
use std::time::Instant;

use tintype_photo::{
    Coloring, Layout, Limits, MetadataNote, NetworkInput, Photo, PhotoFile, SaveOptions, Scaling,
    merge, save_with_progress, scale_with_progress,
};
use tintype_protocol::CancelFlag;

use crate::restoration::Restored;
use crate::{
    Colorized, Colorizer, Error, Event, Geometry, Machine, Options, Plan, Result, Stage, Timings,
    largest_size_that_fits,
};

/// The share of [`Stage::Load`] that is reading; the rest is decoding. A file is mostly in the system's
/// cache or on a quick disk.
const READ_SHARE: f32 = 0.05;

/// The share of [`Stage::Preprocess`] that is looking for borders, or mending as well; the rest is making the
/// network's input.
const LOOKING_SHARE: f32 = 0.8;
const MENDING_SHARE: f32 = 0.99;

/// Runs stages one after another, times them and reports them: for whoever strings them together in
/// another way than [`colorize_file`](crate::colorize_file), such as a graph of them.
///
/// Each method is one stage, or three of them, and can be called any number of times. It fails with
/// [`Error::Cancelled`] where the flag is raised before or while it works. None emits
/// [`Event::Planned`]: what is to come, only the caller knows.
pub struct Run<'a> {
    observer: &'a mut dyn FnMut(Event),
    cancel: &'a CancelFlag,
    timings: Timings,
}

impl<'a> Run<'a> {
    /// Nothing has run yet.
    #[must_use]
    pub fn new(observer: &'a mut dyn FnMut(Event), cancel: &'a CancelFlag) -> Self {
        Self {
            observer,
            cancel,
            timings: Timings::default(),
        }
    }

    /// Reads and decodes a photo: [`Stage::Load`].
    ///
    /// # Errors
    /// [`Error::Photo`] or [`Error::Cancelled`].
    pub fn load(&mut self, source: &Path, limits: &Limits) -> Result<Photo> {
        let (photo, ()) = self.load_if(source, limits, |_, _| Ok(()))?;
        Ok(photo)
    }

    /// Like [`load`](Self::load), but asks `plan` once the header is known and before anything large
    /// is done; what it says is handed on.
    pub(crate) fn load_if<T>(
        &mut self,
        source: &Path,
        limits: &Limits,
        plan: impl FnOnce(&PhotoFile, &mut dyn FnMut(Event)) -> Result<T>,
    ) -> Result<(Photo, T)> {
        let cancel = self.cancel;
        self.stage(Stage::Load, |observer| {
            let mut read = |share| observer(Event::Progress(Stage::Load, READ_SHARE * share));
            let file = PhotoFile::read_with_progress(source, limits, cancel, &mut read)?;
            let plan = plan(&file, observer)?;
            let mut decoded = |share: f32| {
                let fraction = READ_SHARE + (1.0 - READ_SHARE) * share;
                observer(Event::Progress(Stage::Load, fraction));
            };
            Ok((file.decode_with_progress(&mut decoded)?, plan))
        })
    }

    /// Brings a photo to another size: [`Stage::Preprocess`].
    ///
    /// # Errors
    /// [`Error::Photo`] if it would get too large, or [`Error::Cancelled`].
    pub fn scale(&mut self, photo: &Photo, scaling: &Scaling) -> Result<Photo> {
        let cancel = self.cancel;
        self.stage(Stage::Preprocess, |observer| {
            let mut progress = |fraction| observer(Event::Progress(Stage::Preprocess, fraction));
            let scaled = scale_with_progress(photo, scaling, cancel, &mut progress)?;
            Ok(scaled)
        })
    }

    /// Gives a photo the colors that were planned for it, or for one of its size:
    /// [`Stage::Preprocess`], [`Stage::Inference`] and [`Stage::Postprocess`].
    ///
    /// # Errors
    /// [`Error::OutOfMemory`] where the plan was wrong, [`Error::Colorizer`], [`Error::Photo`] or
    /// [`Error::Cancelled`].
    pub fn colorize(
        &mut self,
        photo: &Photo,
        plan: &Plan,
        colorizer: &mut dyn Colorizer,
    ) -> Result<Colorized> {
        let cancel = self.cancel;
        let options = &plan.options;
        let (restored, input) = self.stage(Stage::Preprocess, |observer| {
            let mut progress = |fraction| observer(Event::Progress(Stage::Preprocess, fraction));
            let before = if options.restoration.changes_photo() {
                MENDING_SHARE
            } else {
                LOOKING_SHARE
            };
            let restored = options.restoration.apply(photo, cancel, &mut |share| {
                progress(before * share);
            })?;
            let layout = match options.geometry {
                Geometry::Square => Layout::Stretched,
                Geometry::Fit => Layout::Fitted,
            };
            let size = (plan.input_width, plan.input_height);
            let mut laid_out = |share| progress(before + (1.0 - before) * share);
            let input =
                NetworkInput::of(&restored.photo, &restored.view, layout, size, &mut laid_out);
            Ok((restored, input))
        })?;
        // Waiting for another photo's turn to end is no part of the stage.
        colorizer.wait(cancel)?;
        let chroma = self.stage(Stage::Inference, |observer| {
            let mut progress = |fraction| observer(Event::Progress(Stage::Inference, fraction));
            colorizer
                .colorize(&input, &mut progress, cancel)
                .map_err(|error| with_suggestion(error, photo, options, colorizer))
        })?;
        let chroma = chroma.cropped(input.content);
        let Restored { photo, frame, .. } = restored;
        let merged = self.stage(Stage::Postprocess, |observer| {
            let mut progress = |fraction| observer(Event::Progress(Stage::Postprocess, fraction));
            let merged = merge(
                &photo,
                &chroma,
                &frame,
                &options.merging,
                cancel,
                &mut progress,
            )?;
            Ok(merged)
        })?;
        Ok(Colorized {
            photo: merged,
            coloring: Coloring {
                chroma,
                frame,
                merging: options.merging,
                has_mark: false,
            },
        })
    }

    /// Encodes a photo and puts it at `destination`, whole or not at all: [`Stage::Save`]. Returns what
    /// metadata of the original did not get into it.
    ///
    /// # Errors
    /// [`Error::Photo`] or [`Error::Cancelled`]; then nothing is left behind.
    pub fn save(
        &mut self,
        photo: &Photo,
        destination: &Path,
        options: &SaveOptions,
    ) -> Result<Vec<MetadataNote>> {
        let cancel = self.cancel;
        self.stage(Stage::Save, |observer| {
            let mut progress = |fraction| observer(Event::Progress(Stage::Save, fraction));
            Ok(save_with_progress(
                photo,
                destination,
                options,
                cancel,
                &mut progress,
            )?)
        })
    }

    /// What each stage took, summed over what ran.
    #[must_use]
    pub fn timings(&self) -> Timings {
        self.timings
    }

    fn stage<T>(
        &mut self,
        stage: Stage,
        work: impl FnOnce(&mut dyn FnMut(Event)) -> Result<T>,
    ) -> Result<T> {
        if self.cancel.is_cancelled() {
            return Err(Error::Cancelled);
        }
        (self.observer)(Event::Started(stage));
        let started = Instant::now();
        let result = work(self.observer)?;
        let elapsed = started.elapsed();
        self.timings.set(stage, self.timings.get(stage) + elapsed);
        (self.observer)(Event::Ended(stage, elapsed));
        Ok(result)
    }
}

/// Where memory ran out in spite of the prediction, less of it is there than was thought: half the
/// size is suggested, or what fits by the prediction if that is even less.
fn with_suggestion(
    error: Error,
    photo: &Photo,
    options: &Options,
    colorizer: &dyn Colorizer,
) -> Error {
    match error {
        Error::OutOfMemory {
            needed_bytes,
            available_bytes,
            ..
        } => {
            let half = Options {
                size: options.size / 2,
                ..options.clone()
            };
            let suggested_size =
                largest_size_that_fits(&photo.info(), &half, colorizer, Machine::probe());
            Error::OutOfMemory {
                size: options.size,
                needed_bytes,
                available_bytes,
                suggested_size,
            }
        }
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::Fake;
    use crate::{Meter, Request, colorize_file, plan};
    use std::path::PathBuf;
    use std::time::Duration;
    use tintype_photo::{Crop, OutputFormat, Overwrite, ScaleMethod};

    /// A BMP of 90x60 gray pixels, written by hand: a header of 14 bytes, one of 40, rows.
    fn gray_photo(folder: &Path) -> PathBuf {
        let path = folder.join("gray.bmp");
        let (width, height) = (90u32, 60u32);
        let mut file = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
        file.extend([width.to_le_bytes(), height.to_le_bytes()].concat());
        file.extend(b"\x01\0\x18\0");
        file.extend([0; 24]);
        for y in 0..height {
            // 3 * 90 is no multiple of 4, to which rows are padded.
            let row = (0..width).flat_map(|x| [(x + y) as u8; 3]);
            file.extend(row.chain([0; 2]));
        }
        std::fs::write(&path, file).unwrap();
        path
    }

    const SCALING: Scaling = Scaling {
        method: ScaleMethod::Area,
        width: 45,
        height: 0,
        crop: Crop::Disabled,
    };

    fn request(folder: &Path) -> Request {
        Request {
            source: gray_photo(folder),
            destination: folder.join("colors.png"),
            save: SaveOptions::new(OutputFormat::Png, Overwrite::Never),
            has_mark: false,
            limits: Limits::default(),
            options: Options::default(),
            room: crate::Room::default(),
        }
    }

    #[test]
    fn stages_by_hand_make_what_they_make_in_one() {
        let folder = tempfile::tempdir().unwrap();
        let (request, cancel) = (request(folder.path()), CancelFlag::new());
        colorize_file(&request, &mut Fake, &mut |_| {}, &cancel).unwrap();
        let by_hand = folder.path().join("by-hand.png");
        let mut observer = |_| {};
        let mut run = Run::new(&mut observer, &cancel);
        let photo = run.load(&request.source, &request.limits).unwrap();
        let plan = plan(&photo.info(), &request.options, &Fake, Machine::probe()).unwrap();
        let colors = run.colorize(&photo, &plan, &mut Fake).unwrap();
        run.save(&colors.photo, &by_hand, &request.save).unwrap();
        assert!(
            Stage::ALL
                .iter()
                .all(|stage| !run.timings().get(*stage).is_zero())
        );
        let read = |path: &Path| std::fs::read(path).unwrap();
        assert_eq!(read(&by_hand), read(&request.destination));
    }

    #[test]
    fn every_stage_begins_rises_and_ends_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let mut events = Vec::new();
        let mut observer = |event| events.push(event);
        let request = request(folder.path());
        colorize_file(&request, &mut Fake, &mut observer, &CancelFlag::new()).unwrap();
        let mut rest = events
            .iter()
            .filter(|event| !matches!(event, Event::Planned(_)))
            .peekable();
        for stage in Stage::ALL {
            assert_eq!(rest.next(), Some(&Event::Started(stage)));
            let mut before = 0.0;
            while let Some(Event::Progress(of, fraction)) = rest.peek() {
                assert_eq!(*of, stage);
                assert!((before..=1.0).contains(fraction), "{stage:?}: {fraction}");
                before = *fraction;
                rest.next();
            }
            assert!(before > 0.9 || stage == Stage::Preprocess, "{stage:?}");
            assert!(matches!(rest.next(), Some(Event::Ended(of, _)) if *of == stage));
        }
        assert_eq!(rest.next(), None);
        let planned = events.iter().filter(|e| matches!(e, Event::Planned(_)));
        assert_eq!(planned.count(), 1);
        let mut meter = Meter::new();
        let shares: Vec<f32> = events.iter().map(|event| meter.update(0, event)).collect();
        assert!(
            shares.is_sorted() && shares.last() == Some(&1.0),
            "{shares:?}"
        );
    }

    #[test]
    fn a_run_sums_what_its_stages_took_and_stops_between_them() {
        let folder = tempfile::tempdir().unwrap();
        let source = gray_photo(folder.path());
        let (cancel, mut took) = (CancelFlag::new(), Vec::new());
        let mut observer = |event| {
            if let Event::Ended(Stage::Preprocess, duration) = event {
                took.push(duration);
            }
        };
        let mut run = Run::new(&mut observer, &cancel);
        let photo = run.load(&source, &Limits::default()).unwrap();
        let small = run.scale(&photo, &SCALING).unwrap();
        assert_eq!((small.width(), small.height()), (45, 30));
        run.scale(&small, &SCALING).unwrap();
        cancel.cancel();
        let stopped = run.scale(&small, &SCALING);
        assert!(matches!(stopped, Err(Error::Cancelled)));
        let timings = run.timings();
        let all: Duration = took.iter().sum();
        assert_eq!(timings.get(Stage::Preprocess), all);
        assert_eq!(took.len(), 2);
    }
}
