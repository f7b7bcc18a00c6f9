//! This crate's errors in words for a person. None names the file: whoever prints them does.

use tintype_protocol::{ErrorCode, Explain, Explanation, Language};

use crate::format::HEIC;
use crate::{Error, SourceFormat};

impl Explain for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NotFound
            | Self::IsFolder
            | Self::Unreadable(_)
            | Self::MaskMismatch { .. }
            | Self::OutputExists { .. } => ErrorCode::BadRequest,
            Self::Empty | Self::Truncated { .. } | Self::Corrupt { .. } => ErrorCode::ImageCorrupt,
            Self::Unsupported { .. }
            | Self::UnsupportedVariety { .. }
            | Self::UnsupportedCamera { .. } => ErrorCode::ImageUnsupported,
            Self::FileTooLarge { .. }
            | Self::TooManyPixels { .. }
            | Self::ScaledTooLarge { .. } => ErrorCode::ImageTooLarge,
            Self::InvalidChroma { .. } => ErrorCode::Internal,
            Self::OutputUnwritable { .. } | Self::Unencodable(_) => ErrorCode::OutputUnwritable,
            Self::DiskFull { .. } => ErrorCode::DiskFull,
            Self::Cancelled => ErrorCode::Cancelled,
        }
    }

    fn explain(&self, language: Language) -> Explanation {
        Explanation::new(self.cause(language), self.cure(language))
    }
}

impl Error {
    fn cause(&self, language: Language) -> String {
        let both = |english: &str, chinese: &str| language.pick(english, chinese).to_owned();
        match self {
            Self::NotFound => both("There is no such file.", "文件不存在。"),
            Self::IsFolder => both("It is a folder.", "这是一个文件夹。"),
            Self::Empty => both("The file is empty.", "文件是空的。"),
            Self::Unreadable(source) => language.pick(
                format!("The file cannot be read ({source})."),
                format!("无法读取文件（{source}）。"),
            ),
            Self::Unsupported { found } => foreign(*found, language),
            Self::UnsupportedVariety { format, source } => language.pick(
                format!("This variety of {format} is not read ({source})."),
                format!("暂不支持这种 {format} 图片（{source}）。"),
            ),
            Self::UnsupportedCamera { camera: Some(camera) } => language.pick(
                format!("Raw files of the {camera} are not read."),
                format!("暂不支持读取 {camera} 的 RAW 文件。"),
            ),
            Self::UnsupportedCamera { camera: None } => both(
                "Raw files of this camera are not read.",
                "暂不支持读取这款相机的 RAW 文件。",
            ),
            Self::Truncated { format } => language.pick(
                format!("The {format} file ends in the middle of the picture."),
                format!("这个 {format} 文件不完整，图片只有一部分。"),
            ),
            Self::Corrupt { format, source } => language.pick(
                format!("The {format} file is damaged ({source})."),
                format!("这个 {format} 文件已损坏（{source}）。"),
            ),
            Self::FileTooLarge { bytes, max_bytes } => language.pick(
                format!(
                    "The file has {} MB; at most {} MB are read.",
                    bytes >> 20,
                    max_bytes >> 20
                ),
                format!(
                    "文件有 {} MB，最多支持 {} MB。",
                    bytes >> 20,
                    max_bytes >> 20
                ),
            ),
            Self::TooManyPixels {
                width,
                height,
                max_pixels,
            } => language.pick(
                format!(
                    "The picture is {width} x {height}; at most {} megapixels are read.",
                    max_pixels / 1_000_000
                ),
                format!(
                    "图片为 {width} x {height}，最多支持 {} 百万像素。",
                    max_pixels / 1_000_000
                ),
            ),
            Self::ScaledTooLarge {
                width,
                height,
                max_side,
            } => language.pick(
                format!(
                    "The scaled picture would be {width} x {height}; a side may have at most {max_side} pixels."
                ),
                format!("缩放后的图片为 {width} x {height}，边长最多支持 {max_side} 像素。"),
            ),
            Self::InvalidChroma { .. } => both(
                "The network gave no usable colors.",
                "网络没有给出可用的颜色。",
            ),
            Self::MaskMismatch { expected, found } => mask_mismatch(language, *expected, *found),
            Self::OutputExists { path } => language.pick(
                format!("The result {} is there already.", path.display()),
                format!("结果文件 {} 已经存在。", path.display()),
            ),
            Self::OutputUnwritable { path, source } => language.pick(
                format!(
                    "The result {} cannot be written ({source}).",
                    path.display()
                ),
                format!("无法写入结果文件 {}({source})。", path.display()),
            ),
            Self::DiskFull { path } => language.pick(
                format!(
                    "The disk is full: the result {} does not fit.",
                    path.display()
                ),
                format!("磁盘已满，结果文件 {} 放不下。", path.display()),
            ),
            Self::Unencodable(source) => language.pick(
                format!("The photo does not fit the chosen format ({source})."),
                format!("照片无法保存为所选的格式（{source}）。"),
            ),
            Self::Cancelled => Explanation::cancelled(language).cause,
        }
    }

