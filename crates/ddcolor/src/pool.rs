//! Memory that a run of the network uses again and again.
//!
//! Each layer's result is a new tensor, and the one before it is freed. Those of large inputs are larger than what
//! the C library keeps (32 MiB for glibc, whatever it is told): each is fetched from the system anew, which clears it
//! page by page and takes it back at once. With published networks at 1024x1024 a quarter of the time went there.
//! `pool.cpp` hands what a freed tensor had to the next of about its size, and never keeps so much that more would be
//! taken than tensors once had at the same time. A tenth of the time is won by it, at 512x512 nothing. To keep all of it
//! would win another tenth, and take half as much memory again. General allocators (jemalloc, mimalloc) were slower than
//! glibc's.
#![cfg_attr(
    tensor_pool,
    allow(
        unsafe_code,
        reason = "libtorch's allocators are C++, and out of reach of tch"
    )
)]

#[cfg(tensor_pool)]
unsafe extern "C" {
    fn tintype_pool_open();
    fn tintype_pool_close();
    #[cfg(test)]
    fn tintype_pool_idle_bytes() -> usize;
}

/// As long as there is one, freed tensors leave their memory to others. With the last one all of it is given back that no
/// tensor has.
pub(crate) struct Pool(());

impl Pool {
    pub(crate) fn open() -> Self {
        #[cfg(tensor_pool)]
        // SAFETY: it takes nothing, may be called by any thread, and lets no exception out.
        unsafe {
            tintype_pool_open();
        }
        Self(())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        #[cfg(tensor_pool)]
        // SAFETY: as above; each call belongs to one of `open`'s.
        unsafe {
            tintype_pool_close();
        }
    }
}

#[cfg(all(test, tensor_pool))]
mod tests {
    use super::*;
    use tch::{Device, Kind, Tensor};

    const MEGABYTE: i64 = 1 << 20;

    fn bytes(size: i64) -> Tensor {
        Tensor::zeros([size], (Kind::Uint8, Device::Cpu))
    }

    fn idle() -> usize {
        // SAFETY: as `open`.
        unsafe { tintype_pool_idle_bytes() }
    }

    /// One test: the pool is the process's, and so would be the failures of several at once.
    #[test]
    fn memory_is_handed_on_while_it_is_open_and_then_given_back() {
        let pool = Pool::open();
        let (other, first) = (Pool::open(), bytes(8 * MEGABYTE));
        let address = first.data_ptr();
        drop(first);
        assert_eq!(idle(), 8 << 20);

        let smaller = bytes(7 * MEGABYTE);
        assert_eq!((smaller.data_ptr(), idle()), (address, 0));
        drop(smaller);
        let small = bytes(4 * MEGABYTE);
        assert_ne!(small.data_ptr(), address, "it was too large for that");
        assert_eq!(idle(), 0, "both would be more than there ever was in use");
        let more = bytes(5 * MEGABYTE);
        drop(small);
        let less = bytes(2 * MEGABYTE);
        assert_eq!(idle(), 0, "4 in use and 4 idle were 9, but 7 and 4 are 11");
        drop(less);

        drop(other);
        drop(more);
        assert_eq!(idle(), 7 << 20, "one still has it open");
        let last = bytes(7 * MEGABYTE);
        drop(pool);
        assert_eq!(idle(), 0);
        drop(last);
        assert_eq!(idle(), 0, "nobody has it open");
    }
}
