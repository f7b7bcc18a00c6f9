//! Where the network runs.

use std::fmt;
use std::str::FromStr;

/// A device that can run the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Device {
    /// The processor.
    Cpu,
    /// An NVIDIA card, by its index from 0.
    Cuda(usize),
    /// The graphics part of Apple silicon.
    Mps,
}

/// What the user asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DeviceChoice {
    /// The fastest device that works: CUDA, then MPS, then the processor.
    #[default]
    Auto,
    /// This device or an error, never another one in silence.
    Exactly(Device),
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(index) => write!(f, "cuda:{index}"),
            Self::Mps => f.write_str("mps"),
        }
    }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Exactly(device) => device.fmt(f),
        }
    }
}

/// The text names no device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no device: use auto, cpu, cuda, cuda:N or mps")]
pub struct UnknownDevice(pub String);

impl FromStr for DeviceChoice {
    type Err = UnknownDevice;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownDevice(text.to_owned());
        Ok(match text {
            "auto" => Self::Auto,
            "cpu" => Self::Exactly(Device::Cpu),
            "mps" => Self::Exactly(Device::Mps),
            "cuda" => Self::Exactly(Device::Cuda(0)),
            _ => {
                let index = text.strip_prefix("cuda:").ok_or_else(unknown)?;
                Self::Exactly(Device::Cuda(index.parse().map_err(|_| unknown())?))
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_survives_being_written_and_read() {
        for choice in [
            DeviceChoice::Auto,
            DeviceChoice::Exactly(Device::Cpu),
            DeviceChoice::Exactly(Device::Cuda(3)),
            DeviceChoice::Exactly(Device::Mps),
        ] {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
    }

    #[test]
    fn what_names_no_device_is_refused() {
        for text in ["", "gpu", "cuda:", "cuda:-1", "CPU", "cuda:1x"] {
            assert_eq!(
                text.parse::<DeviceChoice>(),
                Err(UnknownDevice(text.to_owned()))
            );
        }
    }
}
