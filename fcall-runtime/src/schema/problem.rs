//! What is wrong with the arguments of a call, in words a model can act on.

use std::fmt::{self, Write as _};

use serde_json::Value;

use super::{
    Field, Kind, Shape,
    rules::{Asked, Count},
    secret::HIDDEN,
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

/// Leaves of all that is wrong inside a secret that something is: neither the values nor the keys are shown.
pub(super) fn conceal(shape: &Shape, path: &str, before: usize, problems: &mut Vec<Problem>) {
    if problems.len() > before {
        problems.truncate(before + 1);
        let what = format!("expected {}, got {HIDDEN}", expected(shape));
        problems[before] = Problem { rule: problems[before].rule, ..Problem::new(path, what) };
    }
}

/// A key that must be there is not.
pub(super) fn missing(field: &Field, path: &str) -> Problem {
    Problem::new(path, format!("missing; send {}", expected(field.shape)))
}

/// What the model is told of arguments that can't be read at all.
pub(super) fn again(why: &str, tool: &str) -> String {
    format!("{why}. Call `{tool}` again with its arguments as one JSON object.")
}

/// What the model is told of bad arguments.
pub(super) fn refused(tool: &str, problems: &[Problem], unknown: &[String]) -> String {
    let mut text = format!("The arguments of `{tool}` can't be used:");
    for problem in problems {
        let _ = write!(text, "\n- {problem}");
    }
    for name in unknown {
        let _ = write!(text, "\n- `{name}`: there is no such parameter");
    }
    let _ = write!(text, "\nCall `{tool}` again with all of its arguments, corrected.");
    text
}

/// What a model has to send, in words.
pub(super) fn expected(shape: &Shape) -> String {
    expected_with(shape, &Asked::of(shape.rules))
}

/// The same, where all of this is asked of it.
pub(super) fn expected_with(shape: &Shape, asked: &Asked) -> String {
    match shape.kind {
        Kind::Any | Kind::Foreign(_) | Kind::Missing(_) => "a JSON value".to_owned(),
        Kind::Null => "null".to_owned(),
        Kind::Bool => "true or false".to_owned(),
        Kind::Integer { .. } | Kind::Number => number_in_words(shape, asked),
        Kind::String { single: true, .. } => "a text of one character".to_owned(),
        Kind::String { format: Some(format), .. } => format!("a text ({format})"),
        Kind::String { .. } => format!("a text{}", count_in_words(asked.length, "character", "characters")),
        Kind::Enum(variants) => one_of(variants.iter().map(|variant| variant.name)),
        Kind::Const(text) => Value::from(text).to_string(),
        Kind::Array { min: 0, max: None, .. } => format!("a list{}", count_in_words(asked.items, "item", "items")),
        Kind::Array { min, max: Some(max), .. } if min == max => format!("a list of {min} items"),
        Kind::Array { min, max: Some(max), .. } => format!("a list of {min} to {max} items"),
        Kind::Array { min, max: None, .. } => format!("a list of at least {min} items"),
        Kind::Tuple { items, min } if min == items.len() => format!("a list of {min} items"),
        Kind::Tuple { items, min } => format!("a list of {min} to {} items", items.len()),
        Kind::Map { .. } => "an object".to_owned(),
        Kind::Object { fields, .. } => format!("an object with {}", Field::names(fields).join(", ")),
        Kind::Nullable(inner) => format!("{} or null", expected_with(inner, &asked.clone().and(inner.rules))),
        Kind::AnyOf(shapes) => shapes.iter().map(|shape| expected(shape)).collect::<Vec<_>>().join(", or "),
        Kind::Recursive(later) => match later().kind {
            Kind::Recursive(_) => "a JSON value".to_owned(),
            _ => expected(later()),
        },
    }
}

/// One of these texts.
pub(super) fn one_of<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<_> = names.map(|name| Value::from(name).to_string()).collect();
    format!("one of {}", names.join(", "))
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

/// What a number has to be, with the bounds of its type and of its place.
pub(super) fn number_in_words(shape: &Shape, asked: &Asked) -> String {
    if let Kind::Integer { min, max, zero } = shape.kind {
        let (least, greatest) = asked.whole(min, max);
        let words = match (least == i64::MIN.into(), greatest == i64::MAX.into()) {
            (true, true) => "a whole number".to_owned(),
            (true, false) => format!("a whole number, at most {greatest}"),
            (false, true) => format!("a whole number, at least {least}"),
            (false, false) => format!("a whole number from {least} to {greatest}"),
        };
        let but = if zero || least > 0 || greatest < 0 { "" } else { ", but not 0" };
        return words + but;
    }
    let mut words = String::from("a number");
    for (bound, open, closed) in [(asked.min, "above", "at least"), (asked.max, "below", "at most")] {
        if let Some(bound) = bound {
            let and = if words.len() > "a number".len() { " and" } else { "" };
            words.push_str(&format!("{and} {} {bound}", if bound.included { closed } else { open }));
        }
    }
    words
}

/// How many characters or items a value has to have, where a rule says so.
pub(super) fn count_in_words(count: Option<Count>, one: &str, many: &str) -> String {
    count.map_or_else(String::new, |count| format!(" of {}", count.of(one, many)))
}
