//! This crate's errors in words for a person.

use std::io;

use tintype_protocol::{ErrorCode, Explain, Explanation, Language};

use crate::Error;
use crate::fault::{ArchiveFault, PickleFault, SafetensorsFault, TensorFault};

impl Explain for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                ErrorCode::ModelMissing
            }
            Self::Write { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
                _ => ErrorCode::OutputUnwritable,
            },
            Self::NoSuchTensor { .. } => ErrorCode::Internal,
            Self::Read { .. }
            | Self::UnknownFormat
            | Self::OldTorchFormat
            | Self::Archive(_)
            | Self::ByteOrder { .. }
            | Self::Pickle { .. }
            | Self::Safetensors(_)
            | Self::Tensor { .. }
            | Self::NotDdcolor { .. }
            | Self::Architecture { .. }
            | Self::Missing { .. }
            | Self::Unexpected { .. }
            | Self::Shape { .. }
            | Self::Normalization { .. }
            | Self::FoldedVersion { .. } => ErrorCode::ModelInvalid,
        }
    }

    fn explain(&self, language: Language) -> Explanation {
        Explanation::new(
            cause(self, language),
            match language {
                Language::English => cure(self).0,
                Language::Chinese => cure(self).1,
            },
        )
    }
}

/// What happened.
fn cause(error: &Error, language: Language) -> String {
    let (english, chinese) = match error {
        Error::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => (
            "The model file does not exist.".into(),
            "模型文件不存在。".into(),
        ),
        Error::Read { source, .. } => (
            format!("The model file cannot be read: {source}."),
            format!("无法读取模型文件：{source}。"),
        ),
        Error::Write { source, .. } => (
            format!("The converted model cannot be written: {source}."),
            format!("无法写入转换后的模型：{source}。"),
        ),
        Error::UnknownFormat => (
            "This is neither a PyTorch checkpoint nor a safetensors file.".into(),
            "该文件既不是 PyTorch 模型，也不是 safetensors 文件。".into(),
        ),
        Error::OldTorchFormat => (
            "This PyTorch checkpoint is in the old format, from before version 1.6.".into(),
            "该 PyTorch 模型使用的是 1.6 版之前的旧格式。".into(),
        ),
        Error::Archive(fault) => (
            format!("The checkpoint's archive cannot be used: {fault}."),
            format!("模型文件的压缩包结构无法使用（{fault}）。"),
        ),
        Error::ByteOrder { found } => (
            format!(
                "The checkpoint was saved in the byte order \"{found}\" of another kind of machine."
            ),
            format!("该模型以另一类机器的字节序“{found}”保存。"),
        ),
        Error::Pickle { fault, .. } => (
            format!("The checkpoint does more than describe weights, or is damaged: {fault}."),
            format!("该模型文件已损坏，或包含描述权重之外的内容（{fault}）。"),
        ),
        Error::Safetensors(fault) => (
            format!("The safetensors file cannot be used: {fault}."),
            format!("该 safetensors 文件无法使用（{fault}）。"),
        ),
        Error::Tensor { name, fault } => (
            format!("The tensor \"{name}\" cannot be used: {fault}."),
            format!("张量“{name}”无法使用（{fault}）。"),
        ),
        Error::NotDdcolor { tensors, first } => not_ddcolor(*tensors, first.as_deref()),
        Error::Architecture {
            what,
            found,
            allowed,
        } => (
            format!("The network's size \"{what}\" is {found}; it should be {allowed}."),
            format!("网络尺寸“{what}”为 {found}，超出可运行的范围（{allowed}）。"),
        ),
        Error::Missing { name, expected } => (
            format!("The tensor \"{name}\" of shape {expected:?} is missing."),
            format!("缺少形状为 {expected:?} 的张量“{name}”。"),
        ),
        Error::Unexpected { name, shape } => (
            format!("The tensor \"{name}\" of shape {shape:?} has no place in this network."),
            format!("形状为 {shape:?} 的张量“{name}”不属于该网络。"),
        ),
        Error::Shape {
            name,
            expected,
            found,
        } => (
            format!("The tensor \"{name}\" has shape {found:?}; it should have {expected:?}."),
            format!("张量“{name}”的形状为 {found:?}，应为 {expected:?}。"),
        ),
        Error::Normalization { name } => (
            format!("The network expects its input normalized by an unusual \"{name}\"."),
            format!("该网络要求以不寻常的“{name}”对输入做归一化。"),
        ),
        Error::FoldedVersion { found } => (
            format!(
                "The converted model has version \"{found}\", which this program does not know."
            ),
            format!("转换后的模型版本为“{found}”，本程序不认识。"),
        ),
        Error::NoSuchTensor { name } => (
            format!("The program asked the model for a tensor \"{name}\" that no model has."),
            format!("程序向模型请求了不存在的张量“{name}”。"),
        ),
    };
    language.pick(english, chinese)
}

