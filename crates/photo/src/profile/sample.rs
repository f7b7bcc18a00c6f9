//! Values of 8 and 16 bits, and running over many of them.

use rayon::prelude::*;
use tintype_protocol::CancelFlag;

use crate::progress::Share;
use crate::{Error, Result};

/// Pixels between two looks at the cancel flag and two reports.
const STRIP: usize = 1 << 17;
/// What one thread does at once.
const BLOCK: usize = 1 << 12;

/// A value of a pixel's channel.
pub(crate) trait Sample: Copy + Default + Send + Sync {
    /// At 16 bits.
    fn wide(self) -> u16;

    /// The nearest value to one of 16 bits.
    fn nearest(wide: u16) -> Self;
}

impl Sample for u8 {
    fn wide(self) -> u16 {
        u16::from(self) * 257
    }

    fn nearest(wide: u16) -> Self {
        ((u32::from(wide) + 128) / 257) as Self
    }
}

impl Sample for u16 {
    fn wide(self) -> u16 {
        self
    }

    fn nearest(wide: u16) -> Self {
        wide
    }
}

/// Pixels of `N` values into such of `M`, block by block, by what `change` does to one of 16 bits.
///
/// # Errors
/// [`Error::Cancelled`].
pub(crate) fn mapped<S: Sample, T: Sample, const N: usize, const M: usize>(
    source: &[[S; N]],
    change: impl Fn(&[u16], &mut [u16]) + Sync,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<Vec<T>> {
    let share = Share::new(progress);
    let mut result = vec![[T::default(); M]; source.len()];
    let mut done = 0;
    for (to, from) in result.chunks_mut(STRIP).zip(source.chunks(STRIP)) {
        stop_if(cancel)?;
        to.par_chunks_mut(BLOCK)
            .zip(from.par_chunks(BLOCK))
            .for_each_init(Buffers::default, |buffers, (to, from)| {
                let values = buffers.through(from.as_flattened(), from.len() * M, &change);
                for (to, value) in to.as_flattened_mut().iter_mut().zip(values) {
                    *to = T::nearest(*value);
                }
            });
        done += from.len();
        share.reach(done as u64, source.len() as u64);
    }
    Ok(result.into_flattened())
}

/// As [`mapped`], each pixel in its own place.
///
/// # Errors
/// [`Error::Cancelled`].
pub(crate) fn changed<S: Sample, const N: usize>(
    pixels: &mut [[S; N]],
    change: impl Fn(&[u16], &mut [u16]) + Sync,
    cancel: &CancelFlag,
    progress: &mut dyn FnMut(f32),
) -> Result<()> {
    let share = Share::new(progress);
    let (mut done, all) = (0, pixels.len());
    for strip in pixels.chunks_mut(STRIP) {
        stop_if(cancel)?;
        strip
            .par_chunks_mut(BLOCK)
            .for_each_init(Buffers::default, |buffers, block| {
                let block = block.as_flattened_mut();
                let values = buffers.through(block, block.len(), &change);
                for (to, value) in block.iter_mut().zip(values) {
                    *to = S::nearest(*value);
                }
            });
        done += strip.len();
        share.reach(done as u64, all as u64);
    }
    Ok(())
}

fn stop_if(cancel: &CancelFlag) -> Result<()> {
    if cancel.is_cancelled() {
        return Err(Error::Cancelled);
    }
    Ok(())
}

/// A thread's values on their way in and out.
#[derive(Default)]
struct Buffers {
    before: Vec<u16>,
    after: Vec<u16>,
}

impl Buffers {
    fn through<S: Sample>(
        &mut self,
        values: &[S],
        length: usize,
        change: impl Fn(&[u16], &mut [u16]),
    ) -> &[u16] {
        self.before.clear();
        self.before.extend(values.iter().map(|value| value.wide()));
        self.after.resize(length, 0);
        change(&self.before, &mut self.after);
        &self.after
    }
}
