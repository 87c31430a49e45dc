//! One whole turn of a model.

use serde::{Deserialize, Serialize};

use super::{Handover, Message, Usage};

/// What a model answered to one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Response {
    /// The assistant's message.
    pub message: Message,
    /// Why the model stopped; none where the provider did not say.
    pub finish: Option<FinishReason>,
    /// What it cost.
    pub usage: Option<Usage>,
    /// The model that answered, in the provider's words.
    pub model: Option<String>,
    /// The provider's id of the response.
    pub id: Option<String>,
    /// The models that failed before one gave this reply.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handovers: Vec<Handover>,
}

/// Why a model stopped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FinishReason {
    /// It was done, or met a stop sequence.
    Stop,
    /// It waits for its tool calls to be answered.
    ToolCalls,
    /// The limit of output tokens, or of the context, was reached.
    Length,
    /// The provider held the answer back.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// The provider paused its own work; the same conversation, sent back unchanged, goes on.
    Paused,
    /// What it wrote is of no use: a call that can't be read, or that was not to be made; the provider's word says which.
    /// The same request, sent again, may fare better.
    Malformed(String),
    /// Another reason, in the provider's words.
    Other(String),
}
