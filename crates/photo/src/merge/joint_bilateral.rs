//! Upsampling that lets colors end where the picture's edges are.
//!
//! Joint bilateral upsampling (Kopf, Cohen, Lischinski and Uyttendaele, 2007) weighs the places of the
//! small map around a pixel by their distance and by how much their lightness differs from the
//! pixel's own. By itself it blurs, since a Gaussian does. What is added here to cubic convolution, which does not
//! blur, is only the difference that looking at lightness makes: the joint bilateral mean less the
//! plain mean with the same distances. docs/photo-quality.md has the figures.

use tintype_protocol::CancelFlag;

use crate::color::curves::mul_add;
use crate::merge::mean_lightness::mean_lightness;
use crate::merge::sixteen::{Padded, Sixteen, cubic_weights};
use crate::{Area, ChromaMap, Photo, Result};

/// The standard deviation of distance, in places of the map.
const DISTANCE: f64 = 0.5;
/// A difference of L that leaves a place a quarter of its weight: film grain counts little, edges much.
const LIGHTNESS: f32 = 10.0;
/// How many pixels are worked on at once.
const LANES: usize = 16;

/// A map with the lightness of the photo it belongs to.
pub(crate) struct JointBilateral {
    a: Padded,
    b: Padded,
    /// In units of [`LIGHTNESS`].
    lightness: Padded,
    cubic_rows: Sixteen,
    near_rows: Sixteen,
    runs: Vec<Run>,
}

/// Pixels in a row that have the same four places, at most [`LANES`].
struct Run {
    start: usize,
    length: usize,
    first: usize,
    cubic: [[f32; LANES]; 4],
    near: [[f32; LANES]; 4],
}

/// Four places one below the other, as they are seen from one row of pixels.
#[derive(Clone, Default)]
struct Column {
    lightness: [f32; 4],
    /// The weights by distance down the column, and a and b by them.
    near: [[f32; 4]; 3],
    /// a and b mixed down the column: by cubic convolution, and by distance alone.
    cubic: [f32; 2],
    plain: [f32; 2],
}

impl JointBilateral {
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled): the whole photo is looked at.
    pub(crate) fn new(
        map: &ChromaMap,
        photo: &Photo,
        area: Area,
        cancel: &CancelFlag,
    ) -> Result<Self> {
        let size = (map.width(), map.height());
        let [a, b] = Padded::both(map);
        let mut guide = mean_lightness(photo, area, size, cancel)?;
        for value in &mut guide {
            *value *= 1.0 / LIGHTNESS;
        }
        Ok(Self {
            a,
            b,
            lightness: Padded::new(&guide, size.0 as usize),
            cubic_rows: Sixteen::new(size.1, area.height, cubic_weights),
            near_rows: Sixteen::new(size.1, area.height, near_weights),
            runs: runs(size.0, area.width),
        })
    }

    /// Fills `a` and `b` with the colors of row `y` of the area, whose lightness is `l`, 0..=100.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "it must become part of its caller's instruction set"
    )]
    pub(crate) fn row<const FUSED: bool>(&self, y: usize, l: &[f32], a: &mut [f32], b: &mut [f32]) {
        let columns = self.columns::<FUSED>(y);
        for run in &self.runs {
            let lanes = run.start..run.start + LANES;
            // A run may be shorter than there are lanes. What the others give is written too, and then over it the next run.
            if let Some(l) = l.get(lanes.clone()).and_then(|l| l.first_chunk()) {
                let colors = run.colors::<FUSED>(&columns, *l);
                a[lanes.clone()].copy_from_slice(&colors[0]);
                b[lanes].copy_from_slice(&colors[1]);
                continue;
            }
            let pixels = run.start..run.start + run.length;
            let mut lanes = [0.0; LANES];
            lanes[..run.length].copy_from_slice(&l[pixels.clone()]);
            let colors = run.colors::<FUSED>(&columns, lanes);
            a[pixels.clone()].copy_from_slice(&colors[0][..run.length]);
            b[pixels].copy_from_slice(&colors[1][..run.length]);
        }
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "as row")]
    fn columns<const FUSED: bool>(&self, y: usize) -> Vec<Column> {
        let first = self.near_rows.first[y];
        let (cubic, near) = (&self.cubic_rows.weights[y], &self.near_rows.weights[y]);
        let [lightness, a, b] = [&self.lightness, &self.a, &self.b].map(|plane| plane.four(first));
        let mut columns = vec![Column::default(); a[0].len()];
        for (x, column) in columns.iter_mut().enumerate() {
            for row in 0..4 {
                let (a, b) = (a[row][x], b[row][x]);
                column.lightness[row] = lightness[row][x];
                column.near[0][row] = near[row];
                column.near[1][row] = near[row] * a;
                column.near[2][row] = near[row] * b;
                column.plain[0] += near[row] * a;
                column.plain[1] += near[row] * b;
                column.cubic[0] += cubic[row] * a;
                column.cubic[1] += cubic[row] * b;
            }
        }
        columns
    }
}

