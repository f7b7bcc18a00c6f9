//! Dust and scratches, found.
//!
//! What stands out of its surroundings at one of two sizes ([top hats](super::hats)), more than
//! anything else does near it, is a candidate, be it brighter or darker. Its
//! [shape](super::shape) and its surroundings then decide. Missing a defect is better than eating an
//! eyelash, so whatever is in doubt stays: on walls, skies and faces nine tenths of it is found, among
//! the windows of a street only long scratches.

use rayon::prelude::*;
use tintype_protocol::CancelFlag;

use super::hats::{Levels, Plane, top_hat};
use super::mask::DefectMask;
use super::parts::{Run, parts, runs_of};
use super::shape::{LONGER, Rules, Shape, View};
use super::values::{Value, lightness, map_rows};
use crate::progress::part;
use crate::{Error, Photo, Pixels, Result};

/// Tiles for what is usual around a pixel, in units.
const TILE: f32 = 32.0;
/// The widest gap in a scratch, in units: it is lost where what it crosses is as bright.
const GAP: f32 = 60.0;
/// The most strokes that are looked at, the longest first: a photo with more is all detail.
const STROKES: usize = 2000;
/// The share of a photo that may be as light as bare paper, and what is in any photo: a white sky must
/// not hide the scratches in what is below it.
const BARE: f32 = 0.01;
const SURELY_BARE: u8 = 210;
/// The least share of a scratch that is seen.
const SEEN: f32 = 0.5;

/// Finds dust and scratches. `sensitivity`, 0..=1, goes from what can't be anything else to what may
/// well be: 0.5 is a good start. The mask is meant to be looked at, and changed, before it is used.
///
/// Takes four bytes a pixel beside the photo. `progress` hears a rising share, 0..=1.
///
/// # Errors
/// [`Error::Cancelled`].
pub fn find_defects(
    photo: &Photo,
    sensitivity: f32,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<DefectMask> {
    let sensitivity = if sensitivity.is_nan() {
        0.5
    } else {
        sensitivity.clamp(0.0, 1.0)
    };
    let (width, height) = (photo.width() as usize, photo.height() as usize);
    let rules = Rules::new(sensitivity, width.max(height));
    let mut mask = DefectMask::new(photo.width(), photo.height());
    let mut values = part(progress, (0.0, 0.2), |progress| {
        plane(photo, (cancel, progress))
    })?;
    for (is_negative, share) in [(false, (0.2, 0.6)), (true, (0.6, 1.0))] {
        if is_negative {
            values.par_iter_mut().for_each(|value| *value = !*value);
        }
        let plane = Plane {
            width,
            values: &values,
        };
        part(progress, share, |progress| {
            mark_bright(plane, is_negative, &rules, &mut mask, (cancel, progress))
        })?;
    }
    Ok(mask)
}

/// The photo's lightness at 8 bits: defects stand out by more than what is lost.
fn plane(photo: &Photo, task: (&CancelFlag, &mut dyn FnMut(f32))) -> Result<Vec<u8>> {
    fn row<V: Value>(channels: usize, old: &[V], new: &mut [u8]) {
        for (pixel, value) in old.chunks_exact(channels).zip(new) {
            *value = u8::nearest(lightness(pixel));
        }
    }
    let width = photo.width() as usize;
    match photo.pixels() {
        Pixels::Gray8(p) => map_rows(p, width, (1, 1), task, |_, old, new| row(1, old, new)),
        Pixels::Gray16(p) => map_rows(p, width, (1, 1), task, |_, old, new| row(1, old, new)),
        Pixels::Rgb8(p) => map_rows(p, width, (3, 1), task, |_, old, new| row(3, old, new)),
        Pixels::Rgb16(p) => map_rows(p, width, (3, 1), task, |_, old, new| row(3, old, new)),
    }
}

/// Marks what is brighter than its surroundings and a defect.
fn mark_bright(
    plane: Plane,
    is_negative: bool,
    rules: &Rules,
    mask: &mut DefectMask,
    (cancel, progress): (&CancelFlag, &mut dyn FnMut(f32)),
) -> Result<()> {
    let small = 1 + rules.unit.round() as usize;
    let large = (4.0 * rules.unit).round() as usize;
    let fine = Hats::of(plane, small, rules, cancel)?;
    progress(0.3);
    let coarse = Hats::of(plane, large, rules, cancel)?;
    progress(0.6);
    let shapes = shapes(plane, |x, y| {
        fine.stands_out(plane.width, x, y) || coarse.stands_out(plane.width, x, y)
    });
    // A scratch goes down to the bare paper. That tells it from the detail that it runs through, with
    // which it would otherwise hang together.
    let bare = shapes_of_bare(plane, &fine, lightest(plane).min(SURELY_BARE));
    progress(0.7);
    let view = View {
        plane,
        hats: &coarse.values,
        is_negative,
    };
    if cancel.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let specks: Vec<&Shape> = shapes
        .par_iter()
        .filter(|shape| shape.is_speck(&view, rules))
        .collect();
    progress(0.9);
    let [some, others] = [&shapes, &bare].map(|shapes| {
        let strokes: Vec<&Shape> = shapes
            .par_iter()
            .filter(|shape| shape.is_stroke(rules) && shape.is_scratched(&view, rules))
            .collect();
        scratches(&strokes, &view, rules)
    });
    // The edge of a defect is soft: it reaches further than it stands out.
    let soft = 1 + (rules.unit * 0.5) as usize;
    for shape in specks.into_iter().chain(some).chain(others) {
        for run in &shape.runs {
            mask.mark(run.y, (run.from, run.to), soft);
        }
    }
    progress(1.0);
    Ok(())
}

/// The parts of a plane where something holds.
fn shapes(plane: Plane, is_in: impl Fn(usize, usize) -> bool + Sync) -> Vec<Shape> {
    let runs: Vec<Run> = (0..plane.height())
        .into_par_iter()
        .flat_map_iter(|y| runs_of(y, plane.width, |x| is_in(x, y)))
        .collect();
    parts(&runs).into_par_iter().map(Shape::of).collect()
}

/// The parts that are as light as `bare` and stand out at all.
fn shapes_of_bare(plane: Plane, hats: &Hats, bare: u8) -> Vec<Shape> {
    shapes(plane, |x, y| {
        let i = y * plane.width + x;
        plane.values[i] >= bare && hats.values[i] >= hats.floor
    })
}

/// The value that all but [`BARE`] of the pixels stay below.
fn lightest(plane: Plane) -> u8 {
    let every = plane.values.len().div_ceil(1 << 20);
    let mut counts = [0usize; 256];
    for value in plane.values.iter().step_by(every) {
        counts[usize::from(*value)] += 1;
    }
    let most = BARE * plane.values.len().div_ceil(every) as f32;
    let mut above = 0;
    let is_enough = |count: &usize| {
        above += count;
        above as f32 > most
    };
    255 - counts.iter().rev().position(is_enough).unwrap_or(0) as u8
}

/// What stands out at one size, and how much of that is usual where.
struct Hats {
    values: Vec<u8>,
    levels: Levels,
    floor: u8,
    factor: f32,
}

impl Hats {
    fn of(plane: Plane, radius: usize, rules: &Rules, cancel: &CancelFlag) -> Result<Self> {
        let values = top_hat(plane, radius, cancel)?;
        let width = plane.width;
        let hats = Plane {
            width,
            values: &values,
        };
        let levels = Levels::of(hats, (TILE * rules.unit) as usize);
        Ok(Self {
            values,
            levels,
            floor: rules.floor as u8,
            factor: rules.factor,
        })
    }

    fn stands_out(&self, width: usize, x: usize, y: usize) -> bool {
        let hat = self.values[y * width + x];
        hat >= self.floor && f32::from(hat) >= self.factor * self.levels.at(x, y)
    }
}

/// Those strokes that make up scratches: one after another in one direction, long enough, mostly
/// seen, and free at both ends.
fn scratches<'a>(strokes: &[&'a Shape], view: &View, rules: &Rules) -> Vec<&'a Shape> {
    let mut order: Vec<&Shape> = strokes.to_vec();
    order.sort_by(|one, other| other.length().total_cmp(&one.length()));
    order.truncate(STROKES);
    let mut is_used = vec![false; order.len()];
    let mut found = Vec::new();
    for first in 0..order.len() {
        if is_used[first] {
            continue;
        }
        let chain = chain(&order, first, &is_used, rules);
        for i in scratch(&order, chain, view, rules) {
            is_used[i] = true;
            found.push(order[i]);
        }
    }
    found
}

