//! What a Chat Completions reply looks like: the shape of a whole body and of a chunk at once.

use std::{borrow::Cow, fmt, iter::Chain, marker::PhantomData, option, vec};

use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    super::text::{Count, Str, list, text_or_json},
    NAME,
};
use crate::{
    error::Error,
    message::{FinishReason, Usage},
};

/// A whole reply, or a chunk of a stream.
#[derive(Default, Deserialize)]
pub(super) struct Chunk<'a> {
    #[serde(borrow)]
    pub(super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) object: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) model: Option<Str<'a>>,
    #[serde(borrow, default)]
    pub(super) choices: Few<Choice<'a>>,
    // Seldom there: on the heap, so that the chunks that lack it are small.
    pub(super) usage: Option<Box<Tokens>>,
    pub(super) x_groq: Option<Box<XGroq>>,
    #[serde(borrow)]
    pub(super) error: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
pub(super) struct XGroq {
    pub(super) usage: Option<Box<Tokens>>,
}

#[derive(Default, Deserialize)]
pub(super) struct Choice<'a> {
    pub(super) index: Option<i64>,
    #[serde(borrow)]
    pub(super) delta: Option<Piece<'a>>,
    /// Of a whole reply, in the place of `delta`.
    #[serde(borrow)]
    pub(super) message: Option<Box<Piece<'a>>>,
    #[serde(borrow)]
    pub(super) finish_reason: Option<Str<'a>>,
}

/// A message, or a piece of one.
#[derive(Default, Deserialize)]
pub(super) struct Piece<'a> {
    #[serde(borrow, default)]
    pub(super) content: Content<'a>,
    #[serde(borrow)]
    pub(super) refusal: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) reasoning_content: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) reasoning: Option<Str<'a>>,
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) reasoning_details: Vec<&'a RawValue>,
    #[serde(borrow)]
    pub(super) extra_content: Option<&'a RawValue>,
    /// What the text rests on.
    #[serde(borrow, default, deserialize_with = "list")]
    pub(super) annotations: Vec<&'a RawValue>,
    /// Images that the model made.
    #[serde(borrow)]
    pub(super) images: Option<&'a RawValue>,
    /// A sound that the model made.
    #[serde(borrow)]
    pub(super) audio: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) tool_calls: Few<Call<'a>>,
    #[serde(borrow)]
    pub(super) function_call: Option<Box<Function<'a>>>,
}

/// A call, or a fragment of one.
#[derive(Default, Deserialize)]
pub(super) struct Call<'a> {
    pub(super) index: Option<i64>,
    #[serde(borrow)]
    pub(super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) function: Option<Function<'a>>,
    #[serde(borrow)]
    pub(super) custom: Option<Box<Custom<'a>>>,
    #[serde(borrow)]
    pub(super) extra_content: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
pub(super) struct Function<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) arguments: Option<Said<'a>>,
}

/// What a model wrote: a text, or an object from servers that know no better.
pub(super) enum Said<'a> {
    Text(Cow<'a, str>),
    /// A text whose escapes say nothing.
    Unreadable,
}

impl<'a> Said<'a> {
    /// The text; of an object its JSON.
    pub(super) fn text(self) -> Result<Cow<'a, str>, Error> {
        match self {
            Self::Text(text) => Ok(text),
            Self::Unreadable => Err(Error::decode(NAME, "a call's arguments are neither text nor JSON")),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Said<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        Ok(text_or_json(raw).map_or(Self::Unreadable, Self::Text))
    }
}

/// A call of a free-text tool.
#[derive(Default, Deserialize)]
pub(super) struct Custom<'a> {
    #[serde(borrow)]
    pub(super) name: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) input: Option<Said<'a>>,
}

/// A list that mostly has one entry, which needs no memory of its own; absent altogether, or `null`, it has none.
#[derive(Debug)]
pub(super) struct Few<T> {
    first: Option<T>,
    more: Vec<T>,
}

impl<T> Few<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(super) fn push(&mut self, entry: T) {
        match &self.first {
            None => self.first = Some(entry),
            Some(_) => self.more.push(entry),
        }
    }
}

