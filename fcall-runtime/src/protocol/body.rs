//! JSON written straight into bytes.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value};

/// Keys that the caller adds to a request.
type Keys = Map<String, Value>;

/// Appends a value.
pub(super) fn write(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Texts, numbers and parsed JSON are all that is written here: none of them can fail, nor can memory.
    let done = serde_json::to_writer(out, value);
    debug_assert!(done.is_ok(), "{done:?}");
}

/// Appends a text.
pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    let escapes = has_escapes(text.as_bytes());
    out.reserve(text.len() + 2 + if escapes { text.len() / 4 } else { 0 });
    out.push(b'"');
    match escapes {
        true => write_escaped(out, text),
        false => out.extend_from_slice(text.as_bytes()),
    }
    out.push(b'"');
}

/// Whether a byte of a text must be escaped; eight are looked at in one go.
fn has_escapes(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    let found = words.iter().fold(0, |found, word| found | specials(u64::from_le_bytes(*word)));
    found != 0 || rest.iter().any(|byte| ESCAPES[usize::from(*byte)] != 0)
}

/// Not zero where one of eight bytes is a quote, a backslash or a control character: then the lowest bit that is set is the
/// highest of the first such byte.
#[inline]
pub(super) fn specials(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 255;
    let (quote, backslash) = (word ^ (ONES * u64::from(b'"')), word ^ (ONES * u64::from(b'\\')));
    let borrowed = word.wrapping_sub(ONES * u64::from(b' ')) | quote.wrapping_sub(ONES) | backslash.wrapping_sub(ONES);
    borrowed & !word & (ONES * 128)
}

/// What stands behind the backslash of each byte that is escaped; 0 for all others.
pub(super) static ESCAPES: [u8; 256] = {
    let mut escapes = [0; 256];
    let mut at = 0;
    while at < b' ' as usize {
        escapes[at] = b'u';
        at += 1;
    }
    escapes[8] = b'b';
    escapes[12] = b'f';
    escapes[b'\n' as usize] = b'n';
    escapes[b'\r' as usize] = b'r';
    escapes[b'\t' as usize] = b't';
    escapes[b'"' as usize] = b'"';
    escapes[b'\\' as usize] = b'\\';
    escapes
};

/// Appends what stands between the quotes of a text: arguments are full of short pieces between escapes.
fn write_escaped(out: &mut Vec<u8>, text: &str) {
    let mut plain = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = ESCAPES[usize::from(byte)];
        if short == 0 {
            continue;
        }
        out.extend_from_slice(&text.as_bytes()[plain..at]);
        out.extend_from_slice(&[b'\\', short]);
        if short == b'u' {
            let digit = |half: u8| b"0123456789abcdef"[usize::from(half & 15)];
            out.extend_from_slice(&[b'0', b'0', digit(byte >> 4), digit(byte)]);
        }
        plain = at + 1;
    }
    out.extend_from_slice(&text.as_bytes()[plain..]);
}

/// Takes the line breaks out of JSON that stands on one line of a stream: outside of texts they are blanks, and in a
/// text there are none.
pub(super) fn on_one_line(json: &mut [u8]) {
    json.iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
}

