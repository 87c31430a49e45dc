//! The one loop under `run`, `stream` and `chat`: does what the state says, and tells it what came of it.

use std::{
    borrow::Cow,
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    time::Duration,
};

use tokio::time::Instant;

use super::{
    Inner,
    answer::Wanted,
    builder::check_choice,
    effects::Effects,
    event::{Event, Events},
    execute::{Early, Means, can_be_early},
    history::{check_history, refused},
    hook::{HookRequest, say},
    journal::{Log, Record},
    nested::{HandsOn, Seat},
    next::Next,
    reply::Reply,
    run::{Call, Run, Stop},
    select::{Asking, Selection},
    step::State,
    trace::{self, Span},
};
use crate::{
    error::{Error, Kind, Result},
    message::{Assembler, History, Message, Request, Response, ToolSpecs},
    notice,
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
        let mut early = None;
        loop {
            if let Some(seat) = self.seat {
                seat.hold(state);
            }
            let left = state.time_left();
            let began = Instant::now();
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
            state.pass(began.elapsed());
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

    fn means(&self) -> Means<'_> {
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

    /// Whether calls may begin while the reply still comes in: nobody stands between the reply and the call.
    fn is_eager(&self) -> bool {
        self.events.is_listening() && self.agent.hooks.is_empty() && self.tools.iter().any(can_be_early)
    }

    /// Asks the model for the next reply; one that breaks off is no part of the conversation.
    ///
    /// What it asks for that may begin before its end is `early`, to be gone on with.
    async fn ask<'a>(
        &'a self,
        state: &mut State,
        (left, began): (Option<Duration>, Instant),
        early: &mut Option<Early<'a>>,
    ) -> Ended {
        let Next::Ask { messages, tool_choice, turn } = state.next() else { return Ended::default() };
        let offer = |select: &Selection| select.offered(self.tools, &Asking { messages, turn }, tool_choice);
        let offered = match self.select.map(offer).transpose() {
            Ok(offered) => offered,
            Err(error) => return Ended::error(error),
        };
        let specs = offered.as_ref().map_or(self.tools.specs(), |offered| &offered.specs);
        let tool_choice = offered.as_ref().and_then(|offered| offered.choice.as_ref()).unwrap_or(tool_choice);
        let (asking, how, void) = (Asking { messages, turn }, self.agent.execution, early.take());
        let begin = || Early::new(how, self.means(), tool_choice, (asking, state.calls_left()), void);
        let (mut begun, herald) = self.is_eager().then(begin).unzip();
        let (messages, tool_choice) = (Cow::Borrowed(messages), Cow::Borrowed(tool_choice));
        let asking = HookRequest { messages, tool_choice, options: Cow::Borrowed(&self.agent.options), turn };
        let assembler = Assembler::new(turn as usize);
        let (events, tools, deferral, held) = (self.events, self.tools, self.agent.deferral.as_ref(), Vec::new());
        let mut reply = Reply { assembler, turn, state, events, tools, deferral, held, early: herald, span: None };
        let ended = {
            // Pinned here, where it is made: it is large, and would else be moved into each of those below.
            let mut answer = pin!(self.reply(asking, specs, &mut reply));
            let calls = async {
                match &mut begun {
                    Some(begun) => begun.go_on().await,
                    None => std::future::pending().await,
                }
            };
            let cancelled = pin!(async {
                tokio::select! {
                    biased;
                    ended = answer.as_mut() => Ok(ended),
                    never = calls => match never {},
                    () = self.cancellation.cancelled() => Err(Stop::Cancelled),
                }
            });
            match left {
                None => cancelled.await,
                Some(left) => tokio::time::timeout(left, cancelled).await.unwrap_or(Err(Stop::WallTime)),
            }
        };
        if matches!(ended, Ok(Ok(()))) {
            reply.release_all();
        }
        match (&ended, begun) {
            (Ok(Ok(())), Some(mut begun)) => {
                begun.close();
                *early = Some(begun);
            }
            (Err(Stop::Cancelled), Some(begun)) => begun.wind_down().await,
            _ => {}
        }
        let span = reply.span.take();
        let (has_begun, mut response) = (!reply.assembler.is_empty(), reply.assembler.finish());
        if let Some(seat) = self.seat {
            seat.replied(&response, matches!(ended, Ok(Ok(()))));
        }
        if let Some(deferral) = &self.agent.deferral {
            deferral.take(&mut response.message, self.tools);
        }
        self.tools.hide_secrets(&mut response.message);
        if let (Some(span), Ok(Ok(()))) = (span, &ended) {
            span.replied(&response, self.tools);
        }
        let error = match ended {
            Ok(Ok(())) => {
                if let Err(error) = self.see(&response, left.map(|left| left.saturating_sub(began.elapsed()))).await {
                    state.handed_over(std::mem::take(&mut response.handovers));
                    return Ended { error: Some(error), partial: Some(response) };
                }
                if let Some(log) = &self.log {
                    let elapsed = state.elapsed().saturating_add(began.elapsed());
                    let reply = Record::Reply { response: response.clone(), elapsed };
                    if let Err(error) = log.append(&reply).await {
                        state.handed_over(std::mem::take(&mut response.handovers));
                        return Ended { error: Some(error), partial: Some(response) };
                    }
                }
                let is_void = State::is_void(&response);
                if is_void && has_begun {
                    // What was told of it is no part of the conversation.
                    notice::restarted();
                    self.events.emit(|| Event::Restarted);
                }
                self.events.emit(|| Event::TurnFinished {
                    turn,
                    finish: response.finish.clone(),
                    usage: response.usage,
                    model: response.model.clone(),
                });
                let (before, mut fatal) = (state.answered_calls(), None);
                if let Some(seat) = self.seat {
                    seat.admit(state, &response.message);
                }
                state.replied_with(response, |call| {
                    let (end, error) = early.as_mut()?.told_end(call)?;
                    fatal = fatal.take().or(error);
                    Some(end)
                });
                // The state answers all calls of a reply that is no good, or some of a turn that goes on.
                let is_told = |call: &Call<'_>| early.as_ref().is_some_and(|early| early.is_over(&call.call.id));
                state.answered_since(before).filter(|call| !is_told(call)).for_each(|call| {
                    trace::refused(&call.call.id, &call.call.name, call.status, self.tools);
                    self.events.emit(|| Event::answered(&call, self.tools));
                });
                state.refused().for_each(|end| {
                    trace::refused(&end.result.call_id, &end.result.name, end.status, self.tools);
                    self.events.emit(|| Event::finished(end, None, self.tools));
                });
                if !is_void && state.open_turn().is_none() {
                    *early = None;
                }
                return Ended { error: fatal, partial: None };
            }
            Ok(Err(error)) => Some(error),
            Err(stop) => {
                state.stop(stop);
                None
            }
        };
        // The partial reply is no part of the run, but that others were asked is.
        state.handed_over(std::mem::take(&mut response.handovers));
        Ended { error, partial: has_begun.then_some(response) }
    }
}

