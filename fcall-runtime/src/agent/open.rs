//! The calls of one turn, until each of them has its answer.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::next::{CallEnd, Unshown};
use crate::message::{Message, Part, ToolCall};

/// The calls of the last message that wait for their answers, and the answers that came.
///
/// There is one way to be rid of it: [`close`](Self::close), which answers every call that has no answer yet. So a
/// conversation can't lose the answer to a call, whatever becomes of the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[must_use = "these calls wait for their answers"]
pub(super) struct OpenCalls(Vec<Slot>);

/// Where a call stands.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "every slot comes to hold an end")]
pub(super) enum Slot {
    /// It may have begun.
    #[default]
    Open,
    /// It has not begun for sure.
    Queued,
    /// It waits for somebody's decision.
    Undecided,
    /// Somebody allowed it, with these arguments instead of its own; it has not begun.
    Allowed(Option<String>),
    /// It ended.
    Ended(CallEnd),
}

impl OpenCalls {
    /// The calls of a message, all of them open.
    pub(super) fn of(message: &Message) -> Self {
        Self(message.tool_calls().map(|_| Slot::Open).collect())
    }

    /// Where the call at this place, counted among the calls of the message, stands.
    pub(super) fn slot(&self, at: usize) -> &Slot {
        self.0.get(at).unwrap_or(&Slot::Open)
    }

    /// The call at this place stands here now; an end is final.
    pub(super) fn set(&mut self, at: usize, slot: Slot) {
        if self.0.len() <= at {
            self.0.resize_with(at.saturating_add(1), Slot::default);
        }
        if let Some(old) = self.0.get_mut(at).filter(|old| !matches!(old, Slot::Ended(_))) {
            *old = slot;
        }
    }

    pub(super) fn is_undecided(&self) -> bool {
        self.0.contains(&Slot::Undecided)
    }

    /// The calls that wait for a decision, with their places.
    pub(super) fn undecided<'a>(&'a self, message: &'a Message) -> impl Iterator<Item = (usize, &'a ToolCall)> {
        message.tool_calls().enumerate().filter(|(at, _)| *self.slot(*at) == Slot::Undecided)
    }

    /// The calls that have ended.
    pub(super) fn ends(&self) -> impl Iterator<Item = &CallEnd> {
        self.0.iter().filter_map(|slot| match slot {
            Slot::Ended(end) => Some(end),
            _ => None,
        })
    }

    /// Exactly one end for each call of the message, in its order, with the part that the call is: `rest` says how those
    /// ended that had not.
    pub(super) fn close(
        self,
        message: &Message,
        mut rest: impl FnMut(&ToolCall, &Slot) -> CallEnd,
    ) -> impl Iterator<Item = (usize, CallEnd)> {
        let mut slots = self.0.into_iter();
        let calls = message.parts.iter().enumerate().filter_map(|(at, part)| match part {
            Part::ToolCall(call) => Some((at, call)),
            _ => None,
        });
        let close = move |(at, call): (usize, &ToolCall)| match slots.next().unwrap_or_default() {
            // A saved state may have been tampered with.
            Slot::Ended(end) if end.result.call_id == call.id => (at, end),
            open => (at, rest(call, &open)),
        };
        calls.map(close)
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Open => f.write_str("Open"),
            Self::Queued => f.write_str("Queued"),
            Self::Undecided => f.write_str("Undecided"),
            Self::Allowed(changed) => f.debug_tuple("Allowed").field(&Unshown(changed)).finish(),
            Self::Ended(end) => f.debug_tuple("Ended").field(end).finish(),
        }
    }
}
