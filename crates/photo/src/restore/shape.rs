//! What a part that stands out looks like, and whether its surroundings say that it is a defect.
//!
//! The same speck is dust on a wall and a window in a facade. So most of what is asked here is about
//! the surroundings: a defect stands out of something even, alone, and a scratch begins and ends in
//! the middle of nothing. Where that can't be said, the part is taken for detail and left alone.

use super::hats::Plane;
use super::parts::Run;
use super::values::quantile;

/// How far beside a sharp speck its contrast may reach, as a share of it.
const SOFTEST: f32 = 0.3;
/// How many times as long as another scratch a doubtful one must be: a dark one, since poles, wires and
/// the bars of windows are dark and scratches mostly bright, and one that vanishes in something bright.
pub(super) const LONGER: f32 = 2.5;

/// How strict the judgement is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    /// A thousandth of the photo's longer side, at least 1: what sizes are measured in.
    pub(super) unit: f32,
    /// The least contrast, in levels of 255.
    pub(super) floor: f32,
    /// The least contrast, as a multiple of what stands out around.
    pub(super) factor: f32,
    /// The least contrast, as a multiple of how uneven the surroundings are.
    pub(super) evenness: f32,
    /// The largest share of the surroundings that may stand out too.
    pub(super) clutter: f32,
    /// The largest speck, in units.
    pub(super) speck: f32,
    /// The shortest scratch, in units.
    pub(super) scratch: f32,
}

impl Rules {
    /// From a sensitivity of 0..=1 and the photo's longer side. The figures were found by trial on
    /// photos of 1900 to 1950, 1000 pixels wide: at 0.5, nearly all that is found in them is dust, but
    /// for a few lights of a city and bumps of a wall; at 1, pores of a forehead and the edges of far
    /// roofs are taken too. Dark scratches shorter than [`LONGER`] says are never found.
    pub(super) fn new(sensitivity: f32, side: usize) -> Self {
        let between = |strict: f32, lax: f32| strict + (lax - strict) * sensitivity;
        Self {
            unit: (side as f32 / 1000.0).max(1.0),
            floor: between(34.0, 14.0),
            factor: between(2.6, 1.4),
            evenness: between(2.2, 0.8),
            clutter: between(0.01, 0.05),
            speck: between(5.0, 11.0),
            scratch: between(80.0, 30.0),
        }
    }
}

/// A plane in which defects are bright, with what stands out of it.
pub(super) struct View<'a> {
    pub(super) plane: Plane<'a>,
    pub(super) hats: &'a [u8],
    /// Whether bright is dark in the photo: then the plane is its negative.
    pub(super) is_negative: bool,
}

impl View<'_> {
    fn inside(&self, x: i64, y: i64) -> Option<usize> {
        let (width, height) = (self.plane.width as i64, self.plane.height() as i64);
        ((0..width).contains(&x) && (0..height).contains(&y)).then(|| (y * width + x) as usize)
    }

    fn near(&self, x: f32, y: f32) -> Option<usize> {
        self.inside(x.round() as i64, y.round() as i64)
    }
}

/// A part's size and direction.
#[derive(Debug, Clone)]
pub(super) struct Shape {
    pub(super) runs: Vec<Run>,
    area: f32,
    left: usize,
    right: usize,
    top: usize,
    bottom: usize,
    center: [f32; 2],
    /// The direction in which it is longest, of length 1.
    pub(super) axis: [f32; 2],
    /// From where to where it reaches along the axis, and across it, seen from the center.
    along: [f32; 2],
    across: [f32; 2],
}

impl Shape {
    pub(super) fn of(runs: Vec<Run>) -> Self {
        let (mut area, mut sum) = (0.0f64, [0.0f64; 2]);
        for run in &runs {
            let length = (run.to - run.from) as f64;
            area += length;
            sum[0] += length * (run.from + run.to - 1) as f64 / 2.0;
            sum[1] += length * run.y as f64;
        }
        let center = sum.map(|sum| sum / area);
        let axis = axis(&runs, center);
        let center = center.map(|c| c as f32);
        let (mut along, mut across) = ([0.0f32; 2], [0.0f32; 2]);
        for run in &runs {
            for x in [run.from, run.to - 1] {
                let (dx, dy) = (x as f32 - center[0], run.y as f32 - center[1]);
                let (s, t) = (dx * axis[0] + dy * axis[1], dy * axis[0] - dx * axis[1]);
                along = [along[0].min(s), along[1].max(s)];
                across = [across[0].min(t), across[1].max(t)];
            }
        }
        let edge = |end: fn(&Run) -> usize| runs.iter().map(end);
        Self {
            area: area as f32,
            left: edge(|run| run.from).min().unwrap_or(0),
            right: edge(|run| run.to).max().unwrap_or(0),
            top: edge(|run| run.y).min().unwrap_or(0),
            bottom: edge(|run| run.y + 1).max().unwrap_or(0),
            center,
            axis,
            along,
            across,
            runs,
        }
    }

    pub(super) fn length(&self) -> f32 {
        self.along[1] - self.along[0] + 1.0
    }

