//! Where the picture ends and its border begins: paper, film, the scanner's bed.

use super::edges::{Border, Edge, FromSide, Side};
use super::frame::{FEATHER, Frame};
use super::values::Small;
use crate::Photo;

/// Borders are looked for in a picture of at most this size.
const SIDE: u32 = 1400;
/// The most borders inside one another: the scanner's bed, the mount, the print's own margin.
const LAYERS: usize = 3;
/// A border on one side alone must be seen on so much of it, and be no deeper than this share.
const ALONE: (f32, f32) = (0.88, 0.08);
/// One that another side agrees with may be seen on less: a dark picture hides a black border's end.
const TOGETHER: f32 = 0.6;
/// What lies outside a border may be passed over: where a film's edge is torn or its holder shows,
/// nothing there is straight. As shares of the picture; the border inside must then be on three sides.
const SKIPS: [f32; 3] = [0.0, 0.012, 0.024];
/// How far apart the tones of two sides of one border may lie.
const SAME_TONE: f32 = 0.08;
/// At least so much of either side is picture.
const LEAST_PICTURE: f32 = 0.4;

/// Finds the borders of a photo: white, cream or black, up to three inside one another, up to about
/// two degrees askew. Whatever could as well be picture is taken for picture: a white sky or a black
/// backdrop has no straight end and is no border.
///
/// Looks at a picture of about 1400 pixels (8 MB); a border's end is known to two or three of these,
/// which are left to the picture.
#[must_use]
pub fn find_frame(photo: &Photo) -> Frame {
    let small = Small::of(photo, SIDE);
    let mut edges: [Option<Edge>; 4] = [None; 4];
    for _ in 0..LAYERS {
        // Among as many sides, the ones that pass over the least.
        let found = SKIPS
            .map(|skip| layer(&small, &edges, skip))
            .into_iter()
            .rev()
            .max_by_key(|found| found.iter().flatten().count())
            .unwrap_or_default();
        if found.iter().all(Option::is_none) {
            break;
        }
        for (edge, border) in edges.iter_mut().zip(found) {
            *edge = border.map(|border| border.edge).or(*edge);
        }
    }
    let factor = small.factor as f32;
    let full = |edge: Edge| Edge {
        depth: edge.depth * factor,
        slope: edge.slope,
    };
    let frame = Frame {
        edges: edges.map(|edge| edge.map(full)),
        feather: FEATHER.max(factor),
        ..Frame::whole(photo.width(), photo.height())
    };
    let (_, _, width, height) = frame.rectangle();
    let is_enough = |left: u32, whole: u32| left as f32 >= LEAST_PICTURE * whole as f32;
    // More border than picture is no border.
    if is_enough(width, photo.width()) && is_enough(height, photo.height()) {
        frame
    } else {
        Frame::whole(photo.width(), photo.height())
    }
}

