//! What a model is asked: the conversation so far, the tools, and how to answer.

use std::{
    fmt,
    sync::{Arc, PoisonError},
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{CacheMark, Message, Origin, ResponseFormat, RunNotes, Shown, taken::TakenIds};
use crate::sync::Mutex;

/// One request to a model.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Request<'a> {
    /// The conversation so far; system messages stand where they were said.
    pub messages: &'a [Message],
    /// The tools the model may call.
    pub tools: &'a ToolSpecs,
    /// Whether it may, must or must not call one.
    pub tool_choice: &'a ToolChoice,
    /// The form that the answer must have; none where it is free.
    pub format: Option<&'a ResponseFormat>,
    /// Everything else that was asked for.
    pub options: &'a RequestOptions,
    /// Whether the reply should come in pieces.
    pub stream: bool,
    /// The encoded form of the conversation, kept between the requests of one run.
    pub history: Option<&'a History>,
    /// What is known of the run that it belongs to.
    pub notes: Option<&'a RunNotes>,
}

impl<'a> Request<'a> {
    /// A whole (not streamed) request with automatic tool choice.
    pub fn new(messages: &'a [Message], tools: &'a ToolSpecs, options: &'a RequestOptions) -> Self {
        let tool_choice = &ToolChoice::Auto;
        Self { messages, tools, tool_choice, format: None, options, stream: false, history: None, notes: None }
    }

    /// With this tool choice.
    #[must_use]
    pub fn tool_choice(mut self, choice: &'a ToolChoice) -> Self {
        self.tool_choice = choice;
        self
    }

    /// With an answer of this form.
    #[must_use]
    pub fn format(mut self, format: &'a ResponseFormat) -> Self {
        self.format = Some(format);
        self
    }

    /// In pieces, or whole.
    #[must_use]
    pub fn stream(mut self, stream: bool) -> Self {
        self.stream = stream;
        self
    }

    /// Keeps the encoded form of the conversation in `history`, and what is known of its run; see there for what that
    /// asks of the caller.
    #[must_use]
    pub fn history(mut self, history: &'a History) -> Self {
        self.history = Some(history);
        self.notes = Some(history.notes());
        self
    }

    /// With what is known of the run that it belongs to.
    #[must_use]
    pub fn notes(mut self, notes: &'a RunNotes) -> Self {
        self.notes = Some(notes);
        self
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, tools, tool_choice, format, options, stream, history, notes } = self;
        f.debug_struct("Request")
            .field("messages", &Shown::new(messages))
            .field("tools", tools)
            .field("tool_choice", tool_choice)
            .field("format", format)
            .field("options", options)
            .field("stream", stream)
            .field("history", history)
            .field("notes", notes)
            .finish()
    }
}

/// Whether the model may, must or must not call a tool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    #[default]
    Auto,
    /// No call.
    None,
    /// At least one call, of any tool.
    Required,
    /// A call of the tool with this name.
    Tool(String),
    /// At least one call, of one of these tools.
    AnyOf(Vec<String>),
    /// The model decides, and may call none but these tools.
    AutoOf(Vec<String>),
}

impl ToolChoice {
    /// A call of the tool with this wire name; see `tool::<T>()` for a name that the compiler checks.
    pub fn named(name: impl Into<String>) -> Self {
        Self::Tool(name.into())
    }

    /// At least one call, of one of these tools.
    pub fn any_of(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::AnyOf(names.into_iter().map(Into::into).collect())
    }

    /// The model decides, and may call none but these tools.
    pub fn auto_of(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self::AutoOf(names.into_iter().map(Into::into).collect())
    }

    /// The model has to make a call.
    pub fn is_forced(&self) -> bool {
        matches!(self, Self::Required | Self::Tool(_) | Self::AnyOf(_))
    }

