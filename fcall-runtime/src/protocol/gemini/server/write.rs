//! Whole replies and errors.

use super::super::{
    super::{
        body::{List, Object},
        text::Members,
        turns::is_object,
    },
    continuation::{self, TOKEN},
    is_own,
    sources::is_sources,
};
use crate::message::{FinishReason, Origin, Part, Response, Text, Usage};

pub(in super::super::super) fn write_response(response: &Response) -> Vec<u8> {
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    let mut candidates = object.list("candidates");
    let mut candidate = candidates.object();
    let mut content = candidate.object("content");
    content.field("role", "model");
    let mut parts = content.list("parts");
    let (mut token, mut sources) = (None, Vec::new());
    for part in &response.message.parts {
        match part {
            Part::Opaque(origin) if continuation::token(origin).is_some() => token = continuation::token(origin),
            Part::Opaque(origin) if is_sources(origin) => sources.push(&origin.json),
            part => write_part(part, &mut parts),
        }
    }
    parts.end();
    content.end();
    sources.into_iter().for_each(|members| candidate.members(members));
    if let Some(token) = token {
        candidate.json(TOKEN, token.get());
    }
    candidate.field("finishReason", reason(response.finish.as_ref()));
    candidate.field("index", &0);
    candidate.end();
    candidates.end();
    tail(
        response.usage,
        response.model.as_deref().unwrap_or_default(),
        response.id.as_deref().unwrap_or("reply_0"),
        &mut object,
    );
    object.end();
    out
}

fn write_part(part: &Part, parts: &mut List<'_>) {
    match part {
        Part::Text(Text { origin: Some(origin), .. })
        | Part::Reasoning(Text { origin: Some(origin), .. })
        | Part::Opaque(origin)
            if is_own(origin) =>
        {
            parts.item().extend_from_slice(origin.json.as_bytes());
        }
        Part::Text(text) | Part::Refusal(text) => {
            let mut part = parts.object();
            part.field("text", &text.text);
            part.end();
        }
        Part::Reasoning(text) => {
            let mut part = parts.object();
            part.field("text", &text.text);
            part.field("thought", &true);
            part.end();
        }
        Part::ToolCall(call) => {
            write_call(&call.id, &call.name, &call.arguments, call.origin.as_ref(), parts.item());
        }
        Part::ToolResult(_) | Part::Media(_) | Part::CacheMark(_) | Part::Opaque(_) => {}
    }
}

/// Writes a call with what it came with; its id is the provider's, or for want of one ours.
pub(super) fn write_call(id: &str, name: &str, arguments: &str, origin: Option<&Origin>, out: &mut Vec<u8>) {
    let origin = origin.filter(|origin| is_own(origin));
    let members: Members<'_> = origin.and_then(|origin| serde_json::from_str(&origin.json).ok()).unwrap_or_default();
    let inner: Members<'_> =
        members.get("functionCall").and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default();
    let mut part = Object::begin(out);
    let mut call = part.object("functionCall");
    if inner.get("id").is_none() && !id.is_empty() {
        call.field("id", id);
    }
    call.field("name", name);
    call.json("args", if is_object(arguments) { arguments.trim() } else { "{}" });
    inner.0.iter().for_each(|(key, value)| call.json(key, value.get()));
    call.end();
    for (key, value) in members.0.iter().filter(|(key, _)| &**key != "functionCall") {
        part.json(key, value.get());
    }
    part.end();
}

pub(super) fn reason(finish: Option<&FinishReason>) -> &str {
    match finish {
        Some(FinishReason::Length) => "MAX_TOKENS",
        Some(FinishReason::ContentFilter | FinishReason::Refusal) => "SAFETY",
        Some(FinishReason::Paused) => "CONTINUATION",
        // The wire's own words are in capitals; another's mean nothing here.
        Some(FinishReason::Other(other) | FinishReason::Malformed(other)) => {
            let word = |b: u8| b.is_ascii_uppercase() || b == b'_';
            if !other.is_empty() && other.bytes().all(word) { other } else { "OTHER" }
        }
        Some(FinishReason::Stop | FinishReason::ToolCalls) | None => "STOP",
    }
}

/// What stands behind the candidates. The wire counts thinking apart from the output; what is not known is left out.
pub(super) fn tail(usage: Option<Usage>, model: &str, id: &str, object: &mut Object<'_>) {
    if let Some(usage) = usage {
        let thoughts = usage.reasoning.unwrap_or(0);
        let output = usage.output.map(|output| output.saturating_sub(thoughts));
        let total = usage.input.unwrap_or(0).saturating_add(usage.output.unwrap_or(0).max(thoughts));
        let counts = [
            ("promptTokenCount", usage.input),
            ("candidatesTokenCount", output),
            ("thoughtsTokenCount", usage.reasoning),
            ("cachedContentTokenCount", usage.cached),
            ("totalTokenCount", Some(total)),
        ];
        let mut object = object.object("usageMetadata");
        for (key, count) in counts {
            if let Some(count) = count {
                object.field(key, &count);
            }
        }
        object.end();
    }
    object.field("modelVersion", model);
    object.field("responseId", id);
}

pub(in super::super::super) fn write_error(status: u16, code: Option<&str>, message: &str) -> Vec<u8> {
    let mut out = Vec::new();
    error(status, code, message, &mut out);
    out
}

pub(super) fn error(status: u16, code: Option<&str>, message: &str, out: &mut Vec<u8>) {
    let own = |code: &&str| !code.is_empty() && code.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    let word = code.filter(own).unwrap_or(match status {
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        501 => "UNIMPLEMENTED",
        503 | 529 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        500.. => "INTERNAL",
        _ => "INVALID_ARGUMENT",
    });
    let mut object = Object::begin(out);
    let mut inner = object.object("error");
    inner.field("code", &status);
    inner.field("message", message);
    inner.field("status", word);
    inner.end();
    object.end();
}
