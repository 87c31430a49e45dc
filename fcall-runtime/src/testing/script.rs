//! A model that answers as a test wrote it down, and remembers what it was asked.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use crate::{
    error::{Error, Kind, Result, ServiceFault},
    message::{Delta, FinishReason, Message, Request, RequestOptions, Sink, ToolChoice, Usage},
    model::{BoxFuture, Model},
};

/// How many bytes of text one piece of a streamed reply has at most.
const PIECE: usize = 8;

/// A model that answers its requests with the turns of a script, in order, and records each request.
///
/// Clones share the script and the record, so a test keeps one clone and gives the other away. A request after the
/// last turn is an error that says so.
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
}

/// One reply of a [`Script`], put together piece by piece.
///
/// # Examples
/// ```
/// use fcall_runtime::testing::{Script, Turn};
///
/// let turn = Turn::new().text("Let me look.").call("get_weather", r#"{"city":"Paris"}"#).usage(12, 34);
/// let script = Script::new().reply(turn);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Turn {
    deltas: Vec<Delta>,
    parts: usize,
    calls: usize,
    finish: Option<FinishReason>,
    delay: Duration,
    end: End,
}

#[derive(Clone, Debug, Default)]
enum End {
    #[default]
    Complete,
    Cut,
    Fault {
        status: u16,
        code: &'static str,
        message: String,
        retryable: bool,
        retry_after: Option<Duration>,
    },
}

impl Turn {
    /// A reply with nothing in it yet.
    pub fn new() -> Self {
        Self::default()
    }

    fn part(&mut self) -> usize {
        self.parts += 1;
        self.parts - 1
    }

    /// Visible text.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        let part = self.part();
        self.deltas.push(Delta::Text { part, text: text.into() });
        self
    }

    /// Readable thinking.
    #[must_use]
    pub fn reasoning(mut self, text: impl Into<String>) -> Self {
        let part = self.part();
        self.deltas.push(Delta::Reasoning { part, text: text.into() });
        self
    }

    /// A call; `arguments` is JSON (text or a `serde_json::Value`), or what a bad model writes in its place.
    ///
    /// The first call of a script's turn 1 has the id `call_1_1`, and so on.
    #[must_use]
    pub fn call(mut self, name: impl Into<String>, arguments: impl ToString) -> Self {
        let part = self.part();
        self.calls += 1;
        self.deltas.push(Delta::CallStart { part, id: String::new(), name: name.into() });
        self.deltas.push(Delta::CallArguments { part, text: arguments.to_string() });
        self.deltas.push(Delta::CallEnd { part });
        self
    }

    /// What the reply cost, in tokens.
    #[must_use]
    pub fn usage(mut self, input: u64, output: u64) -> Self {
        self.deltas.push(Delta::Usage(Usage { input: Some(input), output: Some(output), ..Usage::default() }));
        self
    }

    /// Why the model stopped, where it is not what the parts say.
    #[must_use]
    pub fn finish(mut self, reason: FinishReason) -> Self {
        self.finish = Some(reason);
        self
    }

    /// Comes this much later, by tokio's clock.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Breaks off in the middle of its last part.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.end = End::Cut;
        self
    }

    /// Gives its calls the ids of the turn with this number, and adds the end.
    fn number(mut self, turn: usize) -> Self {
        let mut nth = 0;
        for delta in &mut self.deltas {
            if let Delta::CallStart { id, .. } = delta {
                nth += 1;
                *id = format!("call_{turn}_{nth}");
            }
        }
        match self.end {
            End::Complete => {
                let usual = if self.calls > 0 { FinishReason::ToolCalls } else { FinishReason::Stop };
                self.deltas.push(Delta::Finish(self.finish.take().unwrap_or(usual)));
            }
            End::Cut => {
                self.deltas.retain(|delta| !matches!(delta, Delta::Usage(_)));
                if matches!(self.deltas.last(), Some(Delta::CallEnd { .. })) {
                    self.deltas.pop();
                }
                if let Some(Delta::Text { text, .. } | Delta::CallArguments { text, .. }) = self.deltas.last_mut() {
                    text.truncate(text.floor_char_boundary(text.len() / 2));
                }
            }
            End::Fault { .. } => self.deltas.clear(),
        }
        self
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
    pub fn reply(self, turn: Turn) -> Self {
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
        self.reply(Turn::new().text(text))
    }

    /// Then a reply that makes these calls, each a tool's name and its arguments; see [`Turn::call`].
    #[must_use]
    pub fn calls<N: Into<String>, A: ToString>(self, calls: impl IntoIterator<Item = (N, A)>) -> Self {
        let turn = calls.into_iter().fold(Turn::new(), |turn, (name, arguments)| turn.call(name, arguments));
        self.reply(turn)
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

    fn fault(
        self,
        status: u16,
        code: &'static str,
        message: String,
        retryable: bool,
        retry_after: Option<Duration>,
    ) -> Self {
        let end = End::Fault { status, code, message, retryable, retry_after };
        self.reply(Turn { end, ..Turn::default() })
    }

    /// How many turns are left.
    pub fn left(&self) -> usize {
        self.state().turns.len()
    }

    /// The requests so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Asked> {
        self.state().asked.clone()
    }

    /// Records the request and takes the next turn.
    fn next(&self, request: &Request<'_>) -> Result<Turn> {
        let mut state = self.state();
        state.asked.push(Asked {
            messages: request.messages.to_vec(),
            tools: request.tools.as_slice().iter().map(|tool| tool.name.clone()).collect(),
            tool_choice: request.tool_choice.clone(),
            options: request.options.clone(),
            stream: request.stream,
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
            let turn = self.next(request)?;
            if !turn.delay.is_zero() {
                tokio::time::sleep(turn.delay).await;
            }
            for delta in turn.deltas {
                if request.stream {
                    push_pieces(delta, sink);
                } else {
                    sink.push(delta);
                }
            }
            match turn.end {
                End::Complete => Ok(()),
                End::Cut => Err(Error::new(Kind::Cut { protocol: "scripted" })),
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

/// Pushes a delta as a stream brings it: texts in pieces.
fn push_pieces(delta: Delta, sink: &mut dyn Sink) {
    let (whole, part, piece): (_, _, fn(usize, String) -> Delta) = match delta {
        Delta::Text { part, text } => (text, part, |part, text| Delta::Text { part, text }),
        Delta::Reasoning { part, text } => (text, part, |part, text| Delta::Reasoning { part, text }),
        Delta::CallArguments { part, text } => (text, part, |part, text| Delta::CallArguments { part, text }),
        other => return sink.push(other),
    };
    let mut rest = whole.as_str();
    while rest.len() > PIECE {
        let (head, tail) = rest.split_at(rest.floor_char_boundary(PIECE));
        sink.push(piece(part, head.to_owned()));
        rest = tail;
    }
    sink.push(piece(part, rest.to_owned()));
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Script").field("left", &state.turns.len()).field("asked", &state.asked.len()).finish()
    }
}
