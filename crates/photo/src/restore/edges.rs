//! The straight line at which a border ends, on one side of a picture.
//!
//! Seen from that side, each place along it has a depth at which the border's tone ends. On a border
//! these depths lie on a line, which is found by votes for its slope and offset (P. Hough, "Method and
//! Means for Recognizing Complex Patterns", 1962; R. Duda and P. Hart, 1972). In a picture with a sky
//! they don't.

use super::values::{Small, quantile};

/// The steepest line: prints lie on a scanner a little askew.
const STEEPEST: f32 = 0.044;
/// How deep a border may be, as a share of the picture.
const DEEPEST: f32 = 0.22;
/// The tones of borders, as sRGB values: paper that is white or cream, and film or a scanner's bed.
const PAPER: f32 = 0.70;
const FILM: f32 = 0.15;
/// A border's unevenness must stay below this.
const UNEVEN: f32 = 0.04;
/// What differs from a border's tone by so much is no border. Between, as its unevenness demands.
const DIFFERENCE: (f32, f32) = (0.045, 0.12);
/// How far, in pixels of the small picture, the end of a border may lie from a line: paper is cut by
/// hand, and film by the edge of a camera's gate.
const SLACK: i64 = 2;
/// The least share of a border that has its tone: there may be writing on it.
const PLAIN: f32 = 0.85;

/// A side of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Left,
    Top,
    Right,
    Bottom,
}

impl Side {
    pub(super) const ALL: [Self; 4] = [Self::Left, Self::Top, Self::Right, Self::Bottom];
}

/// A line along a side: how deep it lies at each place.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Edge {
    /// Its depth at the beginning of the side.
    pub(super) depth: f32,
    /// By how much it is deeper at each further place.
    pub(super) slope: f32,
}

impl Edge {
    pub(super) fn at(self, place: f32) -> f32 {
        self.depth + self.slope * place
    }
}

/// What was found on a side.
#[derive(Debug, Clone, Copy)]
pub(super) struct Border {
    /// Where it ends and the picture begins.
    pub(super) edge: Edge,
    /// Its tone, as an sRGB value.
    pub(super) tone: f32,
    /// The share of the side on which its end can be seen.
    pub(super) support: f32,
}

/// A small picture seen from one side.
#[derive(Clone, Copy)]
pub(super) struct FromSide<'a> {
    pub(super) small: &'a Small,
    pub(super) side: Side,
}

