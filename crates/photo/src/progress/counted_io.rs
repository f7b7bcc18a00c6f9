//! Reading and writing that tell how much of it is done.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

/// The most that is read or written at once, so that even a single large request is told of in steps.
const PIECE: usize = 1 << 16;

/// Passes everything through to `inner`, and after each piece tells `advanced` how many bytes there
/// have been. Seeking does not count.
pub(crate) struct Counted<T, F> {
    inner: T,
    bytes: u64,
    advanced: F,
}

impl<T, F: FnMut(u64)> Counted<T, F> {
    pub(crate) fn new(inner: T, advanced: F) -> Self {
        Self {
            inner,
            bytes: 0,
            advanced,
        }
    }

    fn advance(&mut self, bytes: usize) {
        self.bytes += bytes as u64;
        (self.advanced)(self.bytes);
    }
}

impl<T: Read, F: FnMut(u64)> Read for Counted<T, F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = buffer.len().min(PIECE);
        let count = self.inner.read(&mut buffer[..piece])?;
        self.advance(count);
        Ok(count)
    }
}

impl<T: BufRead, F: FnMut(u64)> BufRead for Counted<T, F> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let all = self.inner.fill_buf()?;
        Ok(&all[..all.len().min(PIECE)])
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
        self.advance(amount);
    }
}

impl<T: Write, F: FnMut(u64)> Write for Counted<T, F> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let piece = buffer.len().min(PIECE);
        let count = self.inner.write(&buffer[..piece])?;
        self.advance(count);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Seek, F> Seek for Counted<T, F> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.inner.seek(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn one_large_request_is_told_of_in_pieces_and_nothing_is_lost() {
        let data: Vec<u8> = (0..300_000).map(|i| (i % 251) as u8).collect();
        let (mut read, mut written) = (Vec::new(), Vec::new());
        let mut buffer = vec![0; data.len()];
        Counted::new(Cursor::new(&data), |bytes| read.push(bytes))
            .read_exact(&mut buffer)
            .unwrap();
        assert_eq!(buffer, data);
        let mut target = Cursor::new(Vec::new());
        Counted::new(&mut target, |bytes| written.push(bytes))
            .write_all(&data)
            .unwrap();
        assert_eq!(target.into_inner(), data);
        for seen in [read, written] {
            assert_eq!(seen, [65_536, 131_072, 196_608, 262_144, 300_000]);
        }
    }

    #[test]
    fn what_is_consumed_counts_and_what_is_merely_looked_at_does_not() {
        let mut seen = Vec::new();
        let mut reader = Counted::new(Cursor::new([1u8; 10]), |bytes| seen.push(bytes));
        assert_eq!(reader.fill_buf().unwrap().len(), 10);
        reader.consume(3);
        reader.seek(SeekFrom::Start(0)).unwrap();
        reader.consume(4);
        assert_eq!(seen, [3, 7]);
    }
}
