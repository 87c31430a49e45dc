//! What comes next: the call loop as a pure state machine.
//!
//! No I/O, no async, no clock. [`State::next`] says what to do, [`State::replied`], [`State::call_ended`] and
//! [`State::answered`] take what came of it. `run`, `stream`, `chat` and a loop written by hand drive the same machine;
//! between two steps it can be saved and go on in another process.

mod answer;
mod close;
mod debug;
mod driver;
mod ids;
mod nested;

use std::{collections::HashMap, mem, time::Duration};

use serde::{Deserialize, Serialize};

use self::close::NO_MORE;
use super::{
    approval::{Decision, PendingCall, fit},
    history::{HistoryFault, INTERRUPTED, check_asked, repair_history},
    limits::Limits,
    next::{CallEnd, Next, Pending},
    open::{OpenCalls, Slot},
    paused::Paused,
    run::{CallRecord, CallStatus, Run, Stop},
    saved::{SavedPhase, Version},
    tally::BadArguments,
};
use crate::{
    error::Result,
    message::{FinishReason, Handover, Message, Part, Response, ToolCall, ToolChoice, Usage},
};

/// The state of a run between two steps.
///
/// # Examples
/// ```
/// use fcall_runtime::agent::{Limits, Next, State};
/// use fcall_runtime::message::{Message, ToolChoice};
///
/// let state = State::new(vec![Message::user("hi")], ToolChoice::Auto, Limits::default());
/// assert!(matches!(state.next(), Next::Ask { .. }));
/// ```
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    version: Version,
    /// Under which a journal has the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    messages: Vec<Message>,
    phase: Phase,
    tool_choice: ToolChoice,
    /// The tool that the answer comes by, where it comes by a call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer_tool: Option<String>,
    limits: Limits,
    turns: u32,
    /// How long the run went on.
    #[serde(default)]
    elapsed: Duration,
    usage: Usage,
    records: Vec<CallRecord>,
    /// Tools whose arguments the model did not get right.
    bad_arguments: Vec<BadArguments>,
    /// How many replies in a row were of no use.
    #[serde(default, skip_serializing_if = "is_zero")]
    malformed: u32,
    /// The message of the last reply, unless that said nothing.
    reply: Option<usize>,
    /// What was wrong with the history, and has been repaired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    repaired: Vec<HistoryFault>,
    /// The models that others went on for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    handovers: Vec<Handover>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", from = "SavedPhase")]
pub(in crate::agent) enum Phase {
    Ask,
    /// The calls of the last message wait for their answers.
    Calls(OpenCalls),
    /// Some of them wait for a decision, and all others are answered.
    Approve(OpenCalls),
    /// The limit is reached; the model is asked for its last word.
    LastWord(Stop),
    Done(Stop),
}