impl Drive<'_> {
    /// Shows the reply to the hooks, as long as the run has time.
    async fn see(&self, response: &Response, left: Option<Duration>) -> Result<()> {
        if self.agent.hooks.is_empty() {
            return Ok(());
        }
        let seen = async {
            tokio::select! {
                biased;
                seen = self.agent.hooks.after_request(response) => seen,
                () = self.cancellation.cancelled() => Ok(()),
            }
        };
        let seen = match left {
            None => seen.await,
            Some(left) => tokio::time::timeout(left, seen).await.unwrap_or(Ok(())),
        };
        seen.map_err(|error| self.scrub(error, std::slice::from_ref(&response.message)))
    }

    /// What a hook said when it panicked does not hold the secrets of the calls that it saw.
    fn scrub(&self, mut error: Error, seen: &[Message]) -> Error {
        if self.tools.has_secrets()
            && let Kind::Hook(said) = error.kind_mut()
        {
            for call in seen.iter().flat_map(Message::tool_calls) {
                if let Some(scrubbed) = self.tools.secrets(&call.name).scrub(&call.arguments, said) {
                    *said = scrubbed;
                }
            }
        }
        error
    }

    /// Has the request answered: by a hook, or else by the model.
    async fn reply(&self, mut asking: HookRequest<'_>, specs: &ToolSpecs, sink: &mut Reply<'_>) -> Result<()> {
        if !self.agent.hooks.is_empty() {
            let said = self.agent.hooks.before_request(&mut asking).await;
            if let Some(message) = said.map_err(|error| self.scrub(error, &asking.messages))? {
                say(message, sink);
                return Ok(());
            }
            if let Cow::Owned(choice) = &asking.tool_choice {
                check_choice(choice, self.tools)?;
            }
            if let Cow::Owned(messages) = &asking.messages {
                let faults = check_history(messages);
                if !faults.is_empty() {
                    return Err(refused(&faults));
                }
            }
        }
        let request = Request::new(&asking.messages, specs, &asking.options)
            .tool_choice(&asking.tool_choice)
            .stream(self.events.is_listening());
        // What a hook wrote is not what the next turn goes on from.
        let request = match asking.messages {
            Cow::Borrowed(_) => request.history(self.history),
            Cow::Owned(_) => request.notes(self.history.notes()),
        };
        let request = self.answer.map_or(request, |answer| answer.asked(request));
        let span = Span::chat(self.agent.model.id(), &request, self.tools, self.agent.trace_content);
        let answered = span.within(self.agent.model.reply(&request, sink)).await;
        if let Err(error) = &answered {
            span.failed(error);
        }
        sink.span = Some(span);
        answered
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
