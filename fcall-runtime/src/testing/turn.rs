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
    /// By call: the id that the test gives it, if it does.
    ids: Vec<Option<String>>,
    finish: Option<FinishReason>,
    delay: Duration,
    pace: Duration,
    pub(super) end: End,
}

#[derive(Clone, Debug, Default)]
pub(super) enum End {
    #[default]
    Complete,
    Cut(Cut),
    Silent,
    Refused,
    TimedOut(Duration),
    Fault {
        status: u16,
        code: &'static str,
        message: String,
        retryable: bool,
        retry_after: Option<Duration>,
    },
}

/// Where a reply breaks off.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut {
    InsideLast,
    AfterLast,
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
    pub fn call(self, name: impl Into<String>, arguments: impl ToString) -> Self {
        self.open_call(None, name.into(), arguments.to_string()).close_call()
    }

    /// The same with an id of one's own: one that another call has, one that nobody knows, or none (an empty one).
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a literal and a value made on the spot read best without `&`")]
    pub fn call_with_id(self, id: impl Into<String>, name: impl Into<String>, arguments: impl ToString) -> Self {
        self.open_call(Some(id.into()), name.into(), arguments.to_string()).close_call()
    }

    /// A call that does not end: these are the arguments that came until the limit of tokens was reached.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "a literal and a value made on the spot read best without `&`")]
    pub fn half_call(mut self, name: impl Into<String>, arguments: impl ToString) -> Self {
        self.finish.get_or_insert(FinishReason::Length);
        self.open_call(None, name.into(), arguments.to_string())
    }

    fn open_call(mut self, id: Option<String>, name: String, arguments: String) -> Self {
        let part = self.part();
        self.ids.push(id);
        self.deltas.push(Delta::CallStart { part, id: String::new(), name });
        self.deltas.push(Delta::CallArguments { part, text: arguments });
        self
    }

    fn close_call(mut self) -> Self {
        self.deltas.push(Delta::CallEnd { part: self.parts.saturating_sub(1) });
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

    /// Comes slowly, by tokio's clock: each piece of a stream after so long, or the whole reply after as long as all of
    /// its pieces take.
    #[must_use]
    pub fn pace(mut self, wait: Duration) -> Self {
        self.pace = wait;
        self
    }

    /// Breaks off in the middle of its last part.
    #[must_use]
    pub fn cut(mut self) -> Self {
        self.end = End::Cut(Cut::InsideLast);
        self
    }

    /// Breaks off behind its last part, a complete call say; one without parts, before it has said anything.
    #[must_use]
    pub fn cut_after(mut self) -> Self {
        self.end = End::Cut(Cut::AfterLast);
        self
    }

    /// Falls silent behind its last part, for ever: only a caller who gives up ends it.
    #[must_use]
    pub fn silent(mut self) -> Self {
        self.end = End::Silent;
        self
    }

    /// Gives its calls the ids of the turn with this number, and adds the end.
    pub(super) fn number(mut self, turn: usize) -> Self {
        let mut ids = self.ids.iter();
        let mut nth = 0;
        for delta in &mut self.deltas {
            if let Delta::CallStart { id, .. } = delta {
                nth += 1;
                *id = ids.next().cloned().flatten().unwrap_or_else(|| format!("call_{turn}_{nth}"));
            }
        }
        match self.end {
            End::Complete => {
                let usual = if self.ids.is_empty() { FinishReason::Stop } else { FinishReason::ToolCalls };
                self.deltas.push(Delta::Finish(self.finish.take().unwrap_or(usual)));
            }
            End::Cut(cut) => {
                self.deltas.retain(|delta| !matches!(delta, Delta::Usage(_)));
                if matches!(cut, Cut::InsideLast) {
                    self.halve();
                }
            }
            End::Silent => self.deltas.retain(|delta| !matches!(delta, Delta::Usage(_))),
            End::Fault { .. } | End::Refused | End::TimedOut(_) => self.deltas.clear(),
        }
        self
    }

    /// Takes away the second half of the last part.
    fn halve(&mut self) {
        if matches!(self.deltas.last(), Some(Delta::CallEnd { .. })) {
            self.deltas.pop();
        }
        if let Some(Delta::Text { text, .. } | Delta::Reasoning { text, .. } | Delta::CallArguments { text, .. }) =
            self.deltas.last_mut()
        {
            text.truncate(text.floor_char_boundary(text.len() / 2));
        }
    }

    /// A reply that is nothing but its end.
    pub(super) fn ending(end: End) -> Self {
        Self { end, ..Self::default() }
    }

    /// Pushes the reply, whole or in pieces.
    pub(super) async fn push(self, stream: bool, sink: &mut dyn Sink) {
        if !self.delay.is_zero() {
            tokio::time::sleep(self.delay).await;
        }
        for delta in self.deltas {
            let text = matches!(delta, Delta::Text { .. } | Delta::Reasoning { .. } | Delta::CallArguments { .. });
            if !stream && self.pace.is_zero() || !text {
                sink.push(delta);
                continue;
            }
            for piece in pieces(delta) {
                if !self.pace.is_zero() {
                    tokio::time::sleep(self.pace).await;
                }
                sink.push(piece);
            }
        }
    }
}

/// A delta as a stream brings it: texts in pieces.
fn pieces(delta: Delta) -> Vec<Delta> {
    let (whole, part, piece): (_, _, fn(usize, String) -> Delta) = match delta {
        Delta::Text { part, text } => (text, part, |part, text| Delta::Text { part, text }),
        Delta::Reasoning { part, text } => (text, part, |part, text| Delta::Reasoning { part, text }),
        Delta::CallArguments { part, text } => (text, part, |part, text| Delta::CallArguments { part, text }),
        other => return vec![other],
    };
    let mut pieces = Vec::with_capacity(whole.len() / PIECE + 1);
    let mut rest = whole.as_str();
    while rest.len() > PIECE {
        let (head, tail) = rest.split_at(rest.floor_char_boundary(PIECE));
        pieces.push(piece(part, head.to_owned()));
        rest = tail;
    }
    pieces.push(piece(part, rest.to_owned()));
    pieces
}
