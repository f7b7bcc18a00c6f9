//! What this computer has to give.

use sysinfo::{MemoryRefreshKind, System};

/// The memory of this computer at one moment, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// All of it, or what a container is limited to.
    pub total_bytes: u64,
    /// What can be had without swapping others out.
    pub available_bytes: u64,
}

impl Machine {
    /// Asks the system.
    #[must_use]
    pub fn probe() -> Self {
        let mut system = System::new();
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let machine = Self {
            total_bytes: system.total_memory(),
            available_bytes: system.available_memory(),
        };
        // In a container the kernel kills at the group's limit, whatever the host still has.
        match system.cgroup_limits() {
            Some(limits) if limits.total_memory > 0 => Self {
                total_bytes: machine.total_bytes.min(limits.total_memory),
                available_bytes: machine.available_bytes.min(limits.free_memory),
            },
            _ => machine,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_computer_that_runs_this_test_has_memory() {
        let machine = Machine::probe();
        assert!(machine.available_bytes > 0);
        assert!(machine.available_bytes <= machine.total_bytes);
    }
}
