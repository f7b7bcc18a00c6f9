//! Whether NVIDIA's driver is there.

/// Whether the system has the library of that name.
#[allow(unsafe_code, reason = "that is how a system is asked for a library")]
pub(crate) fn is_there(library: &str) -> bool {
    // SAFETY: what is loaded runs its own start-up code. The name is the driver's, out of our own list, and
    // drivers are made to be loaded by any program.
    unsafe { libloading::Library::new(library) }.is_ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_library_of_the_system_is_found_and_an_invented_one_is_not() {
        assert!(is_there("libc.so.6"));
        assert!(!is_there("libno-such-driver.so.1"));
    }
}
