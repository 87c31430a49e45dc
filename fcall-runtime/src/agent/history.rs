//! Conversations that come from elsewhere: whether every call in them has its answer, and how they are put right.
//!
//! The rule that every provider has in some form: behind a message with calls, and before anything else, stands one answer
//! to each of them, and nowhere else stands any. It holds of the message that is asked with too.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use crate::{
    error::{Error, Kind, Result},
    message::{Message, Part, Role, ToolCall, ToolResult},
};

/// What the model is told of a call that the run did not live to see the end of.
pub(super) const INTERRUPTED: &str =
    "interrupted: the run ended before this call did; it may or may not have had an effect";

/// Something in a conversation that providers refuse; from [`check_history`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HistoryFault {
    /// The message, counted from 0, with the call or answer that is meant.
    pub message: usize,
    /// The id of that call.
    pub call_id: String,
    /// What is wrong.
    pub kind: HistoryFaultKind,
    /// The answer that a repair moves or leaves out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<ToolResult>,
}

/// What is wrong with a call or an answer, and what [`repair_history`] does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HistoryFaultKind {
    /// A call without an answer; it is answered as interrupted.
    Unanswered,
    /// A second answer to a call; it is left out.
    AnsweredTwice,
    /// An answer to a call that nobody made; it is left out.
    NoCall,
    /// An answer that stands somewhere else than behind its call; it is moved there.
    OutOfPlace,
    /// A second call with the same id in one message; it and its answer get another id.
    SameId,
}

impl fmt::Display for HistoryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (message, id) = (self.message, &self.call_id);
        match self.kind {
            HistoryFaultKind::Unanswered => write!(f, "message {message}: the call `{id}` has no answer"),
            HistoryFaultKind::AnsweredTwice => write!(f, "message {message}: the call `{id}` is answered once more"),
            HistoryFaultKind::NoCall => write!(f, "message {message}: nobody made the call `{id}` that is answered"),
            HistoryFaultKind::OutOfPlace => {
                write!(f, "message {message}: the answer to the call `{id}` does not stand directly behind it")
            }
            HistoryFaultKind::SameId => write!(f, "message {message}: two calls have the id `{id}`"),
        }
    }
}

/// What in this conversation providers would refuse, in the order of its messages; nothing, where it is in order.
pub fn check_history(messages: &[Message]) -> Vec<HistoryFault> {
    Sorted::new(messages).faults
}

/// Puts a conversation right, and tells what was wrong with it; nothing is changed where it is in order.
///
/// # Examples
/// ```
/// use fcall_runtime::agent::{check_history, repair_history};
/// use fcall_runtime::message::{Message, Part, Role, ToolCall};
///
/// let call = Part::ToolCall(ToolCall::new("call_1", "add", r#"{"a":1,"b":2}"#));
/// let broken = vec![Message::user("1 + 2?"), Message::new(Role::Assistant, vec![call]), Message::user("Well?")];
/// let (repaired, faults) = repair_history(broken);
/// assert_eq!(faults[0].to_string(), "message 1: the call `call_1` has no answer");
/// assert_eq!(repaired.len(), 4);
/// assert!(check_history(&repaired).is_empty());
/// ```
pub fn repair_history(messages: Vec<Message>) -> (Vec<Message>, Vec<HistoryFault>) {
    let Sorted { turns, faults } = Sorted::new(&messages);
    if faults.is_empty() {
        return (messages, faults);
    }
    let mut turns = turns.into_iter().peekable();
    let mut repaired = Vec::with_capacity(messages.len() + 1);
    for (at, mut message) in messages.into_iter().enumerate() {
        // Every answer is in its turn by now.
        let had_parts = !message.parts.is_empty();
        message.parts.retain(|part| !matches!(part, Part::ToolResult(_)));
        if message.parts.is_empty() && had_parts {
            continue;
        }
        let Some(turn) = turns.next_if(|turn| turn.message == at) else {
            repaired.push(message);
            continue;
        };
        let calls = message.parts.iter_mut().filter_map(|part| match part {
            Part::ToolCall(call) => Some(call),
            _ => None,
        });
        let answer = |(call, slot): (&mut ToolCall, Slot)| {
            call.id = slot.id;
            let result = slot.answer.unwrap_or_else(|| ToolResult::error(call, INTERRUPTED));
            ToolResult { call_id: call.id.clone(), ..result }
        };
        let results: Vec<ToolResult> = calls.zip(turn.slots).map(answer).collect();
        repaired.push(message);
        repaired.push(Message::tool_results(results));
    }
    (repaired, faults)
}

/// The error of a conversation that was not to be repaired.
pub(super) fn refused(faults: &[HistoryFault]) -> Error {
    let what = told(faults);
    Error::new(Kind::History(format!(
        "the history is not in order: {what}; put it right with `repair_history`, which tells what it changes"
    )))
}

fn told(faults: &[HistoryFault]) -> String {
    const SHOWN: usize = 3;
    let mut told: Vec<String> = faults.iter().take(SHOWN).map(HistoryFault::to_string).collect();
    if faults.len() > SHOWN {
        told.push(format!("and {} more", faults.len() - SHOWN));
    }
    told.join("; ")
}

/// # Errors
/// The last of these messages, which is asked with, can't stand behind the others.
pub(super) fn check_asked(messages: &[Message]) -> Result<()> {
    let faults = check_history(messages);
    match faults.is_empty() {
        true => Ok(()),
        false => Err(refused_message(&faults)),
    }
}

