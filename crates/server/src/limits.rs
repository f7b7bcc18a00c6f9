//! How much of anything a stranger may have.

use std::time::Duration;

/// The server's bounds. Each keeps one misbehaving program from costing the others anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Sockets an address may have open at once.
    pub sockets_per_address: usize,
    /// Connections in all, of any kind; more wait to be accepted.
    pub connections: usize,
    /// How long a connection may take to send the head of a request, which is also how long an idle
    /// one is kept.
    pub head_timeout: Duration,
    /// How long an upload may stand still.
    pub stall_timeout: Duration,
    /// The largest upload in bytes.
    pub upload_bytes: u64,
    /// The largest body of any other request in bytes.
    pub body_bytes: usize,
    /// The largest message on a socket in bytes; clients have little to say.
    pub message_bytes: usize,
    /// Messages a socket may send in a second, on average over a few seconds.
    pub messages_per_second: u32,
    /// Bytes of messages that may wait for a slow reader; progress is merged, so one job has a few
    /// hundred at a time.
    pub backlog_bytes: usize,
    /// Bytes that the system may hold for a connection on top of that. Left to itself it takes
    /// megabytes for each, and a reader that has stopped reading shows only once they are full.
    pub send_buffer_bytes: usize,
    /// How often a silent socket is asked whether it is still there; it has as long to answer.
    pub ping_interval: Duration,
    /// How long what a client missed is kept for it.
    pub missed_for: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sockets_per_address: 8,
            connections: 256,
            head_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(30),
            // A 16-bit scan of 100 megapixels has 600 MB.
            upload_bytes: 1 << 30,
            body_bytes: 4 << 20,
            message_bytes: 64 << 10,
            messages_per_second: 20,
            // Clearing a full queue of ten thousand has some six megabytes to tell at once.
            backlog_bytes: 16 << 20,
            send_buffer_bytes: 256 << 10,
            ping_interval: Duration::from_secs(20),
            missed_for: Duration::from_mins(10),
        }
    }
}
