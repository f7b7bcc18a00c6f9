//! What a photo's way takes from memory, counted: how often, and how much at once.
//!
//! Seconds can't be tested on computers that do other things; but a slip that makes the full-size stages slow
//! is nearly always a copy of the photo that wasn't there before, or an allocation for every row or pixel.
//! Both are counted here, the same on every computer, and held to what they were when they were last
//! looked at. All is one test: others would allocate beside it.
#![allow(
    clippy::unwrap_used,
    reason = "helpers of tests are outside of test functions"
)]

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use tintype_photo::{
    Area, ChromaMap, Frame, Layout, Limits, Merging, NetworkInput, Neutral, OutputFormat,
    Overwrite, Photo, PhotoFile, SaveOptions, View, merge, save,
};
use tintype_protocol::CancelFlag;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const WIDTH: u32 = 3000;
const HEIGHT: u32 = 2000;
/// Allocations depend on how many threads have rows of their own.
const THREADS: usize = 2;
/// The sides of the network's input.
const SIDE: u32 = 256;

/// What a stage may take.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// How often.
    blocks: u64,
    /// How much at its fullest moment, in bytes for each pixel of the photo, beside what was there before it.
    peak: f64,
}

#[test]
fn no_stage_copies_the_photo_or_allocates_row_by_row() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build();
    pool.unwrap().install(|| {
        let photo = decoded(gray_jpeg());
        prepared(&photo);
        let result = merged(&photo);
        drop(photo);
        saved(&result);
    });
}

/// Gray stays gray: a byte a pixel.
fn decoded(file: Vec<u8>) -> Photo {
    counted("decoding", at_most(64, 1.05), || {
        let file = PhotoFile::from_bytes(file, &Limits::default()).unwrap();
        file.decode().unwrap()
    })
}

/// The input itself has three floats a pixel of its own.
fn prepared(photo: &Photo) {
    let view = View {
        area: Area::within(&Frame::whole(WIDTH, HEIGHT)),
        neutral: Neutral::identity(),
    };
    counted("preparing", at_most(16, 0.25), || {
        NetworkInput::of(photo, &view, Layout::Stretched, (SIDE, SIDE), &mut |_| {})
    });
}

/// The result has three bytes a pixel. Every four rows share a set of buffers, at most.
fn merged(photo: &Photo) -> Photo {
    let colors = (0..2 * SIDE * SIDE).map(|i| (i % 61) as f32 - 30.0);
    let chroma = ChromaMap::new(SIDE, SIDE, colors.collect()).unwrap();
    let (whole, merging) = (Frame::whole(WIDTH, HEIGHT), Merging::default());
    counted("merging", at_most(11_500, 3.5), || {
        let cancel = CancelFlag::new();
        merge(photo, &chroma, &whole, &merging, &cancel, &mut |_| {}).unwrap()
    })
}

/// A JPEG's strips of 32 rows are files of their own before they are one.
fn saved(result: &Photo) {
    let folder = tempfile::tempdir().unwrap();
    for (format, bounds) in [
        (OutputFormat::Jpeg { quality: 95 }, at_most(460, 0.25)),
        (OutputFormat::Png, at_most(60, 2.0)),
        (OutputFormat::Tiff, at_most(70, 0.25)),
    ] {
        let path = folder.path().join("result");
        let path = path.with_extension(format.extension());
        counted(format.extension(), bounds, || {
            let options = SaveOptions::new(format, Overwrite::Never);
            save(result, &path, &options, &CancelFlag::new()).unwrap()
        });
    }
}

fn at_most(blocks: u64, peak: f64) -> Bounds {
    Bounds { blocks, peak }
}

/// What was there before does not count.
fn counted<T>(name: &str, bounds: Bounds, work: impl FnOnce() -> T) -> T {
    let profiler = dhat::Profiler::builder().testing().build();
    let result = work();
    let stats = dhat::HeapStats::get();
    drop(profiler);
    let pixels = f64::from(WIDTH) * f64::from(HEIGHT);
    let took = at_most(stats.total_blocks, stats.max_bytes as f64 / pixels);
    assert!(
        took.blocks <= bounds.blocks && took.peak <= bounds.peak,
        "{name} takes {took:?} instead of {bounds:?}"
    );
    result
}

/// Smooth, so that its file is small beside it.
fn gray_jpeg() -> Vec<u8> {
    let picture = GrayImage::from_fn(WIDTH, HEIGHT, |x, y| Luma([((x / 16 + y / 8) % 256) as u8]));
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Jpeg).unwrap();
    file.into_inner()
}
