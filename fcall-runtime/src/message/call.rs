//! A tool call and its answer.

use serde::{Deserialize, Serialize};

use super::{Content, Origin};

/// The model asks for a tool to be called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolCall {
    /// Links the call to its [`ToolResult`]; never empty, unique in the conversation.
    pub id: String,
    /// The tool's wire name, as the model wrote it.
    pub name: String,
    /// The arguments as the model wrote them: JSON text, or what should have been. `{}` where none came.
    pub arguments: String,
    /// The provider's own form of the call, where it says more than these fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// What the model is told of one call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolResult {
    /// The id of the [`ToolCall`] that is answered.
    pub call_id: String,
    /// The name of the tool that was called.
    pub name: String,
    /// The answer.
    pub content: Vec<Content>,
    /// The call did not do what was asked; the content says why.
    pub is_error: bool,
}

impl ToolCall {
    /// A call as a model makes it; `arguments` is JSON text.
    pub fn new(id: impl Into<String>, name: impl Into<String>, arguments: impl Into<String>) -> Self {
        Self { id: id.into(), name: name.into(), arguments: arguments.into(), origin: None }
    }
}

impl ToolResult {
    /// A result of any content.
    pub fn new(call: &ToolCall, content: Vec<Content>, is_error: bool) -> Self {
        Self { call_id: call.id.clone(), name: call.name.clone(), content, is_error }
    }

    /// A result that is a text.
    pub fn text(call: &ToolCall, text: impl Into<String>) -> Self {
        Self::new(call, vec![Content::Text(text.into())], false)
    }

    /// A result that tells what went wrong.
    pub fn error(call: &ToolCall, message: impl Into<String>) -> Self {
        Self::new(call, vec![Content::Text(message.into())], true)
    }

    /// Text and JSON of the content, joined with nothing between; media are left out.
    pub fn to_text(&self) -> String {
        self.content.iter().filter_map(Content::as_text).collect()
    }
}
