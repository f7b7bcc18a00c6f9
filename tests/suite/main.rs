//! End-to-end tests: what a user would notice.

mod network_goldens;
mod picture_goldens;
