//! `cargo xtask`: the developer's one tool, for everything that plain Cargo does not do.
//!
//! It brings a fresh machine to the point where the workspace builds ([`setup`]), runs the checks
//! and the tests in the order that a merge needs them ([`lint`], [`mod@test`]), and starts the
//! app, the program and its benchmarks from a source tree ([`app`], [`colorize`], [`mod@bench`]),
//! and makes the packages that users install ([`dist`]).
//!
//! It does not know the product: it links no other crate of the workspace and no libtorch, so
//! that it builds in seconds on a machine that has neither.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is this program's job"
)]

mod app;
mod bench;
mod bench_engine;
mod cli;
mod colorize;
mod deny;
mod dist;
mod lint;
mod npm;
mod places;
mod release;
mod run;
mod setup;
mod start_time;
mod steps;
mod tables;
mod test;
mod tidy;
mod tools;
mod window;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
