//! End-to-end tests: what a user would notice.

mod network_goldens;