/// The next border inside the ones already found, past a share of the picture.
fn layer(small: &Small, edges: &[Option<Edge>; 4], skip: f32) -> [Option<Border>; 4] {
    let depth = |side: Side| edges[side as usize].map_or(0.0, |edge| edge.depth.max(0.0));
    let candidates = Side::ALL.map(|side| {
        let view = FromSide { small, side };
        // What is border already on the neighboring sides is nothing to go by here.
        let (before, after) = match side {
            Side::Left | Side::Right => (depth(Side::Top), depth(Side::Bottom)),
            Side::Top | Side::Bottom => (depth(Side::Left), depth(Side::Right)),
        };
        let within = (
            before.ceil() as usize,
            view.length().saturating_sub(after.ceil() as usize),
        );
        // The soft end of the border before is passed over.
        let mut start = edges[side as usize].map_or_else(Edge::default, |edge| Edge {
            depth: edge.depth + 6.0,
            ..edge
        });
        start.depth += skip * view.depth() as f32;
        view.border(start, within)
            .map(|border| (border, border.edge.depth / view.depth() as f32))
    });
    std::array::from_fn(|i| {
        let (border, share) = candidates[i]?;
        let agrees = |other: &Option<(Border, f32)>| {
            other.is_some_and(|(other, _)| {
                other.support >= TOGETHER && (other.tone - border.tone).abs() <= SAME_TONE
            })
        };
        let agreed = (0..4).filter(|other| *other != i && agrees(&candidates[*other]));
        let agreed = agreed.count();
        let is_border = if skip > 0.0 {
            agreed >= 2 && border.support >= TOGETHER
        } else {
            (agreed >= 1 && border.support >= TOGETHER)
                || (border.support >= ALONE.0 && share <= ALONE.1)
        };
        is_border.then_some(border)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::restore::testing::{gray, noise};

    /// Something like a picture: tones of all kinds, with grain.
    fn scene(x: u32, y: u32) -> u8 {
        let wave = (x as f32 / 37.0).sin() * (y as f32 / 23.0).cos();
        (118.0 + 70.0 * wave + 5.0 * noise(x, y)) as u8
    }

    /// A print in a border of a tone, turned by some degrees: the scene and whether a pixel is in it.
    fn print(tone: f32, margin: f32, degrees: f32) -> (Photo, impl Fn(u32, u32) -> bool) {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let is_inside = move |x: u32, y: u32| {
            let (dx, dy) = (x as f32 - 300.0, y as f32 - 200.0);
            let (across, down) = (dx * cos + dy * sin, dy * cos - dx * sin);
            across.abs() < 300.0 - margin && down.abs() < 200.0 - margin
        };
        let photo = gray(600, 400, |x, y| {
            if is_inside(x, y) {
                scene(x, y)
            } else {
                (tone + 2.0 * noise(x, y)).clamp(0.0, 255.0) as u8
            }
        });
        (photo, is_inside)
    }

    #[test]
    fn borders_are_found_straight_and_askew_and_no_picture_is_lost() {
        for tone in [4.0, 235.0, 250.0] {
            for degrees in [0.0, 0.7, -1.3, 2.0] {
                let (photo, is_inside) = print(tone, 30.0, degrees);
                let frame = find_frame(&photo);
                let (mut lost, mut kept, mut border) = (0, 0, 0);
                for (x, y) in (0..400).flat_map(|y| (0..600).map(move |x| (x, y))) {
                    let coverage = frame.coverage(x, y);
                    if is_inside(x, y) {
                        lost += u32::from(coverage < 1.0);
                    } else {
                        border += 1;
                        kept += u32::from(coverage > 0.0);
                    }
                }
                assert!(
                    lost <= 40,
                    "{tone}, {degrees}: {lost} pixels of picture lost"
                );
                assert!(
                    kept * 4 < border,
                    "{tone}, {degrees}: {kept} of {border} kept"
                );
            }
        }
    }

    #[test]
    fn a_picture_without_border_has_none() {
        assert!(find_frame(&gray(600, 400, scene)).is_whole());
        // A white sky over a skyline, and a backdrop that runs out of the picture.
        let sky = gray(600, 400, |x, y| {
            if y < 60 + (x / 40 * 37 % 90) {
                250
            } else {
                scene(x, y)
            }
        });
        assert!(find_frame(&sky).is_whole());
        let portrait = gray(600, 400, |x, y| {
            let (dx, dy) = (x as f32 - 300.0, y as f32 - 260.0);
            if dx.hypot(dy) < 190.0 {
                scene(x, y)
            } else {
                246
            }
        });
        assert!(find_frame(&portrait).is_whole());
    }

    #[test]
    fn a_bright_scanner_bed_around_a_black_border_is_two_layers() {
        let photo = gray(600, 400, |x, y| match x.min(y).min(599 - x).min(399 - y) {
            0..12 => 252,
            12..40 => 5,
            _ => scene(x, y),
        });
        let (left, top, width, height) = find_frame(&photo).rectangle();
        assert!(
            (35..=40).contains(&left) && (35..=40).contains(&top),
            "{left}, {top}"
        );
        assert!((520..=530).contains(&width) && (320..=330).contains(&height));
    }

    #[test]
    fn rounded_corners_stay_whole() {
        let photo = gray(600, 400, |x, y| {
            let (dx, dy) = (
                (x as f32 - 299.5).abs() - 240.0,
                (y as f32 - 199.5).abs() - 140.0,
            );
            let is_inside = dx.max(0.0).hypot(dy.max(0.0)) < 30.0;
            if is_inside { scene(x, y) } else { 248 }
        });
        let (left, top, width, height) = find_frame(&photo).rectangle();
        assert!(
            (27..=30).contains(&left) && (27..=30).contains(&top),
            "{left}, {top}"
        );
        assert!(width >= 540 && height >= 340);
    }

    #[test]
    fn slivers_and_plain_pages_have_no_borders() {
        for (width, height) in [(1, 1), (1, 90), (90, 1), (20, 20)] {
            assert!(find_frame(&gray(width, height, |x, _| x as u8)).is_whole());
        }
        for level in [0, 250] {
            assert!(find_frame(&gray(300, 200, |_, _| level)).is_whole());
        }
    }
}
