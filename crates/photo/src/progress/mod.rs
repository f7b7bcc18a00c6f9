//! Progress and stopping, for work on the pixels and for decoders that only know a reader.
//!
//! | file | what it does |
//! | --- | --- |
//! | `share.rs` | a rising share of the work, said only where it moves |
//! | `counted_io.rs` | a reader whose position is heard |
//! | `cancel_io.rs` | a reader or writer that fails once it is to stop |

mod cancel_io;
mod counted_io;
mod share;

pub(crate) use cancel_io::Cancellable;
pub(crate) use counted_io::Counted;
pub(crate) use share::{Share, part};
