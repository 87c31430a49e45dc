//! A reply written as a stream: the server's side.

use super::Protocol;
use crate::message::Delta;

/// Writes a reply as the events of a stream, delta by delta.
#[derive(Debug)]
pub struct StreamWriter {
    protocol: Protocol,
    model: String,
}

impl StreamWriter {
    pub(super) fn new(protocol: Protocol, model: &str) -> Self {
        Self { protocol, model: model.to_owned() }
    }

    /// Appends the events that say this.
    pub fn push(&mut self, _delta: &Delta, _out: &mut Vec<u8>) {
        let _ = (self.protocol, &self.model);
    }

    /// Appends the event of an error, after which nothing follows.
    pub fn fail(self, _code: Option<&str>, _message: &str, _out: &mut Vec<u8>) {}

    /// Appends the events that end the reply.
    pub fn finish(self, _out: &mut Vec<u8>) {}
}
