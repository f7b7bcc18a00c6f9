//! What waits to be written to one socket.
//!
//! Whoever has an event puts messages in and never waits; the socket's own task takes them out as
//! fast as its reader reads. Once many wait, a message of a kind that only the newest counts of takes
//! the place of an older one, so that a slow reader costs a bounded amount of memory and nobody else
//! anything.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tintype_protocol::PromptId;
use tokio::sync::Notify;

/// So many may wait before newer messages take the place of older ones: a reader that keeps up sees
/// all of them even if a fast job says much at once.
const PATIENCE: usize = 64;

/// Messages of which only the newest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merge {
    /// A job's progress, in our dialect or as `progress` in ComfyUI's.
    Progress(PromptId),
    /// ComfyUI's `progress_state`.
    ProgressState(PromptId),
    /// The state and length of the queue.
    Overview,
    /// What is done to a model, by a hash of its id.
    Model(u64),
}

/// One message, already in its dialect's words; cloning it shares the bytes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Outgoing {
    pub(crate) text: Utf8Bytes,
    /// What a newer one may replace it; none for a message that must arrive.
    pub(crate) merge: Option<Merge>,
    /// The job that this message is the last of.
    pub(crate) ends: Option<PromptId>,
}

/// What the socket's task is to do next.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    /// Send this.
    Send(Outgoing),
    /// Close with this reason.
    Close(CloseReason),
}

/// Why the server closes a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// The reader is too slow.
    TooSlow,
    /// The server stops.
    GoingAway,
}

/// The messages that wait for one socket.
pub(crate) struct Outbox {
    /// A std mutex: nothing is awaited while it is held.
    queue: Mutex<Queue>,
    /// Wakes the socket's task. One permit is enough: the task empties the queue each time.
    waker: Notify,
    backlog_bytes: usize,
}

#[derive(Default)]
struct Queue {
    messages: VecDeque<Outgoing>,
    /// Bytes of all of them.
    bytes: usize,
    /// Once set nothing more is taken in.
    closing: Option<CloseReason>,
}

impl Outbox {
    /// An empty one that holds at most so many bytes.
    pub(crate) fn new(backlog_bytes: usize) -> Self {
        Self {
            queue: Mutex::default(),
            waker: Notify::new(),
            backlog_bytes,
        }
    }

    /// Adds a message, or puts it in the place of an older one that it makes worthless.
    pub(crate) fn push(&self, message: Outgoing) {
        let mut queue = self.lock();
        if queue.closing.is_some() {
            return;
        }
        let is_slow = queue.messages.len() >= PATIENCE;
        let replaced = message
            .merge
            .filter(|_| is_slow)
            // The last of them: what comes after must not be older.
            .and_then(|merge| {
                let mut waiting = queue.messages.iter_mut().rev();
                waiting.find(|m| m.merge == Some(merge))
            });
        let bytes = message.text.len();
        if let Some(older) = replaced {
            let freed = std::mem::replace(older, message).text.len();
            queue.bytes = queue.bytes + bytes - freed;
            return;
        }
        if queue.bytes + bytes > self.backlog_bytes {
            queue.closing = Some(CloseReason::TooSlow);
        } else {
            queue.bytes += bytes;
            queue.messages.push_back(message);
        }
        drop(queue);
        // Kept for later if nobody waits now, so no wake-up is lost between a look and a wait.
        self.waker.notify_one();
    }

    /// Ends the socket: at once for a slow reader, after what waits is sent otherwise.
    pub(crate) fn close(&self, reason: CloseReason) {
        self.lock().closing.get_or_insert(reason);
        self.waker.notify_one();
    }

    /// Waits for something to do. Safe to drop while waiting: nothing is taken out before.
    pub(crate) async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.take() {
                return next;
            }
            self.waker.notified().await;
        }
    }

    fn take(&self) -> Option<Next> {
        let mut queue = self.lock();
        if queue.closing == Some(CloseReason::TooSlow) {
            return Some(Next::Close(CloseReason::TooSlow));
        }
        let Some(message) = queue.messages.pop_front() else {
            return queue.closing.map(Next::Close);
        };
        queue.bytes -= message.text.len();
        Some(Next::Send(message))
    }

    /// Returns a message whose sending failed, so that it counts as unsent.
    pub(crate) fn put_back(&self, message: Outgoing) {
        let mut queue = self.lock();
        queue.bytes += message.text.len();
        queue.messages.push_front(message);
    }

    /// Waits until the reader turns out to be too slow; for while a message is being sent.
    pub(crate) async fn too_slow(&self) -> CloseReason {
        loop {
            if self.lock().closing == Some(CloseReason::TooSlow) {
                return CloseReason::TooSlow;
            }
            self.waker.notified().await;
        }
    }

    /// What was never sent, for a client that comes back.
    pub(crate) fn unsent(&self) -> Vec<Outgoing> {
        let mut queue = self.lock();
        queue.bytes = 0;
        queue.messages.drain(..).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A panic in between leaves a queue that is whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str, merge: Option<Merge>) -> Outgoing {
        Outgoing {
            text: text.into(),
            merge,
            ends: None,
        }
    }

    fn texts(outbox: &Outbox) -> Vec<String> {
        let unsent = outbox.unsent();
        unsent.into_iter().map(|m| m.text.to_string()).collect()
    }

    #[test]
    fn progress_that_waits_is_replaced_by_newer_and_the_rest_keeps_its_order() {
        let outbox = Outbox::new(1000);
        let (one, other) = (PromptId::random(), PromptId::random());
        for _ in 0..PATIENCE {
            outbox.push(message(".", None));
        }
        outbox.push(message("start", None));
        outbox.push(message("one 5 %", Some(Merge::Progress(one))));
        outbox.push(message("other 5 %", Some(Merge::Progress(other))));
        outbox.push(message("node", None));
        outbox.push(message("one 10 %", Some(Merge::Progress(one))));
        outbox.push(message("stop", None));
        let expected = ["start", "one 10 %", "other 5 %", "node", "stop"];
        assert_eq!(texts(&outbox)[PATIENCE..], expected);
    }

    #[tokio::test]
    async fn a_reader_that_is_too_slow_is_closed_with_that_reason() {
        let outbox = Outbox::new(2);
        for text in ["a", "b", "c"] {
            outbox.push(message(text, None));
        }
        assert_eq!(outbox.next().await, Next::Close(CloseReason::TooSlow));
    }

    #[test]
    fn while_few_wait_nothing_is_replaced() {
        let (outbox, job) = (Outbox::new(1000), PromptId::random());
        for percent in ["5 %", "10 %"] {
            outbox.push(message(percent, Some(Merge::Progress(job))));
        }
        assert_eq!(texts(&outbox), ["5 %", "10 %"]);
    }

    #[test]
    fn progress_alone_never_fills_the_backlog() {
        let (outbox, job) = (Outbox::new(2 * PATIENCE), PromptId::random());
        for percent in 10..100 {
            outbox.push(message(&percent.to_string(), Some(Merge::Progress(job))));
        }
        let waiting = texts(&outbox);
        assert_eq!(waiting.len(), PATIENCE);
        assert!(waiting.contains(&"99".to_owned()));
    }

    #[tokio::test]
    async fn a_server_that_stops_sends_what_waits_first() {
        let outbox = Outbox::new(100);
        outbox.push(message("last words", None));
        outbox.close(CloseReason::GoingAway);
        outbox.push(message("too late", None));
        assert_eq!(outbox.next().await, Next::Send(message("last words", None)));
        assert_eq!(outbox.next().await, Next::Close(CloseReason::GoingAway));
    }
}
