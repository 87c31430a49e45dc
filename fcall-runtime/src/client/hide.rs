//! Keeps secrets out of errors and recordings, however they are spelled there.

#[cfg(feature = "testing")]
use serde_json::Value;

/// What stands in the place of a secret.
pub(crate) const HIDDEN: &str = "(hidden)";
/// What is shorter than this is no secret, but a stand-in for a server that asks for any key.
const SECRET: usize = 8;

/// What a text ends with that was cut.
pub(crate) const CUT: &str = " ...";
/// So many bytes a character takes at most that is escaped.
const LONGEST: usize = 12;

/// Texts that nobody may be shown.
pub(crate) struct Hidden(Vec<String>);

impl Hidden {
    /// The keys of a request, and what a test asked to hide. Of a key with a word before it (`Bearer ...`) the words
    /// count as well; a key that is too short to be one is a stand-in.
    pub(crate) fn new(keys: &[String], texts: &[String]) -> Self {
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

    #[cfg(feature = "testing")]
    pub(crate) fn is_in(&self, text: &str) -> bool {
        !self.spans(text.as_bytes()).is_empty()
    }

    /// A text that may have been cut, without the secrets: neither whole nor with the cut in them.
    pub(crate) fn cut(&self, text: &str) -> String {
        let mut text = self.text(text);
        let end = text.strip_suffix(CUT).unwrap_or(&text).len();
        let begun = |at: &usize| self.0.iter().any(|secret| ends_within(&text.as_bytes()[*at..end], secret));
        if let Some(at) = (0..end).find(begun) {
            text.replace_range(at..end, HIDDEN);
        }
        text
    }

    /// A text without the secrets.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut chunks = vec![text.as_bytes().to_vec()];
        self.chunks(&mut chunks);
        String::from_utf8_lossy(&chunks.concat()).into_owned()
    }

    /// The same, for all texts of a JSON value.
    #[cfg(feature = "testing")]
    pub(crate) fn json(&self, value: &mut Value) {
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
    pub(crate) fn chunks(&self, chunks: &mut [Vec<u8>]) {
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

/// Whether a text ends within the secret that it begins with; what is too short for a secret is none of its beginnings
/// either.
fn ends_within(text: &[u8], secret: &str) -> bool {
    let mut at = 0;
    for (read, c) in secret.char_indices() {
        if at == text.len() {
            return read >= SECRET;
        }
        match spelled(&text[at..], c) {
            Some(length) => at += length,
            // the cut may go through what is escaped
            None => return read >= SECRET && matches!(text[at], b'\\' | b'%') && text.len() - at < LONGEST,
        }
    }
    false
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
