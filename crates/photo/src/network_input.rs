//! The small gray picture that a network sees.

use rayon::prelude::*;

use crate::color::curves::srgb_encoded;
use crate::color::srgb::to_linear;
use crate::{Area, Neutral, Photo, Pixels};

/// A gray picture for a network.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkInput {
    /// `[1, 3, H, W]`: sRGB in 0..=1, the three channels alike.
    pub data: Vec<f32>,
    /// W in pixels.
    pub width: u32,
    /// H in pixels.
    pub height: u32,
    /// The part from the upper left that shows the photo, in pixels; the rest is its last column
    /// and row, repeated.
    pub content: (u32, u32),
}

/// How a photo is laid into a network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Stretched to the whole input, as the published pipeline has it.
    Stretched,
    /// As large as fits with its aspect kept, in the upper left.
    Fitted,
}

/// What of a photo a network is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Which part.
    pub area: Area,
    /// How its colors become gray.
    pub neutral: Neutral,
}

impl View {
    /// All of a photo by its plain luminance, as the published pipeline has it.
    #[must_use]
    pub fn plain(photo: &Photo) -> Self {
        Self {
            area: Area::whole(photo),
            neutral: Neutral::identity(),
        }
    }
}

impl NetworkInput {
    /// All of a photo, stretched.
    #[must_use]
    pub fn stretched(photo: &Photo, width: u32, height: u32) -> Self {
        Self::of(
            photo,
            &View::plain(photo),
            Layout::Stretched,
            (width, height),
            &mut |_| {},
        )
    }

    /// A view of a photo as an input of a width and height. Tells `progress` the share of rows that are
    /// done, 0..=1.
    #[must_use]
    pub fn of(
        photo: &Photo,
        view: &View,
        layout: Layout,
        size: (u32, u32),
        progress: &mut dyn FnMut(f32),
    ) -> Self {
        let content = match layout {
            Layout::Stretched => size,
            Layout::Fitted => fitted(view.area, size),
        };
        Self::laid_out(photo, view, size, content, progress)
    }

    /// Resizes as `cv2.resize` does with `INTER_LINEAR` on floats (pixel centers at halves, edges
    /// clamped, no antialiasing), takes L of Lab, and makes RGB of that L with a = b = 0.
    fn laid_out(
        photo: &Photo,
        &View { area, neutral }: &View,
        (width, height): (u32, u32),
        content: (u32, u32),
        progress: &mut dyn FnMut(f32),
    ) -> Self {
        let columns = shifted(taps(area.width, content.0, width), area.left);
        let rows = shifted(taps(area.height, content.1, height), area.top);
        let plane = width as usize * height as usize;
        let mut data = vec![0.0; 3 * plane];
        let (first, others) = data.split_at_mut(plane);
        let band = (height as usize).div_ceil(BANDS).max(1);
        let bands = first.chunks_mut(band * width as usize);
        for (index, (values, rows)) in bands.zip(rows.chunks(band)).enumerate() {
            values
                .par_chunks_mut(width as usize)
                .zip(rows)
                .for_each(|(values, row)| {
                    for (value, column) in values.iter_mut().zip(&columns) {
                        let rgb = photo.bilinear(row, column);
                        // L with a = b = 0 is the gray of the same luminance.
                        *value = srgb_encoded(neutral.luminance(rgb.map(to_linear)));
                    }
                });
            let done = (index * band + rows.len()) as f32 / height as f32;
            progress(done);
        }
        for other in others.chunks_exact_mut(plane) {
            other.copy_from_slice(first);
        }
        Self {
            data,
            width,
            height,
            content,
        }
    }
}

/// The width and height of what is shown, with its aspect kept.
fn fitted(area: Area, (width, height): (u32, u32)) -> (u32, u32) {
    let across = f64::from(width) / f64::from(area.width);
    let down = f64::from(height) / f64::from(area.height);
    let scale = across.min(down);
    let side = |length: u32, most: u32| ((f64::from(length) * scale).round() as u32).clamp(1, most);
    (side(area.width, width), side(area.height, height))
}

/// The same neighbors, so many pixels on.
fn shifted(mut taps: Vec<Tap>, by: u32) -> Vec<Tap> {
    for tap in &mut taps {
        tap.first += by as usize;
        tap.second += by as usize;
    }
    taps
}

/// In how many bands of rows an input is made, so that progress is told between them: each is a
/// twentieth of this stage, far less than five points of the whole.
const BANDS: usize = 20;

/// Two neighbors along one axis, and how much the second counts.
pub(crate) struct Tap {
    pub(crate) first: usize,
    pub(crate) second: usize,
    pub(crate) weight: f32,
}

/// The neighbors of each of `content` pixels among `source` ones, the last one repeated up to
/// `length`.
pub(crate) fn taps(source: u32, content: u32, length: u32) -> Vec<Tap> {
    let scale = f64::from(source) / f64::from(content);
    (0..length)
        .map(|i| {
            let center = (f64::from(i.min(content - 1)) + 0.5) * scale - 0.5;
            let center = center.clamp(0.0, f64::from(source - 1));
            let first = center as usize;
            let second = (first + 1).min(source as usize - 1);
            Tap {
                first,
                second,
                weight: (center - first as f64) as f32,
            }
        })
        .collect()
}

