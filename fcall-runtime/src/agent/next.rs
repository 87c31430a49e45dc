//! What a run has to do next, and what came of it.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use super::{
    approval::PendingCall,
    nested::InnerRun,
    open::{OpenCalls, Slot},
    run::{CallStatus, Stop},
};
use crate::message::{Content, Message, Shown, ToolCall, ToolChoice, ToolResult};

/// What a run has to do next.
#[non_exhaustive]
pub enum Next<'a> {
    /// Ask the model, then [`State::replied`](super::State::replied).
    Ask {
        /// The conversation to send.
        messages: &'a [Message],
        /// Whether the model may call tools this time.
        tool_choice: &'a ToolChoice,
        /// The number of this turn, from 1.
        turn: u32,
    },
    /// Carry out these calls of the last message, then [`State::answered`](super::State::answered).
    Call(Pending<'a>),
    /// Have these calls decided upon, then [`State::decide`](super::State::decide); all others of the turn are answered.
    Approve(Vec<PendingCall>),
    /// Nothing: the run is over.
    Done(&'a Stop),
}

impl fmt::Debug for Next<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask { messages, tool_choice, turn } => {
                let mut ask = f.debug_struct("Ask");
                ask.field("messages", &Shown::new(messages))
                    .field("tool_choice", tool_choice)
                    .field("turn", turn)
                    .finish()
            }
            Self::Call(pending) => f.debug_tuple("Call").field(pending).finish(),
            Self::Approve(calls) => f.debug_tuple("Approve").field(calls).finish(),
            Self::Done(stop) => f.debug_tuple("Done").field(stop).finish(),
        }
    }
}

/// The calls that are to be carried out.
#[derive(Clone, Copy, Debug)]
pub struct Pending<'a> {
    pub(super) message: &'a Message,
    pub(super) choice: &'a ToolChoice,
    pub(super) turn: u32,
    pub(super) open: &'a OpenCalls,
}

impl<'a> Pending<'a> {
    /// The calls that have no answer yet, in the order the model made them.
    pub fn calls(&self) -> impl Iterator<Item = &'a ToolCall> + use<'a> {
        let open = self.open;
        let is_open = move |(at, _): &(usize, &ToolCall)| !matches!(open.slot(*at), Slot::Ended(_));
        self.message.tool_calls().enumerate().filter(is_open).map(|(_, call)| call)
    }

    /// Whether the turn allowed this call; one that it did not is to be answered, not carried out.
    pub fn allows(&self, call: &ToolCall) -> bool {
        self.choice.allows(call.said_name())
    }

    /// The arguments to carry the call out with: those that it was approved with, where they were changed, else its own.
    pub fn arguments(&self, call: &'a ToolCall) -> &'a str {
        let at = self.message.tool_calls().position(|other| other.id == call.id);
        match at.map(|at| self.open.slot(at)) {
            Some(Slot::Allowed(Some(changed))) => changed,
            _ => &call.arguments,
        }
    }

    /// The number of the turn that made the calls, from 1.
    pub fn turn(&self) -> u32 {
        self.turn
    }
}

/// The calls of a turn while they are carried out: each end is kept as it comes.
pub(super) struct Turn<'a> {
    /// What was sent.
    pub(super) before: &'a [Message],
    pub(super) message: &'a Message,
    pub(super) choice: &'a ToolChoice,
    pub(super) number: u32,
    pub(super) open: &'a mut OpenCalls,
}

/// How one call ended, for [`State::answered`](super::State::answered).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CallEnd {
    /// What the model is told.
    pub result: ToolResult,
    /// How the call ended.
    pub status: CallStatus,
    /// How long it took.
    pub elapsed: Duration,
    /// For the operator, not for the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What came of the call, where the model is told something else: less of it, or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<ToolResult>,
    /// The arguments it was carried out with, where they are not those that the model wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arguments: Option<String>,
    /// The runs of agents inside the call; what they used counts for the run that made it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<InnerRun>,
    /// Its tool has secrets, which may stand in what came of the call.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) hides: bool,
}

impl CallEnd {
    /// A call that ended like this, in no time.
    pub fn new(result: ToolResult, status: CallStatus) -> Self {
        let (elapsed, runs) = (Duration::ZERO, Vec::new());
        Self { result, status, elapsed, detail: None, whole: None, arguments: None, runs, hides: false }
    }

    /// A call that was not carried out, or not to its end.
    pub(super) fn refused(call: &ToolCall, why: impl Into<String>, status: CallStatus) -> Self {
        Self::new(ToolResult::error(call, why), status)
    }

    /// The end of the call with this id.
    pub(super) fn of(mut self, id: &str) -> Self {
        let results = std::iter::once(&mut self.result).chain(&mut self.whole);
        results.for_each(|result| id.clone_into(&mut result.call_id));
        self
    }

    /// Tells the model this instead of the result, which is kept as it was.
    pub(super) fn cut_to(&mut self, content: Vec<Content>) {
        let whole = std::mem::replace(&mut self.result.content, content);
        self.whole = Some(ToolResult { content: whole, ..self.result.clone() });
    }

    /// Tells the model this behind the result, which is kept as it was.
    pub(super) fn tell(&mut self, more: &str) {
        self.whole.get_or_insert_with(|| self.result.clone());
        self.result.content.push(Content::Text(more.to_owned()));
    }
}

impl fmt::Debug for CallEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { result, status, elapsed, detail, whole, arguments, runs, hides } = self;
        let mut end = f.debug_struct("CallEnd");
        match hides {
            false => end.field("result", result),
            true => {
                end.field("call_id", &result.call_id).field("name", &result.name);
                end.field("result", &Unshown(&Some(result.to_text()))).field("is_error", &result.is_error)
            }
        };
        end.field("status", status)
            .field("elapsed", elapsed)
            .field("detail", detail)
            .field("whole", &Unshown(&whole.as_ref().map(ToolResult::to_text)))
            .field("arguments", &Unshown(arguments))
            .field("runs", runs)
            .finish()
    }
}

/// A text that may hold secrets, where it is not known which.
pub(super) struct Unshown<'a>(pub(super) &'a Option<String>);

impl fmt::Debug for Unshown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("None"),
            Some(text) => write!(f, "Some({} bytes)", text.len()),
        }
    }
}
