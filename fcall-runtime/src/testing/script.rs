//! A model that answers as a test wrote it down, and remembers what it was asked.

use std::{
    collections::VecDeque,
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::turn::{End, Turn};
use crate::{
    error::{Error, Kind, Result, ServiceFault},
    message::{Message, Request, RequestOptions, Sink, ToolChoice, ToolSpecs},
    model::{BoxFuture, Model},
};

/// A model that answers its requests with the turns of a script, in order, and records each request.
///
/// Clones share the script and the record, so a test keeps one clone and gives the other away. A request after the
/// last turn is an error that says so.
///
/// Everything that goes wrong with a real model can be written down, here for a whole reply, in [`Turn`] for its parts:
///
/// | fault | written as |
/// | --- | --- |
/// | 429, 500, 529, another status | [`rate_limited`](Self::rate_limited), [`server_error`](Self::server_error), [`overloaded`](Self::overloaded), [`error`](Self::error) |
/// | a refused connection, silence | [`refused`](Self::refused), [`timed_out`](Self::timed_out), [`Turn::silent`] |
/// | a stream cut before, inside or after a call | [`Turn::cut_after`] before it, [`Turn::cut`] and [`Turn::cut_after`] behind it |
/// | malformed arguments, half a call | [`Turn::call`] with any text, [`Turn::half_call`] |
/// | wrong, doubled or missing ids; the same call twice | [`Turn::call_with_id`], [`Turn::call`] twice |
/// | slow fragments, a late reply | [`Turn::pace`], [`Turn::delay`] |
///
/// # Examples
/// ```
/// use fcall_runtime::testing::Script;
///
/// let script = Script::new()
///     .calls([("get_weather", r#"{"city":"Paris"}"#)])
///     .text("It is sunny in Paris.");
/// assert_eq!(script.left(), 2);
/// ```
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    turns: VecDeque<Turn>,
    written: usize,
    asked: Vec<Asked>,
}

/// A request as a [`Script`] got it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Asked {
    /// The conversation.
    pub messages: Vec<Message>,
    /// The wire names of the tools that were offered.
    pub tools: Vec<String>,
    /// Whether a call was forced or forbidden.
    pub tool_choice: ToolChoice,
    /// Everything else that was asked for.
    pub options: RequestOptions,
    /// Whether the reply was to come in pieces.
    pub stream: bool,
    specs: Arc<ToolSpecs>,
}

impl Asked {
    /// The request, to be encoded or asked again.
    pub fn request(&self) -> Request<'_> {
        Request::new(&self.messages, &self.specs, &self.options).tool_choice(&self.tool_choice).stream(self.stream)
    }
}

impl Script {
    /// A script without turns.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Then this reply.
    #[must_use]
    pub fn turn(self, turn: Turn) -> Self {
        let mut state = self.state();
        state.written += 1;
        let turn = turn.number(state.written);
        state.turns.push_back(turn);
        drop(state);
        self
    }

    /// Then a reply that is this text.
    #[must_use]
    pub fn text(self, text: impl Into<String>) -> Self {
        self.turn(Turn::new().text(text))
    }

    /// Then a reply that makes these calls, each a tool's name and its arguments; see [`Turn::call`].
    #[must_use]
    pub fn calls<N: Into<String>, A: ToString>(self, calls: impl IntoIterator<Item = (N, A)>) -> Self {
        let turn = calls.into_iter().fold(Turn::new(), |turn, (name, arguments)| turn.call(name, arguments));
        self.turn(turn)
    }

    /// Then an error of the service, which no retry mends.
    #[must_use]
    pub fn error(self, status: u16, message: impl Into<String>) -> Self {
        self.fault(status, "invalid_request_error", message.into(), false, None)
    }

    /// Then a 429 that asks to wait this long.
    #[must_use]
    pub fn rate_limited(self, retry_after: Duration) -> Self {
        self.fault(429, "rate_limit_exceeded", "Rate limit reached".to_owned(), true, Some(retry_after))
    }

    /// Then a 500 that a retry may mend.
    #[must_use]
    pub fn server_error(self) -> Self {
        self.fault(500, "server_error", "The server had an error".to_owned(), true, None)
    }

    /// Then a 529, as services answer that have too much to do.
    #[must_use]
    pub fn overloaded(self) -> Self {
        self.fault(529, "overloaded_error", "Overloaded".to_owned(), true, None)
    }

    /// Then a refused connection.
    #[must_use]
    pub fn refused(self) -> Self {
        self.turn(Turn::ending(End::Refused))
    }

    /// Then nothing at all for so long, by tokio's clock, and the error of a client that has waited long enough.
    #[must_use]
    pub fn timed_out(self, after: Duration) -> Self {
        self.turn(Turn::ending(End::TimedOut(after)))
    }

    fn fault(
        self,
        status: u16,
        code: &'static str,
        message: String,
        retryable: bool,
        retry_after: Option<Duration>,
    ) -> Self {
        let end = End::Fault { status, code, message, retryable, retry_after };
        self.turn(Turn::ending(end))
    }

    /// How many turns are left.
    pub fn left(&self) -> usize {
        self.state().turns.len()
    }

    /// Passes over the next turn: it was played before, in another process say.
    pub fn skip(&self) {
        self.state().turns.pop_front();
    }

    /// The requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// Records the request and takes the next turn.
    fn next(&self, request: &Request<'_>) -> Result<Turn> {
        let mut state = self.state();
        let specs = match state.asked.last() {
            Some(last) if *last.specs == *request.tools => Arc::clone(&last.specs),
            _ => Arc::new(ToolSpecs::new(request.tools.as_slice().to_vec())),
        };
        state.asked.push(Asked {
            messages: request.messages.to_vec(),
            tools: request.tools.as_slice().iter().map(|tool| tool.name.clone()).collect(),
            tool_choice: request.tool_choice.clone(),
            options: request.options.clone(),
            stream: request.stream,
            specs,
        });
        let (asked, written) = (state.asked.len(), state.written);
        let over = || Error::setup(format!("the script is over: it has {written} turns, and this is request {asked}"));
        state.turns.pop_front().ok_or_else(over)
    }
}

impl Model for Script {
    fn id(&self) -> &str {
        "script"
    }

    fn reply<'a>(&'a self, request: &'a Request<'a>, sink: &'a mut dyn Sink) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let mut turn = self.next(request)?;
            let end = mem::take(&mut turn.end);
            turn.push(request.stream, sink).await;
            match end {
                End::Complete => Ok(()),
                End::Cut(_) => Err(Error::new(Kind::Cut { protocol: "scripted" })),
                End::Silent => std::future::pending().await,
                End::Refused => Err(Error::new(Kind::Connect("the scripted service".to_owned()))),
                End::TimedOut(after) => {
                    tokio::time::sleep(after).await;
                    Err(Error::new(Kind::Idle(after)))
                }
                End::Fault { status, code, message, retryable, retry_after } => Err(Error::service(ServiceFault {
                    status: Some(status),
                    message,
                    code: Some(code.to_owned()),
                    request_id: None,
                    retryable,
                    retry_after,
                })),
            }
        })
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Script").field("left", &state.turns.len()).field("asked", &state.asked.len()).finish()
    }
}
