//! A reply written as a stream: the server's side.

use super::{Protocol, anthropic, gemini, openai_chat, openai_responses};
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
    machine: Machine,
    /// The calls that have begun and not ended.
    half: Vec<usize>,
    /// The reply has ended in order.
    ended: bool,
}

#[derive(Debug)]
enum Machine {
    OpenAiChat(openai_chat::Writer),
    OpenAiResponses(openai_responses::Writer),
    Anthropic(anthropic::Writer),
    Gemini(gemini::Writer),
}

impl StreamWriter {
    pub(super) fn new(protocol: Protocol, model: &str) -> Self {
        let machine = match protocol {
            Protocol::OpenAiChat => Machine::OpenAiChat(openai_chat::Writer::new(model)),
            Protocol::OpenAiResponses => Machine::OpenAiResponses(openai_responses::Writer::new(model)),
            Protocol::Anthropic => Machine::Anthropic(anthropic::Writer::new(model)),
            Protocol::Gemini => Machine::Gemini(gemini::Writer::new(model)),
        };
        Self { machine, half: Vec::new(), ended: false }
    }

    /// Appends the events that say this.
    ///
    /// A reply that starts over is an error to a client that speaks OpenAI Chat or Gemini: what it has can't be taken back.
    pub fn push(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match delta {
            Delta::CallStart { part, .. } if !self.half.contains(part) => self.half.push(*part),
            Delta::CallEnd { part } => self.half.retain(|half| half != part),
            Delta::Finish(finish) => self.ended = matches!(finish, FinishReason::Stop | FinishReason::ToolCalls),
            Delta::Restart => (self.half, self.ended) = (Vec::new(), false),
            _ => {}
        }
        self.write(delta, out);
    }

    fn write(&mut self, delta: &Delta, out: &mut Vec<u8>) {
        match &mut self.machine {
            Machine::OpenAiChat(writer) => writer.push(delta, out),
            Machine::OpenAiResponses(writer) => writer.push(delta, out),
            Machine::Anthropic(writer) => writer.push(delta, out),
            Machine::Gemini(writer) => writer.push(delta, out),
        }
    }

    /// Appends the event of an error, after which nothing follows.
    pub fn fail(self, code: Option<&str>, message: &str, out: &mut Vec<u8>) {
        match self.machine {
            Machine::OpenAiChat(_) => openai_chat::write_failure(code, message, out),
            Machine::OpenAiResponses(_) => openai_responses::write_failure(code, message, out),
            Machine::Anthropic(_) => anthropic::write_failure(code, message, out),
            Machine::Gemini(_) => gemini::write_failure(code, message, out),
        }
    }

    /// Appends the events that end the reply.
    ///
    /// A call that has not ended is whole where the reply ended in order. Otherwise it is half and can't be taken back:
    /// the client is told that the reply was cut off, and does not carry it out.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        let half = std::mem::take(&mut self.half);
        if self.ended {
            half.into_iter().for_each(|part| self.write(&Delta::CallEnd { part }, out));
        } else if !half.is_empty() {
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
