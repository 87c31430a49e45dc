//! A text as words: where each stands, its stem, and the punctuation behind it.
//!
//! Knows English a little and other languages hardly: what is no English ending is left alone.

use super::{
    lexicon,
    number::{self, Number},
    stem::{fold, stem},
};

/// What stands behind a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(super) enum Break {
    None,
    Comma,
    Colon,
    End,
}

/// What a word looks like.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Look {
    Plain,
    Number(Number),
    /// Text in quotes, of any length.
    Quoted,
    /// A JSON list or object as it stands.
    Json,
    Url,
    Email,
    /// Digits in the form of a date.
    Date,
    /// Digits in the form of a time of day.
    Time,
    /// An id, a formula: letters mixed with digits or signs.
    Code,
}

/// One word of a question.
#[derive(Clone, Debug)]
pub(super) struct Word<'q> {
    /// Without the punctuation around it; of a quotation, what is inside.
    pub text: &'q str,
    /// Where the text begins in the question, in bytes.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
    pub lower: String,
    pub stem: String,
    pub look: Look,
    pub after: Break,
    /// First of its sentence.
    pub initial: bool,
    stop: bool,
}

impl Word<'_> {
    /// Begins with a capital letter.
    pub(super) fn is_capital(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_uppercase)
    }

    /// Says nothing of what is meant.
    pub(super) fn is_stop(&self) -> bool {
        self.stop
    }

    pub(super) fn number(&self) -> Option<&Number> {
        match &self.look {
            Look::Number(number) => Some(number),
            _ => None,
        }
    }
}

const CLOSERS: &[(char, char)] =
    &[('"', '"'), ('\u{201c}', '\u{201d}'), ('\u{201e}', '\u{201c}'), ('\u{ab}', '\u{bb}'), ('`', '`'), ('\'', '\'')];

/// How often a `[` or `{` that turns out to be no JSON is tried.
const JSON_TRIES: usize = 16;

/// The words of a text.
pub(super) fn split(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut tries = JSON_TRIES;
    let mut missing = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() {
            if first == '\n'
                && let Some(last) = words.last_mut()
            {
                raise(last, Break::End);
            }
            at += first.len_utf8();
            continue;
        }
        let rest = &text[at..];
        if let Some(len) = quotation(rest, &mut missing) {
            let width = first.len_utf8();
            let last = rest[..len].chars().next_back().map_or(1, char::len_utf8);
            push(&mut words, &rest[width..len - last], at + width, Look::Quoted);
            at += len;
            at += breaks(&text[at..], &mut words);
            continue;
        }
        if matches!(first, '[' | '{') && tries > 0 {
            if let Some(len) = json(rest) {
                push(&mut words, &rest[..len], at, Look::Json);
                at += len;
                at += breaks(&text[at..], &mut words);
                continue;
            }
            tries -= 1;
        }
        let len = rest.find(char::is_whitespace).unwrap_or(rest.len());
        chunk(&rest[..len], at, &mut words);
        at += len;
    }
    // "Sterling K. Brown": the stop behind an initial ends no sentence.
    for at in 1..words.len() {
        let [last, next] = [&words[at - 1], &words[at]];
        let letter =
            last.text.chars().count() == 1 && last.is_capital() && next.is_capital() && next.look == Look::Plain;
        if letter && last.after == Break::End && text[last.end..].starts_with(". ") {
            words[at - 1].after = Break::None;
        }
    }
    let mut initial = true;
    for word in &mut words {
        word.initial = initial;
        initial = matches!(word.after, Break::End | Break::Colon);
    }
    words
}

fn raise(word: &mut Word<'_>, to: Break) {
    if word.after < to {
        word.after = to;
    }
}

/// The length of the quotation that `text` begins with. `missing` keeps the closers that don't come any more, so that
/// they are not sought again.
fn quotation(text: &str, missing: &mut Vec<char>) -> Option<usize> {
    let open = text.chars().next()?;
    let (_, close) = CLOSERS.iter().find(|(o, _)| *o == open)?;
    if missing.contains(close) {
        return None;
    }
    let inner = &text[open.len_utf8()..];
    let mut from = 0;
    while let Some(found) = inner[from..].find(*close) {
        let end = from + found + close.len_utf8();
        // An apostrophe inside a word closes nothing.
        let closes = *close != '\'' || !inner[end..].chars().next().is_some_and(char::is_alphanumeric);
        if closes && from + found > 0 {
            return Some(open.len_utf8() + end);
        }
        if closes {
            return None;
        }
        from = end;
    }
    missing.push(*close);
    None
}

fn json(text: &str) -> Option<usize> {
    let mut stream = serde_json::Deserializer::from_str(text).into_iter::<serde::de::IgnoredAny>();
    stream.next()?.ok()?;
    Some(stream.byte_offset())
}

