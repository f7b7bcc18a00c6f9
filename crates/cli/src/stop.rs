//! Ctrl-C.

use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tintype_photo::discard_unfinished;
use tintype_protocol::CancelFlag;

use crate::Outcome;

/// How long the work may take to notice. A decoder in the middle of a large photo can't be told.
const PATIENCE: Duration = Duration::from_millis(800);

/// From now on Ctrl-C raises the flag that is returned. If the program has not ended by itself
/// soon after, or Ctrl-C comes again, unfinished files are removed and it is ended.
pub(crate) fn on_interrupt() -> Result<CancelFlag> {
    let cancel = CancelFlag::new();
    let raised = cancel.clone();
    ctrlc::set_handler(move || {
        if raised.is_cancelled() {
            end_now();
        }
        raised.cancel();
        thread::spawn(|| {
            thread::sleep(PATIENCE);
            end_now();
        });
    })
    .context("cannot listen for Ctrl-C")?;
    Ok(cancel)
}

fn end_now() {
    discard_unfinished();
    std::process::exit(Outcome::Interrupted.code().into());
}
