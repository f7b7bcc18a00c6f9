//! Reading a map of colors at a photo's resolution, row by row.

use tintype_protocol::CancelFlag;

use crate::merge::joint_bilateral::JointBilateral;
use crate::merge::sixteen::{Padded, Sixteen, cubic_weights};
use crate::network_input::{Tap, taps};
use crate::{Area, ChromaMap, Photo, Result, Upsampling};

/// A map ready to be read at a photo's resolution.
pub(crate) enum Upsampler<'a> {
    Nearest {
        map: &'a ChromaMap,
        rows: Vec<usize>,
        columns: Vec<usize>,
    },
    Bilinear {
        map: &'a ChromaMap,
        rows: Vec<Tap>,
        columns: Vec<Tap>,
    },
    Bicubic {
        planes: [Padded; 2],
        rows: Sixteen,
        columns: Sixteen,
    },
    JointBilateral(Box<JointBilateral>),
}

impl<'a> Upsampler<'a> {
    /// Reads `map` at the resolution of `photo`, over `area` of it.
    ///
    /// # Errors
    /// [`Error::Cancelled`](crate::Error::Cancelled): one kind looks at the whole photo first.
    pub(crate) fn new(
        map: &'a ChromaMap,
        photo: &Photo,
        area: Area,
        upsampling: Upsampling,
        cancel: &CancelFlag,
    ) -> Result<Self> {
        let (width, height) = (area.width, area.height);
        Ok(match upsampling {
            Upsampling::Nearest => Self::Nearest {
                map,
                rows: nearest(map.height(), height),
                columns: nearest(map.width(), width),
            },
            Upsampling::Bilinear => Self::Bilinear {
                map,
                rows: taps(map.height(), height, height),
                columns: taps(map.width(), width, width),
            },
            Upsampling::Bicubic => Self::Bicubic {
                planes: Padded::both(map),
                rows: Sixteen::new(map.height(), height, cubic_weights),
                columns: Sixteen::new(map.width(), width, cubic_weights),
            },
            Upsampling::JointBilateral => {
                Self::JointBilateral(Box::new(JointBilateral::new(map, photo, area, cancel)?))
            }
        })
    }

    /// Fills `a` and `b` with the colors of row `y` of the area, whose lightness is `l`, 0..=100.
    #[inline(always)]
    #[allow(
        clippy::inline_always,
        reason = "it must become part of its caller's instruction set"
    )]
    pub(crate) fn row<const FUSED: bool>(&self, y: usize, l: &[f32], a: &mut [f32], b: &mut [f32]) {
        match self {
            Self::Nearest { map, rows, columns } => {
                for (plane, to) in both(map).into_iter().zip([a, b]) {
                    let line = line(plane, map, rows[y]);
                    for (to, x) in to.iter_mut().zip(columns) {
                        *to = line[*x];
                    }
                }
            }
            Self::Bilinear { map, rows, columns } => {
                for (plane, to) in both(map).into_iter().zip([a, b]) {
                    bilinear(plane, map, &rows[y], columns, to);
                }
            }
            Self::Bicubic {
                planes,
                rows,
                columns,
            } => {
                for (plane, to) in planes.iter().zip([a, b]) {
                    let line = plane.mixed(rows.first[y], &rows.weights[y]);
                    let taps = columns.first.iter().zip(&columns.weights);
                    for (to, (first, weights)) in to.iter_mut().zip(taps) {
                        let values = &line[*first..*first + 4];
                        *to = values.iter().zip(weights).map(|(v, w)| v * w).sum();
                    }
                }
            }
            Self::JointBilateral(filter) => filter.row::<FUSED>(y, l, a, b),
        }
    }
}

fn both(map: &ChromaMap) -> [&[f32]; 2] {
    let (a, b) = map.planes();
    [a, b]
}

fn line<'a>(plane: &'a [f32], map: &ChromaMap, y: usize) -> &'a [f32] {
    let width = map.width() as usize;
    &plane[y * width..(y + 1) * width]
}

fn bilinear(plane: &[f32], map: &ChromaMap, row: &Tap, columns: &[Tap], to: &mut [f32]) {
    let pairs = line(plane, map, row.first)
        .iter()
        .zip(line(plane, map, row.second));
    let line: Vec<f32> = pairs.map(|(u, l)| u + (l - u) * row.weight).collect();
    for (to, tap) in to.iter_mut().zip(columns) {
        *to = line[tap.first] + (line[tap.second] - line[tap.first]) * tap.weight;
    }
}