/// An object that is being written; it ends with [`Object::end`].
#[derive(Debug)]
pub(super) struct Object<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl<'o> Object<'o> {
    pub(super) fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, first: true }
    }

    /// Writes a key; what is appended to the bytes is its value.
    pub(super) fn key(&mut self, key: &str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
        write_text(self.out, key);
        self.out.push(b':');
        self.out
    }

    /// Begins a member with a word of a wire's: nothing in it is to be escaped.
    #[inline]
    fn word(&mut self, key: &'static str) -> &mut Vec<u8> {
        self.out.reserve(key.len() + 4);
        self.out.extend_from_slice(if std::mem::take(&mut self.first) { b"\"" } else { b",\"" });
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// Writes a word of a wire's under another.
    #[inline]
    pub(super) fn words(&mut self, key: &'static str, value: &'static str) {
        let out = self.word(key);
        out.push(b'"');
        out.extend_from_slice(value.as_bytes());
        out.push(b'"');
    }

    pub(super) fn field(&mut self, key: &str, value: &(impl Serialize + ?Sized)) {
        let out = self.key(key);
        write(out, value);
    }

    /// Writes a text under a word of a wire's.
    #[inline]
    pub(super) fn text(&mut self, key: &'static str, text: &str) {
        write_text(self.word(key), text);
    }

    /// Writes a key whose value is JSON text.
    pub(super) fn json(&mut self, key: &str, json: &str) {
        self.key(key).extend_from_slice(json.as_bytes());
    }

    pub(super) fn object(&mut self, key: &'static str) -> Object<'_> {
        Object::begin(self.word(key))
    }

    pub(super) fn list(&mut self, key: &'static str) -> List<'_> {
        List::begin(self.word(key))
    }

    /// Takes over the members of an object that is JSON text already.
    pub(super) fn members(&mut self, object: &str) {
        let inner = object.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).map(str::trim);
        if let Some(inner) = inner.filter(|inner| !inner.is_empty()) {
            if !std::mem::take(&mut self.first) {
                self.out.push(b',');
            }
            self.out.extend_from_slice(inner.as_bytes());
        }
    }

    pub(super) fn end(self) {
        self.out.push(b'}');
    }
}

/// A list that is being written; it ends with [`List::end`], unless it is a piece of a longer one.
#[derive(Debug)]
pub(super) struct List<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl<'o> List<'o> {
    pub(super) fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'[');
        Self { out, first: true }
    }

    /// Goes on with a list whose items so far are elsewhere.
    pub(super) fn resume(out: &'o mut Vec<u8>, empty: bool) -> Self {
        Self { out, first: empty }
    }

    /// Begins an item; what is appended to the bytes is its value.
    pub(super) fn item(&mut self) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
        self.out
    }

    pub(super) fn object(&mut self) -> Object<'_> {
        Object::begin(self.item())
    }

    /// Adds a member to the object that was written last; false where none was.
    pub(super) fn mark_last(&mut self, key: &str, json: &str) -> bool {
        if self.first || !self.out.ends_with(b"}") {
            return false;
        }
        self.out.pop();
        if !self.out.ends_with(b"{") {
            self.out.push(b',');
        }
        write_text(self.out, key);
        self.out.push(b':');
        self.out.extend_from_slice(json.as_bytes());
        self.out.push(b'}');
        true
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first
    }

    /// How many bytes there are so far, with those around the list.
    pub(super) fn length(&self) -> usize {
        self.out.len()
    }

    pub(super) fn end(self) {
        self.out.push(b']');
    }
}

/// The caller's own keys without the object under `key`, and that object: its members stand among ours, and win.
///
/// `wanted` says that ours has members at all; where not, the object stays where it is.
pub(super) fn inner<'e>(extra: &'e Keys, key: &str, wanted: bool) -> (Cow<'e, Keys>, Option<&'e Keys>) {
    match extra.get(key) {
        Some(Value::Object(own)) if wanted => {
            let mut rest = extra.clone();
            rest.shift_remove(key);
            (Cow::Owned(rest), Some(own))
        }
        _ => (Cow::Borrowed(extra), None),
    }
}

/// The body of a request: an object whose keys the caller's own keys win over.
#[derive(Debug)]
pub(super) struct Body<'o> {
    object: Object<'o>,
    extra: &'o Map<String, Value>,
}

impl<'o> Body<'o> {
    pub(super) fn begin(out: &'o mut Vec<u8>, extra: &'o Map<String, Value>) -> Self {
        Self { object: Object::begin(out), extra }
    }

    /// The object, for writing this key, unless the caller has a key of that name.
    pub(super) fn open(&mut self, key: &str) -> Option<&mut Object<'o>> {
        self.lacks(key).then_some(&mut self.object)
    }

    /// The caller has no key of that name.
    pub(super) fn lacks(&self, key: &str) -> bool {
        !self.extra.contains_key(key)
    }

    pub(super) fn field(&mut self, key: &str, value: &(impl Serialize + ?Sized)) {
        if let Some(object) = self.open(key) {
            object.field(key, value);
        }
    }

    pub(super) fn end(mut self) {
        for (key, value) in self.extra {
            self.object.field(key, value);
        }
        self.object.end();
    }
}
