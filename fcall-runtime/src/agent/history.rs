//! Calls that a conversation leaves open.

use crate::message::{Message, Part, Role, ToolResult};

/// What the model is told of a call that the run did not live to see the end of.
pub(super) const INTERRUPTED: &str =
    "interrupted: the run ended before this call did; it may or may not have had an effect";

/// Answers every call that the conversation leaves open, directly behind the message that made it.
pub(super) fn close_calls(messages: Vec<Message>) -> Vec<Message> {
    let answered = |messages: &[Message], at: usize, id: &str| {
        messages[at + 1..].iter().take_while(|message| message.role == Role::Tool).any(|message| {
            message.parts.iter().any(|part| matches!(part, Part::ToolResult(result) if result.call_id == id))
        })
    };
    let open = |at: usize| -> Vec<ToolResult> {
        let calls = messages[at].tool_calls().filter(|call| !answered(&messages, at, &call.id));
        calls.map(|call| ToolResult::error(call, INTERRUPTED)).collect()
    };
    let missing: Vec<Vec<ToolResult>> = (0..messages.len()).map(open).collect();
    if missing.iter().all(Vec::is_empty) {
        return messages;
    }
    let mut closed = Vec::with_capacity(messages.len() + 1);
    for (message, results) in messages.into_iter().zip(missing) {
        closed.push(message);
        if !results.is_empty() {
            closed.push(Message::tool_results(results));
        }
    }
    closed
}
