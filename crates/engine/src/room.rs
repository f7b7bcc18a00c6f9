//! The memory for photos that are worked on at once.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often somebody who waits plans again, since other programs may have given memory back.
const LOOK: Duration = Duration::from_millis(200);

/// What photos that are worked on at once have been promised of this computer's memory. Clones are the
/// same room.
///
/// A plan alone looks at the memory that is free at that moment; a photo that was planned a moment ago has
/// not taken its own yet. So each is promised its peak here, and the next is planned in what is left.
#[derive(Debug, Clone, Default)]
pub struct Room(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    promised: Mutex<Promised>,
    given_back: Condvar,
}

#[derive(Debug, Default)]
struct Promised {
    bytes: u64,
    photos: usize,
    /// Counts the changes, so that a plan made meanwhile is known to be stale.
    version: u64,
}

/// A photo's place in a [`Room`], until it is dropped.
#[derive(Debug)]
#[must_use = "dropping it gives the place back"]
pub struct Place {
    room: Room,
    bytes: u64,
}

impl Room {
    /// Plans with `plan`, which is given the bytes that are promised to others and returns its plan and peak.
    /// Where there is no room beside others, as `is_too_little` says of its error, waits until one of them is
    /// done and plans again: so a photo is only ever refused for what it needs by itself. `plan` is what
    /// notices that the photo isn't wanted any more.
    ///
    /// # Errors
    /// What `plan` says, where nobody else is there or where it is about something else.
    pub fn admit<T, E>(
        &self,
        is_too_little: impl Fn(&E) -> bool,
        mut plan: impl FnMut(u64) -> Result<(T, u64), E>,
    ) -> Result<(T, Place), E> {
        loop {
            let (others, photos, version) = {
                let promised = self.lock();
                (promised.bytes, promised.photos, promised.version)
            };
            // Not under the lock: planning may read files and load models.
            let planned = plan(others);
            let mut promised = self.lock();
            match planned {
                Ok((plan, bytes)) if promised.version == version => {
                    promised.bytes = promised.bytes.saturating_add(bytes);
                    promised.photos += 1;
                    promised.version += 1;
                    let room = self.clone();
                    return Ok((plan, Place { room, bytes }));
                }
                Err(error) if photos > 0 && is_too_little(&error) => {
                    if promised.version == version {
                        let waited = self.0.given_back.wait_timeout(promised, LOOK);
                        drop(waited.unwrap_or_else(PoisonError::into_inner));
                    }
                }
                // Somebody came or went meanwhile.
                Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Promised> {
        let promised = self.0.promised.lock();
        promised.unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut promised = self.room.lock();
        promised.bytes = promised.bytes.saturating_sub(self.bytes);
        promised.photos = promised.photos.saturating_sub(1);
        promised.version += 1;
        self.room.0.given_back.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    const ALL: u64 = 100;

    fn plan(bytes: u64) -> impl FnMut(u64) -> Result<((), u64), &'static str> {
        move |others| {
            if others + bytes <= ALL {
                Ok(((), bytes))
            } else {
                Err("too little")
            }
        }
    }

    #[test]
    fn photos_that_fit_beside_each_other_are_let_in_at_once() {
        let room = Room::default();
        let first = room.admit(|_| true, plan(60)).unwrap();
        let second = room.admit(|_| true, plan(40)).unwrap();
        drop((first, second));
        assert!(room.admit(|_| true, plan(100)).is_ok());
    }

    #[test]
    fn what_does_not_fit_beside_others_waits_for_them() {
        let room = Room::default();
        let ((), first) = room.admit(|_| true, plan(60)).unwrap();
        let waiting = thread::spawn({
            let room = room.clone();
            move || room.admit(|_| true, plan(80)).is_ok()
        });
        thread::sleep(LOOK / 4);
        assert!(!waiting.is_finished());
        drop(first);
        assert!(waiting.join().unwrap());
    }

    #[test]
    fn what_never_fits_or_fails_otherwise_is_refused() {
        let room = Room::default();
        assert_eq!(room.admit(|_| true, plan(101)).unwrap_err(), "too little");
        let ((), _first) = room.admit(|_| true, plan(1)).unwrap();
        assert_eq!(room.admit(|_| false, plan(101)).unwrap_err(), "too little");
    }
}
