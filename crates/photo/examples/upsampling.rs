//! Measures how well each way of upsampling brings colors back: `cargo run --release -p tintype-photo
//! --example upsampling -- FOLDER [SIDE]`.
//!
//! Each color photo in FOLDER is made gray; its own a and b, averaged down to SIDE x SIDE (256 where
//! nothing is said), are laid under it again. Prints the mean CIEDE2000 against the photo, that within
//! 4 pixels of its strongest color edges (3 % of all pixels are those edges), and the 99th percentile,
//! each averaged over the photos.
#![allow(clippy::print_stdout, reason = "a measurement prints")]

use std::path::Path;

use palette::color_difference::Ciede2000 as _;
use palette::{FromColor as _, Lab, LinSrgb, Srgb, white_point::D65};
use rayon::prelude::*;
use tintype_photo::{
    ChromaMap, Frame, Gamut, Limits, Merging, Photo, PhotoFile, Pixels, Upsampling, merge,
};
use tintype_protocol::CancelFlag;

/// Larger photos are brought to this width first.
const WIDTH: u32 = 1280;
/// How far from a color edge the band reaches, in pixels.
const BAND: usize = 4;
const EDGES: f64 = 0.03;

type Color = Lab<D65, f32>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("which folder of color photos?")?;
    let side = arguments.next().map_or(Ok(256), |side| side.parse())?;
    let mut paths: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    paths.sort();
    let mut sums = vec![[0.0; 3]; 2 * Upsampling::ALL.len()];
    for path in &paths {
        for (sums, figures) in sums.iter_mut().zip(judge(path, side)?) {
            for (sum, figure) in sums.iter_mut().zip(figures) {
                *sum += figure / paths.len() as f64;
            }
        }
    }
    println!("{} photos, chroma at {side} x {side}", paths.len());
    println!("{:28} {:>8} {:>8} {:>8}", "", "mean", "edges", "99th");
    for ((upsampling, gamut), [mean, edges, high]) in ways().zip(sums) {
        println!(
            "{:28} {mean:8.3} {edges:8.3} {high:8.3}",
            format!("{upsampling} {gamut}")
        );
    }
    Ok(())
}

fn ways() -> impl Iterator<Item = (Upsampling, Gamut)> {
    let both = |upsampling| Gamut::ALL.map(|gamut| (upsampling, gamut));
    Upsampling::ALL.into_iter().flat_map(both)
}

/// The figures of each way for one photo.
fn judge(path: &Path, side: usize) -> Result<Vec<[f64; 3]>, Box<dyn std::error::Error>> {
    let mut picture = image::open(path)?;
    if picture.width() > WIDTH {
        picture = picture.resize(WIDTH, u32::MAX, image::imageops::FilterType::CatmullRom);
    }
    let picture = picture.into_rgb8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let truth: Vec<Color> = picture
        .pixels()
        .map(|pixel| Lab::from_color(Srgb::from(pixel.0).into_format::<f32>()))
        .collect();
    let gray = gray_of(&truth, width, height)?;
    let chroma = averaged(&truth, (width, height), side)?;
    let band = band(&truth, width, height);
    ways()
        .map(|(upsampling, gamut)| {
            let merging = Merging {
                upsampling,
                gamut,
                ..Merging::default()
            };
            let merged = merge(
                &gray,
                &chroma,
                &Frame::whole(gray.width(), gray.height()),
                &merging,
                &CancelFlag::new(),
                &mut |_| {},
            )?;
            let Pixels::Rgb16(values) = merged.pixels() else {
                return Err("not 16 bits".into());
            };
            let mut differences: Vec<f64> = values
                .as_chunks::<3>()
                .0
                .par_iter()
                .zip(&truth)
                .map(|(pixel, truth)| {
                    let found = Color::from_color(Srgb::from(*pixel).into_format::<f32>());
                    f64::from(found.difference(*truth))
                })
                .collect();
            let mean = mean(differences.iter().copied());
            let pairs = differences.iter().zip(&band).filter(|(_, inside)| **inside);
            let edges = self::mean(pairs.map(|(difference, _)| *difference));
            differences.sort_by(f64::total_cmp);
            Ok([mean, edges, differences[differences.len() * 99 / 100]])
        })
        .collect()
}

/// The photo's lightness alone, at 16 bits: through a file, as any photo comes.
fn gray_of(
    truth: &[Color],
    width: usize,
    height: usize,
) -> Result<Photo, Box<dyn std::error::Error>> {
    let values = truth
        .iter()
        .map(|color| {
            let gray: LinSrgb<f32> = LinSrgb::from_color(Lab::<D65, f32>::new(color.l, 0.0, 0.0));
            (Srgb::<f32>::from_linear(gray).green.clamp(0.0, 1.0) * 65535.0).round() as u16
        })
        .collect();
    let picture = image::ImageBuffer::<image::Luma<u16>, Vec<u16>>::from_raw(
        width as u32,
        height as u32,
        values,
    )
    .ok_or("the wrong size")?;
    let mut file = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut file, image::ImageFormat::Png)?;
    Ok(PhotoFile::from_bytes(file.into_inner(), &Limits::default())?.decode()?)
}

fn averaged(
    truth: &[Color],
    (width, height): (usize, usize),
    side: usize,
) -> tintype_photo::Result<ChromaMap> {
    let mut data = vec![0.0; 2 * side * side];
    for row in 0..side {
        for column in 0..side {
            let rows =
                row * height / side..((row + 1) * height / side).max(row * height / side + 1);
            let columns =
                column * width / side..((column + 1) * width / side).max(column * width / side + 1);
            let count = (rows.len() * columns.len()) as f32;
            let place = row * side + column;
            for color in rows.flat_map(|y| &truth[y * width..][columns.clone()]) {
                data[place] += color.a / count;
                data[side * side + place] += color.b / count;
            }
        }
    }
    ChromaMap::new(side as u32, side as u32, data)
}

/// The pixels near the strongest color edges.
fn band(truth: &[Color], width: usize, height: usize) -> Vec<bool> {
    let at = |x: usize, y: usize| truth[y.min(height - 1) * width + x.min(width - 1)];
    let slope = |i: usize| {
        let (x, y) = (i % width, i / width);
        let (own, right, below) = (at(x, y), at(x + 1, y), at(x, y + 1));
        (own.a - right.a).hypot(own.b - right.b) + (own.a - below.a).hypot(own.b - below.b)
    };
    let slopes: Vec<f32> = (0..truth.len()).map(slope).collect();
    let mut sorted = slopes.clone();
    sorted.sort_by(f32::total_cmp);
    let threshold = sorted[(sorted.len() as f64 * (1.0 - EDGES)) as usize];
    let mut band = vec![false; truth.len()];
    for (i, _) in slopes
        .iter()
        .enumerate()
        .filter(|(_, slope)| **slope > threshold)
    {
        let (x, y) = (i % width, i / width);
        for line in y.saturating_sub(BAND)..(y + BAND + 1).min(height) {
            band[line * width + x.saturating_sub(BAND)..line * width + (x + BAND + 1).min(width)]
                .fill(true);
        }
    }
    band
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / f64::max(count, 1.0)
}
