//! The kinds of number that a checkpoint may hold.

use std::borrow::Cow;

use half::{bf16, f16};

/// The kind of the numbers in a tensor. In files they lie in little-endian order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(
    missing_docs,
    reason = "the variants are the usual names of these types"
)]
pub enum DType {
    F64,
    F32,
    F16,
    BF16,
    I64,
    I32,
    I16,
    I8,
    U8,
    Bool,
}

impl DType {
    /// Bytes that one number takes.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::F64 | Self::I64 => 8,
            Self::F32 | Self::I32 => 4,
            Self::F16 | Self::BF16 | Self::I16 => 2,
            Self::I8 | Self::U8 | Self::Bool => 1,
        }
    }

    /// Whether it can hold weights.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Self::F64 | Self::F32 | Self::F16 | Self::BF16)
    }

    /// Reads numbers of this kind as f32, where they lie if they lie well.
    ///
    /// F64 and the wide integers are rounded; a magnitude beyond f32 becomes infinite.
    pub(crate) fn f32s(self, bytes: &[u8]) -> Cow<'_, [f32]> {
        // A mapped file may hold its data at any offset; `try_cast_slice` checks the alignment.
        if self == Self::F32
            && cfg!(target_endian = "little")
            && let Ok(numbers) = bytemuck::try_cast_slice(bytes)
        {
            return Cow::Borrowed(numbers);
        }
        Cow::Owned(match self {
            Self::F64 => decode(bytes, |b| f64::from_le_bytes(b) as f32),
            Self::F32 => decode(bytes, f32::from_le_bytes),
            Self::F16 => decode(bytes, |b| f16::from_le_bytes(b).to_f32()),
            Self::BF16 => decode(bytes, |b| bf16::from_le_bytes(b).to_f32()),
            Self::I64 => decode(bytes, |b| i64::from_le_bytes(b) as f32),
            Self::I32 => decode(bytes, |b| i32::from_le_bytes(b) as f32),
            Self::I16 => decode(bytes, |b| f32::from(i16::from_le_bytes(b))),
            Self::I8 => decode(bytes, |b| f32::from(i8::from_le_bytes(b))),
            Self::U8 => decode(bytes, |[b]: [u8; 1]| f32::from(b)),
            Self::Bool => decode(bytes, |[b]: [u8; 1]| f32::from(u8::from(b != 0))),
        })
    }
}

impl std::fmt::Display for DType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self, f)
    }
}

/// Numbers of `N` bytes each; a rest shorter than that is left out (callers pass none).
fn decode<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    let (chunks, _rest) = bytes.as_chunks::<N>();
    chunks.iter().map(|&chunk| number(chunk)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_decoded_from_little_endian() {
        let two_and_minus_one = |dtype: DType| -> Vec<u8> {
            match dtype {
                DType::F64 => [2f64, -1.0].iter().flat_map(|n| n.to_le_bytes()).collect(),
                DType::F32 => [2f32, -1.0].iter().flat_map(|n| n.to_le_bytes()).collect(),
                DType::F16 => [2f32, -1.0]
                    .iter()
                    .flat_map(|&n| f16::from_f32(n).to_le_bytes())
                    .collect(),
                DType::BF16 => [2f32, -1.0]
                    .iter()
                    .flat_map(|&n| bf16::from_f32(n).to_le_bytes())
                    .collect(),
                DType::I64 => [2i64, -1].iter().flat_map(|n| n.to_le_bytes()).collect(),
                DType::I32 => [2i32, -1].iter().flat_map(|n| n.to_le_bytes()).collect(),
                DType::I16 => [2i16, -1].iter().flat_map(|n| n.to_le_bytes()).collect(),
                DType::I8 => vec![2, 255],
                DType::U8 | DType::Bool => vec![2, 0],
            }
        };
        for dtype in [DType::F64, DType::F32, DType::F16, DType::BF16]
            .into_iter()
            .chain([DType::I64, DType::I32, DType::I16, DType::I8])
        {
            let bytes = two_and_minus_one(dtype);
            assert_eq!(bytes.len(), 2 * dtype.size());
            assert_eq!(*dtype.f32s(&bytes), [2.0, -1.0], "{dtype}");
        }
        assert_eq!(*DType::U8.f32s(&two_and_minus_one(DType::U8)), [2.0, 0.0]);
        assert_eq!(
            *DType::Bool.f32s(&two_and_minus_one(DType::Bool)),
            [1.0, 0.0]
        );
    }

    #[test]
    fn unaligned_floats_are_copied_and_aligned_ones_are_borrowed() {
        let numbers = [1f32, 2.0, 3.0];
        let bytes: &[u8] = bytemuck::cast_slice(&numbers);
        assert!(matches!(DType::F32.f32s(bytes), Cow::Borrowed(_)));
        let mut shifted = vec![0u64; 2];
        let shifted: &mut [u8] = bytemuck::cast_slice_mut(&mut shifted);
        shifted[1..13].copy_from_slice(bytes);
        let read = DType::F32.f32s(&shifted[1..13]);
        assert!(matches!(read, Cow::Owned(_)));
        assert_eq!(*read, numbers);
    }
}
