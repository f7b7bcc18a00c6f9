//! Sine position encoding, as DETR has it (Carion et al., 2020, section A.4), normalized.

use tch::Tensor;

use crate::Result;

/// Base of the geometric series of wavelengths.
const TEMPERATURE: f32 = 10_000.0;
/// Positions run from 0 to one turn.
const TURN: f32 = std::f32::consts::TAU;
/// Keeps the published code's division from ever being by zero; it shifts each value by 1e-6.
const EPS: f32 = 1e-6;

/// Makes encodings and keeps the last one of each level: they depend on the size alone, and a
/// batch of photos has one size.
pub(crate) struct PositionEncodings {
    width: usize,
    cached: Vec<Option<(usize, usize, Tensor)>>,
}

impl PositionEncodings {
    /// For `levels` feature maps and a transformer `width` channels wide, a multiple of 4.
    pub(crate) fn new(width: usize, levels: usize) -> Self {
        Self {
            width,
            cached: (0..levels).map(|_| None).collect(),
        }
    }

    /// # Shapes
    /// `[1, H * W, C]`.
    pub(crate) fn get(
        &mut self,
        level: usize,
        height: usize,
        width: usize,
        options: (tch::Kind, tch::Device),
    ) -> Result<Tensor> {
        if let Some((h, w, encoding)) = &self.cached[level]
            && (*h, *w) == (height, width)
        {
            return Ok(encoding.shallow_clone());
        }
        let values = encode(height, width, self.width);
        let encoding = Tensor::f_from_slice(&values)?
            .f_view([1, (height * width) as i64, self.width as i64])?
            .f_to_kind(options.0)?
            .f_to_device(options.1)?;
        self.cached[level] = Some((height, width, encoding.shallow_clone()));
        Ok(encoding)
    }
}

/// `[H * W, C]`: the first half of the channels encodes y, the second x; in each, even channels
/// are sines and odd ones cosines, in pairs of one wavelength.
fn encode(height: usize, width: usize, channels: usize) -> Vec<f32> {
    let half = channels / 2;
    let rows: Vec<Vec<f32>> = (0..height).map(|y| encode_axis(y, height, half)).collect();
    let columns: Vec<Vec<f32>> = (0..width).map(|x| encode_axis(x, width, half)).collect();
    let mut values = Vec::with_capacity(height * width * channels);
    for row in &rows {
        for column in &columns {
            values.extend_from_slice(row);
            values.extend_from_slice(column);
        }
    }
    values
}

fn encode_axis(index: usize, length: usize, channels: usize) -> Vec<f32> {
    // The published code counts pixels from 1.
    let position = (index + 1) as f32 / (length as f32 + EPS) * TURN;
    (0..channels)
        .map(|i| {
            let exponent = (2 * (i / 2)) as f32 / channels as f32;
            let angle = position / TEMPERATURE.powf(exponent);
            if i % 2 == 0 { angle.sin() } else { angle.cos() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_pixel_is_one_whole_turn_and_y_comes_before_x() {
        let (height, width, channels) = (2, 3, 8);
        let values = encode(height, width, channels);
        assert_eq!(values.len(), height * width * channels);
        let first = &values[..channels];
        // y of the first row: 1/2 turn; x of the first column: 1/3 turn; first wavelength is 1.
        assert!((first[0] - (TURN / 2.0).sin()).abs() < 1e-5);
        assert!((first[1] - (TURN / 2.0).cos()).abs() < 1e-5);
        assert!((first[4] - (TURN / 3.0).sin()).abs() < 1e-5);
        // The second pair of a half of 4 channels has a wavelength sqrt(TEMPERATURE) times longer.
        assert!((first[6] - (TURN / 3.0 / 100.0).sin()).abs() < 1e-6);
        let last = &values[values.len() - channels..];
        assert!(last[0].abs() < 1e-4 && (last[1] - 1.0).abs() < 1e-6);
    }
}
