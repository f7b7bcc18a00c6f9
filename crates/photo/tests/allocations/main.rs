//! What a photo's way takes from memory, counted: how often, and how much at once.
//!
//! Seconds can't be tested on computers that do other things; but a slip that makes the full-size stages slow
//! is nearly always a copy of the photo that wasn't there before, or an allocation for every row or pixel.
//! Both are counted here, the same on every computer, and held to what they were when they were last
//! looked at. All is one test: others would allocate beside it.

use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use tintype_photo::{
    Area, ChromaMap, Frame, Layout, Limits, Merging, NetworkInput, Neutral, OutputFormat,
    Overwrite, PhotoFile, SaveOptions, View, merge, save,
};
use tintype_protocol::CancelFlag;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const WIDTH: u32 = 3000;
const HEIGHT: u32 = 2000;
/// Allocations depend on how many threads have rows of their own.
const THREADS: usize = 2;

/// What a stage may take.
struct Bounds {
    /// How often.
    blocks: u64,
    /// How much at its fullest moment, in bytes for each pixel of the photo, beside what was there before it.
    peak: f64,
}

#[test]
fn no_stage_copies_the_photo_or_allocates_row_by_row() {
    let file = gray_jpeg();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build();
    pool.unwrap().install(|| stages(file));
}

fn stages(file: Vec<u8>) {
    let cancel = CancelFlag::new();
    let bytes = file.len() as f64 / pixels();
    // Gray stays gray: a byte a pixel. The file goes once it is decoded.
    let photo = counted(
        "decode",
        Bounds {
            blocks: 60,
            peak: 1.01,
        },
        || {
            let file = PhotoFile::from_bytes(file, &Limits::default()).unwrap();
            file.decode().unwrap()
        },
    );
    assert!(bytes < 1.0);

    let whole = Frame::whole(WIDTH, HEIGHT);
    let view = View {
        area: Area::within(&whole),
        neutral: Neutral::identity(),
    };
    // The input itself has 3 * 256 * 256 floats.
    let input = counted(
        "prepare",
        Bounds {
            blocks: 600,
            peak: 0.5,
        },
        || {
            let size = (256, 256);
            NetworkInput::of(&photo, &view, Layout::Stretched, size, &mut |_| {})
        },
    );
    assert_eq!(input.data.len(), 3 * 256 * 256);

    let chroma = (0..2 * 256 * 256u32)
        .map(|i| (i % 61) as f32 - 30.0)
        .collect();
    let chroma = ChromaMap::new(256, 256, chroma).unwrap();
    // The result has three bytes a pixel; all else is rows.
    let merging = Merging::default();
    let result = counted(
        "merge",
        Bounds {
            blocks: 3000,
            peak: 3.6,
        },
        || merge(&photo, &chroma, &whole, &merging, &cancel, &mut |_| {}).unwrap(),
    );
    drop(photo);

    let folder = tempfile::tempdir().unwrap();
    for (name, format, bounds) in [
        (
            "JPEG",
            OutputFormat::Jpeg { quality: 95 },
            Bounds {
                blocks: 400,
                peak: 0.3,
            },
        ),
        (
            "PNG",
            OutputFormat::Png,
            Bounds {
                blocks: 400,
                peak: 3.3,
            },
        ),
        (
            "TIFF",
            OutputFormat::Tiff,
            Bounds {
                blocks: 400,
                peak: 0.3,
            },
        ),
    ] {
        let path = folder
            .path()
            .join("result")
            .with_extension(format.extension());
        counted(name, bounds, || {
            let options = SaveOptions::new(format, Overwrite::Never);
            save(&result, &path, &options, &cancel).unwrap()
        });
    }
}

fn counted<T>(name: &str, bounds: Bounds, work: impl FnOnce() -> T) -> T {
    // What was there before it does not count.
    let profiler = dhat::Profiler::builder().testing().build();
    let result = work();
    let stats = dhat::HeapStats::get();
    drop(profiler);
    let (blocks, peak) = (stats.total_blocks, stats.max_bytes as f64 / pixels());
    println!("{name}: {blocks} blocks, {peak:.3} bytes a pixel at most");
    assert!(blocks <= bounds.blocks, "{name} allocates {blocks} times");
    assert!(peak <= bounds.peak, "{name} takes {peak:.2} bytes a pixel");
    result
}

fn pixels() -> f64 {
    f64::from(WIDTH) * f64::from(HEIGHT)
}

/// Smooth, so that its file is small beside it.
fn gray_jpeg() -> Vec<u8> {
    let picture = GrayImage::from_fn(WIDTH, HEIGHT, |x, y| Luma([((x / 16 + y / 8) % 256) as u8]));
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Jpeg).unwrap();
    file.into_inner()
}
