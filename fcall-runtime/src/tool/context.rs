//! What a tool can know of the call it serves.

use crate::message::ToolCall;

/// The call that a tool serves: its id, the tool's name, the turn.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CallContext {
    /// The id of the call; empty outside a conversation.
    pub call_id: String,
    /// The turn of the run, from 1; 0 outside a run.
    pub turn: u32,
}

impl CallContext {
    /// For a call outside a conversation: a test, a command.
    pub fn new() -> Self {
        Self::default()
    }

    /// For a call of a conversation.
    pub fn for_call(call: &ToolCall, turn: u32) -> Self {
        Self { call_id: call.id.clone(), turn }
    }
}
