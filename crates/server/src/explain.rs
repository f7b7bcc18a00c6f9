//! This crate's errors in words for a person.

use tintype_protocol::{ErrorCode, Explain, Explanation, Language};

use crate::Error;

impl Explain for Error {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoRandomness(_) | Self::Token(_) => ErrorCode::Internal,
            Self::NotLoopback(_) | Self::CannotListen { .. } => ErrorCode::BadRequest,
            Self::Folder { .. } => ErrorCode::OutputUnwritable,
            Self::Jobs(error) => error.code(),
        }
    }

    fn explain(&self, language: Language) -> Explanation {
        match self {
            Self::NoRandomness(_) => language.pick(
                Explanation::new(
                    "The system gives no random numbers, so no secret can be made.",
                    "Restart the computer and try again.",
                ),
                Explanation::new(
                    "系统无法提供随机数，因此无法生成密钥。",
                    "请重启电脑后再试。",
                ),
            ),
            Self::Token(_) => language.pick(
                Explanation::new("A token could not be made.", "Start the program again."),
                Explanation::new("无法生成令牌。", "请重新启动程序。"),
            ),
            Self::NotLoopback(address) => language.pick(
                Explanation::new(
                    format!("{address} can be reached from other computers."),
                    "Use 127.0.0.1 or ::1: photos stay on this computer.",
                ),
                Explanation::new(
                    format!("其他电脑也能访问 {address}。"),
                    "请使用 127.0.0.1 或 ::1：照片只留在本机。",
                ),
            ),
            Self::CannotListen { address, source } => language.pick(
                Explanation::new(
                    format!("The server can't listen on {address} ({source})."),
                    "Choose another port, or end the program that has this one.",
                ),
                Explanation::new(
                    format!("服务无法监听 {address}({source})。"),
                    "请换一个端口，或结束占用它的程序。",
                ),
            ),
            Self::Folder { path, source } => language.pick(
                Explanation::new(
                    format!("The folder {} can't be used ({source}).", path.display()),
                    "Choose another folder, or make this one writable.",
                ),
                Explanation::new(
                    format!("文件夹 {} 无法使用（{source}）。", path.display()),
                    "请换一个文件夹，或将其设为可写。",
                ),
            ),
            Self::Jobs(error) => error.explain(language),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn every_error_is_explained_in_both_languages() {
        let address = ([127, 0, 0, 1], 8188).into();
        let source = || io::Error::from(io::ErrorKind::AddrInUse);
        let errors = [
            Error::NoRandomness(getrandom::Error::UNSUPPORTED),
            Error::Token(jsonwebtoken::errors::ErrorKind::InvalidToken.into()),
            Error::NotLoopback(address),
            Error::CannotListen {
                address,
                source: source(),
            },
            Error::Folder {
                path: "output".into(),
                source: source(),
            },
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
