//! The decoder of a reply, whole or in pieces.

use serde::Deserialize;
use serde_json::error::Category;

use super::{
    Limits, Protocol, anthropic, gemini, openai_chat, openai_responses,
    scan::is_deeper,
    sse::{Framer, SseEvent},
};
use crate::{
    error::{Error, Kind, Result},
    message::Sink,
};

/// Reads a reply as its bytes come in, cut anywhere, into deltas.
///
/// A plain state machine: it holds no socket and never waits. A body that is a whole JSON reply where a stream was
/// asked for (proxies do that) is read as one. After an error it takes nothing more.
///
/// # Examples
/// ```
/// use fcall_runtime::{message::Assembler, protocol::Protocol};
///
/// let mut decoder = Protocol::OpenAiChat.decoder();
/// let mut reply = Assembler::new(1);
/// for piece in ["data: {\"choices\":[{\"delta\":{\"con", "tent\":\"Hello\"},\"finish_reason\":\"stop\"}]}\n\n"] {
///     decoder.feed(piece.as_bytes(), &mut reply)?;
/// }
/// decoder.finish(&mut reply)?;
/// assert_eq!(reply.finish().message.text(), "Hello");
/// # Ok::<(), fcall_runtime::Error>(())
/// ```
#[derive(Debug)]
pub struct Decoder {
    protocol: Protocol,
    limits: Limits,
    form: Form,
    machine: Machine,
    received: usize,
    failed: bool,
}

/// What the first byte that is no blank says of the rest.
#[derive(Debug)]
enum Form {
    Unknown(Vec<u8>),
    Stream(Framer),
    Whole(Vec<u8>),
}

impl Form {
    /// What a reply is that begins with these bytes.
    fn of(head: &[u8]) -> Self {
        match is_whole(head) {
            true => Self::Whole(Vec::new()),
            false => Self::Stream(Framer::default()),
        }
    }
}

/// What a wire format makes of its events.
#[derive(Debug)]
enum Machine {
    OpenAiChat(openai_chat::Reply),
    OpenAiResponses(openai_responses::Reply),
    Anthropic(anthropic::Reply),
    Gemini(gemini::Reply),
}

impl Machine {
    fn event(&mut self, event: &SseEvent<'_>, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        shallow(event.data)?;
        match self {
            Self::OpenAiChat(reply) => reply.event(event, limits, sink),
            Self::OpenAiResponses(reply) => reply.event(event, limits, sink),
            Self::Anthropic(reply) => reply.event(event, limits, sink),
            Self::Gemini(reply) => reply.event(event, limits, sink),
        }
    }

    fn whole(&mut self, json: &str, limits: &Limits, sink: &mut dyn Sink) -> Result<()> {
        shallow(json)?;
        match self {
            Self::OpenAiChat(reply) => reply.whole(json, limits, sink),
            Self::OpenAiResponses(reply) => reply.whole(json, limits, sink),
            Self::Anthropic(reply) => reply.whole(json, limits, sink),
            Self::Gemini(reply) => reply.whole(json, limits, sink),
        }
    }

    fn end(self, sink: &mut dyn Sink) -> Result<()> {
        match self {
            Self::OpenAiChat(reply) => reply.end(sink),
            Self::OpenAiResponses(reply) => reply.end(sink),
            Self::Anthropic(reply) => reply.end(sink),
            Self::Gemini(reply) => reply.end(sink),
        }
    }
}

impl Decoder {
    pub(super) fn new(protocol: Protocol) -> Self {
        let machine = match protocol {
            Protocol::OpenAiChat => Machine::OpenAiChat(openai_chat::Reply::default()),
            Protocol::OpenAiResponses => Machine::OpenAiResponses(openai_responses::Reply::default()),
            Protocol::Anthropic => Machine::Anthropic(anthropic::Reply::default()),
            Protocol::Gemini => Machine::Gemini(gemini::Reply::default()),
        };
        let form = Form::Unknown(Vec::new());
        Self { protocol, limits: Limits::default(), form, machine, received: 0, failed: false }
    }

    /// Reads a reply that is all there, without keeping it; one that is a stream after all, as such.
    pub(super) fn read(mut self, body: &[u8], sink: &mut dyn Sink) -> Result<()> {
        let start = start(body).unwrap_or_default();
        if !is_whole(&body[start..]) {
            self.feed(body, sink)?;
            return self.finish(sink);
        }
        if body.len() > self.limits.reply {
            return Err(Error::new(Kind::TooLarge { what: "the reply", limit: self.limits.reply }));
        }
        self.machine.whole(utf8(self.protocol, &body[start..])?.trim(), &self.limits, sink)
    }

