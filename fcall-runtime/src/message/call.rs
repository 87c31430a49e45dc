//! A tool call and its answer.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Content, Origin};

/// The model asks for a tool to be called.
///
/// `Debug` shows the arguments as they may be [shown](Self::shown).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolCall {
    /// Links the call to its [`ToolResult`]; never empty, unique in the conversation.
    pub id: String,
    /// The tool's wire name, as the model wrote it.
    ///
    /// Of a tool that was [deferred](crate::agent::AgentBuilder::defer) it is that tool's own, though the model wrote
    /// the name of another, by which it is called: [`said_name`](Self::said_name).
    pub name: String,
    /// The arguments as the model wrote them: JSON text, or what should have been. `{}` where none came.
    pub arguments: String,
    /// The provider's own form of the call, where it says more than these fields.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The arguments without their secrets, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) shown: Option<String>,
    /// The model's own words, where it made the call by way of another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) said: Option<Box<Said>>,
}

/// A call in the model's own words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    pub(crate) name: String,
    pub(crate) arguments: String,
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
        Self { id: id.into(), name: name.into(), arguments: arguments.into(), origin: None, shown: None, said: None }
    }

    /// The name that the model wrote: what stands in the conversation as services see it.
    pub fn said_name(&self) -> &str {
        self.said.as_ref().map_or(&self.name, |said| &said.name)
    }

    /// The arguments beside that name, to the letter.
    pub fn said_arguments(&self) -> &str {
        self.said.as_ref().map_or(&self.arguments, |said| &said.arguments)
    }

    /// The model meant a call of this tool with these arguments, and made it by way of another.
    pub(crate) fn meant(&mut self, name: String, arguments: String) {
        let name = std::mem::replace(&mut self.name, name);
        let arguments = std::mem::replace(&mut self.arguments, arguments);
        self.said = Some(Box::new(Said { name, arguments }));
    }

    /// The arguments as they may be shown: where the tool has `#[arg(secret)]` parameters, without these.
    ///
    /// Known once an agent has taken the call in, or [`Toolbox::hide_secrets`](crate::toolbox::Toolbox::hide_secrets).
    pub fn shown(&self) -> &str {
        self.shown.as_deref().unwrap_or(&self.arguments)
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

impl fmt::Debug for ToolCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut call = f.debug_struct("ToolCall");
        call.field("id", &self.id).field("name", &self.name).field("arguments", &self.shown());
        // What was said beside it has the arguments too.
        if self.said.is_some() {
            call.field("said_name", &self.said_name());
        }
        // The provider's own form has the arguments too.
        match (&self.shown, &self.origin) {
            (Some(_), Some(_)) => call.finish_non_exhaustive(),
            (_, origin) => call.field("origin", origin).finish(),
        }
    }
}
