//! What of a run's calls is counted: arguments that were wrong in a row, and the same call again and again.

use serde::{Deserialize, Serialize};

use super::{
    next::CallEnd,
    repeat::{WARNING, same_arguments, unwarned},
    run::{CallRecord, CallStatus, Stop},
};
use crate::message::{Message, ToolCall};

/// How often in a row the model got the arguments of a tool wrong; calls of one turn count as once, since it could not
/// have learned from one for the other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct BadArguments {
    tool: String,
    times: u32,
    turn: u32,
}

impl BadArguments {
    /// Counts one more call, and tells whether the limit is reached.
    pub(super) fn count(all: &mut Vec<Self>, call: &ToolCall, end: &CallEnd, turn: u32, limit: u32) -> Option<Stop> {
        let at = all.iter().position(|bad| bad.tool == call.name);
        match (end.status, at) {
            // The model did not write them.
            (CallStatus::BadArguments, _) if end.arguments.is_some() => None,
            (CallStatus::BadArguments, at) => {
                let at = at.unwrap_or_else(|| {
                    all.push(Self { tool: call.name.clone(), times: 0, turn: 0 });
                    all.len() - 1
                });
                let bad = all.get_mut(at)?;
                bad.times = bad.times.saturating_add(u32::from(bad.turn != turn));
                bad.turn = turn;
                (bad.times >= limit).then(|| Stop::BadArguments(call.name.clone()))
            }
            // A tool that was called had arguments that fit, whatever became of it.
            (CallStatus::Done | CallStatus::Failed | CallStatus::Panicked | CallStatus::TimedOut, Some(at)) => {
                all.swap_remove(at);
                None
            }
            _ => None,
        }
    }
}

/// The same call that keeps getting the same result is going nowhere; one whose result changes is polling.
pub(super) fn count_repeats(
    records: &[CallRecord],
    messages: &[Message],
    call: &ToolCall,
    end: &mut CallEnd,
    limit: u32,
) -> Option<Stop> {
    // What sets most calls apart comes first: a long run has many to look at.
    let came_to_same = |record: &&CallRecord| {
        record
            .told(messages)
            .is_some_and(|told| told.is_error == end.result.is_error && unwarned(&told.content) == end.result.content)
    };
    let same = |record: &&CallRecord| {
        came_to_same(record)
            && record
                .view(messages)
                .is_some_and(|old| old.call.name == call.name && same_arguments(&old.call.arguments, &call.arguments))
    };
    let made = u32::try_from(records.iter().filter(same).count()).unwrap_or(u32::MAX).saturating_add(1);
    if made < limit || limit < 2 {
        return None;
    }
    if made > limit {
        return Some(Stop::RepeatedCall(call.name.clone()));
    }
    end.tell(WARNING);
    None
}
