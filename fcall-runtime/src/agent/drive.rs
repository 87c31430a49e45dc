//! The one loop under `run`, `stream` and `chat`: does what the state says, and tells it what came of it.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use super::{
    Inner,
    answer::Wanted,
    effects::Effects,
    event::Events,
    execute::{Early, Means},
    journal::{Log, Record},
    nested::{HandsOn, Seat},
    next::Next,
    run::{Run, Stop},
    select::Selection,
    step::State,
    trace::Span,
};
use crate::{
    error::{Error, Result},
    message::{History, Response},
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
    /// The form that the answer must have.
    pub(super) answer: Option<&'a Wanted>,
    /// The run's place in a call of another.
    pub(super) seat: Option<&'a Seat>,
    /// What the run leaves to agents inside its calls.
    pub(super) hands_on: HandsOn<'a>,
    pub(super) select: Option<&'a Selection>,
}

/// How the driving of a run ended.
#[derive(Default)]
#[must_use = "it may hold an error"]
pub(super) struct Ended {
    pub(super) error: Option<Error>,
    /// What had come of a reply that broke off.
    pub(super) partial: Option<Response>,
}

impl Drive<'_> {
    /// Drives `state` until it is done, or waits for decisions.
    ///
    /// # Cancellation
    /// Dropping the future leaves the state between two steps, with the ends of all calls that ended; those that were
    /// running are open in it.
    pub(super) async fn drive(&self, state: &mut State) -> Ended {
        state.hide_secrets(self.tools);
        let (before, name) = (state.usage(), self.agent.name.as_deref());
        let span = Span::run(name, self.agent.model.id(), state.id());
        let ended = span.within(self.begin(state)).await;
        span.used(before, state.usage());
        if let Next::Done(stop) = state.next() {
            span.stopped(stop);
        }
        if let Some(error) = &ended.error {
            span.failed(error);
        }
        ended
    }

    async fn begin(&self, state: &mut State) -> Ended {
        if let Some(answer) = self.answer {
            answer.recall(state);
        }
        match (state.next(), &self.log) {
            // Its process may have ended just before it could write this down.
            (Next::Done(stop), Some(log)) => return Ended { error: log.append_over(stop).await.err(), partial: None },
            (Next::Done(_) | Next::Approve(_), _) => return Ended::default(),
            _ => {}
        }
        let began = match &self.log {
            Some(log) => log.append(&Record::State(Box::new(state.clone()))).await,
            None => Ok(()),
        };
        let ended = match began {
            Ok(()) => self.steps_to_answer(state).await,
            Err(error) => Ended::error(error),
        };
        let Some(log) = &self.log else { return ended };
        let record = match state.next() {
            // A run that waits is not over.
            Next::Approve(_) => Record::State(Box::new(state.clone())),
            Next::Done(stop) if ended.error.is_none() => Record::Over { stop: Some(stop.clone()) },
            _ => Record::Over { stop: None },
        };
        let written = log.append(&record).await;
        Ended { error: ended.error.or(written.err()), ..ended }
    }

    /// Steps until the answer has the form that it must have, or the model got it wrong too often.
    async fn steps_to_answer(&self, state: &mut State) -> Ended {
        let mut effects = Effects::begin(self.history.notes());
        let mut wrong = 0;
        loop {
            let ended = self.steps(state, &mut effects).await;
            if ended.error.is_some() || !self.answer.is_some_and(|answer| answer.objects(state, &mut wrong)) {
                return ended;
            }
            if let Some(log) = &self.log
                && let Err(error) = log.append(&Record::State(Box::new(state.clone()))).await
            {
                return Ended::error(error);
            }
        }
    }

    async fn steps(&self, state: &mut State, effects: &mut Effects<'_>) -> Ended {
        let means = self.means();
        let (mut early, mut began) = (None, Instant::now());
        loop {
            if let Some(seat) = self.seat {
                seat.hold(state);
            }
            let left = state.time_left();
            let stop = match state.next() {
                Next::Done(_) | Next::Approve(_) => return Ended::default(),
                _ if self.cancellation.is_cancelled() => Some(Stop::Cancelled),
                _ if left.is_some_and(|left| left.is_zero()) => Some(Stop::WallTime),
                _ => None,
            };
            if let Some(stop) = stop {
                return self.stop(state, stop, early).await;
            }
            self.hands_on.opens(state);
            let ended = match state.open_turn() {
                Some(turn) => {
                    // Calls see the signal and end themselves.
                    let (fatal, stop) = {
                        let calls = pin!(self.agent.execution.execute(&means, turn, early.take()));
                        in_time(calls, left, || self.cancellation.cancel()).await
                    };
                    state.settle();
                    if self.answer.is_some_and(Wanted::is_given) {
                        state.was_answered();
                    }
                    let cancelled = self.cancellation.is_cancelled().then_some(Stop::Cancelled);
                    let stop = stop.or(cancelled).filter(|_| fatal.is_none());
                    if let Some(stop) = stop {
                        state.stop(stop);
                    }
                    Ended { error: fatal, partial: None }
                }
                None => {
                    effects.update(state, self.tools);
                    self.hands_on.asks(state);
                    self.ask(state, (left, began), &mut early).await
                }
            };
            let now = Instant::now();
            state.pass(now - began);
            began = now;
            if ended.error.is_some() || ended.partial.is_some() {
                return ended;
            }
        }
    }

    /// Stops between two steps. What began early stands as it ends, and nothing else of the turn begins.
    async fn stop(&self, state: &mut State, stop: Stop, early: Option<Early<'_>>) -> Ended {
        let (means, mut fatal) = (self.means(), None);
        if let (Some(early), Some(turn)) = (early, state.open_turn()) {
            self.cancellation.cancel();
            fatal = self.agent.execution.execute(&means, turn, Some(early)).await;
        }
        if fatal.is_none() {
            state.stop(stop);
        }
        Ended { error: fatal, partial: None }
    }

    pub(super) fn means(&self) -> Means<'_> {
        Means {
            tools: self.tools,
            approvals: &self.agent.approvals,
            hooks: &self.agent.hooks,
            trace_content: self.agent.trace_content,
            states: self.states,
            cancellation: self.cancellation,
            events: self.events,
            log: self.log.as_ref(),
            hands_on: &self.hands_on,
            select: self.select,
        }
    }
}

/// What the future yields; at the end of its time `over` is called once, and the future is to end by itself.
async fn in_time<F: Future>(
    mut future: Pin<&mut F>,
    left: Option<Duration>,
    over: impl FnOnce(),
) -> (F::Output, Option<Stop>) {
    let Some(left) = left else { return (future.await, None) };
    match tokio::time::timeout(left, future.as_mut()).await {
        Ok(output) => (output, None),
        Err(_) => {
            over();
            (future.await, Some(Stop::WallTime))
        }
    }
}

impl Ended {
    pub(super) fn error(error: Error) -> Self {
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