    fn thickness(&self) -> f32 {
        self.area / self.length()
    }

    /// The point `s` along and `t` across, seen from the center.
    fn point(&self, s: f32, t: f32) -> [f32; 2] {
        let ([x, y], [dx, dy]) = (self.center, self.axis);
        [x + s * dx - t * dy, y + s * dy + t * dx]
    }

    /// Both ends.
    pub(super) fn ends(&self) -> [[f32; 2]; 2] {
        self.along.map(|s| self.point(s, 0.0))
    }

    /// Whether it is a speck that stands alone in something even.
    pub(super) fn is_speck(&self, view: &View, rules: &Rules) -> bool {
        let (width, height) = (
            (self.right - self.left) as f32,
            (self.bottom - self.top) as f32,
        );
        // A dark speck looks much like a person far away or a bird, so it must be small and round.
        let (most, aspect) = if view.is_negative {
            (rules.speck * 0.5, 1.6)
        } else {
            (rules.speck, 3.0)
        };
        let (long, short) = (width.max(height), width.min(height));
        if long > most * rules.unit + 1.0
            || long > short * aspect + 1.0
            || self.area < 0.35 * width * height
        {
            return false;
        }
        let mean = self.mean(view);
        let gap = 1 + (rules.unit * 0.5) as i64;
        let (mut near, _) = self.around(view, (gap, gap + 1 + (0.5 * rules.unit) as i64), 1, rules);
        let (mut ring, _) = self.around(view, (gap, gap + 2 + (2.0 * rules.unit) as i64), 1, rules);
        let ground = quantile(&mut ring, 0.5);
        let contrast = mean - ground;
        let spread = quantile(&mut ring, 0.95) - quantile(&mut ring, 0.05);
        // A speck of one or two pixels must be clearer: grain makes these too.
        let floor = if self.area < 3.0 { 1.4 } else { 1.0 } * rules.floor;
        if contrast < floor
            || contrast < rules.evenness * spread
            || mean <= quantile(&mut ring, 0.98)
        {
            return false;
        }
        let wide = (10.0 * rules.unit) as i64 + 4;
        let step = (rules.unit * 0.75).round().max(1.0) as usize;
        let (mut wide, clutter) = self.around(view, (gap + 1, wide), step, rules);
        let uneven = quantile(&mut wide, 0.9) - quantile(&mut wide, 0.1);
        // Dust lies on the scanner's glass or the negative and is sharp; lights far away are not.
        let far = quantile(&mut wide, 0.5);
        let is_sharp = quantile(&mut near, 0.5) - far <= SOFTEST * (mean - far);
        is_sharp && clutter <= rules.clutter && contrast >= 0.6 * rules.evenness * uneven
    }

    /// The mean of its own values.
    fn mean(&self, view: &View) -> f32 {
        let row = |run: &Run| {
            let start = run.y * view.plane.width;
            let values = &view.plane.values[start + run.from..start + run.to];
            values.iter().map(|value| f32::from(*value)).sum::<f32>()
        };
        self.runs.iter().map(row).sum::<f32>() / self.area
    }

    /// The values from one distance around the part to another, every `step`th, and the share of them
    /// that stands out.
    fn around(
        &self,
        view: &View,
        (from, to): (i64, i64),
        step: usize,
        rules: &Rules,
    ) -> (Vec<f32>, f32) {
        let (left, right) = (self.left as i64, self.right as i64);
        let (top, bottom) = (self.top as i64, self.bottom as i64);
        let (mut values, mut out) = (Vec::new(), 0.0);
        for y in (top - to..bottom + to).step_by(step) {
            let is_beside = y >= top - from && y < bottom + from;
            for x in (left - to..right + to).step_by(step) {
                if is_beside && x >= left - from && x < right + from {
                    continue;
                }
                if let Some(i) = view.inside(x, y) {
                    values.push(f32::from(view.plane.values[i]));
                    if f32::from(view.hats[i]) >= rules.floor {
                        out += 1.0;
                    }
                }
            }
        }
        let share = out / values.len().max(1) as f32;
        (values, share)
    }

    /// Whether it could be a piece of a scratch: long, thin and nearly straight.
    pub(super) fn is_stroke(&self, rules: &Rules) -> bool {
        let (length, thickness) = (self.length(), self.thickness());
        length >= 10.0 * rules.unit
            && length >= 6.0 * thickness
            && thickness <= 5.0 * rules.unit
            && self.across[1] - self.across[0] <= thickness + 1.5 + 0.03 * length
    }

    /// Whether most of it stands out on both sides of something even.
    pub(super) fn is_scratched(&self, view: &View, rules: &Rules) -> bool {
        let pieces = (self.length() / (12.0 * rules.unit)).clamp(1.0, 40.0) as usize;
        let step = self.length() / pieces as f32;
        let passed = (0..pieces)
            .filter(|piece| {
                let from = self.along[0] + *piece as f32 * step;
                self.piece(view, rules, from, from + step)
                    .is_some_and(|piece| piece.stands_out(rules))
            })
            .count();
        passed as f32 >= 0.75 * pieces as f32
    }

