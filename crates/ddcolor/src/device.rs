//! Choosing a device, and how many threads the processor uses.

use tintype_protocol::{Device, DeviceChoice, Precision};

use crate::{Error, Result, cuda};

/// The libtorch that this program is built on; tch 0.26's build refuses every other.
pub const LIBTORCH_VERSION: &str = "2.13.0";

/// Turns the user's choice into a device that is there.
///
/// # Errors
/// [`Error::DeviceUnavailable`] where a device was named and is missing; `Auto` never fails.
pub fn resolve_device(choice: DeviceChoice) -> Result<Device> {
    match choice {
        DeviceChoice::Auto => Ok([Device::Cuda(0), Device::Mps]
            .into_iter()
            .find(|device| is_available(*device))
            .unwrap_or(Device::Cpu)),
        DeviceChoice::Exactly(device) if is_available(device) => Ok(device),
        DeviceChoice::Exactly(device) => Err(Error::DeviceUnavailable { device }),
    }
}

/// Sets how many threads libtorch uses for one operation. Process-wide.
pub fn set_threads(threads: usize) {
    tch::set_num_threads(i32::try_from(threads.max(1)).unwrap_or(i32::MAX));
}

/// How many threads libtorch uses for one operation; by default the number of physical cores.
#[must_use]
pub fn threads() -> usize {
    usize::try_from(tch::get_num_threads()).unwrap_or(1)
}

fn is_available(device: Device) -> bool {
    match device {
        Device::Cpu => true,
        Device::Cuda(index) => {
            // libtorch asks itself once whether it knows such devices, and never again.
            cuda::ensure_loaded();
            let count = usize::try_from(tch::Cuda::device_count()).unwrap_or(0);
            tch::Cuda::is_available() && index < count
        }
        Device::Mps => tch::utils::has_mps(),
    }
}

/// The device in libtorch's terms.
pub(crate) fn torch_device(device: Device) -> tch::Device {
    match device {
        Device::Cpu => tch::Device::Cpu,
        Device::Cuda(index) => tch::Device::Cuda(index),
        Device::Mps => tch::Device::Mps,
    }
}

/// The precision in libtorch's terms.
pub(crate) fn torch_kind(precision: Precision) -> tch::Kind {
    match precision {
        Precision::Fp32 => tch::Kind::Float,
        Precision::Bf16 => tch::Kind::BFloat16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_processor_is_always_there_and_a_missing_device_is_never_replaced_in_silence() {
        assert_eq!(
            resolve_device(DeviceChoice::Exactly(Device::Cpu)).ok(),
            Some(Device::Cpu)
        );
        assert!(resolve_device(DeviceChoice::Auto).is_ok());
        let absent = DeviceChoice::Exactly(Device::Cuda(4096));
        assert!(matches!(
            resolve_device(absent),
            Err(Error::DeviceUnavailable {
                device: Device::Cuda(4096)
            })
        ));
    }
}
