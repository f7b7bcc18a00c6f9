//! How long a checkpoint takes to load: from a disk that has to be read, and from the system's memory.
//!
//! A contender times that itself, from the first byte to being able to run, without starting Python or
//! reading its libraries.

use anyhow::Result;

use super::contender::Runtime;
use super::groups::ALL;
use super::peers::{Peers, Setting};
use super::results::{Load, median};

/// Of each kind.
const LOADS: usize = 3;

/// Loads every contender by itself.
pub(super) fn measure(peers: &Peers, setting: &Setting) -> Result<Vec<Load>> {
    let mut loads = Vec::new();
    for kind in ALL
        .into_iter()
        .filter(|kind| kind.runtime != Runtime::Floor)
    {
        println!("   loading {}", kind.label());
        // Whatever is made once is made now.
        peers.start(kind, setting)?;
        let mut cold = Vec::new();
        let mut warm = Vec::new();
        for _ in 0..LOADS {
            if cfg!(target_os = "linux") {
                peers.evict(setting)?;
                cold.push(peers.start(kind, setting)?.load_seconds);
            }
            warm.push(peers.start(kind, setting)?.load_seconds);
        }
        loads.push(Load {
            kind,
            cold: (!cold.is_empty()).then(|| median(&cold)),
            warm: median(&warm),
        });
    }
    Ok(loads)
}
