//! Reading and writing that stop when asked.

use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};

use tintype_protocol::CancelFlag;

/// What a cancelled read or write fails with, so that it can be told from a broken disk.
#[derive(Debug, thiserror::Error)]
#[error("cancelled")]
struct Cancelled;

/// Passes everything through to `inner` until the flag is raised.
pub(crate) struct Cancellable<'a, T> {
    inner: T,
    cancel: &'a CancelFlag,
}

impl<'a, T> Cancellable<'a, T> {
    pub(crate) fn new(inner: T, cancel: &'a CancelFlag) -> Self {
        Self { inner, cancel }
    }

    fn check(&self) -> io::Result<()> {
        if self.cancel.is_cancelled() {
            Err(io::Error::other(Cancelled))
        } else {
            Ok(())
        }
    }
}

impl<T: Read> Read for Cancellable<'_, T> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.check()?;
        self.inner.read(buffer)
    }
}

impl<T: BufRead> BufRead for Cancellable<'_, T> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.check()?;
        self.inner.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
    }
}

impl<T: Write> Write for Cancellable<'_, T> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.check()?;
        self.inner.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.check()?;
        self.inner.flush()
    }
}

impl<T: Seek> Seek for Cancellable<'_, T> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.check()?;
        self.inner.seek(position)
    }
}
