//! The computer.

use tintype_engine::{Machine, Processor};
use tintype_protocol::{DeviceInfo, SystemInfo, SystemStats};

/// The version of ComfyUI whose dialect is spoken: clients ask before they use what is new.
const COMFYUI_VERSION: &str = "0.3.64";

/// The computer and the versions, as they are now.
pub(crate) fn system_stats() -> SystemStats {
    let (machine, processor) = (Machine::probe(), Processor::probe());
    let (total, free) = (machine.total_bytes, machine.available_bytes);
    #[cfg(feature = "ddcolor")]
    let (libtorch, device) = {
        let device = tintype_engine::resolve_device(tintype_protocol::DeviceChoice::Auto);
        (tintype_engine::LIBTORCH_VERSION, device.ok())
    };
    #[cfg(not(feature = "ddcolor"))]
    let (libtorch, device) = ("", Some(tintype_protocol::Device::Cpu));
    let name = device.map_or_else(|| "cpu".to_owned(), |device| device.to_string());
    let (kind, index) = name.split_once(':').unwrap_or((&name, "0"));
    SystemStats {
        system: SystemInfo {
            os: std::env::consts::OS.to_owned(),
            ram_total: total,
            ram_free: free,
            comfyui_version: COMFYUI_VERSION.to_owned(),
            python_version: String::new(),
            pytorch_version: libtorch.to_owned(),
            embedded_python: false,
            argv: Vec::new(),
            tintype_version: env!("CARGO_PKG_VERSION").to_owned(),
            processor: processor.name,
        },
        // What a graphics card has of its own can't be asked through libtorch's C interface, so the
        // computer's memory stands for it.
        devices: vec![DeviceInfo {
            index: index.parse().unwrap_or(0),
            kind: kind.to_owned(),
            name: name.clone(),
            vram_total: total,
            vram_free: free,
            torch_vram_total: total,
            torch_vram_free: free,
        }],
    }
}
