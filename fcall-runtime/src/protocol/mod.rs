//! Wire formats as pure code: a conversation to bytes, and bytes to the deltas of a reply.
//!
//! No I/O, no async, no environment: the client drives this room, and so can anybody else. One folder per wire format,
//! not per company: what sets two services of one format apart is data, a [`Dialect`]. The wire's structs never leave
//! their folder. [`Protocol`] is the door for both sides: a client encodes requests and decodes replies, a server (the
//! loopback server, a gateway) reads requests and writes replies.

mod anthropic;
mod body;
mod decoder;
mod dialect;
mod fault;
mod gemini;
mod hosted;
mod ids;
mod incoming;
mod limits;
mod marks;
mod offer;
mod openai;
mod openai_chat;
mod openai_responses;
mod plain;
mod scan;
mod shared;
mod sse;
mod structured;
mod text;
mod tools;
mod translate;
mod turns;
mod writer;

use std::{fmt, str::FromStr};

pub use decoder::Decoder;
pub use dialect::{
    CacheForm, CallIds, Dialect, EffortForm, LimitKey, ReasoningReplay, StrictSize, Structured, Thinking,
};
pub use incoming::{Encoded, Incoming};
pub use limits::Limits;
use serde::{Deserialize, Serialize};
pub use tools::Wire;
pub use translate::{StreamTranslator, Translated, Translator};
pub use writer::StreamWriter;

use crate::{
    error::{Error, Result},
    message::{Request, Response, Sink},
};

/// A wire format that services speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Protocol {
    /// OpenAI Chat Completions, which most compatible servers speak.
    #[serde(rename = "openai-chat")]
    OpenAiChat,
    /// OpenAI Responses.
    #[serde(rename = "openai-responses")]
    OpenAiResponses,
    /// Anthropic Messages.
    Anthropic,
    /// Gemini generateContent.
    Gemini,
}

impl Protocol {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::OpenAiChat, Self::OpenAiResponses, Self::Anthropic, Self::Gemini];

    /// The name in settings, errors and [`Origin::protocol`](crate::message::Origin::protocol): `openai-chat`,
    /// `openai-responses`, `anthropic`, `gemini`.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenAiChat => openai_chat::NAME,
            Self::OpenAiResponses => openai_responses::NAME,
            Self::Anthropic => anthropic::NAME,
            Self::Gemini => gemini::NAME,
        }
    }

    /// The body of a request, and what of the request could not be said in it.
    ///
    /// Every call on the wire is answered: one that the conversation leaves open is told "no result recorded", and an
    /// answer without a call becomes a text of the user. With a [`History`](crate::message::History) only what is new
    /// in the conversation is encoded, and only its losses are told.
    ///
    /// # Errors
    /// What can't be sent at all: a forced choice of a tool that isn't there, a tool whose schema is no JSON object or
    /// whose name the wire refuses.
    pub fn encode(self, model: &str, dialect: &Dialect, request: &Request<'_>) -> Result<Encoded> {
        match self {
            Self::OpenAiChat => openai_chat::encode(model, dialect, request),
            Self::OpenAiResponses => openai_responses::encode(model, dialect, request),
            Self::Anthropic => anthropic::encode(model, dialect, request),
            Self::Gemini => gemini::encode(model, dialect, request),
        }
    }

    /// The most tokens of a reply that a request would name, where the wire demands that it names them.
    #[cfg_attr(not(feature = "client"), allow(dead_code, reason = "only the client asks for streams by itself"))]
    pub(crate) fn limit_sent(self, dialect: &Dialect, request: &Request<'_>) -> Option<u64> {
        (self == Self::Anthropic).then(|| anthropic::limit_sent(dialect, request))
    }

    /// Reads a whole reply to a request that was accepted (2xx) into the deltas that a stream would have brought.
    ///
    /// A body that turns out to be a stream is read as one.
    ///
    /// # Errors
    /// A body that is not this protocol's, is too large, or holds an `error`.
    pub fn decode(self, body: &[u8], sink: &mut dyn Sink) -> Result<()> {
        self.decoder().read(body, sink)
    }

    /// Reads a stream as it comes in; see [`Decoder`].
    pub fn decoder(self) -> Decoder {
        Decoder::new(self)
    }

    /// The error that a reply with an error status means, whatever its body: JSON of any shape, HTML, nothing.
    ///
    /// Decides whether the same request may succeed later; what only the HTTP headers tell is the caller's to add.
    pub fn decode_error(self, status: u16, body: &[u8]) -> Error {
        fault::of_reply(status, body)
    }

    /// The server's side: reads a request body.
    ///
    /// A Gemini request says in its address, not in its body, which model is asked and whether the reply should
    /// stream: there both are the caller's to add.
    ///
    /// # Errors
    /// A body that is not this protocol's.
    pub fn read_request(self, body: &[u8]) -> Result<Incoming> {
        match self {
            Self::OpenAiChat => openai_chat::read_request(body),
            Self::OpenAiResponses => openai_responses::read_request(body),
            Self::Anthropic => anthropic::read_request(body),
            Self::Gemini => gemini::read_request(body),
        }
    }

    /// The server's side: the body of a whole reply.
    pub fn write_response(self, response: &Response) -> Vec<u8> {
        match self {
            Self::OpenAiChat => openai_chat::write_response(response),
            Self::OpenAiResponses => openai_responses::write_response(response),
            Self::Anthropic => anthropic::write_response(response),
            Self::Gemini => gemini::write_response(response),
        }
    }

    /// The server's side: a reply as a stream, delta by delta.
    pub fn stream_writer(self, model: &str) -> StreamWriter {
        StreamWriter::new(self, model)
    }

    /// The server's side: the body of an error reply.
    pub fn write_error(self, status: u16, code: Option<&str>, message: &str) -> Vec<u8> {
        match self {
            Self::OpenAiChat | Self::OpenAiResponses => openai::write_error(status, code, message),
            Self::Anthropic => anthropic::write_error(status, code, message),
            Self::Gemini => gemini::write_error(status, code, message),
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Protocol {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(|protocol| format!("`{protocol}`")).join(", ");
            Error::setup(format!("no protocol is named `{name}`: expected one of {names}"))
        })
    }
}
