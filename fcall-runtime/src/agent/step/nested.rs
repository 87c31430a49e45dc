//! What a state leaves to the runs inside its calls, and how it is held to what another run leaves to it.

use std::time::Duration;

use super::{Phase, State};
use crate::{
    agent::{nested::Left, run::Stop},
    message::Message,
};

impl State {
    /// What the runs inside the open calls may use.
    pub(in crate::agent) fn left(&self) -> Left {
        // Calls of the turn may have ended before, of a run that is resumed or recovered: they are not counted yet.
        let (mut used, mut made) = (self.usage, 0_u64);
        if let Phase::Calls(open) = &self.phase {
            for run in open.ends().flat_map(|end| &end.runs) {
                used += run.usage;
                made = made.saturating_add(run.calls.into());
            }
        }
        let tokens = self.limits.max_tokens();
        let open = self.messages.last().filter(|_| self.is_calling());
        let made = made.saturating_add(open.map_or(0, |message| self.calls_that_count(message)));
        Left {
            tokens: (tokens != u64::MAX).then(|| tokens.saturating_sub(used.total())),
            calls: self.more_calls().map(|left| left.saturating_sub(made)),
            time: self.time_left(),
            depth: self.limits.max_depth(),
        }
    }

    /// The calls of the last message are being carried out.
    pub(in crate::agent) fn is_calling(&self) -> bool {
        matches!(self.phase, Phase::Calls(_))
    }

    /// How many more calls may be answered; none without a limit.
    fn more_calls(&self) -> Option<u64> {
        Some(self.limits.max_calls()?.saturating_sub(self.counted_calls()) as u64)
    }

    fn calls_that_count(&self, message: &Message) -> u64 {
        message.tool_calls().filter(|call| self.counts(call)).count() as u64
    }

    /// The run goes on inside another that leaves it so much.
    pub(in crate::agent) fn enter(&mut self, time: Option<Duration>, depth: u32) {
        let time = time.map(|time| self.elapsed.saturating_add(time));
        self.limits.within(None, None, time);
        match depth.checked_sub(1) {
            Some(below) => self.limits = self.limits.depth(self.limits.own_depth().map_or(below, |own| own.min(below))),
            None => self.stop(Stop::MaxDepth),
        }
    }

    /// So many tokens are left; where there are none the run stops before the model is asked.
    pub(in crate::agent) fn hold_tokens(&mut self, left: Option<u64>) {
        let Some(left) = left else { return };
        self.limits.within(Some(self.usage.total().saturating_add(left)), None, None);
        if left == 0 && matches!(self.phase, Phase::Ask) {
            // One that has not begun has nothing to say.
            match self.turns {
                0 => self.stop(Stop::TotalTokens),
                _ => self.ask_again(),
            }
        }
    }

    /// How many of the calls in a reply may be carried out by the run's own limits.
    pub(in crate::agent) fn admits(&self, message: &Message) -> u64 {
        let calls = self.calls_that_count(message);
        self.more_calls().map_or(calls, |left| calls.min(left))
    }

    /// Of the next reply's calls no more than these may be carried out.
    pub(in crate::agent) fn hold_calls(&mut self, more: u64) {
        self.limits.within(None, Some((self.counted_calls() as u64).saturating_add(more)), None);
    }
}