    /// What a piece of a stroke, from one place along it to another, is like.
    fn piece(&self, view: &View, rules: &Rules, from: f32, to: f32) -> Option<Piece> {
        let [low, high] = self.across;
        let (mut cores, mut sides) = (Vec::new(), [Vec::new(), Vec::new()]);
        let value = |s, t| {
            let [x, y] = self.point(s, t);
            view.near(x, y).map(|i| f32::from(view.plane.values[i]))
        };
        for s in (0..=(to - from) as usize).map(|s| from + s as f32) {
            let core = (0..=(high - low).ceil() as usize).filter_map(|t| value(s, low + t as f32));
            cores.extend(core.reduce(f32::max));
            for k in 0..3 {
                let beyond = 2.0 + k as f32 * (0.5 + rules.unit);
                sides[0].extend(value(s, low - beyond));
                sides[1].extend(value(s, high + beyond));
            }
        }
        if cores.is_empty() || sides.iter().any(Vec::is_empty) {
            return None;
        }
        let medians = sides.each_mut().map(|side| quantile(side, 0.5));
        let mut both = sides.concat();
        Some(Piece {
            core: quantile(&mut cores, 0.5),
            sides: medians,
            spread: quantile(&mut both, 0.9) - quantile(&mut both, 0.1),
        })
    }

    /// Whether an end (0 or 1) lies in what surrounds the stroke, or on the photo's edge: a wire ends
    /// at a wall, a scratch anywhere. With
    /// `may_vanish`, it may also end in something as bright as itself.
    pub(super) fn is_end_free(
        &self,
        view: &View,
        rules: &Rules,
        end: usize,
        may_vanish: bool,
    ) -> bool {
        let outward = if end == 0 { -1.0 } else { 1.0 };
        let tip = self.along[end];
        let reach = (8.0 * rules.unit).min(self.length());
        let (from, to) = if end == 0 {
            (tip, tip + reach)
        } else {
            (tip - reach, tip)
        };
        let Some(piece) = self.piece(view, rules, from, to) else {
            return true;
        };
        let mut beyond = Vec::new();
        let width = self.thickness().max(rules.unit) + 1.0;
        for k in 0..(4.0 * rules.unit) as usize + 4 {
            for t in [-width, -width / 2.0, 0.0, width / 2.0, width] {
                let [x, y] = self.point(tip + outward * (3.0 + k as f32), t);
                match view.near(x, y) {
                    Some(i) => beyond.push(f32::from(view.plane.values[i])),
                    None => return true,
                }
            }
        }
        let ground = f32::midpoint(piece.sides[0], piece.sides[1]);
        let contrast = piece.core - ground;
        let middle = quantile(&mut beyond, 0.5);
        // A long white scratch may go on in a white sky, where it can't be seen.
        if may_vanish && middle >= piece.core - 0.25 * contrast {
            return true;
        }
        (middle - ground).abs() < 0.5 * contrast
            && quantile(&mut beyond, 0.9) - quantile(&mut beyond, 0.1) < 0.7 * contrast
    }

    /// Whether another stroke goes on where this one ends, in its direction: how far away, if so.
    pub(super) fn gap_to(&self, other: &Self, rules: &Rules) -> Option<f32> {
        let turn = self.axis[0] * other.axis[1] - self.axis[1] * other.axis[0];
        if turn.abs() > 0.08 {
            return None;
        }
        let places = other.ends().map(|[x, y]| {
            let (dx, dy) = (x - self.center[0], y - self.center[1]);
            let (s, t) = (
                dx * self.axis[0] + dy * self.axis[1],
                dy * self.axis[0] - dx * self.axis[1],
            );
            let middle = f32::midpoint(self.across[0], self.across[1]);
            (s, (t - middle).abs())
        });
        let gap = (self.along[0] - places[0].0.max(places[1].0))
            .max(places[0].0.min(places[1].0) - self.along[1]);
        let off = places[0].1.min(places[1].1);
        (off <= 1.5 + 2.0 * rules.unit + 0.03 * gap.max(0.0)).then_some(gap)
    }
}

/// A piece of a stroke: its own value, those beside it, and how uneven these are.
struct Piece {
    core: f32,
    sides: [f32; 2],
    spread: f32,
}

impl Piece {
    fn stands_out(&self, rules: &Rules) -> bool {
        let contrast = self.core - self.sides[0].max(self.sides[1]);
        // Where one side is as bright as the stroke, it is an edge.
        contrast >= 0.8 * rules.floor
            && contrast >= 0.6 * rules.evenness * self.spread
            && (self.sides[0] - self.sides[1]).abs() <= contrast
    }
}

/// The direction of the largest variance (Hotelling, 1933), of length 1.
fn axis(runs: &[Run], center: [f64; 2]) -> [f32; 2] {
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for run in runs {
        let dy = run.y as f64 - center[1];
        for x in run.from..run.to {
            let dx = x as f64 - center[0];
            xx += dx * dx;
            xy += dx * dy;
            yy += dy * dy;
        }
    }
    let angle = 0.5 * f64::atan2(2.0 * xy, xx - yy);
    [angle.cos() as f32, angle.sin() as f32]
}
