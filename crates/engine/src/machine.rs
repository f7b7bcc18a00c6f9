//! What this computer has to give.

use sysinfo::{CpuRefreshKind, MemoryRefreshKind, System};

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

    /// The same with so many bytes less to have.
    #[must_use]
    pub fn without(self, bytes: u64) -> Self {
        Self {
            available_bytes: self.available_bytes.saturating_sub(bytes),
            ..self
        }
    }
}

/// The processor of this computer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Processor {
    /// As it calls itself.
    pub name: String,
    /// Cores, not counting what each of them pretends to be in addition.
    pub physical_cores: usize,
    /// The instruction sets that matter to the network's speed, of those that it has.
    pub features: Vec<&'static str>,
}

impl Processor {
    /// Asks the system and the processor.
    #[must_use]
    pub fn probe() -> Self {
        let mut system = System::new();
        system.refresh_cpu_specifics(CpuRefreshKind::nothing());
        let name = system
            .cpus()
            .first()
            .map(|cpu| cpu.brand().trim().to_owned());
        Self {
            name: name.unwrap_or_default(),
            physical_cores: System::physical_core_count().unwrap_or(1),
            features: features(),
        }
    }

    /// Whether it computes in bf16 faster than in fp32. Asked for is AVX512-BF16: whatever has AMX has it too, and
    /// stable Rust can't ask for AMX.
    #[must_use]
    pub fn has_bf16(&self) -> bool {
        self.features.contains(&"avx512bf16")
    }

    /// Whether it multiplies 8-bit integers and adds them up without overflow, by VNNI. Without that, products in
    /// integers are neither fast nor exact.
    #[must_use]
    pub fn has_int8(&self) -> bool {
        let vnni = ["avx512vnni", "avxvnni"];
        vnni.iter().any(|feature| self.features.contains(feature))
    }
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<&'static str> {
    [
        ("avx2", is_x86_feature_detected!("avx2")),
        ("fma", is_x86_feature_detected!("fma")),
        ("avx512f", is_x86_feature_detected!("avx512f")),
        ("avx512bf16", is_x86_feature_detected!("avx512bf16")),
        ("avx512vnni", is_x86_feature_detected!("avx512vnni")),
        ("avxvnni", is_x86_feature_detected!("avxvnni")),
    ]
    .into_iter()
    .filter_map(|(name, is_there)| is_there.then_some(name))
    .collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<&'static str> {
    // Every 64-bit Arm processor has its vector unit.
    if cfg!(target_arch = "aarch64") {
        vec!["neon"]
    } else {
        Vec::new()
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
