//! Where a value does not have the shape it should have, in words a model can act on.

use std::fmt;

use serde_json::Value;

use super::{
    Field, Kind, Shape,
    enforce::{HIDDEN, conceal, count_in_words, here, number_in_words},
    hide::is_secret,
    rules::Asked,
};

/// More would not help the model.
pub(super) const MOST: usize = 20;

/// How many values are looked at before the rest is left to serde: alternatives inside alternatives would else be tried
/// in all their combinations.
pub(super) const FUEL: u32 = 100_000;

/// One thing that is wrong with the arguments of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) path: String,
    pub(super) what: String,
    /// The value has the shape, and breaks a rule of its place.
    pub(super) rule: bool,
}

impl Problem {
    pub(super) fn new(path: impl Into<String>, what: impl Into<String>) -> Self {
        Self { path: path.into(), what: what.into(), rule: false }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.path, self.what)
    }
}

/// Says for every part of `value` that does not fit what was expected there and what came.
pub(super) fn diagnose(shape: &Shape, value: &Value, path: &str, problems: &mut Vec<Problem>, fuel: &mut u32) {
    if problems.len() >= MOST || *fuel == 0 {
        return;
    }
    *fuel -= 1;
    let before = problems.len();
    match (shape.kind, value) {
        (Kind::Any | Kind::Foreign(_) | Kind::Missing(_), _) | (Kind::Nullable(_), Value::Null) => {}
        (Kind::Nullable(inner), value) => diagnose(inner, value, path, problems, fuel),
        (Kind::Recursive(later), value) => diagnose(later(), value, path, problems, fuel),
        (Kind::Array { items, .. }, Value::Array(values)) if counts(shape, values.len()) => {
            for (at, value) in values.iter().enumerate() {
                diagnose(items, value, &format!("{path}[{at}]"), problems, fuel);
            }
        }
        (Kind::Tuple { items, .. }, Value::Array(values)) if counts(shape, values.len()) => {
            for (at, (shape, value)) in items.iter().zip(values).enumerate() {
                diagnose(shape, value, &format!("{path}[{at}]"), problems, fuel);
            }
        }
        (Kind::Map(inner), Value::Object(members)) => {
            for (key, value) in members {
                diagnose(inner, value, &format!("{path}.{key}"), problems, fuel);
            }
        }
        (Kind::Object { fields, closed }, Value::Object(members)) => {
            object(fields, closed, members, path, problems, fuel);
        }
        (_, value) if is(shape, value, fuel) => {}
        (_, value) => {
            let got = if is_secret(shape) { HIDDEN.to_owned() } else { shown(value) };
            let what = format!("expected {}, got {got}", expected(shape));
            problems.push(Problem::new(path, what));
        }
    }
    if Asked::of(shape.rules).secret {
        conceal(shape, path, before, problems);
    }
    if problems.len() == before {
        here(shape, value, path, problems);
    }
}

fn object(
    fields: &[Field],
    closed: bool,
    members: &serde_json::Map<String, Value>,
    path: &str,
    problems: &mut Vec<Problem>,
    fuel: &mut u32,
) {
    for field in fields {
        if field.flat {
            // what is no plain struct, serde speaks of
            if let Kind::Object { fields, .. } = field.shape.kind {
                object(fields, false, members, path, problems, fuel);
            }
            continue;
        }
        let given = members.iter().find(|(key, _)| field.answers_to(key));
        match given {
            Some((key, value)) => diagnose(field.shape, value, &format!("{path}.{key}"), problems, fuel),
            None if field.is_required() => problems.push(missing(field, &format!("{path}.{}", field.name))),
            None => {}
        }
    }
    let unknown = members.keys().filter(|key| closed && Field::find(fields, key).is_none());
    for key in unknown.take(MOST.saturating_sub(problems.len())) {
        let what = format!("no such key; known are {}", Field::names(fields).join(", "));
        problems.push(Problem::new(format!("{path}.{key}"), what));
    }
}

/// A key that must be there is not.
pub(super) fn missing(field: &Field, path: &str) -> Problem {
    Problem::new(path, format!("missing; send {}", expected(field.shape)))
}

/// Whether a value has the shape, all the way down.
pub(super) fn fits(shape: &Shape, value: &Value) -> bool {
    is(shape, value, &mut { FUEL })
}

