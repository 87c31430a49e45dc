//! Whole replies and errors.

use super::super::{
    super::{
        body::{List, Object},
        turns::is_object,
    },
    container::{CONTAINER, container},
    is_own,
};
use crate::message::{FinishReason, Part, Response, Text, ToolCall, Usage};

pub(in super::super::super) fn write_response(response: &Response) -> Vec<u8> {
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    object.field("id", response.id.as_deref().unwrap_or("msg_0"));
    object.field("type", "message");
    object.field("role", "assistant");
    object.field("model", response.model.as_deref().unwrap_or_default());
    let mut content = object.list("content");
    for part in &response.message.parts {
        block(part, &mut content);
    }
    content.end();
    let calls = response.message.tool_calls().next().is_some();
    object.field("stop_reason", reason(response.finish.as_ref(), calls));
    object.json("stop_sequence", "null");
    let named = response.message.parts.iter().rev().find_map(|part| match part {
        Part::Opaque(origin) => container(origin),
        _ => None,
    });
    if let Some(named) = named {
        object.json(CONTAINER, named.get());
    }
    usage(response.usage.unwrap_or_default(), object.key("usage"));
    object.end();
    out
}

fn block(part: &Part, content: &mut List<'_>) {
    match part {
        Part::Opaque(origin) if container(origin).is_some() => {}
        Part::Text(Text { origin: Some(origin), .. })
        | Part::Reasoning(Text { origin: Some(origin), .. })
        | Part::Opaque(origin)
            if is_own(origin) =>
        {
            content.item().extend_from_slice(origin.json.as_bytes());
        }
        Part::Text(text) | Part::Refusal(text) => {
            let mut object = content.object();
            object.field("type", "text");
            object.field("text", &text.text);
            object.end();
        }
        Part::Reasoning(text) => {
            let mut object = content.object();
            object.field("type", "thinking");
            object.field("thinking", &text.text);
            object.field("signature", "");
            object.end();
        }
        Part::ToolCall(call) => {
            let mut object = content.object();
            call_head(call, &mut object);
            object.json("input", if is_object(&call.arguments) { call.arguments.trim() } else { "{}" });
            object.end();
        }
        Part::ToolResult(_) | Part::Media(_) | Part::CacheMark(_) | Part::Opaque(_) => {}
    }
}

fn call_head(call: &ToolCall, object: &mut Object<'_>) {
    object.field("type", "tool_use");
    object.field("id", &call.id);
    object.field("name", &call.name);
    if let Some(origin) = call.origin.as_ref().filter(|origin| is_own(origin)) {
        object.members(&origin.json);
    }
}

pub(super) fn reason(finish: Option<&FinishReason>, calls: bool) -> &str {
    match finish {
        Some(FinishReason::ToolCalls) => "tool_use",
        // The wire says so whenever it has calls.
        Some(FinishReason::Stop) | None if calls => "tool_use",
        Some(FinishReason::Length) => "max_tokens",
        Some(FinishReason::ContentFilter | FinishReason::Refusal) => "refusal",
        Some(FinishReason::Paused) => "pause_turn",
        Some(FinishReason::Other(other) | FinishReason::Malformed(other)) => other,
        Some(FinishReason::Stop) | None => "end_turn",
    }
}

/// The wire counts cache reads and writes apart from the input.
pub(super) fn usage(usage: Usage, out: &mut Vec<u8>) {
    let (cached, written) = (usage.cached.unwrap_or(0), usage.cache_written.unwrap_or(0));
    let input = usage.input.unwrap_or(0).saturating_sub(cached).saturating_sub(written);
    let mut object = Object::begin(out);
    object.field("input_tokens", &input);
    object.field("cache_creation_input_tokens", &written);
    object.field("cache_read_input_tokens", &cached);
    object.field("output_tokens", &usage.output.unwrap_or(0));
    if let Some(reasoning) = usage.reasoning {
        let mut details = object.object("output_tokens_details");
        details.field("thinking_tokens", &reasoning);
        details.end();
    }
    object.end();
}

pub(in super::super::super) fn write_error(status: u16, code: Option<&str>, message: &str) -> Vec<u8> {
    let mut out = Vec::new();
    error(kind(status, code), message, &mut out);
    out
}

/// The protocol's own word for an error: clients know no others.
pub(super) fn kind(status: u16, code: Option<&str>) -> &'static str {
    let own = code.and_then(|code| OWN.into_iter().find(|own| *own == code));
    // to wait does not help here
    let paid = || matches!(code?, "insufficient_quota" | "billing_hard_limit_reached").then_some("billing_error");
    own.or_else(paid).unwrap_or(match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        504 => "timeout_error",
        529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    })
}

/// All that the protocol calls an error.
const OWN: [&str; 11] = [
    "api_error",
    "authentication_error",
    "billing_error",
    "conflict_error",
    "invalid_request_error",
    "not_found_error",
    "overloaded_error",
    "permission_error",
    "rate_limit_error",
    "request_too_large",
    "timeout_error",
];

pub(super) fn error(kind: &str, message: &str, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.field("type", "error");
    let mut inner = object.object("error");
    inner.field("type", kind);
    inner.field("message", message);
    inner.end();
    object.end();
}
