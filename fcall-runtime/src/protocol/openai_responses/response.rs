//! What a Responses reply looks like, whole and as events, and what an item of it means.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        body::Object,
        text::{Count, Members, Str, list},
    },
    NAME,
};
use crate::message::{FinishReason, Origin, Usage};

/// A whole reply, or the `response` of an event.
#[derive(Default, Deserialize)]
pub(super) struct Body<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) status: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) incomplete_details: Option<Incomplete<'a>>,
    #[serde(borrow)]
    pub(super) output: Option<Vec<&'a RawValue>>,
    pub(super) usage: Option<Tokens>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
pub(super) struct Incomplete<'a> {
    #[serde(borrow)]
    pub(super) reason: Option<Str<'a>>,
}

/// An event of a stream.
#[derive(Default, Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) object: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) response: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) item: Option<&'a RawValue>,
    pub(super) output_index: Option<i64>,
    #[serde(borrow)]
    pub(super) item_id: Option<Str<'a>>,
    pub(super) content_index: Option<i64>,
    pub(super) summary_index: Option<i64>,
    #[serde(borrow)]
    pub(super) delta: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) text: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) refusal: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) input: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

/// An output item, as far as it has a neutral form.
#[derive(Default, Deserialize)]
pub(super) struct Item<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) status: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) call_id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Str<'a>>,
    /// A text, or an object from servers that know no better.
    #[serde(borrow)]
    pub(super) arguments: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) input: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) content: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) summary: Vec<Said<'a>>,
}

/// A part of a message, of reasoning, or of its summary.
#[derive(Default, Deserialize)]
pub(super) struct Said<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) refusal: Option<Str<'a>>,
}

/// What an item is to a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ItemKind {
    Message,
    Reasoning,
    Call,
    /// No neutral form: run by the provider, or unknown.
    Other,
}

impl Item<'_> {
    pub(super) fn what(&self) -> ItemKind {
        match self.kind.as_deref() {
            Some("message") => ItemKind::Message,
            Some("reasoning") => ItemKind::Reasoning,
            Some("function_call" | "custom_tool_call") => ItemKind::Call,
            _ => ItemKind::Other,
        }
    }
}

/// The parts of an item's content, each as its own JSON; a text stands for one part.
pub(super) fn parts(content: Option<&RawValue>) -> Vec<&RawValue> {
    content.and_then(|raw| serde_json::from_str(raw.get()).ok()).unwrap_or_default()
}

/// The members of a call that have no neutral form: its own id, `namespace`, `caller`.
pub(super) fn extras(item: &RawValue) -> Option<Origin> {
    let members: Members<'_> = serde_json::from_str(item.get()).ok()?;
    let custom = members.get("type").is_some_and(|kind| kind.get() == "\"custom_tool_call\"");
    let told = |key: &str| match key {
        "call_id" | "name" => true,
        "type" | "arguments" => !custom,
        // Free-text calls are told with a status, and not taken back with one.
        "input" | "status" => custom,
        _ => false,
    };
    // The wire refuses null where a call's status stands.
    let mut more = members.0.iter().filter(|(key, value)| !told(key) && value.get() != "null").peekable();
    more.peek()?;
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    for (key, value) in more {
        object.json(key, value.get());
    }
    object.end();
    Some(Origin::new(NAME, String::from_utf8(out).ok()?))
}

/// A message as an item, and not one of its parts: a part may have any members, and is never written as an item.
pub(super) fn is_message(origin: &Origin) -> bool {
    let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
    match members.get("type") {
        Some(kind) => kind.get() == "\"message\"",
        None => members.get("role").is_some() && members.get("content").is_some(),
    }
}

/// The form of a part of a message that stands in the message's item: not to be taken for an item itself, whatever it says.
pub(super) fn part_origin(json: &str) -> Origin {
    let origin = Origin::new(NAME, json);
    match is_message(&origin) {
        true => Origin::new(NAME, format!("{{\"part\":{json}}}")),
        false => origin,
    }
}

/// An item, or a part of one, as it ended; while it goes on only its id is told.
pub(super) fn is_whole(origin: &Origin) -> bool {
    let members = serde_json::from_str::<Members<'_>>(&origin.json).unwrap_or_default();
    members.get("type").is_some() || members.get("content").is_some()
}

/// Token counts.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    input_tokens: Count,
    output_tokens: Count,
    input_tokens_details: Option<InputDetails>,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cached_tokens: Count,
    cache_write_tokens: Count,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    reasoning_tokens: Count,
}

impl Tokens {
    pub(super) fn usage(self) -> Usage {
        let input = self.input_tokens_details.unwrap_or_default();
        let output = self.output_tokens_details.unwrap_or_default();
        Usage {
            input: self.input_tokens.0,
            output: self.output_tokens.0,
            cached: input.cached_tokens.0,
            cache_written: input.cache_write_tokens.0,
            reasoning: output.reasoning_tokens.0,
        }
    }
}

/// Why the model stopped.
pub(super) fn finish(status: Option<&str>, reason: Option<&str>, calls: bool) -> FinishReason {
    match (status.unwrap_or("completed"), reason) {
        ("completed" | "", _) if calls => FinishReason::ToolCalls,
        ("completed" | "", _) => FinishReason::Stop,
        ("incomplete", Some("max_output_tokens" | "max_tokens" | "length") | None) => FinishReason::Length,
        ("incomplete", Some("content_filter")) => FinishReason::ContentFilter,
        ("incomplete", Some(reason)) => FinishReason::Other(reason.to_owned()),
        (status, _) => FinishReason::Other(status.to_owned()),
    }
}
