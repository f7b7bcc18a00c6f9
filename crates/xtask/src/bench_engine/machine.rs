//! What the figures were measured on.

use std::fs;
use std::thread;

/// How many processors there are.
pub(super) fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// The processor and the instructions that matter here, as far as the system tells.
pub(super) fn describe() -> String {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = processor_name(&information)
        .map_or_else(|| std::env::consts::ARCH.to_owned(), str::to_owned);
    let instructions = instructions();
    let with = if instructions.is_empty() {
        String::new()
    } else {
        format!(" with {}", instructions.join(", "))
    };
    format!(
        "{} processors of {name}{with}, {}",
        processors(),
        std::env::consts::OS
    )
}

/// Bytes that programs can still have without swapping; all there could be where the system is silent.
pub(super) fn available_memory() -> u64 {
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    kibibytes(&memory, "MemAvailable:").unwrap_or(u64::MAX)
}

/// A line such as `VmHWM:   1234 kB` of what Linux tells, in bytes.
pub(super) fn kibibytes(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

fn processor_name(information: &str) -> Option<&str> {
    let line = information
        .lines()
        .find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim())
}

#[cfg(target_arch = "x86_64")]
fn instructions() -> Vec<&'static str> {
    let mut found = Vec::new();
    for (there, name) in [
        (is_x86_feature_detected!("avx2"), "AVX2"),
        (is_x86_feature_detected!("avx512f"), "AVX-512"),
        (is_x86_feature_detected!("avx512bf16"), "AVX512-BF16"),
    ] {
        if there {
            found.push(name);
        }
    }
    found
}

#[cfg(not(target_arch = "x86_64"))]
fn instructions() -> Vec<&'static str> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_tells_is_read() {
        let status = "VmPeak:\t  9 kB\nVmHWM:\t    2048 kB\n";
        assert_eq!(kibibytes(status, "VmHWM:"), Some(2 << 20));
        assert_eq!(kibibytes(status, "VmSwap:"), None);
        let information = "processor\t: 0\nmodel name\t: Some CPU\n";
        assert_eq!(processor_name(information), Some("Some CPU"));
    }
}
