//! Whether a value that could be read keeps what `#[arg(...)]` asks of it, in words a model can act on.

use serde_json::{Map, Number, Value};

use super::{
    Field, Kind, Shape,
    diagnose::{MOST, Problem, expected, is, is_among, shown},
    rules::{Asked, Bound, Count},
};

/// Says of every part of `value` that breaks a rule what was expected there and what came.
pub(super) fn enforce(shape: &'static Shape, value: &Value, path: &str, problems: &mut Vec<Problem>, fuel: &mut u32) {
    if !shape.holds.ruled || problems.len() >= MOST {
        return;
    }
    if *fuel == 0 {
        // what was not looked at is not taken
        if !problems.iter().any(|problem| problem.what == TOO_LARGE) {
            problems.push(Problem { rule: true, ..Problem::new(path, TOO_LARGE) });
        }
        return;
    }
    *fuel -= 1;
    let (inner, asked) = inmost(shape);
    let before = problems.len();
    match (inner.kind, value) {
        (Kind::Recursive(later), value) => enforce(later(), value, path, problems, fuel),
        (Kind::Array { items, .. }, Value::Array(values)) => {
            for (at, value) in values.iter().enumerate() {
                enforce(items, value, &format!("{path}[{at}]"), problems, fuel);
            }
        }
        (Kind::Tuple { items, .. }, Value::Array(values)) => {
            for (at, (shape, value)) in items.iter().zip(values).enumerate() {
                enforce(shape, value, &format!("{path}[{at}]"), problems, fuel);
            }
        }
        (Kind::Map(inner), Value::Object(members)) => {
            for (key, value) in members {
                enforce(inner, value, &format!("{path}.{key}"), problems, fuel);
            }
        }
        (Kind::Object { fields, .. }, Value::Object(members)) => {
            enforce_members(fields, members, path, problems, fuel);
        }
        // serde takes the first that it can read
        (Kind::AnyOf(shapes), value) => {
            if let Some(shape) = shapes.iter().find(|shape| is(shape, value, fuel)) {
                enforce(shape, value, path, problems, fuel);
            }
        }
        _ => {}
    }
    if asked.secret {
        conceal(inner, path, before, problems);
    }
    keeps(inner, &asked, value, path, problems);
}

/// Leaves of all that is wrong inside a secret that something is: neither the values nor the keys are shown.
pub(super) fn conceal(shape: &Shape, path: &str, before: usize, problems: &mut Vec<Problem>) {
    if problems.len() > before {
        problems.truncate(before + 1);
        let what = format!("expected {}, got {HIDDEN}", expected(shape));
        problems[before] = Problem { rule: problems[before].rule, ..Problem::new(path, what) };
    }
}

/// The same for the keys of an object, and for those that are flattened into it.
fn enforce_members(
    fields: &'static [Field],
    members: &Map<String, Value>,
    path: &str,
    problems: &mut Vec<Problem>,
    fuel: &mut u32,
) {
    for (key, value) in members {
        if let Some(field) = Field::find(fields, key) {
            enforce(field.shape, value, &format!("{path}.{key}"), problems, fuel);
        }
    }
    let unclaimed = |key: &str| !claims(fields, key);
    enforce_flat(fields, members, &unclaimed, path, problems, fuel);
}

/// The same for what is flattened and has no fields of its own: alternatives, and maps of all other keys.
fn enforce_flat(
    fields: &'static [Field],
    members: &Map<String, Value>,
    unclaimed: &dyn Fn(&str) -> bool,
    path: &str,
    problems: &mut Vec<Problem>,
    fuel: &mut u32,
) {
    for field in fields.iter().filter(|field| field.flat && field.shape.holds.ruled) {
        match field.shape.plain().kind {
            Kind::Object { fields, .. } => enforce_flat(fields, members, unclaimed, path, problems, fuel),
            Kind::AnyOf(shapes) => enforce_among(shapes, members, path, problems, fuel),
            Kind::Map(inner) => {
                for (key, value) in members.iter().filter(|(key, _)| unclaimed(key)) {
                    enforce(inner, value, &format!("{path}.{key}"), problems, fuel);
                }
            }
            _ => {}
        }
    }
}

