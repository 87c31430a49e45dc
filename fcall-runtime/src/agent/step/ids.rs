//! The ids of calls: each stands for one call in the whole conversation, whatever the server wrote.

use std::mem;

use super::State;
use crate::message::{Message, Part};

impl State {
    /// This id, or one made from it that the conversation does not have.
    pub(in crate::agent) fn fresh_id(&self, id: String, taken: impl Fn(&str) -> bool) -> String {
        let used = |id: &str| taken(id) || self.messages.iter().flat_map(Message::tool_calls).any(|call| call.id == id);
        if !id.is_empty() && !used(&id) {
            return id;
        }
        let stem = if id.is_empty() { "call" } else { id.as_str() };
        let numbered = |n: usize| format!("{stem}_{turn}_{n}", turn = self.turns);
        (0..).map(numbered).find(|id| !used(id)).unwrap_or_default()
    }

    /// Gives a call another id where the conversation has that id already: some servers count from 0 in every reply.
    pub(super) fn rename_calls(&self, message: &mut Message) {
        for part in 0..message.parts.len() {
            let (before, rest) = message.parts.split_at_mut(part);
            let Some(Part::ToolCall(call)) = rest.first_mut() else { continue };
            let here = |id: &str| before.iter().any(|part| matches!(part, Part::ToolCall(other) if other.id == id));
            call.id = self.fresh_id(mem::take(&mut call.id), here);
        }
    }
}
