//! JSON as it is mostly written, read in one go: whole numbers, and keys in which nothing is escaped.
//!
//! What is written otherwise is no error here: `None` says that serde is to read the whole, which knows what is wrong
//! with it, if anything is.

use std::borrow::Cow;

use super::{
    body::{ESCAPES, specials},
    text::unescaped,
};

/// How deep a value may be that nobody looks into.
const DEPTH: u32 = 32;

/// How far a text of JSON has been read.
#[derive(Debug)]
pub(super) struct Plain<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Plain<'a> {
    /// Reads a text that is one value, and no more.
    pub(super) fn whole<T>(json: &'a str, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let mut plain = Self { json, at: 0 };
        let value = read(&mut plain)?;
        plain.next().is_none().then_some(value)
    }

    /// Reads an object: `each` is given a key, and reads its value.
    pub(super) fn members(&mut self, mut each: impl FnMut(&mut Self, &'a str) -> Option<()>) -> Option<()> {
        self.listed((b'{', b'}'), |plain| {
            let (key, true) = plain.quoted()? else { return None };
            plain.take(b':')?;
            each(plain, key)
        })
    }

    /// Reads a list, of which `each` reads one value.
    pub(super) fn items(&mut self, each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.listed((b'[', b']'), each)
    }

    #[inline]
    fn listed(&mut self, (open, end): (u8, u8), mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.take(open)?;
        if self.take(end).is_some() {
            return Some(());
        }
        loop {
            each(self)?;
            if self.take(end).is_some() {
                return Some(());
            }
            self.take(b',')?;
        }
    }

    /// What `read` reads, or nothing where `null` stands.
    #[inline]
    pub(super) fn unless_null<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.next()? {
            b'n' => self.null().map(|()| None),
            _ => read(self).map(Some),
        }
    }

    pub(super) fn null(&mut self) -> Option<()> {
        self.word("null")
    }

    /// Reads a text.
    pub(super) fn text(&mut self) -> Option<Cow<'a, str>> {
        match self.quoted()? {
            (text, true) => Some(Cow::Borrowed(text)),
            (text, false) => unescaped(text).or_else(|| serde_json::from_str(&format!("\"{text}\"")).ok()),
        }
    }

    /// Reads a number that counts something.
    pub(super) fn count(&mut self) -> Option<u64> {
        self.next()?;
        let rest = self.json.as_bytes().get(self.at..)?;
        let length = rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, behind) = rest.split_at(length);
        let is_whole = !matches!(behind.first(), Some(b'.' | b'e' | b'E'));
        let is_number = matches!((length, digits.first()), (1, _) | (2..=18, Some(b'1'..=b'9')));
        self.at += length;
        (is_whole && is_number).then(|| digits.iter().fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0')))
    }

    /// Goes past a value, which has to be one.
    pub(super) fn skip(&mut self) -> Option<()> {
        self.skip_within(DEPTH)
    }

    fn skip_within(&mut self, depth: u32) -> Option<()> {
        match self.next()? {
            b'"' => self.quoted().filter(|(text, is_plain)| *is_plain || is_short(text)).map(|_| ()),
            b'{' => {
                let depth = depth.checked_sub(1)?;
                self.members(|plain, _| plain.skip_within(depth))
            }
            b'[' => {
                let depth = depth.checked_sub(1)?;
                self.items(|plain| plain.skip_within(depth))
            }
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.null(),
            _ => self.skip_number(),
        }
    }

    fn skip_number(&mut self) -> Option<()> {
        self.goes_on(b"-");
        let from = self.at;
        self.digits()?;
        if self.at > from + 1 && self.json.as_bytes().get(from) == Some(&b'0') {
            return None;
        }
        if self.goes_on(b".") {
            self.digits()?;
        }
        if self.goes_on(b"eE") {
            self.goes_on(b"+-");
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.goes_on(b"0123456789") {}
        (self.at > from).then_some(())
    }

    /// Goes past one of these bytes, where one stands here.
    fn goes_on(&mut self, with: &[u8]) -> bool {
        let does = self.json.as_bytes().get(self.at).is_some_and(|byte| with.contains(byte));
        self.at += usize::from(does);
        does
    }

    /// The next byte that is no blank; it is not gone past.
    #[inline]
    fn next(&mut self) -> Option<u8> {
        loop {
            match self.json.as_bytes().get(self.at)? {
                b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
                byte => return Some(*byte),
            }
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        let is_next = self.next() == Some(byte);
        self.at += usize::from(is_next);
        is_next.then_some(())
    }

    fn word(&mut self, word: &str) -> Option<()> {
        let stands = self.json.as_bytes().get(self.at..)?.starts_with(word.as_bytes());
        self.at += word.len();
        stands.then_some(())
    }

    /// Goes past a text: what stands between its quotes, and whether nothing in that is escaped.
    fn quoted(&mut self) -> Option<(&'a str, bool)> {
        self.take(b'"')?;
        let (bytes, from) = (self.json.as_bytes(), self.at);
        let (mut at, mut is_plain) = (from, true);
        loop {
            at = before_special(bytes, at);
            match bytes.get(at)? {
                b'"' => break,
                b'\\' => (at, is_plain) = (at + 2, false),
                _ => return None,
            }
        }
        self.at = at + 1;
        Some((self.json.get(from..at)?, is_plain))
    }
}

/// The place, from this one on, of a byte that ends a text or must be escaped in it; the end where there is none.
#[inline(always)]
fn before_special(bytes: &[u8], mut at: usize) -> usize {
    while let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let found = specials(u64::from_le_bytes(*word));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    while bytes.get(at).is_some_and(|byte| ESCAPES[usize::from(*byte)] == 0) {
        at += 1;
    }
    at
}

/// Whether all that is escaped in a text is so by one character.
fn is_short(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'\\' && !matches!(bytes.next(), Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't')) {
            return false;
        }
    }
    true
}