/// The same, with what is left of the fuel; what places ask beyond that is for `enforce`.
pub(super) fn is(shape: &Shape, value: &Value, fuel: &mut u32) -> bool {
    match (shape.kind, value) {
        (Kind::Any | Kind::Foreign(_) | Kind::Missing(_), _) | (Kind::Null | Kind::Nullable(_), Value::Null) => true,
        (Kind::Bool, Value::Bool(_)) | (Kind::Number, Value::Number(_)) => true,
        (Kind::Integer { min, max }, Value::Number(number)) => {
            number.as_i128().is_some_and(|number| min <= number && number <= max)
        }
        (Kind::String { single, .. }, Value::String(text)) => !single || text.chars().count() == 1,
        (Kind::Enum(variants), Value::String(text)) => variants.iter().any(|variant| variant.answers_to(text)),
        (Kind::Const(only), Value::String(text)) => only == text,
        (Kind::AnyOf(shapes), value) => shapes.iter().any(|shape| is(shape, value, fuel)),
        (Kind::Array { .. } | Kind::Tuple { .. }, Value::Array(_))
        | (Kind::Map(_) | Kind::Object { .. }, Value::Object(_))
        | (Kind::Nullable(_) | Kind::Recursive(_), _) => {
            let list_of_right_length = match value {
                Value::Array(values) => counts(shape, values.len()),
                _ => true,
            };
            let mut problems = Vec::new();
            if list_of_right_length {
                diagnose(shape, value, "", &mut problems, fuel);
            }
            list_of_right_length && problems.iter().all(|problem| problem.rule)
        }
        _ => false,
    }
}

/// Whether the keys of a shape are among these members, which are of others too.
pub(super) fn is_among(shape: &Shape, members: &serde_json::Map<String, Value>, fuel: &mut u32) -> bool {
    match shape.plain().kind {
        Kind::Object { fields, .. } => {
            let mut problems = Vec::new();
            object(fields, false, members, "", &mut problems, fuel);
            problems.iter().all(|problem| problem.rule)
        }
        Kind::Enum(variants) => {
            members.iter().any(|(key, value)| value.is_null() && variants.iter().any(|variant| variant.answers_to(key)))
        }
        Kind::AnyOf(shapes) => shapes.iter().any(|shape| is_among(shape, members, fuel)),
        Kind::Any | Kind::Null | Kind::Map(_) => true,
        _ => false,
    }
}

fn counts(shape: &Shape, len: usize) -> bool {
    match shape.kind {
        Kind::Array { min, max, .. } => min <= len && max.is_none_or(|max| len <= max),
        Kind::Tuple { items, min } => min <= len && len <= items.len(),
        _ => true,
    }
}

/// What a model has to send, in words.
pub(super) fn expected(shape: &Shape) -> String {
    expected_with(shape, Asked::of(shape.rules))
}

fn expected_with(shape: &Shape, asked: Asked) -> String {
    match shape.kind {
        Kind::Any | Kind::Foreign(_) | Kind::Missing(_) => "a JSON value".to_owned(),
        Kind::Null => "null".to_owned(),
        Kind::Bool => "true or false".to_owned(),
        Kind::Integer { .. } | Kind::Number => number_in_words(shape, &asked),
        Kind::String { single: true, .. } => "a text of one character".to_owned(),
        Kind::String { format: Some(format), .. } => format!("a text ({format})"),
        Kind::String { .. } => format!("a text{}", count_in_words(asked.length, "character", "characters")),
        Kind::Enum(variants) => {
            let names: Vec<_> = variants.iter().map(|variant| Value::from(variant.name).to_string()).collect();
            format!("one of {}", names.join(", "))
        }
        Kind::Const(text) => Value::from(text).to_string(),
        Kind::Array { min: 0, max: None, .. } => format!("a list{}", count_in_words(asked.items, "item", "items")),
        Kind::Array { min, max: Some(max), .. } if min == max => format!("a list of {min} items"),
        Kind::Array { min, max: Some(max), .. } => format!("a list of {min} to {max} items"),
        Kind::Array { min, max: None, .. } => format!("a list of at least {min} items"),
        Kind::Tuple { items, min } if min == items.len() => format!("a list of {min} items"),
        Kind::Tuple { items, min } => format!("a list of {min} to {} items", items.len()),
        Kind::Map(_) => "an object".to_owned(),
        Kind::Object { fields, .. } => format!("an object with {}", Field::names(fields).join(", ")),
        Kind::Nullable(inner) => format!("{} or null", expected_with(inner, asked.and(inner.rules))),
        Kind::AnyOf(shapes) => shapes.iter().map(|shape| expected(shape)).collect::<Vec<_>>().join(", or "),
        Kind::Recursive(later) => match later().kind {
            Kind::Recursive(_) => "a JSON value".to_owned(),
            _ => expected(later()),
        },
    }
}

/// A value as it came, cut where it is long.
pub(super) fn shown(value: &Value) -> String {
    cut(value.to_string())
}

/// A text as it came, cut where it is long.
pub(super) fn cut(mut text: String) -> String {
    const LONGEST: usize = 80;
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}
