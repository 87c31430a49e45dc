//! Server-sent events, framed by ourselves: bounded, cut anywhere, the last event without its blank line too.

use memchr::{memchr, memchr2};

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
        // Data of one line, which most events have: lent, and kept only where its event does not end with these bytes.
        let mut lent: Option<&[u8]> = None;
        while !bytes.is_empty() {
            if std::mem::take(&mut self.after_cr) && bytes[0] == b'\n' {
                bytes = &bytes[1..];
                continue;
            }
            let Some(end) = memchr2(b'\n', b'\r', bytes) else {
                self.keep(lent);
                self.bound(bytes.len(), limits)?;
                self.line.extend_from_slice(bytes);
                return Ok(());
            };
            let (line, rest) = bytes.split_at(end);
            self.after_cr = rest[0] == b'\r';
            bytes = &rest[1..];
            if let Some(data) = lent.take() {
                if line.is_empty() {
                    self.event(data, protocol, on_event)?;
                    continue;
                }
                self.keep(Some(data));
            }
            self.bound(line.len(), limits)?;
            if self.line.is_empty() {
                if let Some(data) = self.lends(line) {
                    lent = Some(data);
                    continue;
                }
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
        self.keep(lent);
        Ok(())
    }

    /// The data of a line that is the first of its event to have some.
    fn lends<'l>(&self, line: &'l [u8]) -> Option<&'l [u8]> {
        let value = line.strip_prefix(b"data:").filter(|_| !self.has_data && self.unframed.is_none())?;
        Some(value.strip_prefix(b" ").unwrap_or(value))
    }

    /// Takes over data that was lent.
    fn keep(&mut self, lent: Option<&[u8]>) {
        if let Some(data) = lent {
            self.has_data = true;
            self.data.extend_from_slice(data);
        }
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
            _ => match memchr(b':', line) {
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
        if !std::mem::take(&mut self.has_data) {
            self.name.clear();
            return Ok(());
        }
        let data = std::mem::take(&mut self.data);
        self.event(&data, protocol, on_event)?;
        // Its room serves the next event.
        self.data = data;
        self.data.clear();
        Ok(())
    }

    /// An event has all come.
    fn event(
        &mut self,
        data: &[u8],
        protocol: &'static str,
        on_event: &mut dyn FnMut(SseEvent<'_>) -> Result<()>,
    ) -> Result<()> {
        let data = str::from_utf8(data).map_err(|e| Error::decode(protocol, "not UTF-8").with_source(e))?;
        on_event(SseEvent { name: str::from_utf8(&self.name).unwrap_or_default(), data })?;
        self.name.clear();
        self.looked = false;
        Ok(())
    }
}
