//! A folder of photos: how much longer it takes than the network's runs alone.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;

use super::contender::Precision;
use super::peers::Peers;
use super::photo::{SIDE, colorize, network, timings_of_all};
use super::results::{Batch, median};

/// Photos in the folder, each of 12 megapixels.
const PHOTOS: usize = 50;
/// Photos that are colored by themselves, to know what one takes alone.
const ALONE: usize = 5;

/// What it is colored in: what every processor is made for, and what those with VNNI are fastest at.
pub(super) const PRECISIONS: [Precision; 2] = [Precision::Fp32, Precision::Int8];

/// Colors the folder once with each model, in each of [`PRECISIONS`].
pub(super) fn measure(peers: &Peers, models: &[String]) -> Result<Vec<Batch>> {
    let photo = peers.photo("middle")?;
    let folder = tempfile::tempdir()?;
    for number in 1..=PHOTOS {
        fs::copy(&photo, folder.path().join(format!("{number:02}.jpg")))?;
    }
    let mut batches = Vec::new();
    for model in models {
        for precision in PRECISIONS {
            println!("== {PHOTOS} photos, {model} {}", precision.as_str());
            batches.push(one(peers, model, precision, folder.path())?);
        }
    }
    Ok(batches)
}

fn one(peers: &Peers, model: &str, precision: Precision, folder: &Path) -> Result<Batch> {
    let setting = peers.setting(model, SIDE)?;
    let (mut networks, mut photos) = (Vec::new(), Vec::new());
    for number in 1..=ALONE {
        let source = folder.join(format!("{number:02}.jpg"));
        let report = colorize(peers, &setting, precision, &source)?;
        for seconds in timings_of_all(&report)? {
            networks.push(network(&seconds));
            photos.push(seconds.iter().sum());
        }
    }
    let started = Instant::now();
    colorize(peers, &setting, precision, folder)?;
    Ok(Batch {
        model: model.to_owned(),
        precision,
        photos: PHOTOS,
        seconds: started.elapsed().as_secs_f64(),
        network_alone: median(&networks),
        photo_alone: median(&photos),
    })
}
