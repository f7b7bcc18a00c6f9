//! The memory that tensors hand on to one another, which a process has one of: so this is a process of its own.
#![cfg(tensor_pool)]
#![allow(
    unsafe_code,
    reason = "it is C++, and the crate has nothing public to it"
)]

use tch::{Device, Kind, Tensor};
// What is tested is linked with it.
use tintype_ddcolor as _;

unsafe extern "C" {
    fn tintype_pool_open();
    fn tintype_pool_close();
    fn tintype_pool_idle_bytes() -> usize;
}

const MEGABYTE: i64 = 1 << 20;

fn bytes(size: i64) -> Tensor {
    Tensor::zeros([size], (Kind::Uint8, Device::Cpu))
}

fn open() {
    // SAFETY: it takes nothing, may be called at any time, and lets no exception out.
    unsafe { tintype_pool_open() }
}

fn close() {
    // SAFETY: as `open`; each call here belongs to one of that.
    unsafe { tintype_pool_close() }
}

fn idle() -> usize {
    // SAFETY: as `open`.
    unsafe { tintype_pool_idle_bytes() }
}

#[test]
fn memory_is_handed_on_while_it_is_open_and_then_given_back() {
    open();
    open();
    let first = bytes(8 * MEGABYTE);
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
    assert_eq!(idle(), 0, "5 and 2 in use and 4 idle are more than 9");
    drop(less);

    close();
    drop(more);
    assert_eq!(idle(), 7 << 20, "one still has it open");
    let last = bytes(7 * MEGABYTE);
    close();
    assert_eq!(idle(), 0);
    drop(last);
    assert_eq!(idle(), 0, "nobody has it open");
}
