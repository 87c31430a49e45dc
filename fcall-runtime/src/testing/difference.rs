//! Where two JSON values differ, in words.
//!
//! Values are compared by what they mean: members in any order, `1` and `1.0` alike, and a text that holds a JSON object
//! or list (arguments of a call, a result) by what it holds.

use std::fmt;

use serde_json::{Map, Number, Value};

/// How many differences are shown.
const SHOWN: usize = 12;
/// How much of a value is shown.
const EXCERPT: usize = 120;

/// What sets one JSON value apart from the one that was expected.
#[derive(Debug, Default)]
pub(super) struct Differences {
    shown: Vec<Difference>,
    /// How many plain values differ, are missing, or are too many.
    pub(super) count: usize,
    reading: Reading,
}

/// What counts as the same.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum Reading {
    /// What means the same.
    #[default]
    Meaning,
    /// That, and members of an object beside those that are expected.
    AtLeast,
    /// The same members in the same order, numbers and texts as they are written.
    Exact,
}

#[derive(Debug)]
struct Difference {
    path: String,
    /// None where nothing was expected.
    expected: Option<String>,
    /// None where nothing is there.
    got: Option<String>,
}

impl Differences {
    /// What sets `got` apart from `expected`.
    pub(super) fn between(expected: &Value, got: &Value) -> Self {
        Self::read(Reading::Meaning, expected, got)
    }

    /// The same, where `got` may have members besides those that are expected.
    pub(super) fn lacking(expected: &Value, got: &Value) -> Self {
        Self::read(Reading::AtLeast, expected, got)
    }

    /// The same, where the order of members and the writing of numbers and texts count too.
    #[cfg(feature = "client")]
    pub(super) fn exact(expected: &Value, got: &Value) -> Self {
        Self::read(Reading::Exact, expected, got)
    }

    fn read(reading: Reading, expected: &Value, got: &Value) -> Self {
        let mut differences = Self { reading, ..Self::default() };
        differences.compare(&mut String::new(), expected, got);
        differences
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn compare(&mut self, path: &mut String, expected: &Value, got: &Value) {
        match (expected, got) {
            (Value::Object(expected), Value::Object(got)) => {
                for (key, value) in expected {
                    step(path, &key_step(key), |path| match got.get(key) {
                        Some(other) => self.compare(path, value, other),
                        None => self.tell(path, Some(value), None),
                    });
                }
                for (key, value) in got.iter().filter(|(key, _)| !expected.contains_key(*key)) {
                    if self.reading == Reading::AtLeast {
                        break;
                    }
                    step(path, &key_step(key), |path| self.tell(path, None, Some(value)));
                }
                if self.reading == Reading::Exact && expected.len() == got.len() && !expected.keys().eq(got.keys()) {
                    let names = |members: &Map<String, Value>| Value::from_iter(members.keys().cloned());
                    step(path, " (its members, in order)", |path| {
                        self.tell(path, Some(&names(expected)), Some(&names(got)));
                    });
                }
            }
            (Value::Array(expected), Value::Array(got)) => {
                for at in 0..expected.len().max(got.len()) {
                    step(path, &format!("[{at}]"), |path| match (expected.get(at), got.get(at)) {
                        (Some(value), Some(other)) => self.compare(path, value, other),
                        (value, other) => self.tell(path, value, other),
                    });
                }
            }
            (Value::Number(a), Value::Number(b)) if self.reading != Reading::Exact && same_number(a, b) => {}
            (Value::String(a), Value::String(b)) if self.reading != Reading::Exact && a != b => {
                match (inside(a), inside(b)) {
                    (Some(a), Some(b)) => self.compare(path, &a, &b),
                    _ => self.tell(path, Some(expected), Some(got)),
                }
            }
            (a, b) if a == b => {}
            (expected, got) => self.tell(path, Some(expected), Some(got)),
        }
    }

    fn tell(&mut self, path: &str, expected: Option<&Value>, got: Option<&Value>) {
        self.count += expected.map_or(0, leaves).max(got.map_or(0, leaves));
        if self.shown.len() == SHOWN {
            return;
        }
        let (expected, got) = match (expected, got) {
            (Some(Value::String(a)), Some(Value::String(b))) => {
                let same = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
                (Some(around(a, same)), Some(around(b, same)))
            }
            (a, b) => (a.map(excerpt), b.map(excerpt)),
        };
        let whole = if path.is_empty() || path.starts_with(' ') { "the whole" } else { "" };
        self.shown.push(Difference { path: format!("{whole}{}", path.trim_start_matches('.')), expected, got });
    }
}

/// Goes one step further down a path, and back.
fn step(path: &mut String, step: &str, inside: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push_str(step);
    inside(path);
    path.truncate(length);
}

/// A member's name as a step of a path.
fn key_step(key: &str) -> String {
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '$'));
    if plain { format!(".{key}") } else { format!("[{key:?}]") }
}

/// The object or list that a text holds.
fn inside(text: &str) -> Option<Value> {
    let is_json = text.trim_start().starts_with(['{', '[']);
    is_json.then(|| serde_json::from_str(text).ok()).flatten()
}

fn same_number(a: &Number, b: &Number) -> bool {
    a == b || ((a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64())
}

fn leaves(value: &Value) -> usize {
    match value {
        Value::Object(members) => members.values().map(leaves).sum::<usize>().max(1),
        Value::Array(items) => items.iter().map(leaves).sum::<usize>().max(1),
        _ => 1,
    }
}

fn excerpt(value: &Value) -> String {
    cut(value, EXCERPT)
}

/// A value, cut where it is longer than this.
pub(super) fn cut(value: &Value, most: usize) -> String {
    let text = value.to_string();
    match text.len() > most {
        true => format!("{}...", &text[..text.floor_char_boundary(most)]),
        false => text,
    }
}

/// A text, cut to what stands around its byte `at` where it is long.
fn around(text: &str, at: usize) -> String {
    let begin = match text.len() > EXCERPT {
        true => text.floor_char_boundary(at.saturating_sub(EXCERPT / 3)),
        false => 0,
    };
    let end = text.ceil_char_boundary((begin + EXCERPT).min(text.len()));
    let dots = |cut: bool| if cut { "..." } else { "" };
    format!("{}{:?}{}", dots(begin > 0), &text[begin..end], dots(end < text.len()))
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, Difference { path, expected, got }) in self.shown.iter().enumerate() {
            let line = if nth > 0 { "\n" } else { "" };
            match (expected, got) {
                (Some(expected), Some(got)) => write!(f, "{line}  {path}: expected {expected}, got {got}")?,
                (Some(expected), None) => write!(f, "{line}  {path}: expected {expected}, got nothing")?,
                (None, Some(got)) => write!(f, "{line}  {path}: expected nothing, got {got}")?,
                (None, None) => {}
            }
        }
        if self.shown.len() == SHOWN {
            write!(f, "\n  (more may differ)")?;
        }
        Ok(())
    }
}
