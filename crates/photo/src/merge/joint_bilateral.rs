//! Upsampling that lets colors end where the picture's edges are.
//!
//! Joint bilateral upsampling (Kopf, Cohen, Lischinski and Uyttendaele, 2007) weighs the places of the
//! small map around a pixel by their distance and by how much their lightness differs from the
//! pixel's own. By itself it blurs, since a Gaussian does. What is added here to cubic convolution, which does not
//! blur, is only the difference that looking at lightness makes: the joint bilateral mean less the
//! plain mean with the same distances. docs/photo-quality.md has the figures.

use tintype_protocol::CancelFlag;

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

/// The four rows of places around one row of pixels.
struct Rows<'a> {
    a: [&'a [f32]; 4],
    b: [&'a [f32]; 4],
    lightness: [&'a [f32]; 4],
    near: [f32; 4],
    /// Mixed down the column, for a and b: by cubic convolution, and by distance alone.
    cubic: [Vec<f32>; 2],
    plain: [Vec<f32>; 2],
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
        let guide = mean_lightness(photo, area, size, cancel)?;
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
    pub(crate) fn row(&self, y: usize, l: &[f32], a: &mut [f32], b: &mut [f32]) {
        let rows = self.rows(y);
        for run in &self.runs {
            let pixels = run.start..run.start + run.length;
            let mut lanes = [0.0; LANES];
            lanes[..run.length].copy_from_slice(&l[pixels.clone()]);
            let colors = run.colors(&rows, &lanes);
            a[pixels.clone()].copy_from_slice(&colors[0][..run.length]);
            b[pixels].copy_from_slice(&colors[1][..run.length]);
        }
    }

    fn rows(&self, y: usize) -> Rows<'_> {
        let first = self.near_rows.first[y];
        let (cubic, near) = (&self.cubic_rows.weights[y], &self.near_rows.weights[y]);
        Rows {
            a: self.a.four(first),
            b: self.b.four(first),
            lightness: self.lightness.four(first),
            near: *near,
            cubic: [self.a.mixed(first, cubic), self.b.mixed(first, cubic)],
            plain: [self.a.mixed(first, near), self.b.mixed(first, near)],
        }
    }
}

impl Run {
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "as JointBilateral::row")]
    fn colors(&self, rows: &Rows, l: &[f32; LANES]) -> [[f32; LANES]; 2] {
        let mut weight = [0.0; LANES];
        let mut sums = [[0.0; LANES]; 2];
        for row in 0..4 {
            for column in 0..4 {
                let at = self.first + column;
                let (lightness, a, b) = (rows.lightness[row][at], rows.a[row][at], rows.b[row][at]);
                for i in 0..LANES {
                    let difference = (l[i] - lightness) * (1.0 / LIGHTNESS);
                    // Like a Gaussian near 0, and never quite 0.
                    let unlike = 1.0 + difference * difference;
                    let own = rows.near[row] * self.near[column][i] / (unlike * unlike);
                    weight[i] += own;
                    sums[0][i] += own * a;
                    sums[1][i] += own * b;
                }
            }
        }
        for (sums, (cubic, plain)) in sums.iter_mut().zip(rows.cubic.iter().zip(&rows.plain)) {
            for i in 0..LANES {
                let mut color = sums[i] / weight[i];
                for column in 0..4 {
                    let at = self.first + column;
                    color += self.cubic[column][i] * cubic[at] - self.near[column][i] * plain[at];
                }
                sums[i] = color;
            }
        }
        sums
    }
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
        Photo::new(40, 8, SourceFormat::Png, Pixels::Gray8(row.repeat(8)), None)
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
        let l: Vec<f32> = y.into_iter().map(lightness).collect();
        let (mut a, mut b) = (vec![0.0; 40], vec![0.0; 40]);
        filter.row(0, &l, &mut a, &mut b);
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