    /// Whether this choice lets the model call the tool of that name.
    pub fn allows(&self, name: &str) -> bool {
        match self {
            Self::Auto | Self::Required => true,
            Self::None => false,
            Self::Tool(only) => only == name,
            Self::AnyOf(names) | Self::AutoOf(names) => names.iter().any(|n| n == name),
        }
    }
}

/// How hard a reasoning model should think.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Effort {
    /// Not at all.
    None,
    /// As little as it can.
    Minimal,
    /// A little.
    Low,
    /// As it usually does.
    Medium,
    /// A lot.
    High,
    /// More than that, where the model can.
    #[serde(rename = "xhigh")]
    ExtraHigh,
    /// As much as it can.
    Max,
}

/// The options of a request; what is not set is not sent, and the provider's default holds.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct RequestOptions {
    /// The most tokens the model may generate in one reply, thinking included.
    pub max_tokens: Option<u64>,
    /// Randomness, 0 to 2 (Anthropic: to 1).
    pub temperature: Option<f64>,
    /// Nucleus sampling, 0 to 1.
    pub top_p: Option<f64>,
    /// Texts that end the reply.
    pub stop: Vec<String>,
    /// For repeatable replies, where the provider has it.
    pub seed: Option<u64>,
    /// How hard to think.
    pub reasoning: Option<Effort>,
    /// Whether the model may make several calls in one turn.
    pub parallel_calls: Option<bool>,
    /// More keys of the request body, as the provider spells them; they win over the keys above.
    pub extra: Map<String, Value>,
    /// More HTTP headers. Their values are never shown, and never saved.
    #[serde(skip)]
    pub headers: Vec<(String, String)>,
}

impl fmt::Debug for RequestOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("RequestOptions")
            .field("max_tokens", &self.max_tokens)
            .field("temperature", &self.temperature)
            .field("top_p", &self.top_p)
            .field("stop", &self.stop)
            .field("seed", &self.seed)
            .field("reasoning", &self.reasoning)
            .field("parallel_calls", &self.parallel_calls)
            .field("extra", &self.extra)
            .field("headers", &headers)
            .finish()
    }
}

/// A tool as a model is told of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToolSpec {
    /// The wire name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// Its parameters as plain JSON Schema text: an object.
    pub schema: String,
    /// Must be sent in the provider's strict form.
    pub strict: bool,
    /// May be sent so where nothing is lost: who carries out its calls reads `null` as left out.
    pub strict_if_lossless: bool,
    /// The tools up to this one are worth keeping in the prompt cache.
    pub cache: Option<CacheMark>,
    /// What else a client said of it in its own protocol: the members of a JSON object, put back for that protocol.
    pub origin: Option<Origin>,
}

impl ToolSpec {
    /// A tool with its parameters as JSON Schema text.
    pub fn new(name: impl Into<String>, description: impl Into<String>, schema: impl Into<String>) -> Self {
        let (name, description, schema) = (name.into(), description.into(), schema.into());
        Self { name, description, schema, strict: false, strict_if_lossless: false, cache: None, origin: None }
    }
}

/// The tools of a request, with each protocol's encoded form of them: made once, copied as bytes from then on.
#[derive(Debug, Default)]
pub struct ToolSpecs {
    specs: Vec<ToolSpec>,
    hosted: Vec<Origin>,
    encoded: Mutex<Vec<(String, Arc<[String]>)>>,
    /// The set that these are some of, and their places in it.
    part_of: Option<(Arc<ToolSpecs>, Vec<usize>)>,
}

impl PartialEq for ToolSpecs {
    fn eq(&self, other: &Self) -> bool {
        self.specs == other.specs
    }
}

impl ToolSpecs {
    /// These tools, in the order in which they go on the wire.
    pub fn new(specs: Vec<ToolSpec>) -> Self {
        Self { specs, hosted: Vec::new(), encoded: Mutex::default(), part_of: None }
    }

