//! The one loop under `run`, `stream` and `chat`: does what the state says, and tells it what came of it.

use std::sync::Arc;

use super::{
    Inner,
    event::{Event, Events},
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
                let mut reply = Reply { assembler: Assembler::new(turn as usize), state, events, ids: Vec::new() };
                let ended = agent.model.reply(&request, &mut reply).await;
                let (partial, response) = (!reply.assembler.is_empty(), reply.assembler.finish());
                if let Err(error) = ended {
                    return Err(Interrupted { error, partial: partial.then_some(response) });
                }
                events.emit(|| Event::TurnFinished { turn, finish: response.finish.clone(), usage: response.usage });
                state.replied(response);
            }
            Next::Call(pending) => {
                let executed = agent.execution.execute(tools, states, &pending, events).await;
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
        run.partial = self.partial;
        self.error.attach(run)
    }
}

/// One reply as it comes in: assembled, and told to whom it concerns.
struct Reply<'a> {
    assembler: Assembler,
    state: &'a State,
    events: &'a Events,
    /// Ids of this reply's calls by part: the assembled call and its events must show the same one.
    ids: Vec<(usize, String)>,
}

impl Reply<'_> {
    fn id(&self, part: usize) -> Option<&str> {
        self.ids.iter().rev().find(|(p, _)| *p == part).map(|(_, id)| id.as_str())
    }

    fn tell(&self, delta: &Delta) {
        match delta {
            Delta::Text { text, .. } | Delta::Refusal { text, .. } if !text.is_empty() => {
                self.events.emit(|| Event::TextDelta(text.clone()));
            }
            Delta::Reasoning { text, .. } if !text.is_empty() => self.events.emit(|| Event::Reasoning(text.clone())),
            Delta::CallStart { id, name, .. } => {
                self.events.emit(|| Event::CallStarted { id: id.clone(), name: name.clone() });
            }
            Delta::CallArguments { part, text } => {
                if let Some(id) = self.id(*part).filter(|_| !text.is_empty()) {
                    self.events.emit(|| Event::CallArguments { id: id.to_owned(), text: text.clone() });
                }
            }
            Delta::Restart => self.events.emit(|| Event::Restarted),
            _ => {}
        }
    }
}

impl Sink for Reply<'_> {
    fn push(&mut self, mut delta: Delta) {
        match &mut delta {
            Delta::CallStart { part, .. } if self.id(*part).is_some() => return,
            Delta::CallStart { part, id, .. } => {
                let taken = |id: &str| self.ids.iter().any(|(_, other)| other == id);
                *id = self.state.fresh_id(std::mem::take(id), taken);
                self.ids.push((*part, id.clone()));
            }
            Delta::Restart => self.ids.clear(),
            _ => {}
        }
        if self.events.is_listening() {
            self.tell(&delta);
        }
        self.assembler.push(delta);
    }
}
