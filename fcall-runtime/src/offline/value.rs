//! Reads a stretch of the question as a value of a certain type.

use std::ops::Range;

use serde_json::{Number as JsonNumber, Value};

use super::{
    leaves::Leaf,
    number::{self, Number},
    question::Question,
    schema::{Node, Type},
    stem,
    words::{Break, Look, Word},
};

/// What people say for the codes of currencies, as stems and signs.
const CURRENCIES: &[(&str, &[&str])] = &[
    ("usd", &["dollar", "$"]),
    ("eur", &["euro", "\u{20ac}"]),
    ("gbp", &["pound", "sterl", "\u{a3}"]),
    ("jpy", &["yen", "\u{a5}"]),
    ("cny", &["yuan", "renminbi"]),
    ("inr", &["rupe"]),
    ("chf", &["franc"]),
];

/// Lists and objects that a tool says nothing of are read this deep.
const MAX_ITEMS: usize = 1_000;

/// The stretch as a value for the leaf.
pub(super) fn read(question: &Question<'_>, range: &Range<usize>, leaf: &Leaf<'_>) -> Option<Value> {
    if range.is_empty() {
        return None;
    }
    let words = &question.words[range.clone()];
    if let [only] = words
        && only.look == Look::Json
    {
        let value: Value = serde_json::from_str(only.text).ok()?;
        if leaf.node.takes_all(&value) {
            return Some(value);
        }
    }
    if leaf.is(Type::Array) {
        let items = items(question, range, leaf.item.as_ref())?;
        let value = Value::Array(items);
        return leaf.node.takes(&value).then_some(value);
    }
    one(question, range, &leaf.node)
}

fn items(question: &Question<'_>, range: &Range<usize>, node: Option<&Node<'_>>) -> Option<Vec<Value>> {
    let mut items = Vec::new();
    let mut from = range.start;
    for at in range.clone() {
        let word = &question.words[at];
        let joins = word.look == Look::Plain && matches!(word.lower.as_str(), "and" | "&" | "or");
        if joins {
            if from < at {
                items.push(item(question, from..at, node)?);
            }
            from = at + 1;
        } else if word.after >= Break::Comma || at + 1 == range.end {
            items.push(item(question, from..at + 1, node)?);
            from = at + 1;
        }
        if items.len() >= MAX_ITEMS {
            break;
        }
    }
    (!items.is_empty()).then_some(items)
}

fn item(question: &Question<'_>, range: Range<usize>, node: Option<&Node<'_>>) -> Option<Value> {
    match node {
        Some(node) => one(question, &range, node),
        None => any(question, &range),
    }
}

/// The stretch as one value that is no list.
pub(super) fn one(question: &Question<'_>, range: &Range<usize>, node: &Node<'_>) -> Option<Value> {
    let words = &question.words[range.clone()];
    if let Some(choices) = &node.choices {
        let text = text(question, range);
        let folded = stem::fold(&text);
        let same = |choice: &&Value| choice.as_str().is_some_and(|choice| stem::fold(choice) == folded);
        let exact = choices.iter().find(|choice| choice.as_str() == Some(&text)).or_else(|| choices.iter().find(same));
        let found = exact.cloned().or_else(|| mention(words, choices).map(|(choice, _)| choice));
        return found.filter(|choice| node.takes(choice));
    }
    let value = match node.kind {
        Type::Integer | Type::Number => {
            let figure = question.figures.iter().find(|f| range.contains(&f.words.start))?;
            number(&figure.number, node)?
        }
        Type::Bool => words.iter().find_map(truth).map(Value::Bool)?,
        Type::String => Value::String(text(question, range)),
        Type::Any => any(question, range)?,
        Type::Null => Value::Null,
        Type::Object | Type::Array => return None,
    };
    node.takes(&value).then_some(value)
}

fn any(question: &Question<'_>, range: &Range<usize>) -> Option<Value> {
    let words = &question.words[range.clone()];
    if let [only] = words {
        match &only.look {
            Look::Json => return serde_json::from_str(only.text).ok(),
            Look::Number(number) if number.unit.is_empty() => return plain(number),
            Look::Plain if matches!(only.lower.as_str(), "true" | "false") => return truth(only).map(Value::Bool),
            _ => {}
        }
    }
    Some(Value::String(text(question, range)))
}

/// The words as they stand; of one quotation, what is inside.
pub(super) fn text(question: &Question<'_>, range: &Range<usize>) -> String {
    let mut range = range.clone();
    while range.len() > 1
        && question
            .words
            .get(range.end - 1)
            .is_some_and(|w| matches!(w.lower.as_str(), "please" | "thanks" | "and") && w.look == Look::Plain)
    {
        range.end -= 1;
    }
    question.slice(&range).to_owned()
}

