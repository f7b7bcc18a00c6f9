//! End-to-end tests: what a user would notice.

mod edges;
mod network_goldens;
mod picture_goldens;
