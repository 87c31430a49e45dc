//! Whether a run has done what can't be done anew.

use super::{
    run::{Call, CallStatus},
    step::State,
};
use crate::{message::RunNotes, toolbox::Toolbox};

/// What models are told of a run beside its conversation, kept up as its calls end.
#[derive(Debug, Default)]
pub(super) struct Effects {
    pub(super) notes: RunNotes,
    /// How many calls have been looked at.
    seen: usize,
}

impl Effects {
    /// Looks at the calls that ended since the last time.
    pub(super) fn update(&mut self, state: &State, tools: &Toolbox) {
        if state.answered_since(self.seen).any(|call| had_effects(&call, tools)) {
            self.notes.note_effects();
        }
        self.seen = state.answered_calls();
    }
}

/// Whether a call may have changed something; one whose tool is no longer there may.
fn had_effects(call: &Call<'_>, tools: &Toolbox) -> bool {
    use CallStatus::{Done, Failed, Interrupted, Panicked, TimedOut};
    let began = matches!(call.status, Done | Failed | Panicked | TimedOut | Interrupted);
    began && tools.get(&call.call.name).is_none_or(|tool| !tool.is_read_only() && !tool.is_idempotent())
}