impl Photo {
    /// sRGB in 0..=1 between four pixels.
    fn bilinear(&self, row: &Tap, column: &Tap) -> [f32; 3] {
        let mix = |a: [f32; 3], b: [f32; 3], weight: f32| -> [f32; 3] {
            std::array::from_fn(|i| a[i] + (b[i] - a[i]) * weight)
        };
        let along = |y: usize| {
            mix(
                self.encoded_at(column.first, y),
                self.encoded_at(column.second, y),
                column.weight,
            )
        };
        mix(along(row.first), along(row.second), row.weight)
    }

    /// sRGB in 0..=1 of one pixel.
    fn encoded_at(&self, x: usize, y: usize) -> [f32; 3] {
        let i = y * self.width() as usize + x;
        match self.pixels() {
            Pixels::Gray8(p) => [f32::from(p[i]) / 255.0; 3],
            Pixels::Gray16(p) => [f32::from(p[i]) / 65535.0; 3],
            Pixels::Rgb8(p) => std::array::from_fn(|c| f32::from(p[3 * i + c]) / 255.0),
            Pixels::Rgb16(p) => std::array::from_fn(|c| f32::from(p[3 * i + c]) / 65535.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_of_in_small_steps_and_change_nothing() {
        let pixels = Pixels::Gray8((0..=255).cycle().take(90 * 70).collect());
        let photo = Photo::new(90, 70, crate::SourceFormat::Png, pixels, None);
        let mut told = vec![0.0];
        let input = NetworkInput::of(
            &photo,
            &View::plain(&photo),
            Layout::Stretched,
            (64, 96),
            &mut |p| told.push(p),
        );
        assert_eq!(input, NetworkInput::stretched(&photo, 64, 96));
        assert!(
            told.windows(2).all(|pair| pair[1] - pair[0] <= 0.06),
            "{told:?}"
        );
        assert_eq!(told.last(), Some(&1.0));
    }
    use crate::SourceFormat;

    fn gray(width: u32, height: u32, values: &[u8]) -> Photo {
        Photo::new(
            width,
            height,
            SourceFormat::Png,
            Pixels::Gray8(values.to_vec()),
            None,
        )
    }

    fn fitted_to(photo: &Photo, size: (u32, u32)) -> NetworkInput {
        NetworkInput::of(
            photo,
            &View::plain(photo),
            Layout::Fitted,
            size,
            &mut |_| {},
        )
    }

    #[test]
    fn a_part_of_a_photo_is_seen_as_if_it_were_all() {
        let whole = gray(4, 3, &[9, 9, 9, 9, 9, 40, 80, 9, 9, 120, 200, 9]);
        let view = View {
            area: Area {
                left: 1,
                top: 1,
                width: 2,
                height: 2,
            },
            neutral: Neutral::identity(),
        };
        let seen = NetworkInput::of(&whole, &view, Layout::Stretched, (4, 4), &mut |_| {});
        assert_eq!(
            seen,
            NetworkInput::stretched(&gray(2, 2, &[40, 80, 120, 200]), 4, 4)
        );
    }

    fn levels(input: &NetworkInput) -> Vec<f32> {
        let plane = (input.width * input.height) as usize;
        input.data[..plane]
            .iter()
            .map(|value| value * 255.0)
            .collect()
    }

    fn assert_close(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(expected) {
            assert!((f - e).abs() < 0.01, "{found:?} for {expected:?}");
        }
    }

    #[test]
    fn a_row_is_resized_as_opencv_resizes_it() {
        // cv2.resize(np.float32([[0, 100]]), (4, 1)) gives 0, 25, 75, 100.
        let input = NetworkInput::stretched(&gray(2, 1, &[0, 100]), 4, 1);
        assert_close(&levels(&input), &[0.0, 25.0, 75.0, 100.0]);
        // cv2.resize(np.float32([[0, 40, 80, 120]]), (2, 1)) gives 20, 100.
        let input = NetworkInput::stretched(&gray(4, 1, &[0, 40, 80, 120]), 2, 1);
        assert_close(&levels(&input), &[20.0, 100.0]);
    }

    #[test]
    fn the_three_channels_are_alike() {
        let input = NetworkInput::stretched(&gray(2, 2, &[3, 80, 160, 250]), 4, 4);
        assert_eq!(input.data[..16], input.data[16..32]);
        assert_eq!(input.data[..16], input.data[32..]);
    }

    #[test]
    fn a_fitted_photo_keeps_its_aspect_and_repeats_its_edge() {
        let input = fitted_to(&gray(4, 2, &[10, 10, 90, 90, 10, 10, 90, 90]), (4, 4));
        assert_eq!(input.content, (4, 2));
        let row = [10.0, 10.0, 90.0, 90.0];
        assert_close(&levels(&input), &[row, row, row, row].concat());
    }

    #[test]
    fn a_sliver_still_gets_a_pixel() {
        let input = fitted_to(&gray(1, 300, &[50; 300]), (32, 32));
        assert_eq!(input.content, (1, 32));
    }

    #[test]
    fn a_color_photo_becomes_gray_by_its_luminance() {
        let photo = Photo::new(1, 1, SourceFormat::Png, Pixels::Rgb8(vec![0, 255, 0]), None);
        // The gray of L = 87.73: 255 * encode(0.71516).
        assert_close(&levels(&NetworkInput::stretched(&photo, 1, 1)), &[219.93]);
    }
}