impl<T> IntoIterator for Few<T> {
    type Item = T;
    type IntoIter = Chain<option::IntoIter<T>, vec::IntoIter<T>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.more)
    }
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self { first: None, more: Vec::new() }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Entries<T> {
            type Value = Few<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Few::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut few = Few::default();
                while let Some(entry) = seq.next_element()? {
                    few.push(entry);
                }
                Ok(few)
            }
        }
        deserializer.deserialize_any(Entries(PhantomData))
    }
}

/// The visible content: nothing, a text, or parts.
#[derive(Default)]
pub(super) enum Content<'a> {
    #[default]
    None,
    Text(Str<'a>),
    Parts(Vec<ContentPart<'a>>),
}

#[derive(Default, Deserialize)]
pub(super) struct ContentPart<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) text: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) refusal: Option<Str<'a>>,
    /// Mistral's thinking: a text, or texts.
    #[serde(borrow, default)]
    pub(super) thinking: Content<'a>,
    /// The part itself.
    #[serde(skip)]
    raw: Option<&'a RawValue>,
}

impl<'a> ContentPart<'a> {
    /// The part as it came, where nothing of it has a neutral form.
    pub(super) fn unknown(&self) -> Option<&'a RawValue> {
        let is_known = matches!(self.kind.as_deref(), None | Some("text" | "refusal" | "thinking"));
        let says = self.text.is_some() || self.refusal.is_some() || !matches!(self.thinking, Content::None);
        self.raw.filter(|_| !is_known && !says)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Content<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of parts")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Content::Text(Str(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Content::Text(Str(Cow::Owned(text.to_owned()))))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Content::None)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut parts = Vec::new();
                while let Some(raw) = seq.next_element::<&'de RawValue>()? {
                    let part = serde_json::from_str(raw.get()).map_err(serde::de::Error::custom)?;
                    parts.push(ContentPart { raw: Some(raw), ..part });
                }
                Ok(Content::Parts(parts))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// Token counts, with the keys of all who count.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tokens {
    pub(super) prompt_tokens: Count,
    pub(super) completion_tokens: Count,
    pub(super) total_tokens: Count,
    pub(super) prompt_tokens_details: Option<PromptDetails>,
    pub(super) completion_tokens_details: Option<CompletionDetails>,
    pub(super) prompt_cache_hit_tokens: Count,
    pub(super) cached_tokens: Count,
    pub(super) reasoning_tokens: Count,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct PromptDetails {
    pub(super) cached_tokens: Count,
    pub(super) cache_write_tokens: Count,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct CompletionDetails {
    pub(super) reasoning_tokens: Count,
}

impl Tokens {
    pub(super) fn usage(self) -> Usage {
        let prompt = self.prompt_tokens_details.unwrap_or_default();
        let completion = self.completion_tokens_details.unwrap_or_default();
        let (input, reasoning) = (self.prompt_tokens.0, completion.reasoning_tokens.0.or(self.reasoning_tokens.0));
        // Some servers count reasoning apart from the completion: the total tells.
        let apart = |output: u64| {
            let sum = input?.checked_add(output)?.checked_add(reasoning?)?;
            (Some(sum) == self.total_tokens.0).then(|| output.saturating_add(reasoning.unwrap_or(0)))
        };
        let output = self.completion_tokens.0.map(|output| apart(output).unwrap_or(output));
        Usage {
            input,
            output,
            cached: prompt.cached_tokens.0.or(self.prompt_cache_hit_tokens.0).or(self.cached_tokens.0),
            cache_written: prompt.cache_write_tokens.0,
            reasoning,
        }
    }
}

/// Why the model stopped; none where the server says nothing.
pub(super) fn finish(reason: &str) -> Option<FinishReason> {
    Some(match reason {
        "" => return None,
        "stop" | "end_turn" | "eos" | "stop_sequence" => FinishReason::Stop,
        "tool_calls" | "function_call" | "tool_use" => FinishReason::ToolCalls,
        "length" | "max_tokens" | "model_length" => FinishReason::Length,
        "content_filter" => FinishReason::ContentFilter,
        "refusal" => FinishReason::Refusal,
        other => FinishReason::Other(other.to_owned()),
    })
}
