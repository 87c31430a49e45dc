//! A reply as it comes in, and the turn that is assembled from it.
//!
//! Whole and streamed replies are the same deltas, so the loop above is one loop.

use super::{FinishReason, Handover, Message, Origin, Part, Response, Role, Text, ToolCall, Usage};

/// A step of a reply.
///
/// `part` is the provider's key of the part (a block index, an output index): deltas of one part carry the same key,
/// may interleave with those of others, and parts stand in the message in the order in which their keys first came.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Delta {
    /// The provider's id of the response, and the model that answers.
    Begin {
        /// The id.
        id: Option<String>,
        /// The model, in the provider's words.
        model: Option<String>,
    },
    /// More visible text.
    Text {
        /// Key of the part.
        part: usize,
        /// What to append.
        text: String,
    },
    /// More of a refusal.
    Refusal {
        /// Key of the part.
        part: usize,
        /// What to append.
        text: String,
    },
    /// More readable thinking; empty text opens the part (sealed thinking has none).
    Reasoning {
        /// Key of the part.
        part: usize,
        /// What to append.
        text: String,
    },
    /// A call begins. A second one with the same key is ignored.
    CallStart {
        /// Key of the part.
        part: usize,
        /// The call's id; empty where the provider gave none, and then one is made up.
        id: String,
        /// The tool's wire name.
        name: String,
    },
    /// More text of a call's arguments.
    CallArguments {
        /// Key of the part.
        part: usize,
        /// What to append.
        text: String,
    },
    /// The arguments of a call look complete, though more may come or the provider may take the call back: what its
    /// protocol says only at the end of a reply. Where it says so at once, [`CallEnd`](Self::CallEnd) comes alone.
    CallReady {
        /// Key of the part.
        part: usize,
    },
    /// The arguments of a call are complete.
    CallEnd {
        /// Key of the part.
        part: usize,
    },
    /// The provider's own form of a text, reasoning or call part; of an unknown part, all there is.
    Origin {
        /// Key of the part.
        part: usize,
        /// The provider's JSON.
        origin: Origin,
    },
    /// The reply starts over: what came before is void.
    Restart,
    /// Another model answers from here on; no part of the reply.
    Handover(Handover),
    /// Token counts so far; a later one replaces the counts it has.
    Usage(Usage),
    /// Why the model stopped.
    Finish(FinishReason),
}

/// Takes the deltas of a reply as they come.
pub trait Sink: Send {
    /// Takes the next delta.
    fn push(&mut self, delta: Delta);
}

impl Sink for Vec<Delta> {
    fn push(&mut self, delta: Delta) {
        Vec::push(self, delta);
    }
}

/// Puts the deltas of one reply together.
///
/// # Examples
/// ```
/// use fcall_runtime::message::{Assembler, Delta, Sink};
///
/// let mut reply = Assembler::new(1);
/// reply.push(Delta::Text { part: 0, text: "Hel".into() });
/// reply.push(Delta::Text { part: 0, text: "lo".into() });
/// assert_eq!(reply.finish().message.text(), "Hello");
/// ```
#[derive(Debug, Default)]
pub struct Assembler {
    turn: usize,
    keys: Vec<usize>,
    parts: Vec<Part>,
    /// By part: the call's arguments have all come.
    complete: Vec<bool>,
    finish: Option<FinishReason>,
    usage: Option<Usage>,
    id: Option<String>,
    model: Option<String>,
    handovers: Vec<Handover>,
}

impl Assembler {
    /// For the reply to the given turn of a conversation (the number only serves to make up ids).
    pub fn new(turn: usize) -> Self {
        Self { turn, ..Self::default() }
    }

    /// The position of the part with this key, made by `new` where it is the first of its key.
    fn at(&mut self, key: usize, new: impl FnOnce() -> Part) -> usize {
        // The part that grows is nearly always the last one.
        if let Some(at) = self.keys.iter().rposition(|k| *k == key) {
            return at;
        }
        self.keys.push(key);
        self.parts.push(new());
        self.complete.push(false);
        self.keys.len() - 1
    }

    fn append(&mut self, key: usize, more: impl Into<String> + AsRef<str>, new: fn(Text) -> Part) {
        match self.keys.iter().rposition(|k| *k == key).map(|at| &mut self.parts[at]) {
            None => {
                self.at(key, || new(Text::new(more)));
            }
            Some(Part::Text(text) | Part::Refusal(text) | Part::Reasoning(text)) => text.text.push_str(more.as_ref()),
            Some(_) => {}
        }
    }

    fn argue(&mut self, key: usize, more: impl Into<String> + AsRef<str>) {
        if let Some(at) = self.keys.iter().rposition(|k| *k == key)
            && let Part::ToolCall(call) = &mut self.parts[at]
        {
            if call.arguments.is_empty() {
                call.arguments = more.into();
            } else {
                call.arguments.push_str(more.as_ref());
            }
        }
    }

