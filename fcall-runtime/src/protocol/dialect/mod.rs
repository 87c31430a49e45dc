//! What sets services of one wire format apart, as data.
//!
//! A compatible server is a [`Dialect`], not a module. [`Dialect::of`] knows the usual services and model families;
//! whatever it guesses can be set otherwise, field by field.

mod services;
mod table;

use super::Protocol;

/// The versions of Anthropic's protocol of which something is known, oldest first.
const ANTHROPIC_VERSIONS: [&str; 2] = ["2023-06-01", "2026-10-21"];

/// How a service spells its wire format, and which of its keys it knows.
///
/// Fields that mean nothing in a protocol are ignored there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dialect {
    /// The key of the output limit (OpenAI Chat).
    pub limit_key: LimitKey,
    /// Whether `temperature` and `top_p` are taken; they are left out where not.
    pub sampling: bool,
    /// Whether `stop` is taken (OpenAI Chat; reasoning models refuse it).
    pub stop: bool,
    /// Whether `seed` is taken (OpenAI Chat).
    pub seed: bool,
    /// Whether `parallel_tool_calls` is known (OpenAI Chat).
    pub parallel_switch: bool,
    /// Whether several calls in one turn must be asked for: then they are, where nothing else was said (OpenAI Chat).
    pub parallel_on_request: bool,
    /// Whether `stream_options` is known, without which OpenAI tells no usage of a stream (OpenAI Chat).
    pub stream_options: bool,
    /// How a call of any tool is demanded: `required`, or `any` (OpenAI Chat).
    pub required: &'static str,
    /// Whether a demanded name is obeyed; where not, only the named tool is offered.
    pub enforces_name: bool,
    /// Whether `allowed_tools` is known; where not, only the allowed tools are offered (OpenAI Chat).
    pub allowed_tools: bool,
    /// Whether `content` beside calls without text is `null`; else it is an empty text (OpenAI Chat).
    pub null_content: bool,
    /// Whether a system message may stand inside the conversation; where not, it becomes a text of the user.
    pub inner_system: bool,
    /// Whether a text may stand between the calls of a turn; where not, it stands before them (OpenAI Responses).
    pub text_between_calls: bool,
    /// Whether an assistant's `refusal` is taken back; where not, it is sent as text (OpenAI Chat).
    pub refusal: bool,
    /// Whether a result may be empty (OpenAI Chat).
    pub empty_results: bool,
    /// Whether calls with arguments that are no JSON can be sent back as they came (OpenAI Chat).
    pub broken_arguments: bool,
    /// Which of the model's reasoning goes back (OpenAI Chat).
    pub reasoning: ReasoningReplay,
    /// How effort is asked for (OpenAI Chat).
    pub effort: EffortForm,
    /// Which ids of calls are taken.
    pub call_ids: CallIds,
    /// Whether the `strict` switch of a tool is known.
    pub strict: bool,
    /// Whether a tool that does not ask for it is sent in the strict form where that loses nothing.
    pub strict_if_lossless: bool,
    /// How large a schema of the strict form may be (OpenAI); a larger one goes out strict only where it was asked for,
    /// and is an error then.
    pub strict_size: StrictSize,
    /// How marks of the prompt cache are told (Anthropic, OpenAI).
    pub cache: CacheForm,
    /// How far a model is held to the form of an answer.
    pub structured: Structured,
    /// Whether it is so beside tools; where not, a form is asked for only where there are none (Gemini).
    pub structured_with_tools: bool,
    /// Whether the form of an answer is taken as plain JSON Schema; else only as OpenAPI's part of it (Gemini).
    pub json_schema: bool,
    /// Whether reasoning is asked for in sealed form, for it to be sent back (OpenAI Responses); models that do not
    /// reason refuse to be asked.
    pub encrypted_reasoning: bool,
    /// The value of the `anthropic-version` header; the newest versions know no sampling (Anthropic).
    pub anthropic_version: &'static str,
    /// The output limit where none was asked for, since the wire demands one (Anthropic).
    pub default_max_tokens: u64,
    /// Whether a conversation must begin with the user (Anthropic: the older models).
    pub user_first: bool,
    /// How thinking is asked for (Anthropic, Gemini).
    pub thinking: Thinking,
    /// Whether the tools that were called before are declared where a request offers none: the service refuses calls of tools
    /// that it is not told of. [`official`](Self::official) adds nothing to what a request says (Anthropic).
    pub declared_calls: bool,
    /// Whether a result can hold images and documents; they go behind the results where not (Gemini).
    pub media_results: bool,
    /// Whether an address of the web can stand for a file (Gemini).
    pub file_urls: bool,
    /// Whether the first call of a turn must have a signature; one made elsewhere gets a stand-in (Gemini).
    pub signatures: bool,
}

/// The key under which OpenAI Chat takes the output limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LimitKey {
    /// `max_tokens`, the first spelling, which compatible servers know.
    MaxTokens,
    /// `max_completion_tokens`, the only one that OpenAI's reasoning models take.
    MaxCompletionTokens,
}

/// Which of a model's reasoning is sent back to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReasoningReplay {
    /// None: the service refuses such keys.
    Never,
    /// Under the key that it came with.
    AsReceived,
    /// Under the key that it came with; and messages with calls but no reasoning say so with an empty text under this.
    Always(&'static str),
}

