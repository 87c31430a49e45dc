//! What a run leaves behind: the conversation, what it cost, and why it stopped.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{history::HistoryFault, nested::InnerRun, next::Unshown, paused::Paused};
use crate::{
    error::Error,
    message::{self, Handover, Message, Part, Response, Shown, ToolCall, ToolResult, Usage},
};

/// What a run did, whether it ended in an answer, at a limit or in an error.
///
/// `Display` prints the final text.
///
/// `Debug` shows what calls came to without the secrets among their arguments.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Run {
    /// The id under which the agent's journal has it; none without a journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The visible text of the model's last message; empty where it said nothing.
    pub text: String,
    /// The whole conversation, history included; every call in it is answered, so it can be sent on as it is.
    pub messages: Vec<Message>,
    /// The tokens of all turns of this run, and of a reply that broke off as far as they were told; what the runs inside
    /// its calls used as well ([`Call::runs`]).
    pub usage: Usage,
    /// How many replies the model gave.
    pub turns: u32,
    /// Why the run ended; `None` where it ended in an error.
    pub stop: Option<Stop>,
    /// What had come of a reply that broke off; it is not part of the conversation.
    pub partial: Option<Response>,
    pub(super) records: Vec<CallRecord>,
    /// What was wrong with the history and was put right: [`RunRequest::repair_history`](super::RunRequest::repair_history).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub repaired: Vec<HistoryFault>,
    /// The models that failed, and those that went on in their place; without any, [`Agent::model_id`](super::Agent::model_id)
    /// gave every reply. See [`Fallback`](crate::fallback::Fallback).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handovers: Vec<Handover>,
}

/// Why a run ended, other than by an error.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Stop {
    /// The model gave its answer; one that said nothing at all gave an empty one.
    Answer,
    /// The limit of turns was reached; the last turn's calls are answered.
    MaxTurns,
    /// The limit of output tokens cut the reply; calls in it were not carried out.
    Truncated,
    /// The provider held the answer back.
    Filtered,
    /// The model declined.
    Refused,
    /// A call was demanded, and the model made none.
    NoCall,
    /// The provider kept calling what the model wrote of no use: calls that can't be read, or that were not to be made.
    Malformed,
    /// The model kept making this same call, and kept getting the same result.
    RepeatedCall(
        /// The tool's name.
        String,
    ),
    /// Some calls may destroy something and wait for a decision; the other calls of the turn are answered.
    ///
    /// [`Agent::resume`](super::Agent::resume) goes on with the decisions, in this process or another. In
    /// [`Run::messages`] the calls are answered as not approved. Who is asked while the run goes on is said with
    /// [`AgentBuilder::approve`](super::AgentBuilder::approve).
    Approval(
        /// The run that waits.
        Paused,
    ),
    /// The limit of calls was reached.
    MaxCalls,
    /// The limit of tokens was reached; the last turn's calls are answered.
    TotalTokens,
    /// The time was up; calls that still ran were cancelled.
    WallTime,
    /// The run was deeper inside others than [`Limits::depth`](super::Limits::depth) lets it be; nothing was asked.
    MaxDepth,
    /// The run was cancelled.
    Cancelled,
    /// The model did not get the arguments of this tool right.
    BadArguments(
        /// The tool's name.
        String,
    ),
}

/// Lets `run.stop == Stop::MaxTurns` read as it should.
impl PartialEq<Stop> for Option<Stop> {
    fn eq(&self, other: &Stop) -> bool {
        self.as_ref() == Some(other)
    }
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CallStatus {
    /// It did what was asked.
    Done,
    /// The tool said that it failed.
    Failed,
    /// The arguments did not fit; the tool was not called.
    BadArguments,
    /// There is no such tool.
    UnknownTool,
    /// The turn did not allow this call, or the reply it stood in was no good; the tool was not called.
    NotAllowed,
    /// The run ended, or a limit was reached, before the call began; the tool was not called.
    NotBegun,
    /// Nobody approved the call, and it may destroy something; the tool was not called.
    Unapproved,
    /// The call was denied; the tool was not called.
    Denied,
    /// The tool panicked.
    Panicked,
    /// The tool took longer than it may.
    TimedOut,
    /// The run was interrupted before the call ended: it may have had effects, or not.
    Interrupted,
}

/// What is known of a call besides what stands in the conversation.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct CallRecord {
    /// Message and part of the call, and of its result.
    pub(super) call: (usize, usize),
    pub(super) result: (usize, usize),
    pub(super) status: CallStatus,
    pub(super) elapsed: Duration,
    pub(super) detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) whole: Option<ToolResult>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) arguments: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) runs: Vec<InnerRun>,
}

