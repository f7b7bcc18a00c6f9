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
