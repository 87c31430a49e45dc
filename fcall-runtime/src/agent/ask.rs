//! Asking the model: one request, the reply as it comes in, and what the state is told of it.

use std::{borrow::Cow, pin::pin, time::Duration};

use tokio::time::Instant;

use super::{
    builder::check_choice,
    drive::{Drive, Ended},
    event::Event,
    execute::{Early, can_be_early},
    history::{check_history, refused},
    hook::{HookRequest, say},
    journal::Record,
    next::Next,
    reply::Reply,
    run::{Call, Stop},
    select::{Asking, Selection},
    step::State,
    trace::{self, Span},
};
use crate::{
    error::{Error, Kind, Result},
    message::{Assembler, Message, Request, Response, ToolSpecs},
    notice,
};

impl Drive<'_> {
    /// Whether calls may begin while the reply still comes in: nobody stands between the reply and the call.
    fn is_eager(&self) -> bool {
        self.events.is_listening() && self.agent.hooks.is_empty() && self.tools.iter().any(can_be_early)
    }

    /// Asks the model for the next reply; one that breaks off is no part of the conversation.
    ///
    /// What it asks for that may begin before its end is `early`, to be gone on with.
    pub(super) async fn ask<'a>(
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
            Ok(Ok(())) => return self.accept(state, (turn, has_begun, response), (left, began), early).await,
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

    /// Tells the state, and all who listen, of the complete reply to this turn, of which something `has_begun` to be told;
    /// so much time was `left` when it `began`.
    async fn accept(
        &self,
        state: &mut State,
        (turn, has_begun, mut response): (u32, bool, Response),
        (left, began): (Option<Duration>, Instant),
        early: &mut Option<Early<'_>>,
    ) -> Ended {
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
        Ended { error: fatal, partial: None }
    }

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