/// The strokes that go on where the first one ends, and so on.
fn chain(order: &[&Shape], first: usize, is_used: &[bool], rules: &Rules) -> Vec<usize> {
    let mut chain = vec![first];
    let mut next = 0;
    while next < chain.len() {
        for i in first + 1..order.len() {
            let goes_on = || {
                let gap = order[chain[next]].gap_to(order[i], rules);
                let straight = order[first].gap_to(order[i], rules);
                straight.is_some() && gap.is_some_and(|gap| gap <= GAP * rules.unit)
            };
            if !is_used[i] && !chain.contains(&i) && goes_on() {
                chain.push(i);
            }
        }
        next += 1;
    }
    chain
}

/// What of a chain is a scratch: it loses the strokes at its ends until both are free. Nothing if then
/// it is too short, or too little of it is seen.
fn scratch(order: &[&Shape], mut chain: Vec<usize>, view: &View, rules: &Rules) -> Vec<usize> {
    let axis = order[chain[0]].axis;
    let place = |[x, y]: [f32; 2]| x * axis[0] + y * axis[1];
    loop {
        // Where each stroke begins and ends along the first one's direction: the place, the stroke's
        // place in the chain, and which of its ends it is.
        let ends = chain.iter().enumerate().flat_map(|(link, i)| {
            let ends = order[*i].ends();
            [0, 1].map(|end| (place(ends[end]), link, end))
        });
        let by_place =
            |one: &(f32, usize, usize), other: &(f32, usize, usize)| one.0.total_cmp(&other.0);
        let (Some(begin), Some(end)) = (ends.clone().min_by(by_place), ends.max_by(by_place))
        else {
            return chain;
        };
        let span = end.0 - begin.0 + 1.0;
        let is_long = span >= LONGER * rules.scratch * rules.unit;
        let is_long_enough = is_long || (span >= rules.scratch * rules.unit && !view.is_negative);
        let seen: f32 = chain.iter().map(|i| order[*i].length()).sum();
        if !is_long_enough || seen < SEEN * span {
            return Vec::new();
        }
        let may_vanish = is_long && !view.is_negative;
        let is_caught = |(_, link, end): &(f32, usize, usize)| {
            !order[chain[*link]].is_end_free(view, rules, *end, may_vanish)
        };
        match [begin, end].into_iter().find(is_caught) {
            Some((_, link, _)) => chain.remove(link),
            None => return chain,
        };
    }
}