    fn cure(&self, language: Language) -> String {
        let both = |english: &str, chinese: &str| language.pick(english, chinese).to_owned();
        match self {
            Self::NotFound => both("Check its name.", "请检查文件名。"),
            Self::IsFolder => both("Choose the photos inside it.", "请选择其中的照片。"),
            Self::Corrupt {
                format: SourceFormat::CameraRaw,
                ..
            } => both(
                "Copy it again from where it came from. If another program opens it, save it there as a 16-bit TIFF.",
                "请从原处重新复制。如果其他软件能打开，请在那里存为 16 位 TIFF。",
            ),
            Self::Empty | Self::Truncated { .. } | Self::Corrupt { .. } => both(
                "Copy it again from where it came from, or scan it again.",
                "请从原处重新复制，或重新扫描。",
            ),
            Self::Unreadable(_) => both(
                "Check its permissions and that the disk is connected.",
                "请检查文件权限，并确认磁盘已连接。",
            ),
            Self::Unsupported { found: Some(HEIC) } => both(
                "Export it as JPEG first. An iPhone takes JPEGs from the start once Settings, Camera, Formats is set to Most Compatible.",
                "请先导出为 JPEG。在 iPhone 的设置、相机、格式中选择“兼容性最佳”后，拍摄的照片就是 JPEG。",
            ),
            Self::Unsupported { found: Some(found) } if found.ends_with("RAW") => develop(language),
            Self::UnsupportedCamera { .. }
            | Self::UnsupportedVariety {
                format: SourceFormat::CameraRaw,
                ..
            } => develop(language),
            Self::Unsupported { .. } => {
                both("Save it as one of these first.", "请先另存为其中一种格式。")
            }
            Self::UnsupportedVariety { .. } => {
                let (english, chinese) = known();
                language.pick(
                    format!("Save it in another way first; {english} are read."),
                    format!("请先换一种方式保存，可以读取的格式是 {chinese}。"),
                )
            }
            Self::FileTooLarge { .. } | Self::TooManyPixels { .. } => both(
                "Save a smaller copy of it first.",
                "请先保存一份较小的副本。",
            ),
            Self::ScaledTooLarge { .. } => both(
                "Choose a smaller width or height.",
                "请选择较小的宽度或高度。",
            ),
            Self::InvalidChroma { .. } => both(
                "Use another model; if it happens with every model, please report it.",
                "请换一个模型；如果每个模型都这样，请反馈给我们。",
            ),
            Self::MaskMismatch { .. } => both(
                "Find the defects of this photo again, or choose the mask that was made of it.",
                "请重新检测这张照片的瑕疵，或选择由它生成的蒙版。",
            ),
            Self::OutputExists { .. } => both(
                "Choose another name or folder, or allow it to be replaced.",
                "请换一个名称或文件夹，或允许覆盖。",
            ),
            Self::OutputUnwritable { .. } => both(
                "Choose another folder, or check its permissions.",
                "请另选一个文件夹，或检查它的权限。",
            ),
            Self::DiskFull { .. } => both(
                "Free some space, or choose a folder on another disk.",
                "请清理磁盘空间，或选择其他磁盘上的文件夹。",
            ),
            Self::Unencodable(_) => both("Choose PNG or TIFF.", "请选择 PNG 或 TIFF。"),
            Self::Cancelled => Explanation::cancelled(language).cure,
        }
    }
}