/// One call of a run, as [`Run::calls`] shows it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct Call<'a> {
    /// What the model asked for.
    pub call: &'a ToolCall,
    /// The arguments it was carried out with: the model's own, unless who approved it or a hook
    /// changed them.
    pub arguments: &'a str,
    /// What came of it, whole.
    pub result: &'a ToolResult,
    /// What the model was told: the result, cut where it is too long, with a remark where there is one.
    pub told: &'a ToolResult,
    /// How the call ended.
    pub status: CallStatus,
    /// How long it took.
    pub elapsed: Duration,
    /// For the operator, not for the model: a panic's text, the error of a run inside the call with its causes.
    pub detail: Option<&'a str>,
    /// The runs of agents inside the call, as far as they share what this run may use:
    /// [`Agent::into_tool`](super::Agent::into_tool), [`RunRequest::within`](super::RunRequest::within).
    pub runs: &'a [InnerRun],
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, text, messages, usage, turns, stop, partial, records, repaired, handovers } = self;
        f.debug_struct("Run")
            .field("id", id)
            .field("text", text)
            .field("messages", &shown_with(messages, records))
            .field("usage", usage)
            .field("turns", turns)
            .field("stop", stop)
            .field("partial", partial)
            .field("records", records)
            .field("repaired", repaired)
            .field("handovers", handovers)
            .finish()
    }
}

/// Messages as they may be shown, with what is known of the calls in them.
pub(super) fn shown_with<'a>(messages: &'a [Message], records: &'a [CallRecord]) -> Shown<'a> {
    Shown::with(messages, records.iter().filter_map(|record| Some((record.call, record.arguments.as_deref()?))))
}

impl fmt::Debug for CallRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, result, status, elapsed, detail, whole, arguments, runs } = self;
        f.debug_struct("CallRecord")
            .field("call", call)
            .field("result", result)
            .field("status", status)
            .field("elapsed", elapsed)
            .field("detail", detail)
            .field("whole", &Unshown(&whole.as_ref().map(ToolResult::to_text)))
            .field("arguments", &Unshown(arguments))
            .field("runs", runs)
            .finish()
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { call, arguments, result, told, status, elapsed, detail, runs } = self;
        let mut shown = f.debug_struct("Call");
        shown.field("call", call);
        // Of other arguments than the model's it is not known what is secret in them.
        if call.shown() == call.arguments {
            shown.field("arguments", arguments);
        }
        let changed = Some(*arguments).filter(|arguments| *arguments != call.arguments);
        let [result, told] = [result, told].map(|result| message::shown(result, call, changed));
        shown.field("result", &result).field("told", &told).field("status", status);
        shown.field("elapsed", elapsed).field("detail", detail).field("runs", runs).finish()
    }
}

impl CallRecord {
    /// What the model was told of the call.
    pub(super) fn told<'a>(&self, messages: &'a [Message]) -> Option<&'a ToolResult> {
        let (message, part) = self.result;
        match messages.get(message)?.parts.get(part)? {
            Part::ToolResult(told) => Some(told),
            _ => None,
        }
    }

    pub(super) fn view<'a>(&'a self, messages: &'a [Message]) -> Option<Call<'a>> {
        let (message, part) = self.call;
        let (Part::ToolCall(call), told) = (messages.get(message)?.parts.get(part)?, self.told(messages)?) else {
            return None;
        };
        Some(Call {
            call,
            arguments: self.arguments.as_deref().unwrap_or(&call.arguments),
            result: self.whole.as_ref().unwrap_or(told),
            told,
            status: self.status,
            elapsed: self.elapsed,
            detail: self.detail.as_deref(),
            runs: &self.runs,
        })
    }
}

impl Run {
    /// The calls of this run, in the order the model asked for them.
    pub fn calls(&self) -> impl Iterator<Item = Call<'_>> {
        self.records.iter().filter_map(|record| record.view(&self.messages))
    }
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error {
    /// The run that the error ended: its conversation, calls and usage so far.
    pub fn run(&self) -> Option<&Run> {
        self.attached()
    }

    /// The run that the error ended, to go on from; `None` where the error did not end a run.
    pub fn into_run(self) -> Option<Run> {
        self.into_attached()
    }
}
