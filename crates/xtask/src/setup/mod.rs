//! Set-up: from a machine with Rust and Node to one that builds the workspace.
//!
//! [`run()`] does it, [`doctor`] only looks, [`ensure`] is what the other commands call first. All
//! three ask the same questions, in this order: are the system packages there
//! ([`system_packages`]), is libtorch there ([`libtorch`]), does the repository point at it
//! ([`link`]). A question that is answered with yes costs milliseconds.

mod download;
mod extract;
mod glob;
mod libtorch;
mod link;
pub(crate) mod pip;
mod platform;
mod progress;
mod system_packages;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::places::Places;
use crate::run;
use libtorch::State;
pub(crate) use platform::{CUDA_STUBS, VERSION as LIBTORCH_VERSION};
use platform::{Flavor, Platform};
pub(crate) use system_packages::Purpose;

/// What the user asked of `setup`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wish {
    /// libtorch with CUDA instead of the smaller one without.
    pub(crate) cuda: bool,
    /// System packages may be installed without asking.
    pub(crate) yes: bool,
    /// What system packages are for.
    pub(crate) purpose: Purpose,
}

impl Default for Wish {
    fn default() -> Self {
        Self {
            cuda: false,
            yes: false,
            purpose: Purpose::Build,
        }
    }
}

impl Wish {
    /// Without an explicit wish, whatever flavor is there will do.
    fn flavor(self) -> Option<Flavor> {
        self.cuda.then_some(Flavor::Cuda)
    }
}

/// `cargo xtask setup`: does what is not done yet, and says so line by line.
pub(crate) fn run(places: &Places, wish: Wish) -> Result<ExitCode> {
    let platform = Platform::current()?;
    if wish.cuda && !nvidia_driver_is_there() {
        bail!(
            "no NVIDIA driver was found: `nvidia-smi` does not run. Install the driver first, or \
             set up without --cuda"
        );
    }
    system_packages::install(wish.yes, wish.purpose)?;
    let folder = match libtorch::state(places, platform, wish.flavor())? {
        State::Linked(folder) | State::Cached(folder) => {
            println!("ok: libtorch {} in {}", platform::VERSION, folder.display());
            folder
        }
        State::Missing => {
            let flavor = wish.flavor().unwrap_or(Flavor::Cpu);
            let folder = libtorch::install(places, platform, flavor)?;
            println!(
                "did: install libtorch {} into {}",
                platform::VERSION,
                folder.display()
            );
            folder
        }
    };
    let link = places.libtorch_link();
    if link::points_to(&link, &folder) {
        println!("ok: .libtorch -> {}", folder.display());
    } else {
        link::point(&link, &folder)
            .with_context(|| format!("{} cannot be made a link", link.display()))?;
        println!("did: link .libtorch -> {}", folder.display());
    }
    Ok(ExitCode::SUCCESS)
}

/// `cargo xtask doctor`: says what is there and what is missing; changes nothing.
pub(crate) fn doctor(places: &Places) -> Result<ExitCode> {
    let platform = Platform::current()?;
    let mut whole = true;
    for finding in system_packages::look(Purpose::Tests) {
        whole &= finding.missing.is_none();
        println!("{finding}");
    }
    match libtorch::state(places, platform, None)? {
        State::Linked(folder) => {
            println!("ok: libtorch {} in {}", platform::VERSION, folder.display());
        }
        State::Cached(folder) => {
            whole = false;
            println!("ok: libtorch {} in {}", platform::VERSION, folder.display());
            println!("missing: the link .libtorch to it; get it by `cargo xtask setup`");
        }
        State::Missing => {
            whole = false;
            println!(
                "missing: libtorch {}; get it by `cargo xtask setup`",
                platform::VERSION
            );
        }
    }
    Ok(if whole {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Sets up what building needs unless everything is there already; silent in that case.
pub(crate) fn ensure(places: &Places) -> Result<()> {
    ensure_for(places, Purpose::Build)
}

/// Sets up what `purpose` needs unless everything is there already; silent in that case.
pub(crate) fn ensure_for(places: &Places, purpose: Purpose) -> Result<()> {
    let platform = Platform::current()?;
    let whole = system_packages::look(purpose)
        .iter()
        .all(|finding| finding.missing.is_none())
        && matches!(libtorch::state(places, platform, None)?, State::Linked(_));
    if !whole {
        let wish = Wish {
            purpose,
            ..Wish::default()
        };
        run(places, wish)?;
    }
    Ok(())
}

fn nvidia_driver_is_there() -> bool {
    run::works("nvidia-smi", &["-L"])
}
