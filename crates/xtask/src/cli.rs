//! The command line: what can be asked, and who does it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::places::Places;
use crate::{app, bench, colorize, dist, lint, release, setup, test};

/// Tintype's developer tool.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Install what the workspace needs to build: system packages and libtorch
    ///
    /// Nothing is done twice. libtorch goes into a cache shared by all checkouts of a user;
    /// the variable `TINTYPE_CACHE` names another folder for it.
    Setup {
        /// Take libtorch with CUDA (needs an NVIDIA driver; several gigabytes)
        #[arg(long)]
        cuda: bool,
        /// Install system packages without asking first
        #[arg(long)]
        yes: bool,
    },
    /// Say what `setup` would do, and change nothing; fails if something is missing
    Doctor,
    /// Build the desktop app and open it
    App {
        /// Passed on to the app: photos to open
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Build the release and colorize photographs with it
    Colorize {
        /// Passed on to `tintype colorize`: files, `--out DIR`, and more
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, required = true)]
        args: Vec<OsString>,
    },
    /// Run all tests
    Test {
        /// Passed on to `cargo test`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
    /// Check format, lints, documentation, dependencies and the house rules
    Lint {
        /// Leave out what needs the network: security advisories
        #[arg(long)]
        offline: bool,
    },
    /// Build installers for this system, with libtorch and the starter inside
    ///
    /// They lie in `target/dist/packages`. On macOS and Windows they are signed where the variables
    /// that docs/release.md names hold keys.
    Dist {
        /// Build only these kinds of packages (Linux)
        #[arg(long, value_enum, value_delimiter = ',')]
        only: Vec<dist::Kind>,
        /// Install the packages into a clean Debian, use them there and remove them (as root)
        #[arg(long)]
        check: bool,
        /// Build the Debian package once more in another folder and compare bit by bit
        #[arg(long)]
        twice: bool,
        /// Renew the tables of sizes in docs/release.md
        #[arg(long)]
        report: bool,
    },
    /// Print what the changelog says of this version; fails unless the tag is this version's
    Notes {
        /// The tag of the release, such as v1.2.3
        tag: String,
    },
    /// Write lists of everything that is in the programs, as `CycloneDX`
    Sbom {
        /// The folder for them
        out: PathBuf,
    },
    /// Run a benchmark; without a name, list them
    Bench {
        /// Which one
        name: Option<String>,
        /// Passed on to the benchmark
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
}

/// Parses the command line and does what it says.
pub(crate) fn run() -> Result<ExitCode> {
    let cli = Cli::parse();
    let places = Places::find()?;
    match cli.command {
        Command::Setup { cuda, yes } => {
            let wish = setup::Wish {
                cuda,
                yes,
                ..setup::Wish::default()
            };
            setup::run(&places, wish)
        }
        Command::App { args } => app::run(&places, &args),
        Command::Doctor => setup::doctor(&places),
        Command::Colorize { args } => colorize::run(&places, &args),
        Command::Test { args } => test::run(&places, &args),
        Command::Lint { offline } => lint::run(&places, offline),
        Command::Dist {
            only,
            check,
            twice,
            report,
        } => {
            let wish = dist::Wish {
                only,
                check,
                twice,
                report,
            };
            dist::run(&places, &wish)
        }
        Command::Notes { tag } => release::notes(&places, &tag),
        Command::Sbom { out } => release::sbom(&places, &out),
        Command::Bench { name, args } => bench::run(&places, name.as_deref(), &args),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_of_the_started_program_are_passed_on_verbatim() {
        let cli = Cli::try_parse_from(["x", "colorize", "a.jpg", "--out", "b", "--help"]).unwrap();
        let Command::Colorize { args } = cli.command else {
            panic!("another command")
        };
        assert_eq!(args, ["a.jpg", "--out", "b", "--help"]);
    }
}
