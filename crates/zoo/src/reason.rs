//! What was wrong with a source.

use tintype_protocol::Language;

/// What has been tried, for the error when nothing helped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The host.
    pub host: String,
    /// What was wrong.
    pub reason: Reason,
}

/// Why a source gave no file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It answered this HTTP status.
    Status(u16),
    /// The connection could not be made, or broke: in the words of the system.
    Connection(String),
    /// The connection ended before the file did.
    EndedEarly {
        /// How many bytes were missing.
        missing: u64,
    },
    /// Nothing came for so many seconds.
    Silent(u64),
    /// It sent another part of the file than the one asked for.
    WrongPart,
    /// The file is another than when it began to arrive.
    Changed,
    /// It has less than has arrived.
    TooShort,
    /// Its file has another length.
    WrongLength {
        /// The length that it has.
        found: u64,
        /// The length that it should have.
        expected: u64,
    },
    /// Its file is larger than what was agreed to.
    TooLarge,
    /// It sends more than the file has.
    TooMuch,
    /// Its file has another content.
    WrongContent,
    /// Nobody says what the file's hash is.
    NoHash,
    /// It leads to an address that is not secure, to none, or round and round.
    LeadsAstray,
    /// Its address in the catalogue is none.
    BadAddress,
}

impl Reason {
    /// A few words, without a full stop.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let say = |english: &str, chinese: &str| language.pick(english, chinese).to_owned();
        match self {
            Self::Status(status) => say(
                &format!("it answers {status}"),
                &format!("返回状态 {status}"),
            ),
            Self::Connection(error) => {
                let error = error.trim_end_matches('.');
                say(
                    &format!("no connection: {error}"),
                    &format!("连接失败：{error}"),
                )
            }
            Self::EndedEarly { missing } => say(
                &format!("the connection ended {missing} bytes early"),
                &format!("连接提前结束，还差 {missing} 字节"),
            ),
            Self::Silent(seconds) => say(
                &format!("nothing came for {seconds} seconds"),
                &format!("{seconds} 秒内没有收到数据"),
            ),
            Self::WrongPart => say("it sends another part of the file", "发送了文件的其他部分"),
            Self::Changed => say("the file has changed meanwhile", "文件在下载过程中已改变"),
            Self::TooShort => say("it has less than has arrived", "文件比已下载的部分还短"),
            Self::WrongLength { found, expected } => say(
                &format!("its file has {found} bytes instead of {expected}"),
                &format!("文件大小为 {found} 字节，应为 {expected} 字节"),
            ),
            Self::TooLarge => say(
                "its file is larger than was agreed to",
                "文件超过了已同意的大小",
            ),
            Self::TooMuch => say(
                "it sends more than the file has",
                "发送的数据超过了文件大小",
            ),
            Self::WrongContent => say("its file has another content", "文件内容不符"),
            Self::NoHash => say(
                "it announces no hash to check the file against",
                "没有提供可用于核对的校验值",
            ),
            Self::LeadsAstray => say(
                "it leads to an address that can't be used",
                "跳转到了错误的地址",
            ),
            Self::BadAddress => say("its address is not a valid one", "地址无效"),
        }
    }
}

/// `a.org: it answers 404; b.org: ...`
pub(crate) fn list(tried: &[Tried], language: Language) -> String {
    let each: Vec<_> = tried
        .iter()
        .map(|Tried { host, reason }| format!("{host}: {}", reason.text(language)))
        .collect();
    each.join(language.pick("; ", "\u{ff1b}"))
}