/// `true`, `yes` and `on`, and their opposites.
pub(super) fn truth(word: &Word<'_>) -> Option<bool> {
    match word.lower.as_str() {
        "true" | "yes" | "on" | "enabled" | "enable" => Some(true),
        "false" | "no" | "off" | "disabled" | "disable" => Some(false),
        _ => None,
    }
}

/// A number as the schema wants it.
pub(super) fn number(number: &Number, node: &Node<'_>) -> Option<Value> {
    let plain = plain(number)?;
    if node.takes(&plain) {
        return Some(plain);
    }
    if node.kind == Type::Integer && number.value.fract() == 0.0 && number.value.abs() < 9e15 {
        let whole = Value::from(number.value as i64);
        return node.takes(&whole).then_some(whole);
    }
    if number.percent {
        let share = JsonNumber::from_f64(number.value / 100.0).map(Value::Number)?;
        return node.takes(&share).then_some(share);
    }
    None
}

fn plain(number: &Number) -> Option<Value> {
    match number.whole {
        Some(whole) => Some(Value::from(whole)),
        None => JsonNumber::from_f64(number.value).map(Value::Number),
    }
}

/// The choice that the words mention, the one of most words first, and where it stands.
pub(super) fn mention(words: &[Word<'_>], choices: &[Value]) -> Option<(Value, Range<usize>)> {
    let found = mentions(words, choices);
    found.into_iter().max_by(|a, b| a.1.len().cmp(&b.1.len()).then(b.1.start.cmp(&a.1.start)))
}

/// Every choice that the words mention, in the order of the words; one that lies within another is left out.
pub(super) fn mentions(words: &[Word<'_>], choices: &[Value]) -> Vec<(Value, Range<usize>)> {
    let mut found: Vec<(Value, Range<usize>)> = Vec::new();
    for choice in choices {
        let spelled = match choice {
            Value::String(text) => stem::name_words(text),
            Value::Number(n) => vec![n.to_string()],
            _ => continue,
        };
        let spelled: Vec<Spelled> = spelled.into_iter().map(Spelled::new).collect();
        let raw = choice.as_str().map(stem::fold).unwrap_or_default();
        for at in 0..words.len() {
            if let Some(len) = spelled_at(&words[at..], &spelled, &raw) {
                found.push((choice.clone(), at..at + len));
            }
        }
    }
    found.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.1.start.cmp(&b.1.start)));
    let mut kept: Vec<(Value, Range<usize>)> = Vec::new();
    for (choice, range) in found {
        if !kept.iter().any(|(_, other)| range.start < other.end && other.start < range.end) {
            kept.push((choice, range));
        }
        if kept.len() >= MAX_ITEMS.min(64) {
            break;
        }
    }
    kept.sort_by_key(|(_, range)| range.start);
    kept
}

/// How many words spell the choice, beginning with the first.
fn spelled_at(words: &[Word<'_>], spelled: &[Spelled], raw: &str) -> Option<usize> {
    let first = words.first()?;
    if !raw.is_empty() && first.lower == raw {
        return Some(1);
    }
    let degrees = first.number().map_or("", |n| n.unit.as_str());
    let unit = if degrees.is_empty() { first.lower.as_str() } else { degrees };
    if matches!((unit, raw), ("\u{b0}c" | "c", "celsius" | "c") | ("\u{b0}f" | "f", "fahrenheit" | "f"))
        && (raw.len() > 1 || first.lower != raw)
    {
        return Some(1);
    }
    if CURRENCIES
        .iter()
        .any(|(code, names)| raw == *code && (names.contains(&first.stem.as_str()) || names.contains(&unit)))
    {
        return Some(1);
    }
    if spelled.is_empty() || words.len() < spelled.len() {
        return None;
    }
    let same = spelled.iter().zip(words).all(|(part, word)| part.is(word));
    same.then_some(spelled.len())
}

/// One word of a choice.
struct Spelled {
    word: String,
    stem: String,
    number: Option<i64>,
}

impl Spelled {
    fn new(word: String) -> Self {
        Self { stem: stem::stem(&word), number: number::word(&word), word }
    }

    fn is(&self, other: &Word<'_>) -> bool {
        let (own, lower) = (self.word.as_str(), other.lower.as_str());
        // "monthly" and "month", where both are long enough to mean something.
        let begins = || own.len() > 4 && lower.len() > 4 && (lower.starts_with(own) || own.starts_with(lower));
        lower == own
            || (own.len() > 2 && other.stem == self.stem)
            || (other.look == Look::Plain && begins())
            || (self.number.is_some() && other.number().and_then(|n| n.whole) == self.number)
    }
}
