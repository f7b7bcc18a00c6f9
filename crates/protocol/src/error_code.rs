//! The codes by which a program recognises an error.

use serde::{Deserialize, Serialize};

/// What went wrong, for a program. The words for a person come from [`Explain`](crate::Explain).
///
/// A code exists only where some consumer acts on it: a client that retries smaller on
/// [`OutOfMemory`](Self::OutOfMemory), a window that offers to fetch a missing model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(debug_assertions, derive(ts_rs::TS))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum ErrorCode {
    /// The job would not fit, or did not fit, into memory at the size asked for.
    OutOfMemory,
    /// No model of that name is installed, or its file is not there.
    ModelMissing,
    /// The file is there but is not a DDColor checkpoint that can be used.
    ModelInvalid,
    /// The file is not an image of a kind that is read.
    ImageUnsupported,
    /// The file is an image, but it is damaged or cut short.
    ImageCorrupt,
    /// The image exceeds the limits on dimensions or bytes.
    ImageTooLarge,
    /// The workflow can't be run as it stands; nothing of it has been.
    WorkflowInvalid,
    /// The result could not be written to the folder asked for.
    OutputUnwritable,
    /// The disk is full.
    DiskFull,
    /// The user stopped the job.
    Cancelled,
    /// No token, a wrong one, an expired one, or one for another client.
    Unauthorized,
    /// So many sockets of this address are open already that no other is let in.
    TooManyConnections,
    /// The queue holds as many jobs as it may.
    QueueFull,
    /// The request itself makes no sense: an option out of range, a name that is taken.
    BadRequest,
    /// A defect of the program. Never the user's fault.
    Internal,
}

impl ErrorCode {
    /// All codes.
    pub const ALL: [Self; 15] = [
        Self::OutOfMemory,
        Self::ModelMissing,
        Self::ModelInvalid,
        Self::ImageUnsupported,
        Self::ImageCorrupt,
        Self::ImageTooLarge,
        Self::WorkflowInvalid,
        Self::OutputUnwritable,
        Self::DiskFull,
        Self::Cancelled,
        Self::Unauthorized,
        Self::TooManyConnections,
        Self::QueueFull,
        Self::BadRequest,
        Self::Internal,
    ];

    /// The code as it stands on the wire, such as `"OUT_OF_MEMORY"`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OutOfMemory => "OUT_OF_MEMORY",
            Self::ModelMissing => "MODEL_MISSING",
            Self::ModelInvalid => "MODEL_INVALID",
            Self::ImageUnsupported => "IMAGE_UNSUPPORTED",
            Self::ImageCorrupt => "IMAGE_CORRUPT",
            Self::ImageTooLarge => "IMAGE_TOO_LARGE",
            Self::WorkflowInvalid => "WORKFLOW_INVALID",
            Self::OutputUnwritable => "OUTPUT_UNWRITABLE",
            Self::DiskFull => "DISK_FULL",
            Self::Cancelled => "CANCELLED",
            Self::Unauthorized => "UNAUTHORIZED",
            Self::TooManyConnections => "TOO_MANY_CONNECTIONS",
            Self::QueueFull => "QUEUE_FULL",
            Self::BadRequest => "BAD_REQUEST",
            Self::Internal => "INTERNAL",
        }
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_and_the_display_form_are_the_same() {
        for code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
