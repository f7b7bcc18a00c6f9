//! The picture within its borders.

use super::edges::{Edge, Side};

/// Pixels of the photo over which coverage fades.
pub(super) const FEATHER: f32 = 4.0;
/// The least of it in a photo that was made smaller: below a pixel it can't be seen.
const LEAST_FEATHER: f32 = 0.5;
/// Depths and feathers, in pixels, and slopes of a frame that came from outside lie below these.
const MOST_DEPTH: f32 = 1e6;
const MOST_SLOPE: f32 = 1.0;

/// The picture within its borders.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    pub(super) width: u32,
    pub(super) height: u32,
    /// In pixels of the photo, in the order of [`Side::ALL`]; none where there is no border.
    pub(super) edges: [Option<Edge>; 4],
    pub(super) feather: f32,
}

/// The ends of borders as plain numbers, left, top, right, bottom: the depth of each at the beginning of its
/// side, and by how much it is deeper at each further pixel along it.
pub(crate) type Lines = [Option<(f32, f32)>; 4];

impl Frame {
    /// A picture without borders.
    #[must_use]
    pub fn whole(width: u32, height: u32) -> Self {
        Self {
            width,
            height,
            edges: [None; 4],
            feather: FEATHER,
        }
    }

    /// A frame of what [`lines`](Self::lines) and [`feather`](Self::feather) gave; none of what no frame is.
    pub(crate) fn of_lines(
        (width, height): (u32, u32),
        lines: Lines,
        feather: f32,
    ) -> Option<Self> {
        let is_line = |(depth, slope): (f32, f32)| {
            // What is no number is not below anything.
            depth.abs() < MOST_DEPTH && slope.abs() <= MOST_SLOPE
        };
        let is_frame = width > 0
            && height > 0
            && lines.into_iter().flatten().all(is_line)
            && (LEAST_FEATHER..MOST_DEPTH).contains(&feather);
        is_frame.then(|| Self {
            width,
            height,
            edges: lines.map(|line| line.map(|(depth, slope)| Edge { depth, slope })),
            feather,
        })
    }

    /// The ends of its borders.
    pub(crate) fn lines(&self) -> Lines {
        self.edges
            .map(|edge| edge.map(|edge| (edge.depth, edge.slope)))
    }

    /// Pixels over which coverage fades.
    pub(crate) fn feather(&self) -> f32 {
        self.feather
    }

    /// Width and height of the photo, borders and all.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The same frame on the same photo at another size.
    pub(crate) fn scaled(&self, (width, height): (u32, u32)) -> Self {
        let across = width as f32 / self.width as f32;
        let down = height as f32 / self.height as f32;
        let scaled = |side: Side| {
            let (deep, along) = match side {
                Side::Left | Side::Right => (across, down),
                Side::Top | Side::Bottom => (down, across),
            };
            self.edges[side as usize].map(|edge| Edge {
                depth: edge.depth * deep,
                slope: edge.slope * deep / along,
            })
        };
        Self {
            width,
            height,
            edges: Side::ALL.map(scaled),
            feather: (self.feather * across.min(down)).max(LEAST_FEATHER),
        }
    }

