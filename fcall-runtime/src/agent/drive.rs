//! The one loop under `run`, `stream` and `chat`: does what the state says, and tells it what came of it.

use std::{future::Future, pin::pin, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::{
    Inner,
    event::{Event, Events},
    execute::Means,
    journal::{Log, Record},
    next::Next,
    run::{Run, Stop},
    step::State,
};
use crate::{
    error::{Error, Result},
    message::{Assembler, Delta, History, Request, Response, Sink},
    tool::{CancellationToken, States},
    toolbox::Toolbox,
};

/// What a run is driven with.
pub(super) struct Drive<'a> {
    pub(super) agent: &'a Inner,
    pub(super) tools: &'a Toolbox,
    pub(super) states: &'a Arc<States>,
    pub(super) history: &'a History,
    pub(super) events: &'a Events,
    /// The run's own: the run cancels it when its time is up.
    pub(super) cancellation: &'a CancellationToken,
    pub(super) log: Option<Log>,
}

/// How the driving of a run ended.
#[derive(Default)]
#[must_use = "it may hold an error"]
pub(super) struct Ended {
    error: Option<Error>,
    /// What had come of a reply that broke off.
    partial: Option<Response>,
}

impl Drive<'_> {
    /// Drives `state` until it is done, or waits for decisions.
    ///
    /// # Cancellation
    /// Dropping the future leaves the state between two steps, with the ends of all calls that ended; those that were
    /// running are open in it.
    pub(super) async fn drive(&self, state: &mut State) -> Ended {
        if let Next::Done(_) = state.next() {
            return Ended::default();
        }
        let began = match &self.log {
            Some(log) => log.append(&Record::State(Box::new(state.clone()))).await,
            None => Ok(()),
        };
        let ended = match began {
            Ok(()) => self.steps(state).await,
            Err(error) => Ended::error(error),
        };
        match (&self.log, state.next()) {
            // A run that waits is not over.
            (None, _) | (_, Next::Approve(_)) => ended,
            (Some(log), next) => {
                let stop = match next {
                    Next::Done(stop) if ended.error.is_none() => Some(stop.clone()),
                    _ => None,
                };
                let written = log.append(&Record::Over { stop }).await;
                Ended { error: ended.error.or(written.err()), ..ended }
            }
        }
    }

    async fn steps(&self, state: &mut State) -> Ended {
        loop {
            let left = state.time_left();
            let began = Instant::now();
            let stop = match state.next() {
                Next::Done(_) | Next::Approve(_) => return Ended::default(),
                _ if self.cancellation.is_cancelled() => Some(Stop::Cancelled),
                _ if left.is_some_and(|left| left.is_zero()) => Some(Stop::WallTime),
                _ => None,
            };
            if let Some(stop) = stop {
                state.stop(stop);
                return Ended::default();
            }
            let ended = match state.open_turn() {
                Some(turn) => {
                    let means = Means {
                        tools: self.tools,
                        approvals: &self.agent.approvals,
                        states: self.states,
                        cancellation: self.cancellation,
                        events: self.events,
                        log: self.log.as_ref(),
                    };
                    // Calls see the signal and end themselves.
                    let calls = self.agent.execution.execute(&means, turn);
                    let (fatal, stop) = in_time(calls, left, || self.cancellation.cancel()).await;
                    state.settle();
                    let cancelled = self.cancellation.is_cancelled().then_some(Stop::Cancelled);
                    let stop = stop.or(cancelled).filter(|_| fatal.is_none());
                    if let Some(stop) = stop {
                        state.stop(stop);
                    }
                    Ended { error: fatal, partial: None }
                }
                None => self.ask(state, left, began).await,
            };
            state.pass(began.elapsed());
            if ended.error.is_some() || ended.partial.is_some() {
                return ended;
            }
        }
    }

    /// Asks the model for the next reply; one that breaks off is no part of the conversation.
    async fn ask(&self, state: &mut State, left: Option<Duration>, began: Instant) -> Ended {
        let Next::Ask { messages, tool_choice, turn } = state.next() else { return Ended::default() };
        let request = Request::new(messages, self.tools.specs(), &self.agent.options)
            .tool_choice(tool_choice)
            .stream(self.events.is_listening())
            .history(self.history);
        let mut reply = Reply { assembler: Assembler::new(turn as usize), state, events: self.events };
        let ended = {
            let answer = self.agent.model.reply(&request, &mut reply);
            let cancelled = async {
                tokio::select! {
                    biased;
                    ended = answer => Ok(ended),
                    () = self.cancellation.cancelled() => Err(Stop::Cancelled),
                }
            };
            match left {
                None => cancelled.await,
                Some(left) => tokio::time::timeout(left, cancelled).await.unwrap_or(Err(Stop::WallTime)),
            }
        };
        let (has_begun, response) = (!reply.assembler.is_empty(), reply.assembler.finish());
        let error = match ended {
            Ok(Ok(())) => {
                if let Some(log) = &self.log {
                    let elapsed = state.elapsed().saturating_add(began.elapsed());
                    let reply = Record::Reply { response: response.clone(), elapsed };
                    if let Err(error) = log.append(&reply).await {
                        return Ended { error: Some(error), partial: Some(response) };
                    }
                }
                let (finish, usage) = (response.finish.clone(), response.usage);
                self.events.emit(|| Event::TurnFinished { turn, finish, usage });
                state.replied(response);
                state.refused().for_each(|end| self.events.emit(|| Event::finished(end)));
                return Ended::default();
            }
            Ok(Err(error)) => Some(error),
            Err(stop) => {
                state.stop(stop);
                None
            }
        };
        Ended { error, partial: has_begun.then_some(response) }
    }
}

