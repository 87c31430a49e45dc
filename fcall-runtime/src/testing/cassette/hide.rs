//! Keeps secrets out of a recording, however they are spelled there.

use serde_json::Value;

use crate::client::{HIDDEN, SECRET};

/// Texts that no recording may hold.
#[derive(Debug)]
pub(super) struct Hidden(Vec<String>);

impl Hidden {
    /// The keys of a request, and what a test asked to hide. Of a key with a word before it (`Bearer ...`) the words
    /// count as well; a key that is too short to be one is a stand-in.
    pub(super) fn new(keys: &[String], texts: &[String]) -> Self {
        let words = keys.iter().flat_map(|key| key.split_whitespace()).map(str::to_owned);
        let long = keys.iter().cloned().chain(words).filter(|key| key.len() >= SECRET);
        let mut all: Vec<String> = texts.iter().filter(|text| !text.is_empty()).cloned().chain(long).collect();
        // The longest first: none hides only a part of another.
        all.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        all.dedup();
        Self(all)
    }

    /// Where a secret begins and ends, as often as there is one.
    fn spans(&self, text: &[u8]) -> Vec<(usize, usize)> {
        let mut spans = Vec::new();
        let mut at = 0;
        while at < text.len() && !self.0.is_empty() {
            match self.0.iter().find_map(|secret| length_at(&text[at..], secret)) {
                Some(length) => {
                    spans.push((at, at + length));
                    at += length;
                }
                None => at += 1,
            }
        }
        spans
    }

    pub(super) fn is_in(&self, text: &str) -> bool {
        !self.spans(text.as_bytes()).is_empty()
    }

    /// A text without the secrets.
    pub(super) fn text(&self, text: &str) -> String {
        let mut chunks = vec![text.as_bytes().to_vec()];
        self.chunks(&mut chunks);
        String::from_utf8_lossy(&chunks.concat()).into_owned()
    }

    /// The same, for all texts of a JSON value.
    pub(super) fn json(&self, value: &mut Value) {
        match value {
            Value::String(text) if self.is_in(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(members) => {
                if members.keys().any(|key| self.is_in(key)) {
                    let all = std::mem::take(members);
                    *members = all.into_iter().map(|(key, value)| (self.text(&key), value)).collect();
                }
                members.values_mut().for_each(|value| self.json(value));
            }
            _ => {}
        }
    }

    /// The same, for bytes in pieces: a secret may begin in one and end in another.
    pub(super) fn chunks(&self, chunks: &mut [Vec<u8>]) {
        let spans = self.spans(&chunks.concat());
        let mut spans = spans.into_iter().peekable();
        let mut begin = 0;
        for chunk in chunks {
            let end = begin + chunk.len();
            let mut kept = Vec::with_capacity(chunk.len());
            let mut at = begin;
            while let Some(&(from, to)) = spans.peek().filter(|(from, _)| *from < end) {
                if from >= at {
                    kept.extend_from_slice(&chunk[at - begin..from - begin]);
                    kept.extend_from_slice(HIDDEN.as_bytes());
                }
                at = to.min(end);
                if to > end {
                    break;
                }
                spans.next();
            }
            kept.extend_from_slice(&chunk[at - begin..]);
            *chunk = kept;
            begin = end;
        }
    }
}

/// How many bytes the secret takes at the beginning of this text: as it is, or escaped as JSON or a URL does it.
fn length_at(text: &[u8], secret: &str) -> Option<usize> {
    let mut at = 0;
    for c in secret.chars() {
        at += spelled(&text[at..], c)?;
    }
    Some(at)
}

/// How many bytes this character takes at the beginning of a text.
fn spelled(text: &[u8], c: char) -> Option<usize> {
    let mut utf8 = [0; 4];
    let utf8 = c.encode_utf8(&mut utf8).as_bytes();
    if text.starts_with(utf8) {
        return Some(utf8.len());
    }
    match text {
        [b'\\', b'u' | b'U', ..] => {
            let mut utf16 = [0; 2];
            let units = c.encode_utf16(&mut utf16);
            let escaped: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
            text.get(..escaped.len())?.eq_ignore_ascii_case(escaped.as_bytes()).then_some(escaped.len())
        }
        [b'\\', next, ..] if c.is_ascii() && u32::from(*next) == u32::from(c) => Some(2),
        [b'%', ..] => {
            let escaped: String = utf8.iter().map(|byte| format!("%{byte:02x}")).collect();
            text.get(..escaped.len())?.eq_ignore_ascii_case(escaped.as_bytes()).then_some(escaped.len())
        }
        _ => None,
    }
}
