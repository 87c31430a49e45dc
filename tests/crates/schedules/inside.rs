//! What has locks and is nobody's business outside, opened to the model checker.

use std::{future::Future, sync::Arc, time::Duration};

use serde::de::DeserializeOwned;

use super::{
    Event, EventStream, InnerRun, Limits, Run, State,
    answer::{Reads, Slot},
    event::Events,
    nested::{Account, HandsOn, Seat},
};
use crate::{
    __private::Need,
    error::Result,
    message::{Message, Part, Response, ToolCall, ToolChoice, ToolSpecs, Usage},
    schema::Schema,
    tool::{CallContext, CancellationToken, Tool},
    toolbox::Toolbox,
};

/// Where the answer of one run is kept.
pub struct Kept<T>(Slot<T>);

impl<T: Schema + DeserializeOwned + Send + 'static> Kept<T> {
    /// An empty one.
    pub fn empty() -> Self {
        Self(Slot::new().0)
    }

    /// As a call of the answer's tool brings it; whether it was taken.
    pub fn read(&self, json: &str) -> bool {
        Reads::read(&self.0, json, false).is_ok()
    }

    /// There is one.
    pub fn is_given(&self) -> bool {
        Reads::is_given(&self.0)
    }

    /// What is kept, at the end of the run.
    pub fn take(&self) -> Option<T> {
        self.0.take().ok()
    }
}

/// Where a run puts its events.
#[derive(Clone)]
pub struct Queue(Events);

impl Queue {
    /// One more event.
    pub fn emit(&self, event: Event) {
        self.0.emit(|| event);
    }
}

/// The events of a run that does this.
pub fn stream<F: Future<Output = Result<Run>> + Send + 'static>(run: impl FnOnce(Queue) -> F) -> EventStream<'static> {
    let events = Events::listening();
    EventStream::new(events.clone(), CancellationToken::new(), run(Queue(events)))
}

/// The time of a call is up.
pub fn expire(cx: &CallContext) {
    cx.expire();
}

/// The tool looks at the signal, as who carries out its call sees it.
pub fn is_watched(cx: &CallContext) -> bool {
    cx.is_watched()
}

/// Waits for what a tool needs, as a call with a time of its own does.
pub async fn hold(cx: &CallContext, needs: &[Need]) -> bool {
    cx.hold(needs, Duration::from_secs(1)).await.is_ok()
}

/// A run, as far as it shares what is left with the runs inside its calls.
pub struct Shares {
    state: State,
    seat: Option<Seat>,
}

impl Shares {
    /// Inside no call.
    pub fn outermost(limits: Limits) -> Self {
        Self { state: State::new(vec![Message::user("?")], ToolChoice::Auto, limits), seat: None }
    }

    /// Inside this one.
    pub fn inside(cx: &CallContext, name: &str, limits: Limits) -> Self {
        let mut run = Self::outermost(limits);
        run.seat = Account::of(cx).map(|account| Seat::take(account, Some(name)));
        run.seat.iter().for_each(|seat| seat.enter(&mut run.state));
        run
    }

    /// Asks its model, with calls that may begin at once, and goes on with them when the reply is there: it used so many
    /// tokens, and asks for so many calls.
    pub fn turn<T>(&mut self, tokens: u64, calls: u64, early: impl FnOnce(&dyn Fn(&Tool) -> CallContext) -> T) -> T {
        let seat = self.seat.clone();
        let turn = HandsOn::new(seat.as_ref());
        turn.asks(&self.state);
        let early = early(&|tool| turn.to(tool, CallContext::new()));
        self.replied(tokens, calls);
        turn.opens(&self.state);
        early
    }

    /// Its model replies, for so many tokens, and asks for so many calls; how many of these it gets.
    pub fn replied(&mut self, tokens: u64, calls: u64) -> u64 {
        let call = |at| Part::ToolCall(ToolCall::new(format!("c{at}"), "look", "{}"));
        let message = Message { parts: (0..calls).map(call).collect(), ..Message::assistant("") };
        let usage = Usage { output: Some(tokens), ..Usage::default() };
        let response =
            Response { message, finish: None, usage: Some(usage), model: None, id: None, handovers: Vec::new() };
        if let Some(seat) = &self.seat {
            seat.replied(&response, true);
            seat.admit(&mut self.state, &response.message);
        }
        let got = calls.min(self.state.calls_left() as u64);
        self.state.replied(response);
        got
    }

    /// How many tokens and calls are left to it, and to the runs inside its calls.
    pub fn left(&mut self) -> (Option<u64>, Option<u64>) {
        self.seat.iter().for_each(|seat| seat.hold(&mut self.state));
        let left = self.state.left();
        (left.tokens, left.calls)
    }

    /// It is over.
    pub fn ends(self) {
        if let Some(seat) = &self.seat {
            seat.ended(&Ok(self.state.into_run()));
        }
    }
}

/// The runs inside a call, which is over.
pub fn runs(cx: &CallContext) -> Vec<InnerRun> {
    Account::used(cx).map(|account| account.close()).unwrap_or_default()
}

/// The tools with these names, as a model is told of them.
pub fn some(tools: &Toolbox, names: &[&str]) -> Arc<ToolSpecs> {
    tools.some(|tool| names.contains(&tool.name()))
}