    /// Whether there are no borders.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.edges.iter().all(Option::is_none)
    }

    /// Left, top, width and height of the smallest upright rectangle that holds the picture. Where the
    /// print lies askew, corners of the rectangle are border. It lies within the photo and has a pixel at
    /// least.
    #[must_use]
    pub fn rectangle(&self) -> (u32, u32, u32, u32) {
        // The shallowest place of each line.
        let depth = |side: Side| {
            let length = match side {
                Side::Left | Side::Right => self.height,
                Side::Top | Side::Bottom => self.width,
            };
            self.edges[side as usize].map_or(0.0, |edge| {
                edge.at(0.0).min(edge.at(length as f32)).max(0.0).floor()
            }) as u32
        };
        let left = depth(Side::Left).min(self.width.saturating_sub(1));
        let top = depth(Side::Top).min(self.height.saturating_sub(1));
        let left_of =
            |whole: u32, before: u32, after: u32| (whole - before).saturating_sub(after).max(1);
        (
            left,
            top,
            left_of(self.width, left, depth(Side::Right)),
            left_of(self.height, top, depth(Side::Bottom)),
        )
    }

    /// How much a pixel belongs to the picture: 1 inside, 0 in the border, and between over the few
    /// pixels of border next to the picture.
    #[inline]
    #[must_use]
    pub fn coverage(&self, x: u32, y: u32) -> f32 {
        let share = (1.0 + self.depth(x, y) / self.feather).clamp(0.0, 1.0);
        // Without a kink at either end.
        share * share * (3.0 - 2.0 * share)
    }

    /// Whether a pixel belongs to the picture beyond doubt: away from the border by more than what is
    /// not known of its end.
    pub(super) fn is_well_inside(&self, x: u32, y: u32) -> bool {
        self.depth(x, y) > 2.0 * self.feather
    }

    /// How far inside the picture a pixel lies, in pixels; below 0 in the border.
    #[inline]
    fn depth(&self, x: u32, y: u32) -> f32 {
        let (across, down) = (x as f32 + 0.5, y as f32 + 0.5);
        let (width, height) = (self.width as f32, self.height as f32);
        let [left, top, right, bottom] = &self.edges;
        let mut inside = f32::INFINITY;
        for (edge, depth, place) in [
            (left, across, down),
            (top, down, across),
            (right, width - across, down),
            (bottom, height - down, across),
        ] {
            if let Some(edge) = edge {
                inside = inside.min(depth - edge.at(place));
            }
        }
        inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_scaled_frame_lies_where_the_scaled_picture_lies() {
        let lines = [
            Some((40.0, 0.02)),
            Some((20.0, -0.01)),
            None,
            Some((30.0, 0.0)),
        ];
        let frame = Frame::of_lines((600, 400), lines, 4.0).unwrap();
        let small = frame.scaled((150, 200));
        assert_eq!(small.size(), (150, 200));
        for (x, y) in [
            (0, 0),
            (9, 20),
            (11, 20),
            (12, 190),
            (80, 8),
            (80, 188),
            (149, 100),
        ] {
            // The middle of the pixel in the large photo.
            let large = frame.depth(4 * x + 2, 2 * y + 1);
            let deep = small.depth(x, y);
            assert!((large > 0.0) == (deep > 0.0), "{x}, {y}: {large}, {deep}");
        }
        assert_eq!(Frame::whole(9, 9).scaled((3, 3)).rectangle(), (0, 0, 3, 3));
    }

    #[test]
    fn what_is_no_frame_is_none() {
        let of =
            |size, line, feather| Frame::of_lines(size, [Some(line), None, None, None], feather);
        assert!(of((9, 9), (2.0, 0.1), 4.0).is_some());
        assert!(of((0, 9), (2.0, 0.1), 4.0).is_none());
        assert!(of((9, 0), (2.0, 0.1), 4.0).is_none());
        for bad in [f32::NAN, f32::INFINITY, 1e30] {
            assert!(of((9, 9), (bad, 0.1), 4.0).is_none());
            assert!(of((9, 9), (2.0, bad), 4.0).is_none());
            assert!(of((9, 9), (2.0, 0.1), bad).is_none());
        }
        assert!(of((9, 9), (2.0, 0.1), 0.0).is_none());
    }

    proptest! {
        #[test]
        fn the_rectangle_is_within_the_photo(
            size in (1u32..5000, 1u32..5000),
            other in (1u32..5000, 1u32..5000),
            depths in prop::array::uniform4(-1e5f32..1e5),
            slopes in prop::array::uniform4(-1f32..1.0),
        ) {
            let lines = std::array::from_fn(|i| Some((depths[i], slopes[i])));
            let frame = Frame::of_lines(size, lines, 4.0).unwrap();
            for frame in [frame.scaled(other), frame] {
                let (left, top, width, height) = frame.rectangle();
                prop_assert!(width > 0 && left + width <= frame.width);
                prop_assert!(height > 0 && top + height <= frame.height);
                let coverage = frame.coverage(left, top);
                prop_assert!((0.0..=1.0).contains(&coverage));
            }
        }
    }
}
