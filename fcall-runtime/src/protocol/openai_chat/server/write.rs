//! Whole replies and errors.

use super::super::{
    super::{body::Object, text::Members},
    is_own,
};
use crate::message::{FinishReason, Message, Part, Response, Usage};

pub(in super::super::super) fn write_response(response: &Response) -> Vec<u8> {
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    object.field("id", response.id.as_deref().unwrap_or("chatcmpl-0"));
    object.field("object", "chat.completion");
    object.field("created", &0);
    object.field("model", response.model.as_deref().unwrap_or_default());
    let mut choices = object.list("choices");
    let mut choice = choices.object();
    choice.field("index", &0);
    message(&response.message, choice.object("message"));
    choice.json("logprobs", "null");
    let calls = response.message.tool_calls().next().is_some();
    choice.field("finish_reason", reason(response.finish.as_ref(), calls));
    choice.end();
    choices.end();
    if let Some(counts) = response.usage {
        usage(counts, object.key("usage"));
    }
    object.end();
    out
}

fn message(message: &Message, mut object: Object<'_>) {
    object.field("role", "assistant");
    let text = message.text();
    let has_calls = message.tool_calls().next().is_some();
    match text.is_empty() && has_calls {
        true => object.json("content", "null"),
        false => object.field("content", &text),
    }
    let (mut refusal, mut thoughts) = (String::new(), String::new());
    for part in &message.parts {
        match part {
            Part::Refusal(text) => refusal.push_str(&text.text),
            Part::Reasoning(text) => thoughts.push_str(&text.text),
            Part::Opaque(origin) if is_own(origin) => object.members(&origin.json),
            _ => {}
        }
    }
    match refusal.is_empty() {
        true => object.json("refusal", "null"),
        false => object.field("refusal", &refusal),
    }
    if !thoughts.is_empty() {
        object.field("reasoning_content", &thoughts);
    }
    if has_calls {
        let mut calls = object.list("tool_calls");
        for call in message.tool_calls() {
            let origin = call.origin.as_ref().filter(|origin| is_own(origin));
            let free_text = origin.is_some_and(|origin| is_custom(&origin.json));
            let mut item = calls.object();
            item.field("id", &call.id);
            if !free_text {
                item.field("type", "function");
            }
            if let Some(origin) = origin {
                item.members(&origin.json);
            }
            let mut function = item.object(if free_text { "custom" } else { "function" });
            function.field("name", &call.name);
            function.field(if free_text { "input" } else { "arguments" }, &call.arguments);
            function.end();
            item.end();
        }
        calls.end();
    }
    object.end();
}

/// Only this protocol's own JSON is written, and only where it is some.
/// The members of a call of a free-text tool.
pub(super) fn is_custom(members: &str) -> bool {
    let members = serde_json::from_str::<Members<'_>>(members).unwrap_or_default();
    members.get("type").is_some_and(|kind| kind.get() == "\"custom\"")
}

pub(super) fn reason(finish: Option<&FinishReason>, calls: bool) -> &str {
    match finish {
        Some(FinishReason::ToolCalls) => "tool_calls",
        Some(FinishReason::Length) => "length",
        Some(FinishReason::ContentFilter | FinishReason::Refusal) => "content_filter",
        Some(FinishReason::Other(other) | FinishReason::Malformed(other)) => other,
        Some(FinishReason::Stop | FinishReason::Paused) => "stop",
        None if calls => "tool_calls",
        None => "stop",
    }
}

pub(super) fn usage(usage: Usage, out: &mut Vec<u8>) {
    let mut object = Object::begin(out);
    object.field("prompt_tokens", &usage.input.unwrap_or(0));
    object.field("completion_tokens", &usage.output.unwrap_or(0));
    object.field("total_tokens", &usage.total());
    if usage.cached.is_some() || usage.cache_written.is_some() {
        let mut details = object.object("prompt_tokens_details");
        if let Some(cached) = usage.cached {
            details.field("cached_tokens", &cached);
        }
        if let Some(written) = usage.cache_written {
            details.field("cache_write_tokens", &written);
        }
        details.end();
    }
    if let Some(reasoning) = usage.reasoning {
        let mut details = object.object("completion_tokens_details");
        details.field("reasoning_tokens", &reasoning);
        details.end();
    }
    object.end();
}