/// Which source pixel each pixel takes: the index times the scale in 32-bit floats, rounded down, as
/// PyTorch's `interpolate(mode="nearest")` has it.
fn nearest(source: u32, length: u32) -> Vec<usize> {
    let scale = source as f32 / length as f32;
    (0..length)
        .map(|i| ((i as f32 * scale) as usize).min(source as usize - 1))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Pixels, SourceFormat};

    fn gray(width: u32, height: u32) -> Photo {
        let pixels = Pixels::Gray8(vec![90; (width * height) as usize].into());
        Photo::new(width, height, SourceFormat::Png, pixels, None)
    }

    fn row(map: &ChromaMap, photo: &Photo, upsampling: Upsampling, y: usize) -> Vec<[f32; 2]> {
        let upsampler = Upsampler::new(
            map,
            photo,
            Area::whole(photo),
            upsampling,
            &CancelFlag::new(),
        )
        .unwrap();
        let width = photo.width() as usize;
        let (mut a, mut b) = (vec![0.0; width], vec![0.0; width]);
        upsampler.row::<false>(y, &vec![38.0; width], &mut a, &mut b);
        a.into_iter().zip(b).map(|(a, b)| [a, b]).collect()
    }

    #[test]
    fn nearest_takes_the_pixel_that_pytorch_takes() {
        // torch.nn.functional.interpolate(torch.arange(3.)[None, None], size=7, mode="nearest")
        assert_eq!(nearest(3, 7), [0, 0, 0, 1, 1, 2, 2]);
        assert_eq!(nearest(4, 2), [0, 2]);
        assert_eq!(nearest(256, 256), (0..256).collect::<Vec<_>>());
    }

    #[test]
    fn bilinear_runs_between_pixel_centers_and_holds_at_the_edges() {
        let map = ChromaMap::new(2, 1, vec![0.0, 100.0, 0.0, -100.0]).unwrap();
        let found = row(&map, &gray(4, 2), Upsampling::Bilinear, 1);
        assert_eq!(
            found,
            [[0.0, 0.0], [25.0, -25.0], [75.0, -75.0], [100.0, -100.0]]
        );
    }

    #[test]
    fn bicubic_is_that_of_opencv() {
        // cv2.resize(np.float32([[0, 100]]), (4, 1), interpolation=cv2.INTER_CUBIC)
        let map = ChromaMap::new(2, 1, vec![0.0, 100.0, 0.0, -100.0]).unwrap();
        let found = row(&map, &gray(4, 2), Upsampling::Bicubic, 0);
        for (found, expected) in found
            .iter()
            .zip([-10.546_875, 22.656_25, 77.343_75, 110.546_875])
        {
            assert!(
                (found[0] - expected).abs() < 1e-3,
                "{found:?} for {expected}"
            );
            assert!((found[1] + expected).abs() < 1e-3, "{found:?}");
        }
    }

    #[test]
    fn at_the_same_size_every_way_but_the_guided_one_changes_nothing() {
        let map = ChromaMap::new(3, 2, (0..12).map(|i| i as f32).collect()).unwrap();
        for upsampling in [
            Upsampling::Nearest,
            Upsampling::Bilinear,
            Upsampling::Bicubic,
        ] {
            let found = row(&map, &gray(3, 2), upsampling, 1);
            assert_eq!(
                found,
                [[3.0, 9.0], [4.0, 10.0], [5.0, 11.0]],
                "{upsampling}"
            );
        }
    }

    #[test]
    fn one_color_everywhere_is_that_color_in_every_way_and_size() {
        let map = ChromaMap::new(4, 3, [vec![20.0; 12], vec![-7.0; 12]].concat()).unwrap();
        for upsampling in Upsampling::ALL {
            for (width, height) in [(1, 1), (3, 2), (4, 3), (57, 1), (33, 70)] {
                for [a, b] in row(&map, &gray(width, height), upsampling, height as usize - 1) {
                    assert!(
                        (a - 20.0).abs() < 1e-3 && (b + 7.0).abs() < 1e-3,
                        "{upsampling}"
                    );
                }
            }
        }
    }
}
