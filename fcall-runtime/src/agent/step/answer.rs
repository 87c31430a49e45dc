//! What a state knows of an answer that must have a form of its own.

use std::mem;

use super::{Phase, State};
use crate::{
    agent::{
        open::Slot,
        run::{CallStatus, Stop},
    },
    message::{Message, ToolCall, ToolChoice},
};

impl State {
    /// The answer is no good: the model is told why, and asked again. Does nothing unless it had answered.
    pub(in crate::agent) fn object(&mut self, why: Message) {
        if self.last_answer().is_some() {
            self.messages.push(why);
            self.ask_again();
        }
    }

    /// The call counts for [`Limits::calls`](crate::agent::Limits::calls): it is more than the way that the answer comes.
    pub(super) fn counts(&self, call: &ToolCall) -> bool {
        self.answer_tool.as_ref() != Some(&call.name)
    }

    /// How many calls that count are answered; those of the runs inside them count too.
    pub(super) fn counted_calls(&self) -> usize {
        let own = match self.answer_tool {
            None => self.records.len(),
            Some(_) => self.answered_since(0).filter(|call| self.counts(call.call)).count(),
        };
        let inside = self.records.iter().flat_map(|record| &record.runs).map(|run| run.calls as usize);
        own.saturating_add(inside.sum())
    }

    /// The text that the run ended with.
    pub(in crate::agent) fn last_answer(&self) -> Option<String> {
        let reply = self.reply.and_then(|at| self.messages.get(at));
        matches!(self.phase, Phase::Done(Stop::Answer)).then(|| reply.map(Message::text).unwrap_or_default())
    }

    /// The arguments of the last call of this tool that did what was asked.
    pub(in crate::agent) fn last_done(&self, tool: &str) -> Option<&str> {
        let open = match (&self.phase, self.messages.last()) {
            (Phase::Calls(open), Some(message)) => Some((open, message)),
            _ => None,
        };
        let ended = open.into_iter().flat_map(|(open, message)| {
            let end = |(at, call)| match open.slot(at) {
                Slot::Ended(end) => Some((call, end)),
                _ => None,
            };
            message.tool_calls().enumerate().filter_map(end)
        });
        let is_done = |call: &ToolCall, status| call.name == tool && status == CallStatus::Done;
        let ended = ended.filter(|(call, end)| is_done(call, end.status)).last();
        ended.map(|(call, end)| end.arguments.as_deref().unwrap_or(&call.arguments)).or_else(|| {
            let answered = self.answered_since(0).filter(|call| is_done(call.call, call.status));
            answered.last().map(|call| call.arguments)
        })
    }

    /// The answer came by a call, which is answered. Calls that wait for a decision go on waiting.
    pub(in crate::agent) fn was_answered(&mut self) {
        if matches!(self.phase, Phase::Ask | Phase::LastWord(_)) {
            self.phase = Phase::Done(Stop::Answer);
        }
    }

    /// Another choice in the place of its own, where the answer comes by a call of this tool.
    pub(in crate::agent) fn answers_by(&mut self, tool: Option<&str>, choice: impl FnOnce(ToolChoice) -> ToolChoice) {
        self.answer_tool = tool.map(ToOwned::to_owned);
        self.tool_choice = choice(mem::take(&mut self.tool_choice));
    }

    /// How often the model may get a form wrong.
    pub(in crate::agent) fn most_wrong(&self) -> u32 {
        self.limits.max_bad_arguments()
    }
}