fn not_ddcolor(tensors: usize, first: Option<&str>) -> (String, String) {
    match first {
        Some(first) => (
            format!(
                "This is the checkpoint of another network: it holds {tensors} tensors, the first of them named \"{first}\"."
            ),
            format!("这是其他网络的模型：其中有 {tensors} 个张量，第一个名为“{first}”。"),
        ),
        None => (
            "The checkpoint holds no tensors at all.".to_owned(),
            "该模型文件中没有任何张量。".to_owned(),
        ),
    }
}

/// What to do next, in English and in Chinese.
fn cure(error: &Error) -> (&'static str, &'static str) {
    const DOWNLOAD: (&str, &str) = (
        "Download the file again and compare its size with the one its page states.",
        "请重新下载该文件，并与发布页面上的文件大小核对。",
    );
    const DISTRUST: (&str, &str) = (
        "Do not use this file; get the model from the page of its authors.",
        "请不要使用该文件；请从模型作者的发布页面获取模型。",
    );
    const RESAVE: (&str, &str) = (
        "Load it in a current PyTorch and save its state dict again with torch.save.",
        "请用当前版本的 PyTorch 加载，并用 torch.save 重新保存其 state dict。",
    );
    const OTHER_MODEL: (&str, &str) = (
        "Choose a DDColor checkpoint as its authors published it.",
        "请选择作者发布的 DDColor 模型文件。",
    );
    match error {
        Error::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => (
            "Check the path, or install the model again.",
            "请检查路径，或重新安装该模型。",
        ),
        Error::Read { .. } => (
            "Check that the file may be read and its disk is connected.",
            "请确认该文件有读取权限，且所在磁盘已连接。",
        ),
        Error::Write { .. } => (
            "Make room on the disk, or choose a folder that may be written to.",
            "请清理磁盘空间，或选择有写入权限的文件夹。",
        ),
        Error::OldTorchFormat | Error::ByteOrder { .. } => RESAVE,
        Error::Archive(fault) => match fault {
            ArchiveFault::Compressed { .. } | ArchiveFault::NoPickle { .. } => RESAVE,
            ArchiveFault::Directory | ArchiveFault::OutOfRange { .. } => DOWNLOAD,
            ArchiveFault::TooManyMembers { .. }
            | ArchiveFault::Encrypted { .. }
            | ArchiveFault::Overlap { .. }
            | ArchiveFault::Duplicate { .. }
            | ArchiveFault::Name => DISTRUST,
        },
        Error::Pickle { fault, .. } => match fault {
            PickleFault::Truncated => DOWNLOAD,
            PickleFault::Protocol { .. } => RESAVE,
            PickleFault::NoStateDict | PickleFault::NotATensor { .. } => OTHER_MODEL,
            _ => DISTRUST,
        },
        Error::Safetensors(fault) => match fault {
            SafetensorsFault::HeaderOutOfRange | SafetensorsFault::Format(_) => DOWNLOAD,
            SafetensorsFault::HeaderTooLarge { .. }
            | SafetensorsFault::Json(_)
            | SafetensorsFault::Duplicate { .. }
            | SafetensorsFault::TooMany { .. } => DISTRUST,
        },
        Error::Tensor { fault, .. } => match fault {
            TensorFault::Strides { .. }
            | TensorFault::Shared { .. }
            | TensorFault::UnknownDType { .. }
            | TensorFault::NotFloat { .. } => RESAVE,
            TensorFault::NoStorage { .. } | TensorFault::OutOfRange { .. } => DOWNLOAD,
            TensorFault::TooLargeForHalf { .. } => (
                "Save the model in bf16 or f32 instead.",
                "请改用 bf16 或 f32 保存该模型。",
            ),
            TensorFault::Dimensions { .. }
            | TensorFault::Overflow { .. }
            | TensorFault::NotFinite => DISTRUST,
        },
        Error::UnknownFormat
        | Error::NotDdcolor { .. }
        | Error::Architecture { .. }
        | Error::Missing { .. }
        | Error::Unexpected { .. }
        | Error::Shape { .. }
        | Error::Normalization { .. } => OTHER_MODEL,
        Error::FoldedVersion { .. } => (
            "Update this program, or convert the original checkpoint again.",
            "请更新本程序，或重新转换原始模型文件。",
        ),
        Error::NoSuchTensor { .. } => (
            "This is a defect of the program; please report it.",
            "这是程序自身的缺陷，请向开发者报告。",
        ),
    }
}

#[cfg(test)]
#[path = "explain_tests.rs"]
mod tests;
