//! The job server.
