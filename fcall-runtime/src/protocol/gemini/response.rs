//! What a generateContent reply looks like, whole and as a chunk of a stream, and what a part of it means.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, Visitor},
};
use serde_json::{Number, value::RawValue};

use super::{
    super::{
        body::Object,
        text::{Count, Members, Str, list},
    },
    NAME,
};
use crate::message::{FinishReason, Origin, Usage};

/// A whole reply, or a chunk of a stream: they look the same.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Chunk<'a> {
    #[serde(borrow)]
    pub(super) candidates: Option<Vec<Candidate<'a>>>,
    #[serde(borrow)]
    pub(super) prompt_feedback: Option<Feedback<'a>>,
    pub(super) usage_metadata: Option<Tokens>,
    #[serde(borrow)]
    pub(super) model_version: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) response_id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Candidate<'a> {
    #[serde(default)]
    pub(super) index: Count,
    #[serde(borrow)]
    pub(super) content: Option<Content<'a>>,
    #[serde(borrow)]
    pub(super) finish_reason: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) finish_message: Option<Str<'a>>,
    /// With this the rest of a paused reply is asked for.
    #[serde(borrow)]
    pub(super) continuation_token: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) grounding_metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) url_context_metadata: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) citation_metadata: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
pub(super) struct Content<'a> {
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) parts: Vec<&'a RawValue>,
}

/// Why a prompt was not answered at all.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Feedback<'a> {
    #[serde(borrow)]
    pub(super) block_reason: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) block_reason_message: Option<Str<'a>>,
}

/// A part, as far as it has a neutral form. Requests may spell keys in either way.
#[derive(Default)]
pub(super) struct Part<'a> {
    pub(super) text: Option<Str<'a>>,
    pub(super) thought: bool,
    pub(super) signed: bool,
    pub(super) call: Option<&'a RawValue>,
    pub(super) result: Option<&'a RawValue>,
    pub(super) inline: Option<&'a RawValue>,
    pub(super) file: Option<&'a RawValue>,
    /// It has other members.
    pub(super) more: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for Part<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Part<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a part")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut part = Part::default();
                while let Some(key) = map.next_key::<Str<'_>>()? {
                    match &*key {
                        "text" => part.text = map.next_value()?,
                        "thought" => part.thought = map.next_value::<Option<bool>>()?.unwrap_or(false),
                        "thoughtSignature" | "thought_signature" => {
                            part.signed = map.next_value::<Option<IgnoredAny>>()?.is_some();
                        }
                        "functionCall" | "function_call" => part.call = map.next_value()?,
                        "functionResponse" | "function_response" => part.result = map.next_value()?,
                        "inlineData" | "inline_data" => part.inline = map.next_value()?,
                        "fileData" | "file_data" => part.file = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            part.more = true;
                        }
                    }
                }
                Ok(part)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

/// A call, or a fragment of one.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Call<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) args: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) partial_args: Vec<Fragment<'a>>,
    pub(super) will_continue: Option<bool>,
}

/// A piece of a call's arguments: where it belongs, and what stands there.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Fragment<'a> {
    #[serde(borrow)]
    pub(super) json_path: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) string_value: Option<Str<'a>>,
    pub(super) number_value: Option<Number>,
    pub(super) bool_value: Option<bool>,
    pub(super) null_value: Option<IgnoredAny>,
}

/// What a call says besides its name and arguments: the members of its part, and under `functionCall` its own.
pub(super) fn extras(part: &RawValue) -> Option<Origin> {
    let members: Members<'_> = serde_json::from_str(part.get()).ok()?;
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    let mut any = false;
    for (key, value) in &members.0 {
        if !matches!(&**key, "functionCall" | "function_call") {
            object.json(key, value.get());
            any = true;
            continue;
        }
        let own: Members<'_> = serde_json::from_str(value.get()).ok()?;
        let known = |key: &str| matches!(key, "name" | "args" | "partialArgs" | "willContinue");
        let mut own = own.0.iter().filter(|(key, value)| !known(key) && value.get() != "null").peekable();
        if own.peek().is_some() {
            let mut call = object.object("functionCall");
            own.for_each(|(key, value)| call.json(key, value.get()));
            call.end();
            any = true;
        }
    }
    object.end();
    any.then(|| String::from_utf8(out).ok().map(|json| Origin::new(NAME, json)))?
}

/// Token counts: each report is of the whole reply so far, and leaves out what is 0.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Tokens {
    prompt_token_count: Count,
    tool_use_prompt_token_count: Count,
    cached_content_token_count: Count,
    candidates_token_count: Count,
    thoughts_token_count: Count,
}

impl Tokens {
    /// It has a count: some chunks only name the kind of traffic.
    pub(super) fn counts(self) -> bool {
        let all = [
            self.prompt_token_count,
            self.tool_use_prompt_token_count,
            self.cached_content_token_count,
            self.candidates_token_count,
            self.thoughts_token_count,
        ];
        all.iter().any(|count| count.0.is_some())
    }

    /// The wire counts thinking apart from the output, and what provider-run tools put in apart from the input.
    pub(super) fn usage(self) -> Usage {
        let sum = |a: Count, b: Count| match (a.0, b.0) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
        };
        Usage {
            input: sum(self.prompt_token_count, self.tool_use_prompt_token_count),
            output: sum(self.candidates_token_count, self.thoughts_token_count),
            cached: self.cached_content_token_count.0,
            cache_written: None,
            reasoning: self.thoughts_token_count.0,
        }
    }
}

/// Why the model stopped; the wire has one word for an answer and for calls.
pub(super) fn finish(reason: &str, calls: bool) -> FinishReason {
    match reason {
        "STOP" if calls => FinishReason::ToolCalls,
        "STOP" => FinishReason::Stop,
        "MAX_TOKENS" => FinishReason::Length,
        "SAFETY"
        | "RECITATION"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "LANGUAGE"
        | "MODEL_ARMOR"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION" => FinishReason::ContentFilter,
        "CONTINUATION" => FinishReason::Paused,
        reason if voids_calls(reason) => FinishReason::Malformed(reason.to_owned()),
        other => FinishReason::Other(other.to_owned()),
    }
}

/// Whether the service takes back the calls of a reply that ends so: they are not to be carried out.
pub(super) fn voids_calls(reason: &str) -> bool {
    reason.starts_with("MALFORMED_")
        || matches!(reason, "UNEXPECTED_TOOL_CALL" | "TOO_MANY_TOOL_CALLS" | "MISSING_THOUGHT_SIGNATURE")
}