/// Whether a key is that of a field, or of a field of what is flattened.
fn claims(fields: &[Field], key: &str) -> bool {
    fn of_shape(shape: &Shape, key: &str) -> bool {
        match shape.plain().kind {
            Kind::Object { fields, .. } => claims(fields, key),
            Kind::AnyOf(shapes) => shapes.iter().any(|shape| of_shape(shape, key)),
            _ => false,
        }
    }
    fields.iter().any(|field| if field.flat { of_shape(field.shape, key) } else { field.answers_to(key) })
}

/// The same for the alternative whose keys are among these members.
fn enforce_among(
    shapes: &'static [&'static Shape],
    members: &Map<String, Value>,
    path: &str,
    problems: &mut Vec<Problem>,
    fuel: &mut u32,
) {
    let chosen = shapes.iter().map(|shape| shape.plain()).find(|shape| is_among(shape, members, fuel));
    match chosen.map(|shape| shape.kind) {
        Some(Kind::Object { fields, .. }) => enforce_members(fields, members, path, problems, fuel),
        Some(Kind::AnyOf(shapes)) => enforce_among(shapes, members, path, problems, fuel),
        _ => {}
    }
}

/// What this place itself asks.
pub(super) fn here(shape: &Shape, value: &Value, path: &str, problems: &mut Vec<Problem>) {
    let (inner, asked) = inmost(shape);
    keeps(inner, &asked, value, path, problems);
}

/// What stands there if it is not `null`, and all that is asked of it.
fn inmost(mut shape: &Shape) -> (&Shape, Asked) {
    let mut asked = Asked::of(shape.rules);
    while let Kind::Nullable(inner) = shape.kind {
        shape = inner;
        asked = asked.and(inner.rules);
    }
    (shape, asked)
}

fn keeps(shape: &Shape, asked: &Asked, value: &Value, path: &str, problems: &mut Vec<Problem>) {
    let mut refuse = |what: String| problems.push(Problem { rule: true, ..Problem::new(path, what) });
    let got = || if asked.secret { HIDDEN.to_owned() } else { shown(value) };
    match value {
        Value::Number(number) if !within(number, asked.min, asked.max) => {
            refuse(format!("expected {}, got {}", number_in_words(shape, asked), got()));
        }
        Value::String(text) => {
            if let Some(length) = asked.length {
                let count = text.chars().count();
                if !length.takes(count) {
                    let expected = length.of("character", "characters");
                    refuse(format!("expected a text of {expected}, got one of {count}: {}", got()));
                }
            }
            for pattern in asked.patterns.iter().filter(|pattern| !(pattern.matches)(text)) {
                refuse(format!(
                    "expected a text that matches the regular expression `{}`, got {}",
                    pattern.text,
                    got()
                ));
            }
        }
        Value::Array(values) => {
            if let Some(items) = asked.items.filter(|items| !items.takes(values.len())) {
                refuse(format!("expected a list of {}, got {}", items.of("item", "items"), values.len()));
            }
        }
        _ => {}
    }
}

/// What is told of what was not looked at any more.
const TOO_LARGE: &str = "too large to be checked; send less";

/// What stands in for a value that must not be shown.
pub(super) const HIDDEN: &str = "a value that is not shown";

fn within(number: &Number, min: Option<Bound>, max: Option<Bound>) -> bool {
    above(number, min)
        && max.is_none_or(|bound| match number.as_i128().filter(|_| bound.is_whole()) {
            Some(whole) => whole < bound.whole || bound.included && whole == bound.whole,
            None => number.as_f64().is_some_and(|float| float < bound.float || bound.included && float == bound.float),
        })
}

fn above(number: &Number, min: Option<Bound>) -> bool {
    min.is_none_or(|bound| match number.as_i128().filter(|_| bound.is_whole()) {
        Some(whole) => whole > bound.whole || bound.included && whole == bound.whole,
        None => number.as_f64().is_some_and(|float| float > bound.float || bound.included && float == bound.float),
    })
}

/// What a number has to be, with the bounds of its type and of its place.
pub(super) fn number_in_words(shape: &Shape, asked: &Asked) -> String {
    if let Kind::Integer { min, max } = shape.kind {
        let (least, greatest) = asked.whole(min, max);
        return match (least == i64::MIN.into(), greatest == i64::MAX.into()) {
            (true, true) => "a whole number".to_owned(),
            (true, false) => format!("a whole number, at most {greatest}"),
            (false, true) => format!("a whole number, at least {least}"),
            (false, false) => format!("a whole number from {least} to {greatest}"),
        };
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
