//! This crate's errors in words for a person.

use tintype_protocol::{Device, ErrorCode, Explain, Explanation, Language};

use crate::Error;

impl Explain for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Checkpoint(error) => error.code(),
            Self::InputShape { .. } | Self::Torch(_) => ErrorCode::Internal,
            Self::DeviceUnavailable { .. } => ErrorCode::BadRequest,
            Self::OutOfMemory(_) => ErrorCode::OutOfMemory,
            Self::Cancelled => ErrorCode::Cancelled,
        }
    }

    fn explain(&self, language: Language) -> Explanation {
        match self {
            Self::Checkpoint(error) => error.explain(language),
            Self::InputShape { .. } => language.pick(
                Explanation::new(
                    format!("The network was given an input it cannot take ({self})."),
                    "This is a defect of Tintype: please report it.",
                ),
                Explanation::new(
                    format!("输入网络的数据尺寸不正确（{self}）。"),
                    "这是 Tintype 的缺陷，请反馈给我们。",
                ),
            ),
            Self::DeviceUnavailable {
                device: device @ Device::Cuda(_),
            } => language.pick(
                Explanation::new(
                    format!("The NVIDIA device {device} can't be used on this computer."),
                    "Choose the device \"auto\" or \"cpu\"; or install NVIDIA's driver, 580 or newer, and what the program needs for it (the page Models, or `tintype models get cuda`).",
                ),
                Explanation::new(
                    format!("这台电脑上无法使用 NVIDIA 设备 {device}。"),
                    "请把设备改为 auto 或 cpu；或安装 580 或更新版本的 NVIDIA 驱动，再安装显卡支持组件（“模型”页面，或 `tintype models get cuda`）。",
                ),
            ),
            Self::DeviceUnavailable { device } => language.pick(
                Explanation::new(
                    format!("The device {device} is not available on this computer."),
                    "Choose the device \"auto\" or \"cpu\".",
                ),
                Explanation::new(
                    format!("这台电脑上没有可用的设备 {device}。"),
                    "请把设备改为 auto 或 cpu。",
                ),
            ),
            Self::OutOfMemory(_) => language.pick(
                Explanation::new(
                    "The computer ran out of memory while coloring.",
                    "Close other programs or choose a smaller size.",
                ),
                Explanation::new("上色时内存不足。", "请关闭其他程序，或选择较小的处理尺寸。"),
            ),
            Self::Torch(source) => {
                // The first line says what failed; the rest is a C++ backtrace.
                let source = source.to_string();
                let first = source.lines().next().unwrap_or_default().to_owned();
                language.pick(
                    Explanation::new(
                        format!("The network failed: {first}."),
                        "Try again; if it happens again, please report it.",
                    ),
                    Explanation::new(
                        format!("网络运行失败：{first}。"),
                        "请重试；如果再次出现，请反馈给我们。",
                    ),
                )
            }
            Self::Cancelled => Explanation::cancelled(language),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::TchError;

    #[test]
    fn every_error_is_explained_in_both_languages() {
        let errors = [
            Error::InputShape {
                batch: 1,
                height: 3,
                width: 5,
                len: 7,
            },
            Error::DeviceUnavailable {
                device: tintype_protocol::Device::Mps,
            },
            Error::OutOfMemory(TchError::Torch(String::new())),
            Error::Torch(TchError::Torch("first line\nbacktrace".into())),
            Error::Cancelled,
        ];
        for error in errors {
            let english = error.explain(Language::English).to_string();
            let chinese = error.explain(Language::Chinese).to_string();
            assert!(english.is_ascii(), "{english}");
            assert!(
                chinese
                    .chars()
                    .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
                "{chinese}"
            );
            assert!(!english.contains("backtrace"), "{english}");
        }
    }
}
