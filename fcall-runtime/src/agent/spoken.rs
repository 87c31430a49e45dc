//! What was said, as traces write it down: by the conventions' own form, and without secrets.

use std::collections::HashMap;

use serde::Serialize;

use super::event::hide_in;
use crate::{
    message::{Message, Part, Role, ToolCall},
    toolbox::Toolbox,
};

#[derive(Serialize)]
struct Said {
    role: &'static str,
    parts: Vec<Piece>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Piece {
    Text { content: String },
    Reasoning { content: String },
    ToolCall { id: String, name: String, arguments: String },
    ToolCallResponse { id: String, response: String },
}

/// The messages as JSON text; what is no text is left out.
pub(super) fn messages(messages: &[Message], tools: &Toolbox) -> String {
    let calls: HashMap<&str, &ToolCall> =
        messages.iter().flat_map(Message::tool_calls).map(|call| (call.id.as_str(), call)).collect();
    let said: Vec<Said> = messages
        .iter()
        .map(|message| Said {
            role: match message.role {
                Role::System => "system",
                Role::User => "user",
                Role::Assistant => "assistant",
                Role::Tool => "tool",
            },
            parts: message.parts.iter().filter_map(|part| piece(part, &calls, tools)).collect(),
        })
        .collect();
    serde_json::to_string(&said).unwrap_or_default()
}

fn piece(part: &Part, calls: &HashMap<&str, &ToolCall>, tools: &Toolbox) -> Option<Piece> {
    Some(match part {
        Part::Text(text) | Part::Refusal(text) => Piece::Text { content: text.text.clone() },
        Part::Reasoning(text) => Piece::Reasoning { content: text.text.clone() },
        Part::ToolCall(call) => {
            let hidden = tools.secrets(&call.name).hide(&call.arguments);
            let arguments = hidden.unwrap_or_else(|| call.arguments.clone());
            Piece::ToolCall { id: call.id.clone(), name: call.name.clone(), arguments }
        }
        Part::ToolResult(result) => {
            let mut result = result.clone();
            if let Some(call) = calls.get(result.call_id.as_str()) {
                hide_in(&mut result, call, None, tools);
            }
            Piece::ToolCallResponse { id: result.call_id.clone(), response: result.to_text() }
        }
        Part::Media(_) | Part::CacheMark(_) | Part::Opaque(_) => return None,
    })
}
