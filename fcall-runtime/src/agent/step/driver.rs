//! What the state shows to who drives it inside the library, beyond what a loop by hand needs.

use std::{collections::HashMap, time::Duration};

use super::{Phase, State};
use crate::{
    agent::{
        history::{HistoryFault, INTERRUPTED},
        limits::Limits,
        next::{CallEnd, Next, Turn},
        open::{OpenCalls, Slot},
        run::{Call, CallStatus},
    },
    message::{FinishReason, Handover, Message, Response, ToolCall, Usage},
    toolbox::Toolbox,
};

impl State {
    /// The calls that are to be carried out, for one who answers them as they end; then [`settle`](Self::settle).
    pub(in crate::agent) fn open_turn(&mut self) -> Option<Turn<'_>> {
        match (&mut self.phase, self.messages.split_last()) {
            (Phase::Calls(open), Some((message, before))) => {
                Some(Turn { before, message, choice: &self.tool_choice, number: self.turns, open })
            }
            _ => None,
        }
    }

    /// The call with this id is one of the last message.
    pub(in crate::agent) fn has_call(&self, id: &str) -> bool {
        self.messages.last().is_some_and(|message| message.tool_calls().any(|call| call.id == id))
    }

    /// Some calls of the last message have no end yet.
    pub(in crate::agent) fn has_open_calls(&self) -> bool {
        matches!(self.next(), Next::Call(pending) if pending.calls().next().is_some())
    }

    /// The provider calls the reply of no use, and no call in it is kept to be answered: the model is asked again.
    pub(in crate::agent) fn is_void(reply: &Response) -> bool {
        matches!(reply.finish, Some(FinishReason::Malformed(_))) && reply.message.tool_calls().next().is_none()
    }

    /// How many calls may still be carried out.
    pub(in crate::agent) fn calls_left(&self) -> usize {
        self.limits.max_calls().map_or(usize::MAX, |limit| limit.saturating_sub(self.counted_calls()))
    }

    /// The ends of calls that the state itself refused.
    pub(in crate::agent) fn refused(&self) -> impl Iterator<Item = &CallEnd> {
        let open = match &self.phase {
            Phase::Calls(open) => Some(open),
            _ => None,
        };
        open.into_iter().flat_map(OpenCalls::ends)
    }

    /// The calls whose ends no event has told of when a saved run goes on: those that were denied since it waited so, or
    /// given up when it was recovered.
    pub(in crate::agent) fn untold<'a>(
        &'a self,
        waited: Option<&'a Self>,
    ) -> impl Iterator<Item = (&'a ToolCall, &'a CallEnd)> {
        let (open, message) = match (&self.phase, self.messages.last()) {
            (Phase::Calls(open), Some(message)) => (Some(open), Some(message)),
            _ => (None, None),
        };
        let had_ended = move |at| match waited.map(|state| &state.phase) {
            Some(Phase::Approve(before)) => matches!(before.slot(at), Slot::Ended(_)),
            _ => false,
        };
        let calls = message.into_iter().flat_map(Message::tool_calls).enumerate();
        calls.filter_map(move |(at, call)| match open?.slot(at) {
            Slot::Ended(end) if waited.is_some() && !had_ended(at) => Some((call, end)),
            Slot::Ended(end) if waited.is_none() && end.status == CallStatus::Interrupted => Some((call, end)),
            _ => None,
        })
    }

    /// The id under which a journal has the run.
    pub(in crate::agent) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(in crate::agent) fn name(&mut self, id: String) {
        self.id = Some(id);
    }

    /// It waits for the same decisions, at the same place of the same conversation.
    pub(in crate::agent) fn waits_as(&self, other: &Self) -> bool {
        matches!(self.phase, Phase::Approve(_)) && self.phase == other.phase && self.messages == other.messages
    }

    pub(in crate::agent) fn was_repaired(&mut self, faults: Vec<HistoryFault>) {
        self.repaired = faults;
    }

    /// Notes on each call how it may be shown, also on those of the history.
    pub(in crate::agent) fn hide_secrets(&mut self, tools: &Toolbox) {
        if tools.has_secrets() {
            self.messages.iter_mut().for_each(|message| tools.hide_secrets(message));
        }
    }

    /// The tokens of all turns so far.
    pub(in crate::agent) fn usage(&self) -> Usage {
        self.usage
    }

    /// These models failed, and others went on.
    pub(in crate::agent) fn handed_over(&mut self, handovers: Vec<Handover>) {
        self.handovers.extend(handovers);
    }

    /// How many calls are answered.
    pub(in crate::agent) fn answered_calls(&self) -> usize {
        self.records.len()
    }

    /// The calls that were answered since there were so many of them, in the order in which they were made.
    pub(in crate::agent) fn answered_since(&self, count: usize) -> impl Iterator<Item = Call<'_>> {
        self.records.iter().skip(count).filter_map(|record| record.view(&self.messages))
    }

    pub(in crate::agent) fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The run has gone on for so long in all.
    pub(in crate::agent) fn passed(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
    }

    /// Some of the open calls had begun in a process that is no more, with their own arguments or others: those that may
    /// be repeated begin again, the others are answered as interrupted.
    pub(in crate::agent) fn recover_calls(
        &mut self,
        began: &HashMap<String, Option<String>>,
        repeats: impl Fn(&ToolCall) -> bool,
    ) {
        let (Phase::Calls(open), Some(message)) = (&mut self.phase, self.messages.last()) else { return };
        for (at, call) in message.tool_calls().enumerate() {
            let Some(changed) = began.get(&call.id) else { continue };
            open.set(
                at,
                match repeats(call) {
                    true => Slot::Allowed(changed.clone()),
                    false => Slot::Ended(CallEnd::refused(call, INTERRUPTED, CallStatus::Interrupted)),
                },
            );
        }
    }

    /// Other limits from here on; what they don't say stays as it is.
    pub(in crate::agent) fn limit_to(&mut self, limits: Limits) {
        self.limits = limits.over(self.limits);
    }
}