/// What the future yields; at the end of its time `over` is called once, and the future is to end by itself.
async fn in_time<F: Future>(future: F, left: Option<Duration>, over: impl FnOnce()) -> (F::Output, Option<Stop>) {
    let Some(left) = left else { return (future.await, None) };
    let mut future = pin!(future);
    match tokio::time::timeout(left, future.as_mut()).await {
        Ok(output) => (output, None),
        Err(_) => {
            over();
            (future.await, Some(Stop::WallTime))
        }
    }
}

impl Ended {
    fn error(error: Error) -> Self {
        Self { error: Some(error), partial: None }
    }

    /// The run, or the error with the run so far attached.
    pub(super) fn into_result(self, state: State) -> Result<Run> {
        let mut run: Run = state.into_run();
        if let Some(usage) = self.partial.as_ref().and_then(|reply| reply.usage) {
            run.usage += usage;
        }
        run.partial = self.partial;
        match self.error {
            None => Ok(run),
            Some(error) => {
                run.stop = None;
                Err(error.attach(run))
            }
        }
    }
}

/// One reply as it comes in: assembled, and told to whom it concerns.
struct Reply<'a> {
    assembler: Assembler,
    state: &'a State,
    events: &'a Events,
}

impl Reply<'_> {
    /// Takes a delta that somebody hears of: the assembler copies what it adds, and the event is the text itself.
    fn push_aloud(&mut self, delta: Delta) {
        self.assembler.push_ref(&delta);
        match delta {
            Delta::Text { text, .. } | Delta::Refusal { text, .. } if !text.is_empty() => {
                self.events.emit(|| Event::TextDelta(text));
            }
            Delta::Reasoning { text, .. } if !text.is_empty() => self.events.emit(|| Event::Reasoning(text)),
            Delta::CallStart { id, name, .. } => self.events.emit(|| Event::CallStarted { id, name }),
            Delta::CallArguments { part, text } if !text.is_empty() => {
                if let Some(call) = self.assembler.call(part) {
                    self.events.emit(|| Event::CallArguments { id: call.id.clone(), text });
                }
            }
            Delta::Restart => self.events.emit(|| Event::Restarted),
            _ => {}
        }
    }
}

impl Sink for Reply<'_> {
    fn push(&mut self, mut delta: Delta) {
        if let Delta::CallStart { part, id, .. } = &mut delta {
            if self.assembler.call(*part).is_some() {
                return;
            }
            // The assembled call and its events must show the same id.
            let taken = |id: &str| self.assembler.calls().any(|call| call.id == id);
            *id = self.state.fresh_id(std::mem::take(id), taken);
        }
        match self.events.is_listening() {
            true => self.push_aloud(delta),
            false => self.assembler.push(delta),
        }
    }
}
