//! Measures geometries and sizes on color photos: `cargo run --release -p tintype-cli --example geometry --
//! FOLDER [CHECKPOINT]`.
//!
//! Each color photo in FOLDER is made gray, colorized in each way, and compared with itself. Prints the mean
//! CIEDE2000, the squared error of a and b as a share of a gray picture's, and the colorfulness (Hasler and
//! Süsstrunk, 2003) as a share of the photos' own.
#![allow(clippy::print_stdout, reason = "a measurement prints")]

use std::path::{Path, PathBuf};

use palette::color_difference::Ciede2000 as _;
use palette::{FromColor as _, Lab, LinSrgb, Srgb, white_point::D65};
use tintype_engine::{Geometry, Network, Options, colorize_photo};
use tintype_photo::{Limits, Photo, PhotoFile, Pixels};
use tintype_protocol::{CancelFlag, DeviceChoice, Explain, Language, Precision};
use tintype_zoo::{ModelStore, STARTER_ID};

const SIZES: [u32; 5] = [192, 256, 320, 384, 512];

type Color = Lab<D65, f32>;
type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Sums over photos.
#[derive(Default, Clone, Copy)]
struct Sums {
    difference: f64,
    error: f64,
    gray_error: f64,
    colorfulness: f64,
    true_colorfulness: f64,
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("which folder of color photos?")?;
    let checkpoint = arguments.next().unwrap_or(STARTER_ID.to_owned());
    let mut network = network(&checkpoint)?;
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::result::Result<_, _>>()?;
    paths.sort();
    println!("{} photos", paths.len());
    println!(
        "{:16} {:>10} {:>9} {:>12}",
        "", "CIEDE2000", "ab error", "colorfulness"
    );
    for geometry in [Geometry::Square, Geometry::Fit] {
        for size in SIZES {
            let options = Options {
                size,
                geometry,
                ..Options::default()
            };
            let mut sums = Sums::default();
            for path in &paths {
                judge(path, &options, &mut network, &mut sums)?;
            }
            println!(
                "{:16} {:10.3} {:9.3} {:12.3}",
                format!("{geometry} {size}"),
                sums.difference / paths.len() as f64,
                sums.error / sums.gray_error,
                sums.colorfulness / sums.true_colorfulness
            );
        }
    }
    Ok(())
}

fn network(checkpoint: &str) -> Result<Network> {
    let store = ModelStore::of_user();
    let source = store.find(checkpoint).map_err(|error| said(&error))?;
    let weights = store.open(&source).map_err(|error| said(&error))?;
    let (device, precision) = (DeviceChoice::Auto, Precision::Fp32);
    Ok(Network::load(&weights, device, precision).map_err(|error| said(&error))?)
}

fn said(error: &impl Explain) -> String {
    error.explain(Language::English).to_string()
}

fn judge(path: &Path, options: &Options, network: &mut Network, sums: &mut Sums) -> Result<()> {
    let truth = image::open(path)?.into_rgb8();
    let colors: Vec<Color> = truth.pixels().map(|pixel| lab(pixel.0)).collect();
    let gray = gray_of(&colors, truth.width(), truth.height())?;
    let result = colorize_photo(&gray, options, network, &mut |_| {}, &CancelFlag::new())
        .map_err(|error| said(&error))?;
    let Pixels::Rgb8(values) = result.photo.pixels() else {
        return Err("not 8 bits".into());
    };
    let pixels = values.as_chunks::<3>().0;
    let count = colors.len() as f64;
    for (pixel, truth) in pixels.iter().zip(&colors) {
        let found = lab(*pixel);
        sums.difference += f64::from(found.difference(*truth)) / count;
        let (a, b) = (found.a - truth.a, found.b - truth.b);
        sums.error += f64::from(a * a + b * b) / count;
        sums.gray_error += f64::from(truth.a * truth.a + truth.b * truth.b) / count;
    }
    sums.colorfulness += colorfulness(pixels.iter().copied());
    sums.true_colorfulness += colorfulness(truth.pixels().map(|pixel| pixel.0));
    Ok(())
}

fn lab(pixel: [u8; 3]) -> Color {
    Lab::from_color(Srgb::from(pixel).into_format::<f32>())
}

/// The lightness alone, through a file, as any photo comes.
fn gray_of(colors: &[Color], width: u32, height: u32) -> Result<Photo> {
    let level = |color: &Color| {
        let gray: LinSrgb<f32> = LinSrgb::from_color(Lab::<D65, f32>::new(color.l, 0.0, 0.0));
        (Srgb::<f32>::from_linear(gray).green.clamp(0.0, 1.0) * 255.0).round() as u8
    };
    let levels = colors.iter().map(level).collect();
    let picture = image::GrayImage::from_raw(width, height, levels).ok_or("the wrong size")?;
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Png)?;
    let read = PhotoFile::from_bytes(file.into_inner(), &Limits::default())?;
    Ok(read.decode()?)
}

fn colorfulness(pixels: impl Iterator<Item = [u8; 3]>) -> f64 {
    let (mut count, mut sums) = (0.0, [0.0; 4]);
    for [r, g, b] in pixels.map(|pixel| pixel.map(f64::from)) {
        let (rg, yb) = (r - g, f64::midpoint(r, g) - b);
        count += 1.0;
        for (sum, value) in sums.iter_mut().zip([rg, yb, rg * rg, yb * yb]) {
            *sum += value;
        }
    }
    let [rg, yb, rg_squared, yb_squared] = sums.map(|sum| sum / count);
    let spread = (rg_squared - rg * rg + yb_squared - yb * yb).sqrt();
    spread + 0.3 * rg.hypot(yb)
}
