//! What goes wrong for the *host*: one opaque type, asked by predicates.
//!
//! What goes wrong for the *model* is never an error: it is a [`ToolResult`](crate::message::ToolResult) it can read.
//! The kinds stay private so that they can grow; rooms above hang what they want to keep on an error (the agent: the
//! run so far) with `Error::attach`.

use std::{any::Any, borrow::Cow, error::Error as StdError, fmt, time::Duration};

/// A result with fcall's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// What a program that runs tools and models has to handle.
///
/// `Display` says what happened at this level, [`source`](StdError::source) has the rest. `Debug` prints the message
/// and its causes, one a line, so that `fn main() -> fcall::Result<()>` ends in something a person can read. No key
/// and no message content is ever part of it.
pub struct Error(Box<Inner>);

struct Inner {
    kind: Kind,
    source: Option<BoxError>,
    attached: Option<Box<dyn Any + Send + Sync>>,
}

#[derive(Debug)]
pub(crate) enum Kind {
    /// No connection to the service.
    #[cfg_attr(not(feature = "client"), allow(dead_code, reason = "only the client has connections"))]
    Connect(String),
    /// The connection was lost, or what came over it was no HTTP.
    #[cfg_attr(not(feature = "client"), allow(dead_code, reason = "only the client has connections"))]
    Transport(String),
    /// Nothing came for this long.
    #[cfg_attr(not(feature = "client"), allow(dead_code, reason = "only the client has connections"))]
    Idle(Duration),
    /// The service answered with an error.
    Service(Box<ServiceFault>),
    /// A reply that is not what its protocol says.
    Decode { protocol: &'static str, detail: String },
    /// A stream ended before its end was announced.
    Cut { protocol: &'static str },
    /// A bound of ours was crossed.
    TooLarge { what: &'static str, limit: usize },
    /// A bound of ours that is no size was crossed.
    TooMany { what: &'static str, limit: usize },
    /// The conversation can't be said in this protocol.
    Encode { protocol: &'static str, detail: String },
    /// The set of tools can't be used as it is.
    Tools(String),
    /// The program asked for something that isn't there: a key, a state, a service.
    Setup(String),
    /// A conversation from elsewhere is not in order.
    History(String),
    /// What a run writes down can't be written or read.
    Journal(String),
    /// A hook of the program failed.
    Hook(String),
    /// A decision does not fit the call it is given for.
    Decision(String),
    /// A run ended without an answer of the type that was asked for; what is wrong with the last one is content.
    Answer { why: String, wrong: String },
    /// A tool said that the run must end.
    Fatal { tool: String, message: String },
}

/// An error as the service told it.
#[derive(Debug, Default)]
pub(crate) struct ServiceFault {
    /// HTTP status; none where the error came inside a reply that began well.
    pub status: Option<u16>,
    /// The service's own words.
    pub message: String,
    /// Its machine code (`insufficient_quota`) or its error type where it has no code.
    pub code: Option<String>,
    pub request_id: Option<String>,
    /// Decided where the error is decoded: no status says enough.
    pub retryable: bool,
    pub retry_after: Option<Duration>,
}

impl Error {
    pub(crate) fn new(kind: Kind) -> Self {
        Self(Box::new(Inner { kind, source: None, attached: None }))
    }

    pub(crate) fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn setup(message: impl Into<String>) -> Self {
        Self::new(Kind::Setup(message.into()))
    }

    pub(crate) fn decode(protocol: &'static str, detail: impl Into<String>) -> Self {
        Self::new(Kind::Decode { protocol, detail: detail.into() })
    }

    pub(crate) fn encode(protocol: &'static str, detail: impl Into<String>) -> Self {
        Self::new(Kind::Encode { protocol, detail: detail.into() })
    }

    pub(crate) fn service(fault: ServiceFault) -> Self {
        Self::new(Kind::Service(Box::new(fault)))
    }

    /// Hangs a value on the error, for the room that made it to take back.
    pub(crate) fn attach<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.0.attached = Some(Box::new(value));
        self
    }

    pub(crate) fn attached<T: 'static>(&self) -> Option<&T> {
        self.0.attached.as_ref()?.downcast_ref()
    }

    pub(crate) fn into_attached<T: 'static>(self) -> Option<T> {
        self.0.attached?.downcast().ok().map(|value| *value)
    }

    /// What kind of error it is, in a word: for traces.
    #[cfg(feature = "tracing")]
    pub(crate) fn word(&self) -> Cow<'static, str> {
        let word = match &self.0.kind {
            Kind::Service(fault) => {
                return fault.status.map_or(Cow::Borrowed("service"), |status| Cow::Owned(status.to_string()));
            }
            Kind::Connect(_) => "connect",
            Kind::Transport(_) | Kind::Cut { .. } => "transport",
            Kind::Idle(_) => "timeout",
            Kind::Decode { .. } => "decode",
            Kind::Encode { .. } => "encode",
            Kind::Fatal { .. } => "tool",
            Kind::Hook(_) => "hook",
            Kind::Journal(_) => "journal",
            Kind::History(_) => "history",
            _ => "_OTHER",
        };
        Cow::Borrowed(word)
    }

    /// What happened, where that is told without a word that somebody else may have said.
    #[cfg_attr(not(feature = "tracing"), allow(dead_code, reason = "for traces alone"))]
    pub(crate) fn without_content(&self) -> Option<String> {
        match &self.0.kind {
            Kind::Service(fault) => {
                let status = fault.status.map(|status| format!(" {status}")).unwrap_or_default();
                let code = fault.code.as_ref().map(|code| format!(" ({code})")).unwrap_or_default();
                Some(format!("the service answered{status}{code}"))
            }
            Kind::Connect(_)
            | Kind::Transport(_)
            | Kind::Idle(_)
            | Kind::Cut { .. }
            | Kind::TooLarge { .. }
            | Kind::TooMany { .. }
            | Kind::Tools(_)
            | Kind::Setup(_)
            | Kind::Journal(_) => Some(self.to_string()),
            Kind::Decode { .. }
            | Kind::Encode { .. }
            | Kind::History(_)
            | Kind::Hook(_)
            | Kind::Decision(_)
            | Kind::Answer { .. }
            | Kind::Fatal { .. } => None,
        }
    }

    pub(crate) fn kind_mut(&mut self) -> &mut Kind {
        &mut self.0.kind
    }

    #[cfg_attr(not(feature = "client"), allow(dead_code, reason = "only the client has connections"))]
    pub(crate) fn fault_mut(&mut self) -> Option<&mut ServiceFault> {
        match &mut self.0.kind {
            Kind::Service(fault) => Some(fault),
            _ => None,
        }
    }

    fn fault(&self) -> Option<&ServiceFault> {
        match &self.0.kind {
            Kind::Service(fault) => Some(fault),
            _ => None,
        }
    }

    /// The same request may succeed later: the service is overloaded, asked us to slow down, could not be reached, or could
    /// not read the call that its model wrote.
    ///
    /// Never true for a fault that a repetition can't mend: an exhausted quota is a 429 like a rate limit, and is not
    /// retryable.
    pub fn is_retryable(&self) -> bool {
        match &self.0.kind {
            Kind::Connect(_) | Kind::Transport(_) | Kind::Idle(_) | Kind::Cut { .. } => true,
            Kind::Service(fault) => fault.retryable,
            _ => false,
        }
    }

    /// No connection could be made: nothing of the request has reached the service.
    pub fn is_connect(&self) -> bool {
        matches!(self.0.kind, Kind::Connect(_))
    }

    /// The service was silent for longer than the idle time-out.
    pub fn is_timeout(&self) -> bool {
        matches!(self.0.kind, Kind::Idle(_))
    }

    /// The reply broke off: its stream ended without saying that it was complete.
    pub fn is_cut(&self) -> bool {
        matches!(self.0.kind, Kind::Cut { .. })
    }

    /// The reply was not what the protocol says it must be.
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, Kind::Decode { .. })
    }

    /// The request can't be said in the service's protocol: it was never sent, and is the asker's to change.
    pub fn is_encode(&self) -> bool {
        matches!(self.0.kind, Kind::Encode { .. })
    }

    /// A bound on what is taken was crossed: the size of a reply, of an event, of a call's arguments, or their nesting.
    pub fn is_too_large(&self) -> bool {
        matches!(self.0.kind, Kind::TooLarge { .. } | Kind::TooMany { .. })
    }

    /// A tool ended the run with [`ToolError::fatal`](crate::tool::ToolError::fatal).
    pub fn is_fatal_tool(&self) -> bool {
        matches!(self.0.kind, Kind::Fatal { .. })
    }

    /// The history that was given, or the message to ask with, has calls without answers, or answers without calls; nothing
    /// was sent.
    pub fn is_history(&self) -> bool {
        matches!(self.0.kind, Kind::History(_))
    }

    /// A hook failed or panicked; [`source`](StdError::source) has what it said.
    pub fn is_hook(&self) -> bool {
        matches!(self.0.kind, Kind::Hook(_))
    }

    /// The journal of a run could not be written or read; [`source`](StdError::source) says why.
    pub fn is_journal(&self) -> bool {
        matches!(self.0.kind, Kind::Journal(_))
    }

    /// A decision upon a call was refused: it was made for another call, or for other arguments.
    pub fn is_refused_decision(&self) -> bool {
        matches!(self.0.kind, Kind::Decision(_))
    }

    /// What was wrong with the last answer where a run ended without one of the type asked for, a line each; empty where
    /// there was none. It holds what the model said.
    pub fn answer_wrong(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Answer { wrong, .. } => Some(wrong),
            _ => None,
        }
    }

    /// The conversation is longer than the model can read: what was said must be cut, or another model asked.
    ///
    /// Services have no common code for it, so their words count too.
    pub fn is_context_too_long(&self) -> bool {
        let Some(fault) = self.fault() else { return false };
        let code = fault.code.as_deref().unwrap_or_default();
        if matches!(code, "context_length_exceeded" | "exceed_context_size_error" | "request_too_large") {
            return true;
        }
        let message = fault.message.to_ascii_lowercase();
        let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
        matches!(fault.status, None | Some(400 | 413 | 422))
            && (says(&["prompt is too long", "exceeds the maximum number of tokens", "input is too long"])
                || (says(&["context length", "context window", "context size", "context limit"])
                    && says(&["exceed", "maximum", "too long", "larger", "longer", "reduce"])))
    }

    /// The HTTP status of the service's answer, where the service answered with an error.
    pub fn status(&self) -> Option<u16> {
        self.fault()?.status
    }

    /// The service's own words, where it answered with an error.
    pub fn service_message(&self) -> Option<&str> {
        self.fault().map(|fault| fault.message.as_str())
    }

    /// The service's machine-readable code or error type, such as `insufficient_quota` or `overloaded_error`.
    pub fn code(&self) -> Option<&str> {
        self.fault()?.code.as_deref()
    }

    /// The id under which the service's support finds the request.
    pub fn request_id(&self) -> Option<&str> {
        self.fault()?.request_id.as_deref()
    }

    /// How long the service asked us to wait before the next try.
    pub fn retry_after(&self) -> Option<Duration> {
        self.fault()?.retry_after
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.kind {
            Kind::Connect(to) => write!(f, "no connection to {to}"),
            Kind::Transport(detail) => write!(f, "connection lost: {detail}"),
            Kind::Idle(limit) => write!(f, "the service sent nothing for {limit:?}"),
            Kind::Service(fault) => fault.fmt(f),
            Kind::Decode { protocol, detail } => write!(f, "not valid {protocol}: {detail}"),
            Kind::Cut { protocol } => write!(f, "the {protocol} message broke off before its end"),
            Kind::TooLarge { what, limit } => write!(f, "{what} is larger than the limit of {limit} bytes"),
            Kind::TooMany { what, limit } => write!(f, "more than {limit} {what}"),
            Kind::Encode { protocol, detail } => write!(f, "can't be sent as {protocol}: {detail}"),
            Kind::Tools(detail)
            | Kind::Setup(detail)
            | Kind::Decision(detail)
            | Kind::History(detail)
            | Kind::Journal(detail)
            | Kind::Hook(detail)
            | Kind::Answer { why: detail, .. } => f.write_str(detail),
            Kind::Fatal { tool, message } => write!(f, "tool `{tool}` ended the run: {message}"),
        }
    }
}

impl fmt::Display for ServiceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the service answered")?;
        match self.status {
            Some(status) => write!(f, " {status}")?,
            None => f.write_str(" with an error")?,
        }
        if let Some(code) = &self.code {
            write!(f, " ({code})")?;
        }
        let message: Cow<'_, str> = if self.message.is_empty() { "no message".into() } else { (&*self.message).into() };
        write!(f, ": {message}")?;
        match &self.request_id {
            Some(id) => write!(f, " [request {id}]"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(f, "\n  caused by: {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
