//! `tintype`: colorize old photographs on the command line.
//!
//! The same engine as the server's and the app's, without a socket in between. What is here is
//! arguments, names of files, and how things look on a terminal.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what this program does"
)]

mod args;
mod collect;
mod colorize;
mod doctor;
mod model;
mod models;
mod naming;
mod picture_args;
mod report;
mod serve;
mod stop;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

use crate::args::{Arguments, Command};

/// What the shell is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Everything that was asked for is done.
    AllDone,
    /// Some photos failed; each was named, the others are done.
    SomeFailed,
    /// The command makes no sense as given; nothing was touched.
    Usage,
    /// Ctrl-C.
    Interrupted,
}

impl Outcome {
    /// The exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::AllDone => 0,
            Self::SomeFailed => 1,
            Self::Usage => 2,
            // 128 + SIGINT, as shells have it.
            Self::Interrupted => 130,
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let language = words::language(arguments.language.as_deref());
    let outcome = match arguments.command {
        Command::Colorize(arguments) => colorize::run(&arguments, language),
        Command::Serve(arguments) => serve::run(&arguments, language),
        Command::Models(arguments) => models::run(&arguments, language),
        Command::Doctor(arguments) => Ok(doctor::run(&arguments, language)),
    };
    match outcome {
        Ok(outcome) => outcome.code().into(),
        Err(error) => {
            eprintln!("tintype: {error:#}");
            Outcome::SomeFailed.code().into()
        }
    }
}
