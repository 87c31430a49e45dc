//! What OpenAI's two wires say alike.

use super::{
    Protocol,
    body::{Object, write},
    text::Members,
};
use crate::message::{Effort, Media, Origin, ToolCall};

/// The protocol is one of OpenAI's.
pub(super) fn is_one(protocol: &str) -> bool {
    protocol == Protocol::OpenAiChat.name() || protocol == Protocol::OpenAiResponses.name()
}

/// A call of a free-text tool, in the words of either wire: what it says is no JSON, and both can say so.
pub(super) fn is_free_text(call: &ToolCall) -> bool {
    let origin = call.origin.as_ref().filter(|origin| is_one(&origin.protocol));
    let members = origin.and_then(|origin| serde_json::from_str::<Members<'_>>(&origin.json).ok());
    let kind = members.as_ref().and_then(|members| members.get("type"));
    kind.is_some_and(|kind| matches!(kind.get(), "\"custom\"" | "\"custom_tool_call\""))
}

/// How closely an image is to be looked at: both wires say it, under this key.
pub(super) const DETAIL: &str = "detail";

/// What a client says of a file besides these keys, to be put back; that an image is looked at as the service sees fit is
/// what happens anyhow.
pub(super) fn more_of_file(protocol: &str, members: &Members<'_>, known: &[&str]) -> Option<Origin> {
    members
        .kept(protocol, |key, value| !(known.contains(&key) || value == "null" || key == DETAIL && value == "\"auto\""))
}

/// What is said of a file besides, as far as a wire of the two can say it.
pub(super) fn said_of_file<'m>(protocol: &str, media: &'m Media) -> Members<'m> {
    let Some(origin) = media.origin.as_ref().filter(|origin| is_one(&origin.protocol)) else {
        return Members::default();
    };
    let mut members: Members<'m> = serde_json::from_str(&origin.json).unwrap_or_default();
    members.0.retain(|(key, _)| origin.protocol == protocol || &**key == DETAIL);
    members
}

/// How hard to think.
pub(super) fn effort(effort: Effort) -> &'static str {
    match effort {
        Effort::None => "none",
        Effort::Minimal => "minimal",
        Effort::Low => "low",
        Effort::Medium => "medium",
        Effort::High => "high",
        Effort::ExtraHigh => "xhigh",
        Effort::Max => "max",
    }
}

/// The body of an error reply.
pub(super) fn write_error(status: u16, code: Option<&str>, message: &str) -> Vec<u8> {
    let mut out = Vec::new();
    error(kind(status), code, message, &mut out);
    out
}

/// The word for errors of a status.
pub(super) fn kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

/// An error, in a reply or in an event.
pub(super) fn error(kind: &str, code: Option<&str>, message: &str, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    let mut inner = object.object("error");
    inner.field("message", message);
    inner.field("type", kind);
    inner.json("param", "null");
    match code {
        Some(code) => inner.field("code", code),
        None => write(inner.key("code"), &None::<&str>),
    }
    inner.end();
    object.end();
}