/// How an effort of reasoning is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EffortForm {
    /// It can't be.
    Unknown,
    /// `reasoning_effort`.
    Key,
}

/// Which ids of calls a service takes; others are rewritten, always in the same way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CallIds {
    /// Any text of at most this many bytes.
    Max(usize),
    /// Letters, digits, `_` and `-`.
    Word,
    /// Exactly nine letters and digits.
    Nine,
}

/// How a service is told which prompts to keep in its cache.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum CacheForm {
    /// It can't be, and need not: it keeps what it sees fit.
    #[default]
    None,
    /// With `cache_control` on content (Anthropic, and gateways to it).
    Control,
    /// With `prompt_cache_breakpoint` on content (OpenAI's newest models).
    Breakpoint,
}

/// How far a service can hold its models to the form of an answer: what a typed answer stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Structured {
    /// Not at all: a typed answer takes a forced call of a tool.
    No,
    /// To JSON, but to no schema of it.
    Json,
    /// To a schema.
    Schema,
}

/// How large the schema of a strict tool or answer may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StrictSize {
    /// OpenAI's own: 5,000 properties, 10 levels of objects, 1,000 values of enums, 120,000 characters of names and
    /// values.
    #[default]
    Large,
    /// Azure's, and OpenAI's before it raised them: 100 properties, 5 levels, 500 values, 15,000 characters.
    Small,
}

/// How models are asked to think (Anthropic, Gemini).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Thinking {
    /// They can't be.
    Unknown,
    /// With a budget of tokens.
    Budget,
    /// With an effort.
    Effort,
}

impl Dialect {
    /// The dialect that the service at `base_url` speaks with `model`, as far as known.
    ///
    /// A gateway's prefix is looked through: `openai/o3-mini` has the keys of `o3-mini`.
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::protocol::{Dialect, LimitKey, Protocol};
    ///
    /// let dialect = Dialect::of(Protocol::OpenAiChat, "https://api.openai.com/v1", "o3-mini");
    /// assert_eq!(dialect.limit_key, LimitKey::MaxCompletionTokens);
    /// assert!(!dialect.sampling);
    /// ```
    pub fn of(protocol: Protocol, base_url: &str, model: &str) -> Self {
        match protocol {
            Protocol::OpenAiChat => table::openai_chat(base_url, model),
            Protocol::OpenAiResponses => table::openai_responses(base_url, model),
            Protocol::Anthropic => table::anthropic(base_url, model),
            Protocol::Gemini => table::gemini(model),
        }
    }

    /// The version that one of these headers names, which is sent over the dialect's own: of later ones no more is known than
    /// of the latest.
    #[cfg_attr(not(feature = "client"), allow(dead_code, reason = "only the client sends headers"))]
    pub(crate) fn speak_as_told(&mut self, headers: &[(String, String)]) {
        let mut named = headers.iter().rev().filter(|(name, _)| name.eq_ignore_ascii_case("anthropic-version"));
        if let Some((_, version)) = named.next() {
            let known = ANTHROPIC_VERSIONS.iter().rev().find(|known| **known <= version.as_str());
            self.anthropic_version = known.unwrap_or(&ANTHROPIC_VERSIONS[0]);
        }
    }

    /// The dialect of the service that the protocol comes from, with this model.
    pub fn official(protocol: Protocol, model: &str) -> Self {
        match protocol {
            Protocol::OpenAiChat | Protocol::OpenAiResponses => Self::of(protocol, "https://api.openai.com/v1", model),
            Protocol::Anthropic => {
                Self { declared_calls: false, ..Self::of(protocol, "https://api.anthropic.com", model) }
            }
            Protocol::Gemini => Self::of(protocol, "https://generativelanguage.googleapis.com", model),
        }
    }

    /// Names all of the dialect that the messages of a request depend on.
    pub(super) fn key(&self, protocol: &str, more: usize) -> String {
        let switches = [
            self.null_content,
            self.inner_system,
            self.text_between_calls,
            self.refusal,
            self.empty_results,
            self.broken_arguments,
            self.user_first,
            self.media_results,
            self.file_urls,
            self.signatures,
        ];
        let bits = switches.into_iter().fold(0, |bits, switch| bits << 1 | u32::from(switch));
        let (reasoning, replayed) = match self.reasoning {
            ReasoningReplay::Never => ('n', ""),
            ReasoningReplay::AsReceived => ('r', ""),
            ReasoningReplay::Always(key) => ('a', key),
        };
        let (ids, longest) = match self.call_ids {
            CallIds::Max(bytes) => ('m', bytes),
            CallIds::Word => ('w', 0),
            CallIds::Nine => ('9', 0),
        };
        let cache = match self.cache {
            CacheForm::None => 'n',
            CacheForm::Control => 'c',
            CacheForm::Breakpoint => 'b',
        };
        // Made for every request, so without formatting.
        let mut key = String::with_capacity(64);
        key.push_str(protocol);
        key.extend([' ', reasoning, ids, cache, ' ']);
        key.push_str(replayed);
        for mut number in [usize::try_from(bits).unwrap_or(usize::MAX), longest, more] {
            key.push(' ');
            while number > 0 {
                key.push(char::from(b'0' + (number % 10) as u8));
                number /= 10;
            }
        }
        key
    }
}
