//! What a Messages reply looks like, whole and as events, and what a block of it means.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    super::{
        body::Object,
        text::{Count, Members, Str},
    },
    NAME,
};
use crate::message::{FinishReason, Origin, Usage};

/// A whole reply, or the `message` of `message_start`.
#[derive(Default, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) content: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(super) stop_reason: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) stop_details: Option<StopDetails<'a>>,
    #[serde(borrow)]
    pub(super) container: Option<&'a RawValue>,
    pub(super) usage: Option<Tokens>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

/// Why a reply was refused.
#[derive(Default, Deserialize)]
pub(super) struct StopDetails<'a> {
    #[serde(borrow)]
    pub(super) explanation: Option<Str<'a>>,
}

/// An event of a stream.
#[derive(Default, Deserialize)]
pub(super) struct Event<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    #[serde(default)]
    pub(super) index: i64,
    #[serde(borrow)]
    pub(super) message: Option<Message<'a>>,
    #[serde(borrow)]
    pub(super) content_block: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) delta: Option<Piece<'a>>,
    pub(super) usage: Option<Tokens>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

/// The `delta` of a block, or of the message.
#[derive(Default, Deserialize)]
pub(super) struct Piece<'a> {
    #[serde(borrow)]
    pub(super) text: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) thinking: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) signature: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) partial_json: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) citation: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) content: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) stop_reason: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) stop_details: Option<StopDetails<'a>>,
    #[serde(borrow)]
    pub(super) container: Option<&'a RawValue>,
}

/// A content block, as far as it has a neutral form.
#[derive(Default, Deserialize)]
pub(super) struct Block<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) text: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) thinking: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) signature: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) name: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) input: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) cache_control: Option<&'a RawValue>,
    #[serde(borrow)]
    citations: Option<&'a RawValue>,
}

impl<'a> Block<'a> {
    /// What a text rests on. Of a document it says whether it may be cited, which is no list.
    pub(super) fn citations(&self) -> Vec<&'a RawValue> {
        let list = self.citations.and_then(|raw| serde_json::from_str(raw.get()).ok());
        list.unwrap_or_default()
    }
}

/// The members of a call that have no neutral form, such as `caller`.
pub(super) fn extras(block: &RawValue) -> Option<Origin> {
    let members: Members<'_> = serde_json::from_str(block.get()).ok()?;
    let known = |key: &str| matches!(key, "type" | "id" | "name" | "input" | "cache_control");
    let mut more = members.0.iter().filter(|(key, _)| !known(key)).peekable();
    more.peek()?;
    let mut out = Vec::new();
    let mut object = Object::begin(&mut out);
    for (key, value) in more {
        object.json(key, value.get());
    }
    object.end();
    Some(Origin::new(NAME, String::from_utf8(out).ok()?))
}

/// Token counts: cumulative, and without what an event leaves out.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    input_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_read_input_tokens: Count,
    output_tokens: Count,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    thinking_tokens: Count,
}

impl Tokens {
    /// Takes over the counts that a later report has.
    pub(super) fn replace(&mut self, later: Self) {
        let or = |new: Count, old: Count| Count(new.0.or(old.0));
        self.input_tokens = or(later.input_tokens, self.input_tokens);
        self.cache_creation_input_tokens = or(later.cache_creation_input_tokens, self.cache_creation_input_tokens);
        self.cache_read_input_tokens = or(later.cache_read_input_tokens, self.cache_read_input_tokens);
        self.output_tokens = or(later.output_tokens, self.output_tokens);
        self.output_tokens_details = later.output_tokens_details.or(self.output_tokens_details);
    }

    /// The wire counts cache reads and writes apart from the input.
    pub(super) fn usage(self) -> Usage {
        let (cached, written) = (self.cache_read_input_tokens.0, self.cache_creation_input_tokens.0);
        let all = |input: u64| input.saturating_add(cached.unwrap_or(0)).saturating_add(written.unwrap_or(0));
        Usage {
            input: self.input_tokens.0.map(all),
            output: self.output_tokens.0,
            cached,
            cache_written: written,
            reasoning: self.output_tokens_details.and_then(|details| details.thinking_tokens.0),
        }
    }
}

/// Why the model stopped; none where the server says nothing.
pub(super) fn finish(reason: &str) -> Option<FinishReason> {
    Some(match reason {
        "" => return None,
        "end_turn" | "stop_sequence" | "stop" => FinishReason::Stop,
        "tool_use" => FinishReason::ToolCalls,
        "max_tokens" | "model_context_window_exceeded" => FinishReason::Length,
        "refusal" => FinishReason::Refusal,
        "pause_turn" => FinishReason::Paused,
        other => FinishReason::Other(other.to_owned()),
    })
}
