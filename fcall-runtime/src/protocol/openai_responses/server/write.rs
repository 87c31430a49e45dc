//! Whole replies and errors, and the items of both forms of a reply.

use serde_json::value::RawValue;

use super::super::{
    super::{
        body::{List, Object},
        text::{Members, Str},
    },
    is_own,
    response::{is_message, is_whole},
};
use crate::message::{FinishReason, Part, Response, Text, ToolCall, Usage};

pub(in super::super::super) fn write_response(response: &Response) -> Vec<u8> {
    let mut items = Vec::new();
    let mut list = List::begin(&mut items);
    let mut within = false;
    for (n, part) in response.message.parts.iter().enumerate() {
        within = item(part, n, within, &mut list);
    }
    list.end();
    let mut out = Vec::new();
    let about = About {
        id: response.id.as_deref().unwrap_or("resp_0"),
        model: response.model.as_deref().unwrap_or_default(),
        status: status(response.finish.as_ref()),
        reason: reason(response.finish.as_ref()),
    };
    body(&about, &items, response.usage, &mut out);
    out
}

/// What a reply says besides its items.
pub(super) struct About<'a> {
    pub(super) id: &'a str,
    pub(super) model: &'a str,
    pub(super) status: &'a str,
    pub(super) reason: Option<&'a str>,
}

/// A reply; `items` is a list.
pub(super) fn body(about: &About<'_>, items: &[u8], counts: Option<Usage>, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.field("id", about.id);
    object.field("object", "response");
    object.field("created_at", &0);
    object.field("status", about.status);
    match about.reason.filter(|_| about.status == "failed") {
        Some(word) => {
            let mut error = object.object("error");
            error.field("code", "server_error");
            error.field("message", &format!("what the model wrote is of no use: {word}"));
            error.end();
        }
        None => object.json("error", "null"),
    }
    match about.reason.filter(|_| about.status != "failed") {
        Some(reason) => {
            let mut details = object.object("incomplete_details");
            details.field("reason", reason);
            details.end();
        }
        None => object.json("incomplete_details", "null"),
    }
    object.json("instructions", "null");
    object.object("metadata").end();
    object.field("model", about.model);
    object.key("output").extend_from_slice(items);
    object.field("parallel_tool_calls", &true);
    object.json("temperature", "null");
    object.json("top_p", "null");
    object.field("tool_choice", "auto");
    object.list("tools").end();
    match counts {
        Some(counts) => usage(counts, object.key("usage")),
        None => object.json("usage", "null"),
    }
    object.end();
}

/// Writes a part as an item; `within` says that the item before has this part too, as what is returned does of the next.
fn item(part: &Part, n: usize, within: bool, list: &mut List<'_>) -> bool {
    match part {
        Part::Text(Text { origin: Some(origin), .. }) | Part::Refusal(Text { origin: Some(origin), .. })
            if is_own(origin) && (within || is_message(origin)) =>
        {
            if is_message(origin) {
                list.item().extend_from_slice(origin.json.as_bytes());
            }
            true
        }
        Part::Reasoning(Text { origin: Some(origin), .. }) | Part::Opaque(origin)
            if is_own(origin) && is_whole(origin) =>
        {
            list.item().extend_from_slice(origin.json.as_bytes());
            // A message whose first part says nothing has the others all the same.
            is_message(origin)
        }
        Part::Text(text) | Part::Refusal(text) => {
            let refusal = matches!(part, Part::Refusal(_));
            message(&format!("msg_{n}"), "completed", Some((&text.text, refusal)), list.item());
            false
        }
        Part::Reasoning(text) => {
            if !text.text.is_empty() {
                reasoning(&format!("rs_{n}"), &text.text, list.item());
            }
            false
        }
        Part::ToolCall(call) => {
            self::call(&format!("fc_{n}"), "completed", call, list.item());
            false
        }
        Part::ToolResult(_) | Part::Media(_) | Part::CacheMark(_) | Part::Opaque(_) => false,
    }
}

/// An item of text; none where it only begins.
pub(super) fn message(id: &str, status: &str, text: Option<(&str, bool)>, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.field("id", id);
    object.field("type", "message");
    object.field("role", "assistant");
    object.field("status", status);
    let mut content = object.list("content");
    if let Some((text, refusal)) = text {
        part(text, refusal, content.item());
    }
    content.end();
    object.end();
}

