//! Measures reading, merging, scaling and writing: `cargo run --release -p tintype-photo --example rates`.
//!
//! Prints, for each format, nanoseconds for a pixel of a grainy photo of 24 megapixels (medians of 5
//! runs) and the longest silence between two reports of progress, as a share of the time: the figures in
//! the engine's `expected.rs`. What this crate doesn't write, it measures the reading of where files are
//! given as arguments.
#![allow(clippy::print_stdout, reason = "a benchmark prints")]

use std::path::{Path, PathBuf};
use std::time::Instant;

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder as _};
use tintype_photo::{
    ChromaMap, Crop, Frame, Gamut, Limits, Merging, OutputFormat, OutputSpace, Overwrite, Photo,
    PhotoFile, SaveOptions, ScaleMethod, Scaling, Upsampling, merge, save_with_progress,
    scale_with_progress,
};
use tintype_protocol::CancelFlag;

const WIDTH: u32 = 6000;
const HEIGHT: u32 = 4000;
const RUNS: usize = 5;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    if !files.is_empty() {
        return measure_files(&files);
    }
    let folder = tempfile::tempdir()?;
    let cancel = CancelFlag::new();
    let start = folder.path().join("start.bmp");
    grainy().save(&start)?;
    let photo = PhotoFile::read(&start, &Limits::default(), &cancel)?.decode()?;
    println!("{:32} {:>9} {:>9}", "work", "ns/pixel", "silence");
    measure("read BMP", |heard| read(&start, heard).map(drop))?;
    for (name, format) in [
        ("JPEG", OutputFormat::Jpeg { quality: 95 }),
        ("PNG", OutputFormat::Png),
        ("TIFF", OutputFormat::Tiff),
        ("WebP", OutputFormat::WebP),
        ("JPEG XL", OutputFormat::JpegXl),
    ] {
        let path = folder
            .path()
            .join("photo")
            .with_extension(format.extension());
        measure(&format!("write {name}"), |heard| {
            let options = SaveOptions::new(format, Overwrite::Replace);
            save_with_progress(&photo, &path, &options, &cancel, heard).map(drop)
        })?;
        measure(&format!("read {name}"), |heard| {
            read(&path, heard).map(drop)
        })?;
    }
    // A photo in another space: its colors are converted, to 16 bits.
    let path = folder.path().join("wide.png");
    let mut encoder = PngEncoder::new(std::fs::File::create(&path)?);
    encoder.set_icc_profile(moxcms::ColorProfile::new_adobe_rgb().encode()?)?;
    encoder.write_image(grainy().as_raw(), WIDTH, HEIGHT, ExtendedColorType::Rgb8)?;
    measure("read PNG in Adobe RGB", |heard| {
        read(&path, heard).map(drop)
    })?;
    measure("its header", |_| {
        PhotoFile::read(&path, &Limits::default(), &cancel).map(drop)
    })?;
    let wide = PhotoFile::read(&path, &Limits::default(), &cancel)?.decode()?;
    let path = folder.path().join("back.tif");
    measure("write TIFF in it", |heard| {
        let options = SaveOptions {
            space: OutputSpace::Source,
            ..SaveOptions::new(OutputFormat::Tiff, Overwrite::Replace)
        };
        save_with_progress(&wide, &path, &options, &cancel, heard).map(drop)
    })?;
    let chroma = ChromaMap::new(384, 384, vec![5.0; 2 * 384 * 384])?;
    for upsampling in Upsampling::ALL {
        for (name, gamut) in [("clip", Gamut::Clip), ("compress", Gamut::Compress)] {
            let merging = Merging {
                upsampling,
                gamut,
                ..Merging::default()
            };
            measure(&format!("merge {upsampling} {name}"), |heard| {
                merge(
                    &photo,
                    &chroma,
                    &Frame::whole(photo.width(), photo.height()),
                    &merging,
                    &cancel,
                    heard,
                )
                .map(drop)
            })?;
        }
    }
    for method in ScaleMethod::ALL {
        for width in [512, WIDTH - 1] {
            let scaling = Scaling {
                method,
                width,
                height: 0,
                crop: Crop::Disabled,
            };
            measure(&format!("{method} to {width}"), |heard| {
                scale_with_progress(&photo, &scaling, &cancel, heard).map(drop)
            })?;
        }
    }
    Ok(())
}

fn measure_files(files: &[PathBuf]) -> Result<(), Box<dyn std::error::Error>> {
    println!("{:20} {:>9} {:>9}", "work", "ns/pixel", "silence");
    for path in files {
        let info = *PhotoFile::read(path, &Limits::default(), &CancelFlag::new())?.info();
        let pixels = f64::from(info.width) * f64::from(info.height);
        measure_of(&path.display().to_string(), pixels, |heard| {
            read(path, heard).map(drop)
        })?;
    }
    Ok(())
}

/// A picture with the noise of film.
fn grainy() -> image::RgbImage {
    let grain = |x: u32, y: u32| {
        let mixed = (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)).wrapping_mul(2_654_435_761);
        (mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519) >> 28
    };
    image::RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let level = (x / 40 + y / 30 + grain(x, y)) as u8;
        image::Rgb([level, level / 2 + 20, 255 - level])
    })
}

fn read(path: &Path, heard: &mut dyn FnMut(f32)) -> tintype_photo::Result<Photo> {
    let (limits, cancel) = (Limits::default(), CancelFlag::new());
    PhotoFile::read_with_progress(path, &limits, &cancel, heard)?.decode_with_progress(heard)
}

fn measure(
    name: &str,
    work: impl FnMut(&mut dyn FnMut(f32)) -> tintype_photo::Result<()>,
) -> tintype_photo::Result<()> {
    measure_of(name, f64::from(WIDTH) * f64::from(HEIGHT), work)
}

fn measure_of(
    name: &str,
    pixels: f64,
    mut work: impl FnMut(&mut dyn FnMut(f32)) -> tintype_photo::Result<()>,
) -> tintype_photo::Result<()> {
    let mut runs = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let started = Instant::now();
        let (mut last, mut silence) = (started, 0.0f64);
        let mut hear = || {
            silence = silence.max(last.elapsed().as_secs_f64());
            last = Instant::now();
        };
        work(&mut |_| hear())?;
        hear();
        let all = started.elapsed().as_secs_f64();
        runs.push((all, silence / all));
    }
    runs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (seconds, silence) = runs[RUNS / 2];
    let nanoseconds = seconds * 1e9 / pixels;
    println!("{name:20} {nanoseconds:9.1} {:8.1}%", silence * 100.0);
    Ok(())
}