    /// Like [`push`](Sink::push), for who still needs the delta.
    pub(crate) fn push_ref(&mut self, delta: &Delta) {
        match delta {
            Delta::Text { part, text } => self.append(*part, text, Part::Text),
            Delta::Refusal { part, text } => self.append(*part, text, Part::Refusal),
            Delta::Reasoning { part, text } => self.append(*part, text, Part::Reasoning),
            Delta::CallArguments { part, text } => self.argue(*part, text),
            delta => self.push(delta.clone()),
        }
    }

    /// The call with this key.
    pub(crate) fn call(&self, key: usize) -> Option<&ToolCall> {
        let at = self.keys.iter().rposition(|k| *k == key)?;
        match self.parts.get(at)? {
            Part::ToolCall(call) => Some(call),
            _ => None,
        }
    }

    /// The call with this key as it is once it is complete, and how many stand before it.
    pub(crate) fn complete_call(&self, key: usize) -> Option<(usize, ToolCall)> {
        let mut call = self.call(key)?.clone();
        let before = self.calls().position(|other| other.id == call.id)?;
        fill(&mut call);
        Some((before, call))
    }

    /// The calls as far as they came.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.parts.iter().filter_map(|part| match part {
            Part::ToolCall(call) => Some(call),
            _ => None,
        })
    }

    /// Nothing has come that a caller could have seen.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Calls whose arguments have not ended, as far as they came: [`finish`](Self::finish) leaves them out of a reply
    /// that was cut.
    pub fn unfinished_calls(&self) -> impl Iterator<Item = &ToolCall> {
        self.parts.iter().zip(&self.complete).filter_map(|(part, complete)| match part {
            Part::ToolCall(call) if !complete => Some(call),
            _ => None,
        })
    }

    /// The turn as far as it came.
    ///
    /// Calls without an id get one that is made from turn and position, so that it is the same on every run. Where the
    /// reply was cut or ended out of order, calls that had not ended are left out: half a call must not be carried out.
    pub fn finish(self) -> Response {
        let turn = self.turn;
        let cut = !matches!(self.finish, Some(FinishReason::Stop | FinishReason::ToolCalls));
        let mut parts = Vec::with_capacity(self.parts.len());
        for (at, (mut part, complete)) in self.parts.into_iter().zip(self.complete).enumerate() {
            if let Part::ToolCall(call) = &mut part {
                if cut && !complete {
                    continue;
                }
                if call.id.is_empty() {
                    call.id = format!("call_{turn}_{at}");
                }
                fill(call);
            }
            parts.push(part);
        }
        let message = Message::new(Role::Assistant, parts);
        let Self { finish, usage, id, model, handovers, .. } = self;
        Response { message, finish, usage, id, model, handovers }
    }
}

/// Gives a call without arguments those that it means.
fn fill(call: &mut ToolCall) {
    if call.arguments.trim_ascii().is_empty() || call.arguments.trim_ascii() == "null" {
        call.arguments = "{}".to_owned();
    }
}

impl Sink for Assembler {
    fn push(&mut self, delta: Delta) {
        match delta {
            Delta::Begin { id, model } => {
                self.id = id.or(self.id.take());
                self.model = model.or(self.model.take());
            }
            Delta::Text { part, text } => self.append(part, text, Part::Text),
            Delta::Refusal { part, text } => self.append(part, text, Part::Refusal),
            Delta::Reasoning { part, text } => self.append(part, text, Part::Reasoning),
            Delta::CallStart { part, id, name } => {
                self.at(part, || Part::ToolCall(ToolCall::new(id, name, "")));
            }
            Delta::CallArguments { part, text } => self.argue(part, text),
            Delta::CallReady { .. } => {}
            Delta::CallEnd { part } => {
                if let Some(at) = self.keys.iter().rposition(|k| *k == part) {
                    self.complete[at] = true;
                }
            }
            Delta::Origin { part, origin } => {
                let mut origin = Some(origin);
                let at = self.at(part, || Part::Opaque(origin.take().unwrap_or_else(|| Origin::new("", ""))));
                let Some(origin) = origin else { return };
                match &mut self.parts[at] {
                    Part::Text(text) | Part::Refusal(text) | Part::Reasoning(text) => text.origin = Some(origin),
                    Part::ToolCall(call) => call.origin = Some(origin),
                    Part::Opaque(old) => *old = origin,
                    Part::ToolResult(_) | Part::Media(_) | Part::CacheMark(_) => {}
                }
            }
            Delta::Restart => {
                let handovers = std::mem::take(&mut self.handovers);
                *self = Self { handovers, ..Self::new(self.turn) };
            }
            Delta::Handover(handover) => self.handovers.push(handover),
            Delta::Usage(usage) => self.usage.get_or_insert_default().replace(usage),
            Delta::Finish(finish) => self.finish = Some(finish),
        }
    }
}