/// A part of a message.
pub(super) fn part(text: &str, refusal: bool, out: &mut Vec<u8>) {
    let mut part = Object::begin(out);
    match refusal {
        true => {
            part.field("type", "refusal");
            part.field("refusal", text);
        }
        false => {
            part.field("type", "output_text");
            part.field("text", text);
            part.list("annotations").end();
        }
    }
    part.end();
}

pub(super) fn reasoning(id: &str, text: &str, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.field("id", id);
    object.field("type", "reasoning");
    let mut summary = object.list("summary");
    if !text.is_empty() {
        summary_part(text, summary.item());
    }
    summary.end();
    object.end();
}

pub(super) fn summary_part(text: &str, out: &mut Vec<u8>) {
    let mut said = Object::begin(out);
    said.field("type", "summary_text");
    said.field("text", text);
    said.end();
}

/// A call of a free-text tool.
pub(super) fn is_custom(call: &ToolCall) -> bool {
    let origin = call.origin.as_ref().filter(|origin| is_own(origin));
    let members = origin.and_then(|origin| serde_json::from_str::<Members<'_>>(&origin.json).ok());
    members.is_some_and(|members| members.get("type").is_some())
}

/// A call; an own form of it says more, and its own id.
pub(super) fn call(id: &str, status: &str, call: &ToolCall, out: &mut Vec<u8>) {
    let origin = call.origin.as_ref().filter(|origin| is_own(origin)).map(|origin| origin.json.as_str());
    let members = serde_json::from_str::<Members<'_>>(origin.unwrap_or("{}")).unwrap_or_default();
    let custom = is_custom(call);
    let mut object = Object::begin(out);
    if members.get("id").is_none() {
        object.field("id", id);
    }
    if !custom {
        object.field("type", "function_call");
    }
    object.field("call_id", &call.id);
    object.field("name", &call.name);
    object.field(if custom { "input" } else { "arguments" }, &call.arguments);
    // What the provider said of its status while the call went on is no news of its end.
    let cut = status == "incomplete";
    if cut || members.get("status").is_none() {
        object.field("status", status);
    }
    for (key, value) in members.0.iter().filter(|(key, _)| !(cut && &**key == "status")) {
        object.json(key, value.get());
    }
    object.end();
}

/// An item under the id that it was announced with.
pub(super) fn with_id(item: &str, id: &str) -> Vec<u8> {
    let members = serde_json::from_str::<Members<'_>>(item).unwrap_or_default();
    let same = |raw: &RawValue| serde_json::from_str::<Str<'_>>(raw.get()).is_ok_and(|own| &*own == id);
    if members.get("id").is_some_and(same) {
        return item.as_bytes().to_vec();
    }
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    object.field("id", id);
    for (key, value) in members.0.iter().filter(|(key, _)| &**key != "id") {
        object.json(key, value.get());
    }
    object.end();
    out
}

pub(super) fn status(finish: Option<&FinishReason>) -> &'static str {
    match finish {
        Some(FinishReason::Length | FinishReason::ContentFilter) => "incomplete",
        Some(FinishReason::Malformed(_)) => "failed",
        _ => "completed",
    }
}

pub(super) fn reason(finish: Option<&FinishReason>) -> Option<&str> {
    match finish {
        Some(FinishReason::Length) => Some("max_output_tokens"),
        Some(FinishReason::ContentFilter) => Some("content_filter"),
        Some(FinishReason::Malformed(word)) => Some(word),
        _ => None,
    }
}

fn usage(usage: Usage, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.field("input_tokens", &usage.input.unwrap_or(0));
    let mut details = object.object("input_tokens_details");
    details.field("cached_tokens", &usage.cached.unwrap_or(0));
    details.field("cache_write_tokens", &usage.cache_written.unwrap_or(0));
    details.end();
    object.field("output_tokens", &usage.output.unwrap_or(0));
    let mut details = object.object("output_tokens_details");
    details.field("reasoning_tokens", &usage.reasoning.unwrap_or(0));
    details.end();
    object.field("total_tokens", &usage.total());
    object.end();
}
