//! What comes next: the call loop as a pure state machine.
//!
//! No I/O, no async, no clock. [`State::next`] says what to do, [`State::replied`] and [`State::answered`] take what came
//! of it. `run`, `stream`, `chat` and a loop written by hand drive the same machine; between two steps it can be saved
//! and go on in another process.

use serde::{Deserialize, Serialize};

use super::{
    approval::PendingCall,
    next::{CallEnd, Next, Pending},
    orphan::{INTERRUPTED, close_calls},
    repeat::{WARNING, same_arguments, unwarned},
    run::{CallRecord, CallStatus, Run, Stop},
};
use crate::message::{Content, FinishReason, Message, Part, Response, ToolCall, ToolChoice, ToolResult, Usage};

/// The state of a run between two steps.
///
/// # Examples
/// ```
/// use fcall_runtime::agent::{Next, State, StepLimits};
/// use fcall_runtime::message::{Message, ToolChoice};
///
/// let state = State::new(vec![Message::user("hi")], ToolChoice::Auto, StepLimits::default());
/// assert!(matches!(state.next(), Next::Ask { .. }));
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    version: Version,
    messages: Vec<Message>,
    phase: Phase,
    tool_choice: ToolChoice,
    limits: StepLimits,
    turns: u32,
    usage: Usage,
    records: Vec<CallRecord>,
    /// Tools whose arguments the model did not get right.
    bad_arguments: Vec<BadArguments>,
    /// The message of the last reply, unless that said nothing.
    reply: Option<usize>,
}

/// How often in a row the model got the arguments of a tool wrong; calls of one turn count as once, since it could not
/// have learned from one for the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct BadArguments {
    tool: String,
    times: u32,
    turn: u32,
}

/// The version of the saved form; a later one than ours is refused.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
struct Version(u32);

const VERSION: u32 = 1;

impl TryFrom<u32> for Version {
    type Error = String;

    fn try_from(version: u32) -> Result<Self, String> {
        match version {
            1..=VERSION => Ok(Self(version)),
            _ => Err(format!("a saved run of version {version}; this program reads versions 1 to {VERSION}")),
        }
    }
}

impl From<Version> for u32 {
    fn from(version: Version) -> Self {
        version.0
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Phase {
    Ask,
    /// The calls of the last message wait for their answers.
    Call,
    Done(Stop),
}

/// Bounds that the machine itself keeps; reaching one is a [`Stop`], never an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct StepLimits {
    /// The most replies of the model. Default 20.
    pub max_turns: u32,
    /// How often in a row the model may get the arguments of one tool wrong. Default 3.
    pub bad_arguments: u32,
    /// How often the model may make the same call and get the same result; it is warned at the last. Default 4.
    pub repeated_calls: u32,
}

impl Default for StepLimits {
    fn default() -> Self {
        Self { max_turns: 20, bad_arguments: 3, repeated_calls: 4 }
    }
}

/// Whether a call was one that a forced choice asks for: the tool is there, and could begin.
fn is_call(status: CallStatus) -> bool {
    !matches!(status, CallStatus::UnknownTool | CallStatus::NotAllowed | CallStatus::BadArguments)
}

const CUT_OFF: &str = "not carried out: the reply that asked for this call was cut off or held back";
const MISSING: &str = "no result: the program did not answer this call";

impl State {
    /// A run that begins by asking the model about this conversation.
    ///
    /// Calls in it that nobody answered are answered as interrupted, so that every provider accepts it.
    pub fn new(messages: Vec<Message>, tool_choice: ToolChoice, limits: StepLimits) -> Self {
        Self {
            version: Version(VERSION),
            messages: close_calls(messages),
            phase: Phase::Ask,
            tool_choice,
            limits,
            turns: 0,
            usage: Usage::default(),
            records: Vec::new(),
            bad_arguments: Vec::new(),
            reply: None,
        }
    }