    /// Those at these places, in this order; what is encoded of all of them is taken over, and not made anew.
    pub fn subset(self: &Arc<Self>, places: impl IntoIterator<Item = usize>) -> Self {
        let places: Vec<usize> = places.into_iter().filter(|at| *at < self.specs.len()).collect();
        let specs = places.iter().map(|at| self.specs[*at].clone()).collect();
        let hosted = self.hosted.clone();
        Self { specs, hosted, encoded: Mutex::default(), part_of: Some((Arc::clone(self), places)) }
    }

    /// With tools that a provider runs itself, or knows by their type: searches, interpreters, a computer.
    ///
    /// Each is one entry of the list of tools as its protocol writes it. They go out behind the others, to that
    /// protocol alone; to any other each is a loss.
    ///
    /// # Examples
    /// ```
    /// use fcall_runtime::message::{Origin, ToolSpecs};
    ///
    /// let search = r#"{"type":"web_search_20250305","name":"web_search"}"#;
    /// let tools = ToolSpecs::new(Vec::new()).with_hosted(vec![Origin::new("anthropic", search)]);
    /// assert_eq!(tools.hosted().len(), 1);
    /// ```
    #[must_use]
    pub fn with_hosted(mut self, tools: Vec<Origin>) -> Self {
        self.hosted = tools;
        self
    }

    /// The tools that a provider runs itself, as its protocol writes them.
    pub fn hosted(&self) -> &[Origin] {
        &self.hosted
    }

    /// The tools, in the order in which they go on the wire.
    pub fn as_slice(&self) -> &[ToolSpec] {
        &self.specs
    }

    /// There are none that the program carries out.
    pub fn is_empty(&self) -> bool {
        self.specs.is_empty()
    }

    /// The encoded form of each tool, in order, made by `encode` the first time `key` (a protocol and its dialect) is
    /// asked for.
    pub fn encoded<E>(
        &self,
        key: &str,
        encode: impl FnMut(&ToolSpec) -> Result<String, E>,
    ) -> Result<Arc<[String]>, E> {
        let mut all = self.encoded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, encoded)) = all.iter().find(|(k, _)| k == key) {
            return Ok(Arc::clone(encoded));
        }
        let encoded: Arc<[String]> = match &self.part_of {
            None => self.specs.iter().map(encode).collect::<Result<_, _>>()?,
            Some((whole, places)) => {
                let whole = whole.encoded(key, encode)?;
                places.iter().filter_map(|at| whole.get(*at).cloned()).collect()
            }
        };
        all.push((key.to_owned(), Arc::clone(&encoded)));
        Ok(encoded)
    }
}

/// The encoded form of a conversation, kept so that a turn costs what is new in it and not what came before.
///
/// One `History` goes with one conversation that only grows: who changes or removes a message must start a new one.
#[derive(Debug, Default)]
pub struct History {
    encoded: Mutex<Encoded>,
    notes: RunNotes,
}

#[derive(Debug, Default)]
struct Encoded {
    key: String,
    kept: Kept,
}

/// What of a conversation is already encoded, in the order of its messages.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Kept {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How many messages they hold for good, and in how many bytes.
    pub settled: (usize, usize),
    /// How many messages they hold as long as nothing comes that belongs to the last of them.
    pub messages: usize,
    /// The ids of the calls in them.
    pub(crate) ids: TakenIds,
}

impl History {
    /// Calls `encode` with what is already encoded for `key`, which names all that the bytes depend on. It appends what
    /// is new, and returns what else the caller wants.
    pub fn extend<R>(&self, key: &str, encode: impl FnOnce(&mut Kept) -> R) -> R {
        let mut encoded = self.encoded.lock().unwrap_or_else(PoisonError::into_inner);
        if encoded.key != key {
            *encoded = Encoded { key: key.to_owned(), kept: Kept::default() };
        }
        encode(&mut encoded.kept)
    }

    /// What is known of the conversation's run beside its messages.
    pub fn notes(&self) -> &RunNotes {
        &self.notes
    }
}