const CUT_OFF: &str = "not carried out: the reply that asked for this call was cut off or held back, or can't be used";
const UNDECIDED: &str = "not carried out: it needs an approval first";
const NOT_BEGUN: &str = "not carried out: the run ended before this call began";

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl State {
    /// A run that begins by asking the model about this conversation.
    ///
    /// Where it is not in order it is put right as [`repair_history`](super::repair_history) does, and
    /// [`Run::repaired`](super::Run::repaired) of the run tells what was wrong. To have it refused instead, look at it with
    /// [`check_history`](super::check_history) before.
    pub fn new(messages: Vec<Message>, tool_choice: ToolChoice, limits: Limits) -> Self {
        let (messages, repaired) = repair_history(messages);
        Self {
            version: Version,
            id: None,
            messages,
            phase: Phase::Ask,
            tool_choice,
            answer_tool: None,
            limits,
            turns: 0,
            elapsed: Duration::ZERO,
            usage: Usage::default(),
            records: Vec::new(),
            bad_arguments: Vec::new(),
            malformed: 0,
            reply: None,
            repaired,
            handovers: Vec::new(),
        }
    }

    /// What to do now.
    pub fn next(&self) -> Next<'_> {
        let turn = self.turns.saturating_add(1);
        let ask = |tool_choice| Next::Ask { messages: &self.messages, tool_choice, turn };
        match (&self.phase, self.messages.last()) {
            (Phase::Ask, _) if self.turns >= self.limits.max_turns() => Next::Done(&Stop::MaxTurns),
            (Phase::Calls(open), Some(message)) => {
                Next::Call(Pending { message, choice: &self.tool_choice, turn: self.turns, open })
            }
            (Phase::Approve(open), Some(message)) => {
                Next::Approve(open.undecided(message).map(|(_, call)| PendingCall::of(call)).collect())
            }
            (Phase::Done(stop), _) => Next::Done(stop),
            (Phase::LastWord(_), _) => ask(&ToolChoice::None),
            (Phase::Ask | Phase::Calls(_) | Phase::Approve(_), _) => ask(&self.tool_choice),
        }
    }

    /// The conversation so far.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The model replied. Does nothing unless [`Next::Ask`] was next.
    ///
    /// What the reply holds decides, not what the provider calls it: calls are carried out unless the reply was cut off
    /// or held back, and then they are answered as not carried out. After a reply that the provider itself calls of no use
    /// the model is asked again, as often as it may get arguments wrong.
    pub fn replied(&mut self, response: Response) {
        self.replied_with(response, |_| None);
    }

    /// The same, where calls of the reply may have `ended` before it did. If the reply is one whose calls are not carried
    /// out, those stand as they ended; else their ends are told like all others.
    pub(in crate::agent) fn replied_with(
        &mut self,
        mut response: Response,
        mut ended: impl FnMut(&ToolCall) -> Option<CallEnd>,
    ) {
        let last = match &self.phase {
            Phase::Ask => None,
            Phase::LastWord(stop) => Some(stop.clone()),
            _ => return,
        };
        self.turns = self.turns.saturating_add(1);
        self.usage += response.usage.unwrap_or_default();
        self.handed_over(mem::take(&mut response.handovers));
        self.rename_calls(&mut response.message);
        let open = OpenCalls::of(&response.message);
        let has_calls = response.message.tool_calls().next().is_some();
        let not_allowed = |call: &ToolCall, why| CallEnd::refused(call, why, CallStatus::NotAllowed);
        let is_void = matches!(response.finish, Some(FinishReason::Malformed(_)));
        self.malformed = if is_void { self.malformed.saturating_add(1) } else { 0 };
        if is_void && !has_calls {
            response.message.parts.clear();
        }
        let refused = response.message.parts.iter().any(|part| matches!(part, Part::Refusal(_)));
        let said_something = !response.message.parts.is_empty();
        self.reply = said_something.then_some(self.messages.len());
        if said_something {
            self.messages.push(response.message);
        }
        let stop = match response.finish {
            _ if last.is_some() => last,
            Some(FinishReason::Length) => Some(Stop::Truncated),
            Some(FinishReason::ContentFilter) => Some(Stop::Filtered),
            Some(FinishReason::Refusal) => Some(Stop::Refused),
            Some(FinishReason::Malformed(_)) if self.malformed >= self.limits.max_bad_arguments() => {
                Some(Stop::Malformed)
            }
            Some(FinishReason::Malformed(_)) if !has_calls => return self.ask_again(),
            Some(FinishReason::Malformed(_)) => {
                self.phase = Phase::Calls(open);
                return self.close(|call, _| ended(call).unwrap_or_else(|| not_allowed(call, CUT_OFF)));
            }
            Some(FinishReason::Paused) if !has_calls => return self.ask_again(),
            _ if has_calls => None,
            _ if refused => Some(Stop::Refused),
            _ if self.tool_choice.is_forced() => Some(Stop::NoCall),
            _ => Some(Stop::Answer),
        };
        let was_last = matches!(self.phase, Phase::LastWord(_));
        self.phase = Phase::Calls(open);
        match stop {
            None => self.refuse_calls_over_the_limit(),
            Some(stop) => {
                let why = if was_last { NO_MORE } else { CUT_OFF };
                self.close(|call, _| ended(call).unwrap_or_else(|| not_allowed(call, why)));
                self.phase = Phase::Done(stop);
            }
        }
    }

    /// One of the calls was carried out; its end is kept, whatever becomes of the run. Does nothing unless
    /// [`Next::Call`] was next and the call is open.
    pub fn call_ended(&mut self, end: CallEnd) {
        let (Phase::Calls(open), Some(message)) = (&mut self.phase, self.messages.last()) else { return };
        if let Some(at) = message.tool_calls().position(|call| call.id == end.result.call_id) {
            open.set(at, Slot::Ended(end));
        }
    }

    /// The calls were carried out, these and those that [`call_ended`](Self::call_ended) told of. Does nothing unless
    /// [`Next::Call`] was next.
    ///
    /// Ends are matched to calls by id and recorded in the order asked, whatever order they come in; a call without an
    /// end is answered as such, an end without a call is left out.
    pub fn answered(&mut self, ends: Vec<CallEnd>) {
        if let (Phase::Calls(open), Some(message)) = (&mut self.phase, self.messages.last()) {
            let places: HashMap<&str, usize> =
                message.tool_calls().enumerate().map(|(at, call)| (call.id.as_str(), at)).collect();
            for end in ends {
                if let Some(at) = places.get(end.result.call_id.as_str()) {
                    open.set(*at, Slot::Ended(end));
                }
            }
        }
        self.settle();
    }

    /// These calls were decided upon. Does nothing without decisions; calls that nobody decided upon go on waiting.
    ///
    /// # Errors
    /// A decision that was not made for a call that waits here: another id, another tool, other arguments, or a call that
    /// was decided upon before. Then nothing has changed.
    pub fn decide(&mut self, decisions: impl IntoIterator<Item = Decision>) -> Result<()> {
        let undecided: Vec<(usize, ToolCall)> = match (&self.phase, self.messages.last()) {
            (Phase::Approve(open), Some(message)) => {
                open.undecided(message).map(|(at, call)| (at, call.clone())).collect()
            }
            _ => Vec::new(),
        };
        let slots = fit(decisions, undecided.into_iter())?;
        if slots.is_empty() {
            return Ok(());
        }
        let Some(mut open) = self.take_open() else { return Ok(()) };
        for (at, slot) in slots {
            open.set(at, slot);
        }
        self.phase = Phase::Calls(open);
        Ok(())
    }

    /// The run stops here, for this reason. Does nothing where it is over.
    ///
    /// Calls that were open are answered as interrupted, or as not carried out where it is known that they were not.
    pub fn stop(&mut self, stop: Stop) {
        if !matches!(self.phase, Phase::Done(_)) {
            self.interrupt();
            self.phase = Phase::Done(stop);
        }
    }

    /// Answers calls that are still open as interrupted. The conversation is then one that every provider accepts.
    pub fn interrupt(&mut self) {
        self.close(|call, slot| match slot {
            Slot::Undecided => CallEnd::refused(call, UNDECIDED, CallStatus::Unapproved),
            Slot::Queued | Slot::Allowed(_) => CallEnd::refused(call, NOT_BEGUN, CallStatus::NotBegun),
            Slot::Open | Slot::Ended(_) => CallEnd::refused(call, INTERRUPTED, CallStatus::Interrupted),
        });
    }

    /// This much time has passed since the step before. The machine has no clock: who drives it tells the time.
    pub fn pass(&mut self, time: Duration) {
        self.elapsed = self.elapsed.saturating_add(time);
    }

    /// How long the run may still go on; `None` where there is no limit.
    pub fn time_left(&self) -> Option<Duration> {
        self.limits.max_time().map(|limit| limit.saturating_sub(self.elapsed))
    }

    /// Goes on with another message of the user: the same conversation, counts and limits anew. Calls that are open are
    /// answered as interrupted first.
    ///
    /// # Errors
    /// The message makes calls, or answers some: neither can stand behind a conversation in which every call is answered
    /// ([`Error::is_history`](crate::Error::is_history)). Then nothing has changed.
    pub fn resume(&mut self, message: Message, tool_choice: ToolChoice) -> Result<()> {
        // Of all others it is known that they can stand there.
        if message.parts.iter().any(|part| matches!(part, Part::ToolCall(_) | Part::ToolResult(_))) {
            let mut asked = self.clone();
            asked.interrupt();
            asked.messages.push(message.clone());
            check_asked(&asked.messages)?;
        }
        self.interrupt();
        let mut messages = mem::take(&mut self.messages);
        messages.push(message);
        *self = Self { messages, ..Self::new(Vec::new(), tool_choice, self.limits) };
        Ok(())
    }

    /// The run so far, or as it ended; open calls are answered first.
    pub fn into_run(mut self) -> Run {
        let paused = matches!(self.phase, Phase::Approve(_)).then(|| Stop::Approval(Paused::new(self.clone())));
        self.interrupt();
        let stop = match self.next() {
            _ if paused.is_some() => paused,
            Next::Done(stop) => Some(stop.clone()),
            _ => None,
        };
        let reply = self.reply.and_then(|at| self.messages.get(at));
        Run {
            id: self.id,
            text: reply.map(Message::text).unwrap_or_default(),
            messages: self.messages,
            usage: self.usage,
            turns: self.turns,
            stop,
            partial: None,
            records: self.records,
            repaired: self.repaired,
            handovers: self.handovers,
        }
    }
}