impl Run {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "as JointBilateral::row")]
    fn colors<const FUSED: bool>(
        &self,
        columns: &[Column],
        mut l: [f32; LANES],
    ) -> [[f32; LANES]; 2] {
        for l in &mut l {
            *l *= 1.0 / LIGHTNESS;
        }
        let columns = &columns[self.first..self.first + 4];
        let mut weight = [0.0; LANES];
        let mut sums = [[0.0; LANES]; 2];
        let mut smooth = [[0.0; LANES]; 2];
        for (number, column) in columns.iter().enumerate() {
            for i in 0..LANES {
                let alike = alike::<FUSED>(l[i], &column.lightness);
                let down = |near: &[f32; 4]| {
                    let upper = mul_add::<FUSED>(near[0], alike[0], near[1] * alike[1]);
                    mul_add::<FUSED>(
                        near[2],
                        alike[2],
                        mul_add::<FUSED>(near[3], alike[3], upper),
                    )
                };
                let (near, cubic) = (self.near[number][i], self.cubic[number][i]);
                weight[i] = mul_add::<FUSED>(near, down(&column.near[0]), weight[i]);
                for plane in 0..2 {
                    let (sum, smooth) = (&mut sums[plane][i], &mut smooth[plane][i]);
                    *sum = mul_add::<FUSED>(near, down(&column.near[plane + 1]), *sum);
                    let without = mul_add::<FUSED>(-near, column.plain[plane], *smooth);
                    *smooth = mul_add::<FUSED>(cubic, column.cubic[plane], without);
                }
            }
        }
        for i in 0..LANES {
            let whole = 1.0 / weight[i];
            for plane in 0..2 {
                sums[plane][i] = mul_add::<FUSED>(sums[plane][i], whole, smooth[plane][i]);
            }
        }
        sums
    }
}

/// How much places count by their lightness, for a pixel of lightness `l`: 1 / (1 + difference^2)^2, which is like a
/// Gaussian near 0 and never quite 0.
#[inline(always)]
#[allow(clippy::inline_always, reason = "as JointBilateral::row")]
fn alike<const FUSED: bool>(l: f32, places: &[f32; 4]) -> [f32; 4] {
    let unlike = places.map(|place| {
        let difference = l - place;
        mul_add::<FUSED>(difference, difference, 1.0)
    });
    // One division for all four, since a division takes as long as ten products. None is above 101, so that their
    // product is far from the end of what a float holds.
    let (upper, lower) = (unlike[0] * unlike[1], unlike[2] * unlike[3]);
    let inverse = 1.0 / (upper * lower);
    let (upper, lower) = (inverse * lower, inverse * upper);
    let inverses = [
        upper * unlike[1],
        upper * unlike[0],
        lower * unlike[3],
        lower * unlike[2],
    ];
    inverses.map(|inverse| inverse * inverse)
}

/// A Gaussian of the distance.
fn near_weights(beyond: f64) -> [f64; 4] {
    [1.0 + beyond, beyond, 1.0 - beyond, 2.0 - beyond]
        .map(|distance| (-distance * distance / (2.0 * DISTANCE * DISTANCE)).exp())
}

fn runs(places: u32, length: u32) -> Vec<Run> {
    let cubic = Sixteen::new(places, length, cubic_weights);
    let near = Sixteen::new(places, length, near_weights);
    let mut runs = Vec::new();
    let mut start = 0;
    for same in cubic.first.chunk_by(|one, next| one == next) {
        for piece in same.chunks(LANES) {
            let lanes = |weights: &[[f32; 4]]| {
                std::array::from_fn(|column| {
                    // Lanes beyond the end repeat the last pixel; what they give is not used.
                    std::array::from_fn(|i| weights[start + i.min(piece.len() - 1)][column])
                })
            };
            runs.push(Run {
                start,
                length: piece.len(),
                first: piece[0],
                cubic: lanes(&cubic.weights),
                near: lanes(&near.weights),
            });
            start += piece.len();
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::color::lab::lightness;
    use crate::color::luminances::luminances;
    use crate::{Error, Pixels, SourceFormat};

    /// A dark half and a light half, whose border lies within a place of the map.
    fn halves() -> Photo {
        let row: Vec<u8> = (0..40).map(|x| if x < 17 { 30 } else { 220 }).collect();
        Photo::new(
            40,
            8,
            SourceFormat::Png,
            Pixels::Gray8(row.repeat(8).into()),
            None,
        )
    }

    #[test]
    fn a_color_ends_at_the_edge_and_not_where_the_map_can_tell() {
        // Places of 8 pixels: the third, 16..24, is nearly all light.
        let a = [[-40.0, -40.0, 36.0, 40.0, 40.0], [0.0; 5]].concat();
        let (map, photo) = (ChromaMap::new(5, 1, a).unwrap(), halves());
        let filter =
            JointBilateral::new(&map, &photo, Area::whole(&photo), &CancelFlag::new()).unwrap();
        let mut y = vec![0.0; 40];
        luminances(photo.pixels(), 0, &mut y);
        let l: Vec<f32> = y.into_iter().map(lightness::<false>).collect();
        let (mut a, mut b) = (vec![0.0; 40], vec![0.0; 40]);
        filter.row::<false>(0, &l, &mut a, &mut b);
        assert!(a[14..17].iter().all(|a| *a < -20.0), "{a:?}");
        assert!(a[17..20].iter().all(|a| *a > 20.0), "{a:?}");
        assert!(b.iter().all(|b| b.abs() < 1e-3));
    }

    #[test]
    fn a_raised_flag_is_heard() {
        let cancel = CancelFlag::new();
        cancel.cancel();
        let map = ChromaMap::new(1, 1, vec![1.0, 1.0]).unwrap();
        let photo = halves();
        let stopped = JointBilateral::new(&map, &photo, Area::whole(&photo), &cancel);
        assert!(matches!(stopped, Err(Error::Cancelled)));
    }
}
