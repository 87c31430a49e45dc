//! What a run has to do next, and what came of it.

use std::time::Duration;

use super::run::{CallStatus, Stop};
use crate::message::{Message, ToolCall, ToolChoice, ToolResult};

/// What a run has to do next.
#[derive(Debug)]
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
    /// Carry out the calls of the last message, then [`State::answered`](super::State::answered).
    Call(Pending<'a>),
    /// Nothing: the run is over.
    Done(&'a Stop),
}

/// The calls that wait for an answer.
#[derive(Clone, Copy, Debug)]
pub struct Pending<'a> {
    pub(super) message: &'a Message,
    pub(super) choice: &'a ToolChoice,
    pub(super) turn: u32,
}

impl<'a> Pending<'a> {
    /// The calls, in the order the model made them.
    pub fn calls(&self) -> impl Iterator<Item = &'a ToolCall> + use<'a> {
        self.message.tool_calls()
    }

    /// Whether the turn allowed this call; one that it did not is to be answered, not carried out.
    pub fn allows(&self, call: &ToolCall) -> bool {
        self.choice.allows(&call.name)
    }

    /// The number of the turn that made the calls, from 1.
    pub fn turn(&self) -> u32 {
        self.turn
    }
}

/// How one call ended, for [`State::answered`](super::State::answered).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct CallEnd {
    /// What the model is told.
    pub result: ToolResult,
    /// How the call ended.
    pub status: CallStatus,
    /// How long it took.
    pub elapsed: Duration,
    /// For the operator, not for the model.
    pub detail: Option<String>,
}

impl CallEnd {
    /// A call that ended like this, in no time.
    pub fn new(result: ToolResult, status: CallStatus) -> Self {
        Self { result, status, elapsed: Duration::ZERO, detail: None }
    }
}
