//! A cursor over a pickle that never reads past its end.

use crate::fault::PickleFault;

/// The bytes of a pickle, and how far they have been read.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Bytes read so far.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    /// Whether every byte has been read.
    pub(super) fn is_at_end(&self) -> bool {
        self.position == self.bytes.len()
    }

    /// The next `len` bytes.
    pub(super) fn take(&mut self, len: usize) -> Result<&'a [u8], PickleFault> {
        let end = self
            .position
            .checked_add(len)
            .ok_or(PickleFault::Truncated)?;
        let taken = self
            .bytes
            .get(self.position..end)
            .ok_or(PickleFault::Truncated)?;
        self.position = end;
        Ok(taken)
    }

    /// The next `N` bytes, for the `from_le_bytes` of a number.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], PickleFault> {
        self.take(N)?.try_into().map_err(|_| PickleFault::Truncated)
    }

    /// The next byte.
    pub(super) fn byte(&mut self) -> Result<u8, PickleFault> {
        self.array().map(|[byte]| byte)
    }

    /// Everything up to the next newline, which is read but not returned.
    pub(super) fn line(&mut self) -> Result<&'a str, PickleFault> {
        let rest = self.bytes.get(self.position..).unwrap_or_default();
        let len = rest
            .iter()
            .position(|&b| b == b'\n')
            .ok_or(PickleFault::Truncated)?;
        let line = self.text(len)?;
        self.take(1)?;
        Ok(line)
    }

    /// The next `len` bytes as UTF-8.
    pub(super) fn text(&mut self, len: usize) -> Result<&'a str, PickleFault> {
        std::str::from_utf8(self.take(len)?).map_err(|_| PickleFault::Text)
    }
}
