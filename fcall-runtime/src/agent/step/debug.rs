//! A state as it may be shown: what calls came to without the secrets among their arguments.

use std::fmt;

use super::State;
use crate::agent::run::shown_with;

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { version: _, id, messages, phase, tool_choice, answer_tool, limits, turns, elapsed, .. } = self;
        let Self { usage, records, bad_arguments, malformed, reply, repaired, handovers, .. } = self;
        f.debug_struct("State")
            .field("id", id)
            .field("messages", &shown_with(messages, records))
            .field("phase", phase)
            .field("tool_choice", tool_choice)
            .field("answer_tool", answer_tool)
            .field("limits", limits)
            .field("turns", turns)
            .field("elapsed", elapsed)
            .field("usage", usage)
            .field("records", records)
            .field("bad_arguments", bad_arguments)
            .field("malformed", malformed)
            .field("reply", reply)
            .field("repaired", repaired)
            .field("handovers", handovers)
            .finish()
    }
}
