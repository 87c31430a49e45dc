//! What a tool can know of the call it serves.

use std::sync::OnceLock;

use crate::{message::ToolCall, schema::Repair};

/// The call that a tool serves: its id, the tool's name, the turn.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CallContext {
    /// The id of the call; empty outside a conversation.
    pub call_id: String,
    /// The name of the tool that is called; empty outside a conversation.
    pub tool: String,
    /// The turn of the run, from 1; 0 outside a run.
    pub turn: u32,
    repairs: OnceLock<Vec<Repair>>,
}

impl CallContext {
    /// For a call outside a conversation: a test, a command.
    pub fn new() -> Self {
        Self::default()
    }

    /// For a call of a conversation.
    pub fn for_call(call: &ToolCall, turn: u32) -> Self {
        Self { call_id: call.id.clone(), tool: call.name.clone(), turn, repairs: OnceLock::new() }
    }

    /// What had to be put right in the arguments before they could be read: known once the call has begun.
    pub fn repairs(&self) -> &[Repair] {
        self.repairs.get().map_or(&[], Vec::as_slice)
    }

    /// A context is for one call: of a second one the repairs are not told.
    pub(crate) fn repaired(&self, repairs: Vec<Repair>) {
        if !repairs.is_empty() {
            let _ = self.repairs.set(repairs);
        }
    }
}
