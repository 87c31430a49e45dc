//! How a tool says that it failed, and what should happen then.

use std::fmt;

/// A failure whose consequence the tool's author chose.
///
/// Any other error a tool returns is told to the model by its `Display`, like [`ToolError::failed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolError {
    pub(crate) kind: ToolErrorKind,
    message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ToolErrorKind {
    Retry,
    Failed,
    Fatal,
}

impl ToolError {
    /// The model should try again, with other arguments: `message` tells it what was wrong with these.
    pub fn retry(message: impl fmt::Display) -> Self {
        Self { kind: ToolErrorKind::Retry, message: message.to_string() }
    }

    /// The call failed; the model is told why and decides what to do.
    pub fn failed(message: impl fmt::Display) -> Self {
        Self { kind: ToolErrorKind::Failed, message: message.to_string() }
    }

    /// The run must end; `message` goes to the program, not to the model.
    pub fn fatal(message: impl fmt::Display) -> Self {
        Self { kind: ToolErrorKind::Fatal, message: message.to_string() }
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ToolError {}
