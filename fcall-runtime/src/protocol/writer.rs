//! A reply written as a stream: the server's side.

use super::{Protocol, anthropic, fault, gemini, ids::MadeIds, openai_chat, openai_responses};
use crate::message::{Delta, FinishReason};

/// Writes a reply as the events of a stream, delta by delta.
///
/// # Examples
/// ```
/// use fcall_runtime::{message::{Delta, FinishReason}, protocol::Protocol};
///
/// let mut events = Vec::new();
/// let mut writer = Protocol::Anthropic.stream_writer("planner");
/// writer.push(&Delta::Text { part: 0, text: "Hello".into() }, &mut events);
/// writer.push(&Delta::Finish(FinishReason::Stop), &mut events);
/// writer.finish(&mut events);
/// assert!(events.starts_with(b"event: message_start\n"));
/// ```
#[derive(Debug)]
pub struct StreamWriter {
    protocol: Protocol,
    model: String,
    machine: Machine,
    ids: MadeIds,
    /// The client has something of the reply.
    begun: bool,
    failed: bool,
    /// The calls that have begun and not ended.
    half: Vec<usize>,
    /// The reply has ended in order.
    ended: bool,
    /// The reply failed, and the client has a word for that.
    void: bool,
}

#[derive(Debug)]
enum Machine {
    OpenAiChat(openai_chat::Writer),
    OpenAiResponses(openai_responses::Writer),
    Anthropic(anthropic::Writer),
    Gemini(gemini::Writer),
}

impl Machine {
    fn new(protocol: Protocol, model: &str) -> Self {
        match protocol {
            Protocol::OpenAiChat => Self::OpenAiChat(openai_chat::Writer::new(model)),
            Protocol::OpenAiResponses => Self::OpenAiResponses(openai_responses::Writer::new(model)),
            Protocol::Anthropic => Self::Anthropic(anthropic::Writer::new(model)),
            Protocol::Gemini => Self::Gemini(gemini::Writer::new(model)),
        }
    }
}

impl StreamWriter {
    pub(super) fn new(protocol: Protocol, model: &str) -> Self {
        let (machine, model) = (Machine::new(protocol, model), model.to_owned());
        let (ids, half) = (MadeIds::default(), Vec::new());
        Self { protocol, model, machine, ids, begun: false, failed: false, half, ended: false, void: false }
    }

    /// Appends the events that say this.
    ///
    /// A reply that starts over is an error to a client that has a part of it: no protocol can take back what was
    /// said, and the vendors' own clients would join both.
    ///
    /// A service that is asked again for a reply of which only calls came is asked in vain where they were passed on: give
    /// it no retries, and leave them to the client.
    pub fn push(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        if self.failed {
            return;
        }
        match delta {
            Delta::CallStart { part, .. } if !self.half.contains(part) => self.half.push(*part),
            Delta::CallEnd { part } => self.half.retain(|half| half != part),
            Delta::Finish(finish) => {
                self.ended = matches!(finish, FinishReason::Stop | FinishReason::ToolCalls);
                self.void = matches!((finish, self.protocol), (FinishReason::Malformed(_), Protocol::OpenAiResponses));
            }
            Delta::Restart if self.begun => {
                self.failed = true;
                return self.failure(None, "the reply started over after a part of it was sent", out);
            }
            Delta::Restart => *self = Self::new(self.protocol, &self.model),
            _ => {}
        }
        match self.ids.fill(delta) {
            Some(delta) => self.write(&delta, out),
            None => self.write(delta, out),
        }
    }

    fn write(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        let before = out.len();
        match &mut self.machine {
            Machine::OpenAiChat(writer) => writer.push(delta, out),
            Machine::OpenAiResponses(writer) => writer.push(delta, out),
            Machine::Anthropic(writer) => writer.push(delta, out),
            Machine::Gemini(writer) => writer.push(delta, out),
        }
        self.begun |= out.len() > before;
    }

    /// Appends the event of an error, after which nothing follows.
    pub fn fail(self, code: Option<&str>, message: &str, out: &mut Vec<u8>) {
        if !self.failed {
            self.failure(code, message, out);
        }
    }

    fn failure(&self, code: Option<&str>, message: &str, out: &mut Vec<u8>) {
        let status = fault::status_of(code).unwrap_or(500);
        match &self.machine {
            Machine::OpenAiChat(_) => openai_chat::write_failure(status, code, message, out),
            Machine::OpenAiResponses(writer) => writer.fail(status, code, message, out),
            Machine::Anthropic(_) => anthropic::write_failure(status, code, message, out),
            Machine::Gemini(_) => gemini::write_failure(status, code, message, out),
        }
    }

    /// Appends the events that end the reply.
    ///
    /// A call that has not ended is whole where the reply ended in order. Otherwise it is half and can't be taken back:
    /// the client is told that the reply was cut off, and does not carry it out.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        if self.failed {
            return;
        }
        let half = std::mem::take(&mut self.half);
        if self.ended {
            half.into_iter().for_each(|part| self.write(&Delta::CallEnd { part }, out));
        } else if !half.is_empty() && !self.void {
            self.write(&Delta::Finish(FinishReason::Length), out);
        }
        match self.machine {
            Machine::OpenAiChat(writer) => writer.finish(out),
            Machine::OpenAiResponses(writer) => writer.finish(out),
            Machine::Anthropic(writer) => writer.finish(out),
            Machine::Gemini(writer) => writer.finish(out),
        }
    }
}