    /// With these bounds.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// What is not this protocol's, an error that the service told, or a bound that was crossed. What was pushed
    /// before stands.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<()> {
        if self.failed {
            return Err(Error::decode(self.protocol.name(), "more bytes after the reply had failed"));
        }
        let done = self.take(bytes, sink);
        self.failed = done.is_err();
        done
    }

    fn take(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<()> {
        self.received = self.received.saturating_add(bytes.len());
        if self.received > self.limits.reply {
            return Err(Error::new(Kind::TooLarge { what: "the reply", limit: self.limits.reply }));
        }
        // Mostly the very first byte tells, and nothing has to be held.
        if let (Form::Unknown(head), Some(first)) = (&self.form, bytes.first())
            && head.is_empty()
            && !first.is_ascii_whitespace()
            && *first != MARK[0]
        {
            self.form = Form::of(bytes);
        }
        let held = match &mut self.form {
            Form::Unknown(head) => {
                head.extend_from_slice(bytes);
                let Some(start) = start(head) else {
                    // Nothing but blanks: they are not looked at again.
                    if head.len() >= MARK.len() {
                        head.clear();
                    }
                    return Ok(());
                };
                let head = head.split_off(start);
                self.form = Form::of(&head);
                head
            }
            _ => Vec::new(),
        };
        let bytes = if held.is_empty() { bytes } else { &held };
        match &mut self.form {
            Form::Unknown(_) => Ok(()),
            Form::Whole(body) => {
                body.extend_from_slice(bytes);
                Ok(())
            }
            Form::Stream(framer) => {
                let (machine, limits) = (&mut self.machine, &self.limits);
                let mut on_event = |event: SseEvent<'_>| machine.event(&event, limits, sink);
                framer.feed(bytes, limits, self.protocol.name(), &mut on_event)
            }
        }
    }

    /// Says that no more bytes will come.
    ///
    /// # Errors
    /// [`is_cut`](crate::Error::is_cut) where the reply never announced its end; for a whole reply, whatever is wrong
    /// with it.
    pub fn finish(mut self, sink: &mut dyn Sink) -> Result<()> {
        let protocol = self.protocol.name();
        if self.failed {
            return Err(Error::decode(protocol, "the reply had failed before its end"));
        }
        match self.form {
            Form::Unknown(_) => Err(Error::new(Kind::Cut { protocol })),
            Form::Whole(body) => {
                let json = utf8(self.protocol, &body)?;
                self.machine.whole(json.trim(), &self.limits, sink)
            }
            Form::Stream(mut framer) => {
                let (machine, limits) = (&mut self.machine, &self.limits);
                let half = framer.is_in_line();
                match framer.finish(protocol, &mut |event| machine.event(&event, limits, sink)) {
                    // A line that broke off is no event, but no fault of its own: whether the reply is whole decides.
                    Err(error) if half && (error.is_decode() || error.is_cut()) => {}
                    done => done?,
                }
                self.machine.end(sink)
            }
        }
    }
}

/// JSON, or a page that a proxy sent: nothing that comes in events.
fn is_whole(reply: &[u8]) -> bool {
    matches!(reply.first(), Some(b'{' | b'[' | b'<'))
}

/// The most levels of a reply's JSON, as many as are read of any.
const DEPTH: usize = 128;

fn shallow(json: &str) -> Result<()> {
    match is_deeper(json, DEPTH) {
        true => Err(too_deep()),
        false => Ok(()),
    }
}

pub(super) fn too_deep() -> Error {
    Error::new(Kind::TooMany { what: "levels in the reply's JSON", limit: DEPTH })
}

fn utf8(protocol: Protocol, body: &[u8]) -> Result<&str> {
    let protocol = protocol.name();
    str::from_utf8(body).map_err(|e| match e.error_len() {
        None => Error::new(Kind::Cut { protocol }),
        Some(_) => Error::decode(protocol, "not UTF-8").with_source(e),
    })
}

/// The byte order mark.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Where the reply begins, behind a byte order mark and blanks; none while only such have come.
fn start(head: &[u8]) -> Option<usize> {
    if head.len() < MARK.len() && MARK.starts_with(head) {
        return None;
    }
    let text = if head.starts_with(MARK) { MARK.len() } else { 0 };
    head[text..].iter().position(|b| !b.is_ascii_whitespace()).map(|at| text + at)
}

/// Reads JSON of a reply.
///
/// The error tells where and of what kind, but not what stood there: no message content is ever part of an error.
pub(super) fn parse<'a, T: Deserialize<'a>>(protocol: &'static str, json: &'a str) -> Result<T> {
    serde_json::from_str(json).map_err(|e| {
        let detail = match e.classify() {
            _ if json.starts_with('<') => "a page of HTML where JSON was expected".to_owned(),
            // The only message that speaks of it, and it quotes nothing.
            _ if e.to_string().contains("recursion limit") => {
                return too_deep();
            }
            Category::Eof => return Error::new(Kind::Cut { protocol }),
            Category::Data => format!("its JSON has another shape, in line {} column {}", e.line(), e.column()),
            Category::Syntax | Category::Io => format!("no JSON in line {} column {}", e.line(), e.column()),
        };
        Error::decode(protocol, detail)
    })
}