    /// What to do now.
    pub fn next(&self) -> Next<'_> {
        let turn = self.turns.saturating_add(1);
        match (&self.phase, self.messages.last()) {
            (Phase::Ask, _) if self.turns >= self.limits.max_turns => Next::Done(&Stop::MaxTurns),
            (Phase::Call, Some(message)) => {
                Next::Call(Pending { message, choice: &self.tool_choice, turn: self.turns })
            }
            (Phase::Done(stop), _) => Next::Done(stop),
            (Phase::Ask | Phase::Call, _) => {
                Next::Ask { messages: &self.messages, tool_choice: &self.tool_choice, turn }
            }
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
        if self.phase != Phase::Ask {
            return;
        }
        self.turns += 1;
        self.usage += response.usage.unwrap_or_default();
        self.rename_calls(&mut response.message);
        let has_calls = response.message.tool_calls().next().is_some();
        let refused = response.message.parts.iter().any(|part| matches!(part, Part::Refusal(_)));
        let said_something = !response.message.parts.is_empty();
        self.reply = said_something.then_some(self.messages.len());
        if said_something {
            self.messages.push(response.message);
        }
        let stop = match response.finish {
            Some(FinishReason::Length) => Stop::Truncated,
            Some(FinishReason::ContentFilter) => Stop::Filtered,
            Some(FinishReason::Refusal) => Stop::Refused,
            Some(FinishReason::Paused) if !has_calls => return,
            _ if has_calls => {
                self.phase = Phase::Call;
                return;
            }
            _ if refused => Stop::Refused,
            _ if self.tool_choice.is_forced() => Stop::NoCall,
            _ => Stop::Answer,
        };
        if has_calls {
            self.phase = Phase::Call;
            self.answer_all(CUT_OFF, CallStatus::NotAllowed);
        }
        self.phase = Phase::Done(stop);
    }

    /// The calls were carried out. Does nothing unless [`Next::Call`] was next.
    ///
    /// Ends are matched to calls by id and recorded in the order asked, whatever order they come in; a call without an
    /// end is answered as such, an end without a call is left out.
    pub fn answered(&mut self, ends: Vec<CallEnd>) {
        if self.phase != Phase::Call {
            return;
        }
        let Some(at) = self.messages.len().checked_sub(1) else { return };
        let mut ends: Vec<Option<CallEnd>> = ends.into_iter().map(Some).collect();
        let mut results = Vec::with_capacity(ends.len());
        let mut stop = None;
        let mut unapproved = Vec::new();
        let mut obeyed = false;
        for part in 0..self.messages[at].parts.len() {
            let Part::ToolCall(call) = &self.messages[at].parts[part] else { continue };
            let position = results.len();
            // Ends nearly always come in the order asked.
            let slot = match ends.get(position) {
                Some(Some(end)) if end.result.call_id == call.id => Some(position),
                _ => ends.iter().position(|end| end.as_ref().is_some_and(|end| end.result.call_id == call.id)),
            };
            let end = slot.and_then(|slot| ends[slot].take());
            let mut end =
                end.unwrap_or_else(|| CallEnd::new(ToolResult::error(call, MISSING), CallStatus::Interrupted));
            if end.status == CallStatus::Unapproved {
                unapproved.push(PendingCall::of(call));
            }
            obeyed |= is_call(end.status) && self.tool_choice.allows(&end.result.name);
            stop = stop.or(self.count_bad_arguments((at, part), end.status));
            stop = stop.or(self.count_repeats((at, part), &mut end));
            self.records.push(CallRecord {
                call: (at, part),
                result: (at + 1, position),
                status: end.status,
                elapsed: end.elapsed,
                detail: end.detail,
            });
            results.push(end.result);
        }
        self.messages.push(Message::tool_results(results));
        if !unapproved.is_empty() {
            stop = Some(Stop::Approval(unapproved));
        }
        if obeyed && self.tool_choice.is_forced() {
            self.tool_choice = ToolChoice::Auto;
        }
        self.phase = stop.map_or(Phase::Ask, Phase::Done);
    }

    /// Answers calls that are still open as interrupted. The conversation is then one that every provider accepts.
    pub fn interrupt(&mut self) {
        self.answer_all(INTERRUPTED, CallStatus::Interrupted);
    }

