//! Requests that are refused, in the shape that ComfyUI's clients know.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};
use tintype_protocol::{
    ErrorCode, Explain, Language, NodeErrors, PromptRefused, RequestError, Wording,
};

/// Why a request is refused. Becomes a [`PromptRefused`], whose `extra_info` has our code and the
/// words in every language.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: ErrorCode,
    /// ComfyUI's name, where it has one.
    kind: Option<&'static str>,
    messages: Wording,
    details: String,
    node_errors: NodeErrors,
}

impl Refusal {
    /// A refusal in our own words.
    pub(crate) fn new(status: StatusCode, code: ErrorCode, messages: Wording) -> Self {
        Self {
            status,
            code,
            kind: None,
            messages,
            details: String::new(),
            node_errors: NodeErrors::new(),
        }
    }

    /// The same under ComfyUI's name for it.
    pub(crate) fn named(mut self, kind: &'static str, details: impl Into<String>) -> Self {
        self.kind = Some(kind);
        self.details = details.into();
        self
    }

    /// The same with what is wrong with each node.
    pub(crate) fn with_node_errors(mut self, node_errors: NodeErrors) -> Self {
        self.node_errors = node_errors;
        self
    }

    /// `BAD_REQUEST`, with a cause in both languages that names the field.
    pub(crate) fn bad_request(english: &str, chinese: &str) -> Self {
        let messages = Wording::new(english, chinese);
        Self::new(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, messages)
    }

    /// A library's error.
    pub(crate) fn of(error: &(impl Explain + ?Sized)) -> Self {
        let code = error.code();
        Self::new(status_of(code), code, Wording::of(error, None))
    }

    pub(crate) fn foreign_host() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            ErrorCode::Unauthorized,
            Wording::new(
                "Requests must be addressed to this computer. Use 127.0.0.1 or localhost in the address.",
                "请求必须发往本机。请在地址中使用 127.0.0.1 或 localhost。",
            ),
        )
    }

    pub(crate) fn foreign_origin() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            ErrorCode::Unauthorized,
            Wording::new(
                "This page may not use the server. Start it with --allow-origin to let a page of yours in.",
                "此网页无权使用本服务。如果是您自己的网页，请用 --allow-origin 启动服务。",
            ),
        )
    }

    pub(crate) fn bad_token() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            ErrorCode::Unauthorized,
            Wording::new(
                "The token is missing, wrong or expired. Add the one that the server printed: ?token=... or Authorization: Bearer ...",
                "令牌缺失、错误或已过期。请加上服务器打印的令牌：?token=... 或 Authorization: Bearer ...",
            ),
        )
    }

    pub(crate) fn token_of_another() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            ErrorCode::Unauthorized,
            Wording::new(
                "The token is for another client. Use the client id that it was made for.",
                "该令牌属于另一个客户端。请使用生成它时的 clientId。",
            ),
        )
    }

    pub(crate) fn too_many_connections(limit: usize) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            ErrorCode::TooManyConnections,
            Wording::new(
                format!("This address has {limit} sockets open already. Close one and try again."),
                format!("此地址已打开 {limit} 个连接。请先关闭一个再试。"),
            ),
        )
    }

    pub(crate) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            ErrorCode::BadRequest,
            Wording::new(
                "There is nothing here. Check the address.",
                "这里没有内容。请检查地址。",
            ),
        )
    }

    pub(crate) fn too_large(limit: u64) -> Self {
        let megabytes = limit >> 20;
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            ErrorCode::BadRequest,
            Wording::new(
                format!("The request is larger than {megabytes} MB. Send less at once."),
                format!("请求超过 {megabytes} MB。请减小内容后重试。"),
            ),
        )
    }

    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            ErrorCode::Internal,
            Wording::new(
                "Something went wrong inside the program. Try again; if it happens again, send us the log.",
                "程序内部出错。请重试；如果再次出现，请把日志发给我们。",
            ),
        )
    }

    fn body(self) -> PromptRefused {
        let extra_info: Map<String, Value> = [
            ("code".to_owned(), json!(self.code)),
            ("messages".to_owned(), json!(self.messages)),
        ]
        .into_iter()
        .collect();
        PromptRefused {
            error: RequestError {
                kind: self.kind.unwrap_or(self.code.as_str()).to_owned(),
                message: self.messages.pick(Language::English).to_owned(),
                details: self.details,
                extra_info,
            },
            node_errors: self.node_errors,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        if self.status.is_server_error() {
            tracing::error!(code = %self.code, message = self.messages.english, "request failed");
        } else {
            tracing::debug!(code = %self.code, message = self.messages.english, "request refused");
        }
        (self.status, Json(self.body())).into_response()
    }
}

/// The HTTP status that says about the same as a code.
fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorCode::TooManyConnections => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::QueueFull => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        ErrorCode::ImageTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::Internal | ErrorCode::OutputUnwritable => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    }
}
