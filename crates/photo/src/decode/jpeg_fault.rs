//! What libjpeg has to complain of, and which of it is an error.

use std::os::raw::{c_int, c_long};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr::null;

use image::ImageResult;
use mozjpeg_sys::{J_MESSAGE_CODE, jpeg_common_struct, jpeg_error_mgr, msg_parm_union};

use super::fault::damaged;
use crate::SourceFormat;

/// Why a JPEG was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// The coded data ends before the picture does.
    #[error("the coded data ends early")]
    EndsEarly,
    /// The coded data is no Huffman code.
    #[error("the coded data makes no sense")]
    BadCode,
    /// Restart markers are missing or out of order, and with them pieces of the picture.
    #[error("pieces are missing")]
    LostPieces,
    /// One of libjpeg's own fatal errors, by its number in `jerror.h`.
    #[error("libjpeg's error {0}")]
    Fatal(c_int),
    /// The cause was lost.
    #[error("unknown damage")]
    Unknown,
}

/// Level of a message that is a warning; those of 0 and up only trace.
const WARNING: c_int = -1;

/// Lets libjpeg decode a file of that format, or a piece of one. Faults unwind out of it instead of being
/// returned; what they leave behind is freed by the wrapper's destructors and never looked at again.
pub(crate) fn caught<T>(
    format: SourceFormat,
    decode: impl FnOnce() -> ImageResult<T>,
) -> ImageResult<T> {
    catch_unwind(AssertUnwindSafe(decode)).unwrap_or_else(|payload| {
        let fault: Fault = payload.downcast_ref().copied().unwrap_or(Fault::Unknown);
        Err(damaged(format, fault))
    })
}

/// Handlers that leave libjpeg by unwinding with a [`Fault`].
///
/// libjpeg's own would print to the console and end the process. Its table of texts is not needed,
/// since only those own handlers read it.
pub(crate) fn error_manager() -> jpeg_error_mgr {
    jpeg_error_mgr {
        error_exit: Some(on_error),
        emit_message: Some(on_message),
        output_message: None,
        format_message: None,
        reset_error_mgr: Some(on_reset),
        msg_code: 0,
        msg_parm: msg_parm_union {
            _bindgen_data_: [0; 20],
        },
        trace_level: 0,
        num_warnings: 0 as c_long,
        jpeg_message_table: null(),
        last_jpeg_message: 0,
        addon_message_table: null(),
        first_addon_message: 0,
        last_addon_message: 0,
    }
}

// These three are called by C code that is built to be unwound through (the wrapper relies on it for
// its own errors). `resume_unwind` starts no panic hook, so nothing is printed.

extern "C-unwind" fn on_error(common: &mut jpeg_common_struct) {
    resume_unwind(Box::new(Fault::Fatal(message_code(common))));
}

extern "C-unwind" fn on_message(common: &mut jpeg_common_struct, level: c_int) {
    if level != WARNING {
        return;
    }
    if let Some(fault) = fault_of_warning(message_code(common)) {
        resume_unwind(Box::new(fault));
    }
}

extern "C-unwind" fn on_reset(_: &mut jpeg_common_struct) {}

/// The warnings that mean a piece of the picture is lost. The others (bytes too many before a marker,
/// an unknown version) are what careless cameras write, and the picture is whole.
fn fault_of_warning(code: c_int) -> Option<Fault> {
    let is = |known: J_MESSAGE_CODE| code == known as c_int;
    if is(mozjpeg_sys::JWRN_HIT_MARKER) || is(mozjpeg_sys::JWRN_JPEG_EOF) {
        Some(Fault::EndsEarly)
    } else if is(mozjpeg_sys::JWRN_HUFF_BAD_CODE) {
        Some(Fault::BadCode)
    } else if is(mozjpeg_sys::JWRN_MUST_RESYNC) {
        Some(Fault::LostPieces)
    } else {
        None
    }
}

fn message_code(common: &jpeg_common_struct) -> c_int {
    #[allow(
        unsafe_code,
        reason = "libjpeg hands its error manager over by raw pointer only"
    )]
    // SAFETY: `err` is set once, by the wrapper, to the boxed manager that it owns for as long as it
    // owns `common`, and libjpeg calls handlers with nothing else borrowing it. Null is looked for.
    let manager = unsafe { common.err.as_ref() };
    manager.map_or(0, |manager| manager.msg_code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lost_pixels_are_a_fault() {
        let fault = |code: J_MESSAGE_CODE| fault_of_warning(code as c_int);
        assert_eq!(fault(mozjpeg_sys::JWRN_HIT_MARKER), Some(Fault::EndsEarly));
        assert_eq!(fault(mozjpeg_sys::JWRN_HUFF_BAD_CODE), Some(Fault::BadCode));
        assert_eq!(fault(mozjpeg_sys::JWRN_EXTRANEOUS_DATA), None);
        assert_eq!(fault(mozjpeg_sys::JWRN_JFIF_MAJOR), None);
    }
}