impl FromSide<'_> {
    /// How many places there are along the side.
    pub(super) fn length(self) -> usize {
        match self.side {
            Side::Left | Side::Right => self.small.height,
            Side::Top | Side::Bottom => self.small.width,
        }
    }

    pub(super) fn depth(self) -> usize {
        match self.side {
            Side::Left | Side::Right => self.small.width,
            Side::Top | Side::Bottom => self.small.height,
        }
    }

    /// The value at a place along the side and a depth, nothing outside.
    fn at(self, place: usize, depth: i64) -> Option<f32> {
        let depth = usize::try_from(depth).ok().filter(|d| *d < self.depth())?;
        Some(match self.side {
            Side::Left => self.small.at(depth, place),
            Side::Top => self.small.at(place, depth),
            Side::Right => self.small.at(self.small.width - 1 - depth, place),
            Side::Bottom => self.small.at(place, self.small.height - 1 - depth),
        })
    }

    /// The border that begins at `start`, between the places `within`, if there is one.
    pub(super) fn border(self, start: Edge, within: (usize, usize)) -> Option<Border> {
        let places = within.0..within.1;
        if places.len() < 16 {
            return None;
        }
        let begin = |place: usize| start.at(place as f32).ceil() as i64;
        let mut tones: Vec<f32> = places
            .clone()
            .flat_map(|place| (0..2).filter_map(move |d| self.at(place, begin(place) + d)))
            .collect();
        let tone = quantile(&mut tones, 0.5);
        let mut away: Vec<f32> = tones.iter().map(|value| (value - tone).abs()).collect();
        let uneven = quantile(&mut away, 0.6);
        if (FILM..PAPER).contains(&tone) || uneven > UNEVEN {
            return None;
        }
        let difference = (5.0 * uneven).clamp(DIFFERENCE.0, DIFFERENCE.1);
        let is_border = |value: f32| (value - tone).abs() < difference;
        let deepest = (self.depth() as f32 * DEEPEST) as i64;
        // Where each place leaves the border's tone, for at least two pixels.
        let ends: Vec<(usize, i64)> = places
            .clone()
            .filter_map(|place| {
                let leaves = |d: &i64| {
                    let next = [self.at(place, *d), self.at(place, d + 1)];
                    next.iter().all(|v| v.is_some_and(|v| !is_border(v)))
                };
                (begin(place)..=deepest).find(leaves).map(|d| (place, d))
            })
            .collect();
        let line = vote(&ends, self.length())?;
        self.judged(line, start, places, tone, is_border)
    }

    /// Whether a line is the end of a border: its tone before, another tone behind.
    fn judged(
        &self,
        line: Edge,
        start: Edge,
        places: std::ops::Range<usize>,
        tone: f32,
        is_border: impl Fn(f32) -> bool,
    ) -> Option<Border> {
        let (mut seen, mut against, mut plain, mut all) = (0usize, 0usize, 0usize, 0usize);
        let count = places.len();
        for place in places {
            let first = start.at(place as f32).ceil() as i64;
            let end = line.at(place as f32).round() as i64;
            if end <= first {
                // Within another border this one may run out; at the photo's edge that is picture.
                against += usize::from(start == Edge::default());
                continue;
            }
            let depths = first..(end - SLACK).max(first + 1);
            let here = depths.clone().filter(|depth| {
                let value = self.at(place, *depth);
                value.is_some_and(&is_border)
            });
            let (here, depths) = (here.count(), depths.count());
            all += depths;
            plain += here;
            let before = (end - SLACK - 3).max(first)..(end - SLACK).max(first + 1);
            let is_before = before
                .filter_map(|depth| self.at(place, depth))
                .all(&is_border);
            let behind = self
                .at(place, end + SLACK)
                .zip(self.at(place, end + SLACK + 1));
            let is_behind = behind.is_some_and(|(one, next)| !is_border(one) && !is_border(next));
            // Light that crept in between film and gate is a line along the picture: it alone does not
            // speak against a border.
            against += usize::from(!is_before && 2 * here < depths);
            seen += usize::from(is_before && is_behind);
        }
        let share = |part: usize| part as f32 / count as f32;
        let is_plain = plain as f32 >= PLAIN * all as f32;
        (is_plain && share(against) <= 0.06).then(|| Border {
            // What lies within the slack is left to the picture.
            edge: Edge {
                depth: line.depth - SLACK as f32,
                slope: line.slope,
            },
            tone,
            support: share(seen),
        })
    }
}

/// The line on which most ends lie, within [`SLACK`] or so.
fn vote(ends: &[(usize, i64)], length: usize) -> Option<Edge> {
    let steepest = (STEEPEST * length as f32 / 2.0).ceil() as i64;
    let middle = length as f32 / 2.0;
    let mut best = (0usize, Edge::default());
    let deepest = ends.iter().map(|end| end.1).max()? + 4 * steepest + 6;
    let mut votes = vec![0usize; deepest as usize];
    for step in -steepest..=steepest {
        // Two pixels more or less over the whole side.
        let slope = 2.0 * step as f32 / length as f32;
        votes.fill(0);
        for (place, end) in ends {
            let offset = *end as f32 - slope * (*place as f32 - middle);
            let slot = (offset.round() as i64 + steepest + 1).clamp(0, deepest - 1);
            votes[slot as usize] += 1;
        }
        for (slot, near) in votes.windows(5).enumerate() {
            let count: usize = near.iter().sum();
            // Among equals the most level line.
            let is_better = count > best.0 || (count == best.0 && slope.abs() < best.1.slope.abs());
            if is_better {
                let offset = (slot as i64 + 2 - steepest - 1) as f32;
                let depth = offset - slope * middle;
                best = (count, Edge { depth, slope });
            }
        }
    }
    Some(best.1)
}
