//! How a turn ends: every call answered, counted and recorded; and whether the run goes on.

use std::mem;

use super::{Phase, State};
use crate::{
    agent::{
        next::CallEnd,
        open::{OpenCalls, Slot},
        run::{CallRecord, CallStatus, Stop},
        tally::{BadArguments, count_repeats},
    },
    message::{Message, Part, Role, ToolCall, ToolChoice},
};

const MISSING: &str = "no result: the program did not answer this call";
pub(super) const NO_MORE: &str = "not carried out: no more calls may be made; answer with what you know";

/// Whether a call was one that a forced choice asks for: the tool is there, and could begin, but for what others wrote.
fn is_call(end: &CallEnd) -> bool {
    use CallStatus::{BadArguments, NotAllowed, NotBegun, UnknownTool};
    match end.status {
        BadArguments => end.arguments.is_some(),
        status => !matches!(status, UnknownTool | NotAllowed | NotBegun),
    }
}

impl State {
    /// All calls that can be carried out have been: on to the next turn, or to wait for decisions.
    pub(in crate::agent) fn settle(&mut self) {
        match &self.phase {
            Phase::Calls(open) if open.is_undecided() => {
                if let Some(open) = self.take_open() {
                    self.phase = Phase::Approve(open);
                }
            }
            Phase::Calls(_) => self.close(|call, _| CallEnd::refused(call, MISSING, CallStatus::Interrupted)),
            _ => {}
        }
    }

    pub(super) fn refuse_calls_over_the_limit(&mut self) {
        if self.limits.max_calls().is_none() {
            return;
        }
        let left = self.calls_left();
        let Some(message) = self.messages.last() else { return };
        let calls = message.tool_calls().enumerate().filter(|(_, call)| self.counts(call));
        let over = |(at, call)| (at, Slot::Ended(CallEnd::refused(call, NO_MORE, CallStatus::NotBegun)));
        let refused: Vec<(usize, Slot)> = calls.skip(left).map(over).collect();
        if let Phase::Calls(open) = &mut self.phase {
            refused.into_iter().for_each(|(at, end)| open.set(at, end));
        }
    }

    pub(super) fn take_open(&mut self) -> Option<OpenCalls> {
        match mem::replace(&mut self.phase, Phase::Ask) {
            Phase::Calls(open) | Phase::Approve(open) => Some(open),
            phase => {
                self.phase = phase;
                None
            }
        }
    }

    /// Answers the calls of the last message, counts and records them; `rest` answers those that have no end.
    pub(super) fn close(&mut self, rest: impl FnMut(&ToolCall, &Slot) -> CallEnd) {
        let Some(open) = self.take_open() else { return };
        let Some(at) = self.messages.len().checked_sub(1) else { return };
        let calls = self.messages[at].tool_calls().count();
        if calls == 0 {
            return;
        }
        let is_over = self.limits.max_calls().is_some_and(|limit| {
            let counted = self.messages[at].tool_calls().filter(|call| self.counts(call)).count();
            self.counted_calls() + counted > limit
        });
        let mut stop = None;
        let mut results = Vec::with_capacity(calls);
        self.records.reserve(calls);
        let mut obeyed = false;
        for (position, (part, mut end)) in open.close(&self.messages[at], rest).enumerate() {
            let Part::ToolCall(call) = &self.messages[at].parts[part] else { continue };
            obeyed |= is_call(&end) && self.tool_choice.allows(call.said_name());
            let (turn, limits) = (self.turns, &self.limits);
            let bad = BadArguments::count(&mut self.bad_arguments, call, &end, turn, limits.max_bad_arguments());
            let repeats = count_repeats(&self.records, &self.messages, call, &mut end, limits.max_repeats());
            stop = stop.or(bad).or(repeats);
            let CallEnd { result, status, elapsed, detail, whole, arguments, runs, .. } = end;
            runs.iter().for_each(|run| self.usage += run.usage);
            let (call, told) = ((at, part), (at + 1, position));
            self.records.push(CallRecord { call, result: told, status, elapsed, detail, whole, arguments, runs });
            results.push(Part::ToolResult(result));
        }
        self.messages.push(Message::new(Role::Tool, results));
        if obeyed && self.tool_choice.is_forced() {
            self.tool_choice = ToolChoice::Auto;
        }
        match stop.or(is_over.then_some(Stop::MaxCalls)) {
            Some(stop) => self.limit(stop),
            None => self.ask_again(),
        }
    }

    pub(super) fn ask_again(&mut self) {
        self.phase = Phase::Ask;
        if self.turns >= self.limits.max_turns() {
            self.limit(Stop::MaxTurns);
        } else if self.usage.total() >= self.limits.max_tokens() {
            self.limit(Stop::TotalTokens);
        }
    }

    fn limit(&mut self, stop: Stop) {
        self.phase = if self.limits.answers() { Phase::LastWord(stop) } else { Phase::Done(stop) };
    }
}