/// Takes the punctuation that stands behind a quotation; returns its length.
fn breaks(text: &str, words: &mut [Word<'_>]) -> usize {
    let end = text.find(|c: char| break_of(c) == Break::None && c != ')').unwrap_or(text.len());
    if let Some(last) = words.last_mut() {
        text[..end].chars().for_each(|c| raise(last, break_of(c)));
    }
    end
}

fn break_of(c: char) -> Break {
    match c {
        ',' | '\u{3001}' | '\u{ff0c}' => Break::Comma,
        ':' | '=' => Break::Colon,
        '.' | '?' | '!' | ';' | '\u{2026}' | '\u{3002}' | '\u{ff1f}' | '\u{ff01}' => Break::End,
        _ => Break::None,
    }
}

/// One run of characters without white space: usually a word and the punctuation around it.
fn chunk<'q>(chunk: &'q str, at: usize, words: &mut Vec<Word<'q>>) {
    let open: &[char] = &['(', '[', '{', '"', '\'', '`', '\u{bf}', '\u{a1}', '<', '\u{201c}', '\u{ab}', ',', ';'];
    let core = chunk.trim_start_matches(open);
    let start = at + (chunk.len() - core.len());
    let (core, after) = trim_end(core);
    if core.is_empty() || !core.chars().any(|c| c.is_alphanumeric()) {
        let after = chunk.chars().map(break_of).fold(after, |a, b| if a < b { b } else { a });
        if let Some(last) = words.last_mut() {
            raise(last, after);
        }
        return;
    }
    let whole = number::thousands(core) || core.contains("://") || core.contains('(');
    if core.contains(',') && !whole {
        let mut offset = start;
        for listed in core.split(',') {
            let (piece, _) = trim_end(listed);
            if !piece.is_empty() {
                push(words, piece, offset, look(piece));
                if let Some(last) = words.last_mut() {
                    last.after = Break::Comma;
                }
            }
            offset += listed.len() + 1;
        }
        if let Some(last) = words.last_mut() {
            last.after = after;
        }
        return;
    }
    push(words, core, start, look(core));
    if let Some(last) = words.last_mut() {
        last.after = after;
    }
}

/// Takes closing punctuation off, and tells what it meant.
fn trim_end(mut core: &str) -> (&str, Break) {
    let mut after = Break::None;
    while let Some(c) = core.chars().next_back() {
        let closing = match c {
            ')' => !core.contains('('),
            ']' => !core.contains('['),
            // "Inc.," has a stop of its own.
            '.' => after == Break::None && !is_abbreviation(core),
            '}' | '"' | '\'' | '`' | '>' | '\u{201d}' | '\u{bb}' => true,
            _ => break_of(c) != Break::None,
        };
        if !closing {
            break;
        }
        if after < break_of(c) {
            after = break_of(c);
        }
        core = &core[..core.len() - c.len_utf8()];
    }
    (core, after)
}

/// `D.C.`, `L.A.`: single letters with a stop behind each.
pub(super) fn is_abbreviation(text: &str) -> bool {
    text.len() >= 4 && text.split_terminator('.').all(|part| part.chars().count() == 1 && !number::is_digits(part))
}

fn push<'q>(words: &mut Vec<Word<'q>>, text: &'q str, start: usize, look: Look) {
    let (text, look) = match look {
        Look::Plain => (possessor(text), Look::Plain),
        look => (text, look),
    };
    let lower = fold(text);
    let stem = if look == Look::Quoted { String::new() } else { stem(&lower) };
    let stop = look == Look::Plain && lexicon::is_stop(&lower);
    words.push(Word {
        text,
        start,
        end: start + text.len(),
        lower,
        stem,
        look,
        after: Break::None,
        initial: false,
        stop,
    });
}

/// `London's` is London.
fn possessor(text: &str) -> &str {
    let cut = ["'s", "\u{2019}s", "'S"].iter().find_map(|end| text.strip_suffix(end));
    cut.filter(|rest| !rest.is_empty()).unwrap_or(text)
}

fn look(text: &str) -> Look {
    if text.contains("://") || text.starts_with("www.") {
        return Look::Url;
    }
    if text.contains('@') && text.rsplit('@').next().is_some_and(|host| host.contains('.')) && !text.starts_with('@') {
        return Look::Email;
    }
    if number::is_date(text) {
        return Look::Date;
    }
    if number::is_time(text) {
        return Look::Time;
    }
    if let Some(number) = number::read(text) {
        return Look::Number(number);
    }
    let digits = text.chars().any(|c| c.is_ascii_digit());
    if digits || text.contains(|c: char| "*^=+_/#\\|@(".contains(c)) { Look::Code } else { Look::Plain }
}
