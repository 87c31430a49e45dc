//! Server-sent events, framed by ourselves: bounded, cut anywhere, the last event without its blank line too.

use super::{Limits, scan::JsonEnd};
use crate::error::{Error, Kind, Result};

/// One event of a stream.
#[derive(Debug)]
pub(super) struct SseEvent<'a> {
    /// The `event` field; empty where there is none.
    pub(super) name: &'a str,
    /// The `data` lines, joined with line feeds.
    pub(super) data: &'a str,
}

/// Puts events together from bytes.
#[derive(Debug, Default)]
pub(super) struct Framer {
    /// The line that has not ended yet.
    line: Vec<u8>,
    name: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    /// JSON that a server writes into the stream without framing it, while its lines come.
    unframed: Option<JsonEnd>,
    /// Whether the data goes on behind its framed lines has been looked at.
    looked: bool,
    /// A CR ended the last line: an LF that follows belongs to it.
    after_cr: bool,
}

impl Framer {
    /// Takes the next bytes and hands on every event that they complete.
    pub(super) fn feed(
        &mut self,
        mut bytes: &[u8],
        limits: &Limits,
        protocol: &'static str,
        on_event: &mut dyn FnMut(SseEvent<'_>) -> Result<()>,
    ) -> Result<()> {
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(end) = line_end(bytes) else {
                self.bound(bytes.len(), limits)?;
                self.line.extend_from_slice(bytes);
                return Ok(());
            };
            let (line, rest) = bytes.split_at(end);
            self.after_cr = rest[0] == b'\r';
            bytes = &rest[1..];
            self.bound(line.len(), limits)?;
            if self.line.is_empty() {
                self.line(line, protocol, on_event)?;
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                let done = self.line(&whole, protocol, on_event);
                whole.clear();
                self.line = whole;
                done?;
            }
        }
        Ok(())
    }

    /// A line has begun and not ended.
    pub(super) fn is_in_line(&self) -> bool {
        !self.line.is_empty()
    }

    /// The bytes have ended: so has the last line, and the last event.
    pub(super) fn finish(
        &mut self,
        protocol: &'static str,
        on_event: &mut dyn FnMut(SseEvent<'_>) -> Result<()>,
    ) -> Result<()> {
        let line = std::mem::take(&mut self.line);
        if !line.is_empty() {
            self.line(&line, protocol, on_event)?;
        }
        self.dispatch(protocol, on_event)
    }

    fn bound(&self, more: usize, limits: &Limits) -> Result<()> {
        if self.line.len() + self.data.len() + more > limits.event {
            return Err(Error::new(Kind::TooLarge { what: "an event of the reply", limit: limits.event }));
        }
        Ok(())
    }

    fn line(
        &mut self,
        line: &[u8],
        protocol: &'static str,
        on_event: &mut dyn FnMut(SseEvent<'_>) -> Result<()>,
    ) -> Result<()> {
        if self.unframed.is_some() {
            return self.unframed(line, protocol, on_event);
        }
        let (field, value) = match line {
            [] => return self.dispatch(protocol, on_event),
            [b':', ..] => return Ok(()),
            // An error that a server writes into the stream without framing it.
            [b'{' | b'[', ..] => {
                self.dispatch(protocol, on_event)?;
                self.unframed = Some(JsonEnd::default());
                return self.unframed(line, protocol, on_event);
            }
            _ => match line.iter().position(|b| *b == b':') {
                Some(colon) => (&line[..colon], &line[colon + 1..]),
                None => (line, &b""[..]),
            },
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"event" => {
                self.name.clear();
                self.name.extend_from_slice(value);
            }
            // No field: JSON of which only the first line was framed goes on.
            _ if self.has_data && !std::mem::replace(&mut self.looked, true) => {
                let mut json = JsonEnd::default();
                json.push(&String::from_utf8_lossy(&self.data));
                if matches!(self.data.first(), Some(b'{' | b'[')) && !json.is_complete() {
                    self.unframed = Some(json);
                    return self.unframed(line, protocol, on_event);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes a line of JSON that is not framed; where it ends, the event does.
    fn unframed(
        &mut self,
        line: &[u8],
        protocol: &'static str,
        on_event: &mut dyn FnMut(SseEvent<'_>) -> Result<()>,
    ) -> Result<()> {
        let json = self.unframed.get_or_insert_default();
        json.push(&String::from_utf8_lossy(line));
        let complete = json.is_complete();
        if std::mem::replace(&mut self.has_data, true) {
            self.data.push(b'\n');
        }
        self.data.extend_from_slice(line);
        if complete { self.dispatch(protocol, on_event) } else { Ok(()) }
    }

    fn dispatch(&mut self, protocol: &'static str, on_event: &mut dyn FnMut(SseEvent<'_>) -> Result<()>) -> Result<()> {
        self.unframed = None;
        self.looked = false;
        if std::mem::take(&mut self.has_data) {
            let data = str::from_utf8(&self.data).map_err(|e| Error::decode(protocol, "not UTF-8").with_source(e))?;
            on_event(SseEvent { name: str::from_utf8(&self.name).unwrap_or_default(), data })?;
        }
        self.data.clear();
        self.name.clear();
        Ok(())
    }
}

/// Where the first line of these bytes ends, looked for in steps that compile to vector instructions.
fn line_end(bytes: &[u8]) -> Option<usize> {
    const STEP: usize = 32;
    let ends = |b: &u8| matches!(b, b'\n' | b'\r');
    let mut at = 0;
    while let Some(step) = bytes.get(at..at + STEP) {
        if step.iter().fold(false, |found, b| found | ends(b)) {
            break;
        }
        at += STEP;
    }
    bytes[at..].iter().position(ends).map(|end| at + end)
}
