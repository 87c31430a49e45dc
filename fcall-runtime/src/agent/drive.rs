//! The one loop under `run`, `stream` and `chat`: does what the state says, and tells it what came of it.

use std::sync::Arc;

use super::{
    Inner,
    event::{Event, Events},
    execute::Means,
    next::Next,
    run::Run,
    step::State,
};
use crate::{
    error::{Error, Result},
    message::{Assembler, Delta, History, Request, Sink},
    tool::States,
    toolbox::Toolbox,
};

/// Drives `state` until it is done.
///
/// # Errors
/// What ended the run, with the run so far attached by [`failed`]. The state is then one to go on from.
///
/// # Cancellation
/// Dropping the future leaves the state between two steps; calls that were running are open in it.
pub(super) async fn drive(
    agent: &Inner,
    tools: &Toolbox,
    states: &Arc<States>,
    state: &mut State,
    history: &History,
    events: &Events,
) -> Result<(), Interrupted> {
    loop {
        match state.next() {
            Next::Ask { messages, tool_choice, turn } => {
                let request = Request::new(messages, tools.specs(), &agent.options)
                    .tool_choice(tool_choice)
                    .stream(events.is_listening())
                    .history(history);
                let mut reply = Reply { assembler: Assembler::new(turn as usize), state, events };
                let ended = agent.model.reply(&request, &mut reply).await;
                let (partial, response) = (!reply.assembler.is_empty(), reply.assembler.finish());
                if let Err(error) = ended {
                    return Err(Interrupted { error, partial: partial.then_some(response) });
                }
                events.emit(|| Event::TurnFinished { turn, finish: response.finish.clone(), usage: response.usage });
                state.replied(response);
            }
            Next::Call(pending) => {
                let means = Means { tools, approvals: &agent.approvals, states };
                let executed = agent.execution.execute(&means, &pending, events).await;
                state.answered(executed.ends);
                if let Some(error) = executed.fatal {
                    return Err(Interrupted { error, partial: None });
                }
            }
            Next::Done(_) => return Ok(()),
        }
    }
}

/// A run that ended in an error, and what had come of the reply that broke off.
pub(super) struct Interrupted {
    error: Error,
    partial: Option<crate::message::Response>,
}

impl Interrupted {
    /// The error, with the run so far attached.
    pub(super) fn with_run(self, state: State) -> Error {
        let mut run: Run = state.into_run();
        run.stop = None;
        if let Some(usage) = self.partial.as_ref().and_then(|reply| reply.usage) {
            run.usage += usage;
        }
        run.partial = self.partial;
        self.error.attach(run)
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
