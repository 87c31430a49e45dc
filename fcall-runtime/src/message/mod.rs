//! The neutral conversation: what every protocol can be read into and written from.
//!
//! Knows no wire name. What a provider adds that has no neutral form stays on its part as an [`Origin`] and goes back,
//! byte for byte, to the protocol it came from.

mod cache;
mod call;
mod content;
mod delta;
mod format;
mod held_back;
mod notes;
mod request;
mod response;
mod shown;
mod taken;
mod usage;

pub use cache::{CacheMark, CacheTtl};
pub use call::{ToolCall, ToolResult};
pub use content::{Content, Media, Source};
pub use delta::{Assembler, Delta, Sink};
pub use format::{ResponseFormat, ResponseSchema};
pub(crate) use held_back::HeldBack;
pub use notes::{Handover, RunNotes};
pub use request::{Effort, History, Kept, Request, RequestOptions, ToolChoice, ToolSpec, ToolSpecs};
pub use response::{FinishReason, Response};
use serde::{Deserialize, Serialize};
pub(crate) use shown::{Shown, shown};
pub(crate) use taken::TakenIds;
pub use usage::Usage;

/// One message of a conversation: who speaks, and the parts in the order they were said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said, in order.
    pub parts: Vec<Part>,
}

/// Who speaks in a [`Message`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Instructions of the program.
    System,
    /// The person, or the program that asks for them.
    User,
    /// The model.
    Assistant,
    /// The program's answers to the model's tool calls.
    Tool,
}

/// One part of a [`Message`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "type")]
#[non_exhaustive]
pub enum Part {
    /// Visible text.
    Text(Text),
    /// The model declined, in these words.
    Refusal(Text),
    /// The model's thinking, readable or sealed.
    Reasoning(Text),
    /// The model asks for a tool.
    ToolCall(ToolCall),
    /// What a tool answered.
    ToolResult(ToolResult),
    /// An image or a document.
    Media(Media),
    /// What was said up to here is worth keeping in the prompt cache.
    CacheMark(CacheMark),
    /// Something a provider sent that has no neutral form: a provider-run tool, an unknown block.
    Opaque(Origin),
}

/// Text, with the provider's own form of it where that says more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Text {
    /// The text; empty where the provider sealed it.
    pub text: String,
    /// The provider's own form: signatures, encrypted thinking, citations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// A piece of JSON as one protocol sent it, kept to be sent back to that protocol unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Origin {
    /// The protocol that it came from, and the only one it goes back to.
    pub protocol: String,
    /// The JSON text, byte for byte.
    pub json: String,
}

impl Message {
    /// A message of these parts.
    pub fn new(role: Role, parts: Vec<Part>) -> Self {
        Self { role, parts }
    }

    /// Instructions of the program.
    pub fn system(text: impl Into<String>) -> Self {
        Self::new(Role::System, vec![Part::text(text)])
    }

    /// What the user says.
    pub fn user(text: impl Into<String>) -> Self {
        Self::new(Role::User, vec![Part::text(text)])
    }

    /// What the model said.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::new(Role::Assistant, vec![Part::text(text)])
    }

    /// The answers to the calls of the message before, in the order of the calls.
    pub fn tool_results(results: impl IntoIterator<Item = ToolResult>) -> Self {
        Self::new(Role::Tool, results.into_iter().map(Part::ToolResult).collect())
    }

    /// The visible text of all parts, joined with nothing between.
    pub fn text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// The tool calls, in the order the model made them.
    pub fn tool_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.parts.iter().filter_map(|part| match part {
            Part::ToolCall(call) => Some(call),
            _ => None,
        })
    }
}

impl Part {
    /// Visible text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(Text::new(text))
    }
}

impl Text {
    /// Text of one's own, without a provider's form.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), origin: None }
    }
}

impl Origin {
    /// A piece of JSON text as `protocol` sent it.
    pub fn new(protocol: impl Into<String>, json: impl Into<String>) -> Self {
        Self { protocol: protocol.into(), json: json.into() }
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::user(text)
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::user(text)
    }
}
