//! What a state knows of an answer that must have a form of its own.

use std::mem;

use super::{Phase, State};
use crate::{
    agent::run::Stop,
    message::{Message, ToolChoice},
};

impl State {
    /// The answer is no good: the model is told why, and asked again. Does nothing unless it had answered.
    pub(in crate::agent) fn object(&mut self, why: Message) {
        if self.last_answer().is_some() {
            self.messages.push(why);
            self.ask_again();
        }
    }

    /// The text that the run ended with.
    pub(in crate::agent) fn last_answer(&self) -> Option<String> {
        let reply = self.reply.and_then(|at| self.messages.get(at));
        matches!(self.phase, Phase::Done(Stop::Answer)).then(|| reply.map(Message::text).unwrap_or_default())
    }

    /// The answer came by a call, which is answered. Calls that wait for a decision go on waiting.
    pub(in crate::agent) fn was_answered(&mut self) {
        if matches!(self.phase, Phase::Ask | Phase::LastWord(_)) {
            self.phase = Phase::Done(Stop::Answer);
        }
    }

    /// Another choice in the place of its own, where the answer comes by a call.
    pub(in crate::agent) fn answers_by(&mut self, choice: impl FnOnce(ToolChoice) -> ToolChoice) {
        self.tool_choice = choice(mem::take(&mut self.tool_choice));
    }

    /// How often the model may get a form wrong.
    pub(in crate::agent) fn most_wrong(&self) -> u32 {
        self.limits.max_bad_arguments()
    }
}