fn refused_message(faults: &[HistoryFault]) -> Error {
    let what = told(faults);
    Error::new(Kind::History(format!(
        "the message can't stand behind this conversation: {what}; ask with one that makes no calls, and answers none but \
         those that wait for it"
    )))
}

/// A conversation with the message that is asked behind it, put right.
pub(super) struct Asked {
    pub(super) messages: Vec<Message>,
    pub(super) faults: Vec<HistoryFault>,
    /// Where the message was.
    at: usize,
    /// Nothing is left of it: it had answers alone, and nobody asked for any of them.
    is_lost: bool,
}

impl Asked {
    pub(super) fn new(mut history: Vec<Message>, message: Message) -> Self {
        let (at, parts) = (history.len(), message.parts.len());
        history.push(message);
        let (messages, faults) = repair_history(history);
        let is_left_out = |fault: &&HistoryFault| {
            fault.message == at && matches!(fault.kind, HistoryFaultKind::NoCall | HistoryFaultKind::AnsweredTwice)
        };
        let is_lost = parts > 0 && faults.iter().filter(is_left_out).count() == parts;
        Self { messages, faults, at, is_lost }
    }

    /// Why it is not asked, where a repair was asked for or not.
    pub(super) fn refusal(&self, repair: bool) -> Option<Error> {
        match repair {
            _ if self.faults.is_empty() => None,
            true if self.is_lost => {
                let what = told(&self.faults);
                Some(Error::new(Kind::History(format!("nothing is left of the message once it is put right: {what}"))))
            }
            true => None,
            false if self.faults.iter().all(|fault| fault.message == self.at) => Some(refused_message(&self.faults)),
            false => Some(refused(&self.faults)),
        }
    }
}

/// A conversation with every answer in the turn of its call.
struct Sorted {
    turns: Vec<CallTurn>,
    faults: Vec<HistoryFault>,
}

/// A message with calls.
struct CallTurn {
    message: usize,
    slots: Vec<Slot>,
}

/// A call, under an id that it has alone in its message, and its answer.
struct Slot {
    id: String,
    /// As the message has it.
    old_id: String,
    answer: Option<ToolResult>,
}

impl Sorted {
    fn new(messages: &[Message]) -> Self {
        let mut this = Self { turns: Vec::new(), faults: Vec::new() };
        // Calls without an answer, by their id: the latest of each.
        let mut open: HashMap<&str, Vec<(usize, usize)>> = HashMap::new();
        let mut answered: HashSet<&str> = HashSet::new();
        let mut is_behind_calls = false;
        for (at, message) in messages.iter().enumerate() {
            is_behind_calls &= message.role == Role::Tool;
            for part in &message.parts {
                let Part::ToolResult(result) = part else { continue };
                let id = result.call_id.as_str();
                let place = open.get_mut(id).and_then(Vec::pop);
                let last = this.turns.len().saturating_sub(1);
                let kind = match place {
                    Some((turn, _)) if is_behind_calls && turn == last => None,
                    Some(_) => Some(HistoryFaultKind::OutOfPlace),
                    None if answered.contains(id) => Some(HistoryFaultKind::AnsweredTwice),
                    None => Some(HistoryFaultKind::NoCall),
                };
                answered.insert(id);
                if let Some((turn, slot)) = place {
                    this.turns[turn].slots[slot].answer = Some(result.clone());
                }
                if let Some(kind) = kind {
                    this.fault(at, id, kind, Some(result.clone()));
                }
            }
            if message.tool_calls().next().is_some() {
                this.turn(at, message);
                is_behind_calls = true;
                let turn = this.turns.len() - 1;
                for (slot, call) in message.tool_calls().enumerate().collect::<Vec<_>>().into_iter().rev() {
                    // Answers to calls of one id come in the order of the calls.
                    open.entry(call.id.as_str()).or_default().push((turn, slot));
                }
            }
        }
        this.unanswered();
        this
    }

    fn turn(&mut self, at: usize, message: &Message) {
        let ids: HashSet<&str> = message.tool_calls().map(|call| call.id.as_str()).collect();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut slots: Vec<Slot> = Vec::new();
        for call in message.tool_calls() {
            let times = seen.entry(call.id.as_str()).or_default();
            *times += 1;
            let id = match *times {
                1 => call.id.clone(),
                _ => {
                    self.fault(at, &call.id, HistoryFaultKind::SameId, None);
                    let mut other = format!("{}_{times}", call.id);
                    while ids.contains(other.as_str()) || slots.iter().any(|slot| slot.id == other) {
                        other.push('_');
                    }
                    other
                }
            };
            slots.push(Slot { id, old_id: call.id.clone(), answer: None });
        }
        self.turns.push(CallTurn { message: at, slots });
    }

    fn unanswered(&mut self) {
        let open = self.turns.iter().flat_map(|turn| {
            let open = turn.slots.iter().filter(|slot| slot.answer.is_none());
            open.map(|slot| (turn.message, slot.old_id.clone()))
        });
        for (at, id) in open.collect::<Vec<_>>() {
            self.fault(at, &id, HistoryFaultKind::Unanswered, None);
        }
        self.faults.sort_by_key(|fault| fault.message);
    }

    fn fault(&mut self, message: usize, id: &str, kind: HistoryFaultKind, result: Option<ToolResult>) {
        self.faults.push(HistoryFault { message, call_id: id.to_owned(), kind, result });
    }
}