fn mask_mismatch(language: Language, photo: (u32, u32), mask: (u32, u32)) -> String {
    let ((width, height), (mask_width, mask_height)) = (photo, mask);
    language.pick(
        format!(
            "The mask of defects is {mask_width} x {mask_height}, but the photo is {width} x {height}."
        ),
        format!("瑕疵蒙版为 {mask_width} x {mask_height}，而照片为 {width} x {height}。"),
    )
}

/// What to do with a raw file that isn't read.
fn develop(language: Language) -> String {
    let words = language.pick(
        "Develop it with the camera's own program or another one, and save it as a 16-bit TIFF.",
        "请先用相机附带的程序或其他软件冲印，并存为 16 位 TIFF。",
    );
    words.to_owned()
}

/// That this is a file of another kind, which was told or not.
fn foreign(found: Option<&str>, language: Language) -> String {
    let (english, chinese) = known();
    match found {
        Some(found) => language.pick(
            format!("This is a {found} file; {english} are read."),
            format!("这是一个 {found} 文件，可以读取的格式是 {chinese}。"),
        ),
        None => language.pick(
            format!("This is not a picture of a known kind; {english} are read."),
            format!("这不是可识别的图片，可以读取的格式是 {chinese}。"),
        ),
    }
}

/// The kinds that are read, as a list in English and one in Chinese.
fn known() -> (String, String) {
    let names: Vec<String> = SourceFormat::ALL.iter().map(ToString::to_string).collect();
    let (last, others) = names.split_last().expect("some kinds are read");
    let english = format!("{} and {last}", others.join(", "));
    (english, names.join("、"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::error::{DecodingError, ImageFormatHint};
    use std::io;

    #[test]
    fn every_error_is_explained_in_both_languages() {
        let decoder = || {
            image::ImageError::Decoding(DecodingError::new(ImageFormatHint::Unknown, "bad marker"))
        };
        let path = || std::path::PathBuf::from("out/a.png");
        let format = SourceFormat::Png;
        let errors = [
            Error::NotFound,
            Error::IsFolder,
            Error::Empty,
            Error::Unreadable(io::ErrorKind::PermissionDenied.into()),
            Error::Unsupported {
                found: Some("HEIC"),
            },
            Error::Unsupported {
                found: Some("DNG RAW"),
            },
            Error::Unsupported { found: Some("PDF") },
            Error::Unsupported { found: None },
            Error::UnsupportedVariety {
                format,
                source: decoder(),
            },
            Error::UnsupportedVariety {
                format: SourceFormat::CameraRaw,
                source: decoder(),
            },
            Error::UnsupportedCamera {
                camera: Some("NIKON Z 99".to_owned()),
            },
            Error::UnsupportedCamera { camera: None },
            Error::Truncated { format },
            Error::Corrupt {
                format,
                source: decoder(),
            },
            Error::Corrupt {
                format: SourceFormat::CameraRaw,
                source: decoder(),
            },
            Error::FileTooLarge {
                bytes: 2 << 30,
                max_bytes: 1 << 30,
            },
            Error::TooManyPixels {
                width: 60_000,
                height: 60_000,
                max_pixels: 400_000_000,
            },
            Error::ScaledTooLarge {
                width: 20_000,
                height: 9,
                max_side: 16_384,
            },
            Error::InvalidChroma {
                width: 2,
                height: 2,
            },
            Error::MaskMismatch {
                expected: (3, 2),
                found: (2, 3),
            },
            Error::OutputExists { path: path() },
            Error::OutputUnwritable {
                path: path(),
                source: io::ErrorKind::NotFound.into(),
            },
            Error::DiskFull { path: path() },
            Error::Unencodable(decoder()),
            Error::Cancelled,
        ];
        for error in errors {
            let english = error.explain(Language::English);
            let chinese = error.explain(Language::Chinese).to_string();
            assert!(!english.cause.is_empty() && !english.cure.is_empty());
            assert!(english.to_string().is_ascii(), "{english}");
            assert!(
                chinese
                    .chars()
                    .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)),
                "{chinese}"
            );
        }
    }
}
