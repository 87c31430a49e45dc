//! What comes next: the call loop as a pure state machine.
//!
//! No I/O, no async, no clock. [`State::next`] says what to do, [`State::replied`], [`State::call_ended`] and
//! [`State::answered`] take what came of it. `run`, `stream`, `chat` and a loop written by hand drive the same machine;
//! between two steps it can be saved and go on in another process.

use std::{collections::HashMap, mem, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    approval::{Decision, PendingCall, fit},
    history::{HistoryFault, INTERRUPTED, repair_history},
    limits::Limits,
    next::{CallEnd, Next, Pending, Turn},
    open::{OpenCalls, Slot},
    paused::Paused,
    run::{CallRecord, CallStatus, Run, Stop},
    saved::{SavedPhase, Version},
    tally::{BadArguments, count_repeats},
};
use crate::{
    error::Result,
    message::{FinishReason, Message, Part, Response, ToolCall, ToolChoice, Usage},
    toolbox::Toolbox,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    version: Version,
    /// Under which a journal has the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    messages: Vec<Message>,
    phase: Phase,
    tool_choice: ToolChoice,
    limits: Limits,
    turns: u32,
    /// How long the run went on.
    #[serde(default)]
    elapsed: Duration,
    usage: Usage,
    records: Vec<CallRecord>,
    /// Tools whose arguments the model did not get right.
    bad_arguments: Vec<BadArguments>,
    /// The message of the last reply, unless that said nothing.
    reply: Option<usize>,
    /// What was wrong with the history, and has been repaired.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    repaired: Vec<HistoryFault>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", from = "SavedPhase")]
pub(super) enum Phase {
    Ask,
    /// The calls of the last message wait for their answers.
    Calls(OpenCalls),
    /// Some of them wait for a decision, and all others are answered.
    Approve(OpenCalls),
    /// The limit is reached; the model is asked for its last word.
    LastWord(Stop),
    Done(Stop),
}

/// Whether a call was one that a forced choice asks for: the tool is there, and could begin.
fn is_call(status: CallStatus) -> bool {
    use CallStatus::{BadArguments, NotAllowed, NotBegun, UnknownTool};
    !matches!(status, UnknownTool | NotAllowed | BadArguments | NotBegun)
}

const CUT_OFF: &str = "not carried out: the reply that asked for this call was cut off or held back";
const MISSING: &str = "no result: the program did not answer this call";
const UNDECIDED: &str = "not carried out: it needs an approval first";
const NOT_BEGUN: &str = "not carried out: the run ended before this call began";
const NO_MORE: &str = "not carried out: no more calls may be made; answer with what you know";

impl State {
    /// A run that begins by asking the model about this conversation.
    ///
    /// Where it is not in order it is put right as [`repair_history`](super::repair_history) does; what is wrong is told
    /// by [`check_history`](super::check_history).
    pub fn new(messages: Vec<Message>, tool_choice: ToolChoice, limits: Limits) -> Self {
        Self {
            version: Version,
            id: None,
            messages: repair_history(messages).0,
            phase: Phase::Ask,
            tool_choice,
            limits,
            turns: 0,
            elapsed: Duration::ZERO,
            usage: Usage::default(),
            records: Vec::new(),
            bad_arguments: Vec::new(),
            reply: None,
            repaired: Vec::new(),
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
    /// or held back, and then they are answered as not carried out.
    pub fn replied(&mut self, mut response: Response) {
        let last = match &self.phase {
            Phase::Ask => None,
            Phase::LastWord(stop) => Some(stop.clone()),
            _ => return,
        };
        self.turns = self.turns.saturating_add(1);
        self.usage += response.usage.unwrap_or_default();
        self.rename_calls(&mut response.message);
        let open = OpenCalls::of(&response.message);
        let has_calls = response.message.tool_calls().next().is_some();
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
                self.close(|call, _| CallEnd::refused(call, why, CallStatus::NotAllowed));
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
        for end in ends {
            self.call_ended(end);
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

    /// Goes on with another message of the user: the same conversation, counts and limits anew.
    pub fn resume(&mut self, message: Message, tool_choice: ToolChoice) {
        self.interrupt();
        let mut messages = mem::take(&mut self.messages);
        messages.push(message);
        *self = Self { messages, ..Self::new(Vec::new(), tool_choice, self.limits) };
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
        }
    }

    /// The calls that are to be carried out, for one who answers them as they end; then [`settle`](Self::settle).
    pub(super) fn open_turn(&mut self) -> Option<Turn<'_>> {
        match (&mut self.phase, self.messages.last()) {
            (Phase::Calls(open), Some(message)) => {
                Some(Turn { message, choice: &self.tool_choice, number: self.turns, open })
            }
            _ => None,
        }
    }

    /// All calls that can be carried out have been: on to the next turn, or to wait for decisions.
    pub(super) fn settle(&mut self) {
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

    /// The ends of calls that the state itself refused.
    pub(super) fn refused(&self) -> impl Iterator<Item = &CallEnd> {
        let open = match &self.phase {
            Phase::Calls(open) => Some(open),
            _ => None,
        };
        open.into_iter().flat_map(OpenCalls::ends)
    }

    /// The id under which a journal has the run.
    pub(super) fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(super) fn name(&mut self, id: String) {
        self.id = Some(id);
    }

    pub(super) fn was_repaired(&mut self, faults: Vec<HistoryFault>) {
        self.repaired = faults;
    }

    /// Notes on each call how it may be shown, also on those of the history.
    pub(super) fn hide_secrets(&mut self, tools: &Toolbox) {
        if tools.has_secrets() {
            self.messages.iter_mut().for_each(|message| tools.hide_secrets(message));
        }
    }

    pub(super) fn usage(&self) -> Usage {
        self.usage
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The run has gone on for so long in all.
    pub(super) fn passed(&mut self, elapsed: Duration) {
        self.elapsed = elapsed;
    }

    /// Some of the open calls had begun in a process that is no more, with their own arguments or others: those that may
    /// be repeated begin again, the others are answered as interrupted.
    pub(super) fn recover_calls(
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
    pub(super) fn limit_to(&mut self, limits: Limits) {
        self.limits = limits.over(self.limits);
    }

    /// This id, or one made from it that the conversation does not have.
    pub(super) fn fresh_id(&self, id: String, taken: impl Fn(&str) -> bool) -> String {
        let used = |id: &str| taken(id) || self.messages.iter().flat_map(Message::tool_calls).any(|call| call.id == id);
        if !id.is_empty() && !used(&id) {
            return id;
        }
        let stem = if id.is_empty() { "call" } else { id.as_str() };
        let numbered = |n: usize| format!("{stem}_{turn}_{n}", turn = self.turns);
        (0..).map(numbered).find(|id| !used(id)).unwrap_or_default()
    }

    /// Gives a call another id where the conversation has that id already: some servers count from 0 in every reply.
    fn rename_calls(&self, message: &mut Message) {
        for part in 0..message.parts.len() {
            let (before, rest) = message.parts.split_at_mut(part);
            let Some(Part::ToolCall(call)) = rest.first_mut() else { continue };
            let here = |id: &str| before.iter().any(|part| matches!(part, Part::ToolCall(other) if other.id == id));
            call.id = self.fresh_id(mem::take(&mut call.id), here);
        }
    }

    fn refuse_calls_over_the_limit(&mut self) {
        let (Some(limit), Phase::Calls(open), Some(message)) =
            (self.limits.max_calls(), &mut self.phase, self.messages.last())
        else {
            return;
        };
        let left = limit.saturating_sub(self.records.len());
        for (at, call) in message.tool_calls().enumerate().skip(left) {
            open.set(at, Slot::Ended(CallEnd::refused(call, NO_MORE, CallStatus::NotBegun)));
        }
    }

    fn take_open(&mut self) -> Option<OpenCalls> {
        match mem::replace(&mut self.phase, Phase::Ask) {
            Phase::Calls(open) | Phase::Approve(open) => Some(open),
            phase => {
                self.phase = phase;
                None
            }
        }
    }

    /// Answers the calls of the last message, counts and records them; `rest` answers those that have no end.
    fn close(&mut self, rest: impl Fn(&ToolCall, &Slot) -> CallEnd) {
        let Some(open) = self.take_open() else { return };
        let Some(at) = self.messages.len().checked_sub(1) else { return };
        let ends = open.close(&self.messages[at], rest);
        if ends.is_empty() {
            return;
        }
        let is_over = self.limits.max_calls().is_some_and(|limit| self.records.len() + ends.len() > limit);
        let mut stop = None;
        let mut results = Vec::with_capacity(ends.len());
        let mut obeyed = false;
        for (position, (part, mut end)) in ends.into_iter().enumerate() {
            let Part::ToolCall(call) = &self.messages[at].parts[part] else { continue };
            obeyed |= is_call(end.status) && self.tool_choice.allows(&call.name);
            let (turn, limits) = (self.turns, &self.limits);
            let bad = BadArguments::count(&mut self.bad_arguments, call, end.status, turn, limits.max_bad_arguments());
            let repeats = count_repeats(&self.records, &self.messages, call, &mut end, limits.max_repeats());
            stop = stop.or(bad).or(repeats);
            let CallEnd { result, status, elapsed, detail, whole, arguments } = end;
            let (call, told) = ((at, part), (at + 1, position));
            self.records.push(CallRecord { call, result: told, status, elapsed, detail, whole, arguments });
            results.push(result);
        }
        self.messages.push(Message::tool_results(results));
        if obeyed && self.tool_choice.is_forced() {
            self.tool_choice = ToolChoice::Auto;
        }
        match stop.or(is_over.then_some(Stop::MaxCalls)) {
            Some(stop) => self.limit(stop),
            None => self.ask_again(),
        }
    }

    fn ask_again(&mut self) {
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
