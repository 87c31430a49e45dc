//! One reply of a script.

use std::time::Duration;

use crate::message::{Delta, FinishReason, Sink, Usage};

/// How many bytes of text one piece of a streamed reply has at most.
const PIECE: usize = 8;

/// One reply of a [`Script`](super::Script), put together piece by piece.
///
/// # Examples
/// ```
/// use fcall_runtime::testing::{Script, Turn};
///
/// let turn = Turn::new().text("Let me look.").call("get_weather", r#"{"city":"Paris"}"#).usage(12, 34);
/// let script = Script::new().turn(turn);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Turn {
    deltas: Vec<Delta>,
    parts: usize,
    calls: usize,
    finish: Option<FinishReason>,
    pub(super) delay: Duration,
    pub(super) end: End,
}

#[derive(Clone, Debug, Default)]
pub(super) enum End {
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
    #[expect(clippy::needless_pass_by_value, reason = "a literal and a value made on the spot read best without `&`")]
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
    pub(super) fn number(mut self, turn: usize) -> Self {
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

    /// A reply that is nothing but its end.
    pub(super) fn ending(end: End) -> Self {
        Self { end, ..Self::default() }
    }

    /// Pushes the reply, whole or in pieces.
    pub(super) fn push(self, stream: bool, sink: &mut dyn Sink) {
        for delta in self.deltas {
            if stream {
                push_pieces(delta, sink);
            } else {
                sink.push(delta);
            }
        }
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