    /// Goes on with another message of the user: the same conversation, counts and limits anew.
    pub fn resume(&mut self, message: Message, tool_choice: ToolChoice) {
        self.interrupt();
        let mut messages = std::mem::take(&mut self.messages);
        messages.push(message);
        *self = Self { messages, ..Self::new(Vec::new(), tool_choice, self.limits) };
    }

    /// The run so far, or as it ended; open calls are answered as interrupted first.
    pub fn into_run(mut self) -> Run {
        self.interrupt();
        let stop = match self.next() {
            Next::Done(stop) => Some(stop.clone()),
            _ => None,
        };
        let reply = self.reply.and_then(|at| self.messages.get(at));
        Run {
            text: reply.map(Message::text).unwrap_or_default(),
            messages: self.messages,
            usage: self.usage,
            turns: self.turns,
            stop,
            partial: None,
            records: self.records,
        }
    }

    fn answer_all(&mut self, why: &str, status: CallStatus) {
        let (Phase::Call, Some(message)) = (&self.phase, self.messages.last()) else { return };
        let ends = message.tool_calls().map(|call| CallEnd::new(ToolResult::error(call, why), status)).collect();
        self.answered(ends);
    }

    /// Gives a call another id where the conversation has that id already: some servers count from 0 in every reply.
    fn rename_calls(&self, message: &mut Message) {
        for part in 0..message.parts.len() {
            let (before, rest) = message.parts.split_at_mut(part);
            let Some(Part::ToolCall(call)) = rest.first_mut() else { continue };
            let here = |id: &str| before.iter().any(|part| matches!(part, Part::ToolCall(other) if other.id == id));
            call.id = self.fresh_id(std::mem::take(&mut call.id), here);
        }
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

    fn call(&self, (message, part): (usize, usize)) -> Option<&ToolCall> {
        match self.messages.get(message)?.parts.get(part)? {
            Part::ToolCall(call) => Some(call),
            _ => None,
        }
    }

    fn count_bad_arguments(&mut self, call: (usize, usize), status: CallStatus) -> Option<Stop> {
        if status != CallStatus::BadArguments && self.bad_arguments.is_empty() {
            return None;
        }
        let tool = self.call(call)?.name.clone();
        let at = self.bad_arguments.iter().position(|bad| bad.tool == tool);
        match (status, at) {
            (CallStatus::BadArguments, at) => {
                let at = at.unwrap_or_else(|| {
                    self.bad_arguments.push(BadArguments { tool: tool.clone(), times: 0, turn: 0 });
                    self.bad_arguments.len() - 1
                });
                let bad = &mut self.bad_arguments[at];
                bad.times += u32::from(bad.turn != self.turns);
                bad.turn = self.turns;
                (bad.times >= self.limits.bad_arguments).then_some(Stop::BadArguments(tool))
            }
            // A tool that was called had arguments that fit, whatever became of it.
            (CallStatus::Done | CallStatus::Failed | CallStatus::Panicked | CallStatus::TimedOut, Some(at)) => {
                self.bad_arguments.swap_remove(at);
                None
            }
            _ => None,
        }
    }

    /// The same call that keeps getting the same result is going nowhere; one whose result changes is polling.
    fn count_repeats(&self, call: (usize, usize), end: &mut CallEnd) -> Option<Stop> {
        let call = self.call(call)?;
        let same = |record: &&CallRecord| {
            record.view(&self.messages).is_some_and(|old| {
                old.call.name == call.name
                    && old.result.is_error == end.result.is_error
                    && unwarned(&old.result.content) == end.result.content
                    && same_arguments(&old.call.arguments, &call.arguments)
            })
        };
        let made = u32::try_from(self.records.iter().filter(same).count()).unwrap_or(u32::MAX).saturating_add(1);
        if made < self.limits.repeated_calls || self.limits.repeated_calls < 2 {
            return None;
        }
        if made > self.limits.repeated_calls {
            return Some(Stop::RepeatedCall(call.name.clone()));
        }
        end.result.content.push(Content::Text(WARNING.to_owned()));
        None
    }
}
