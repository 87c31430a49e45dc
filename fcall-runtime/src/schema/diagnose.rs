//! Where a value does not have the shape it should have, in words a model can act on.

use serde_json::Value;

use super::{
    Field, Kind, Shape,
    keep::here,
    problem::{FUEL, MOST, Problem, conceal, expected, missing, shown},
    rules::Asked,
    secret::{HIDDEN, is_secret},
};

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

/// Whether a value has the shape, all the way down.
pub(super) fn fits(shape: &Shape, value: &Value) -> bool {
    is(shape, value, &mut { FUEL })
}

/// The same, with what is left of the fuel; what places ask beyond that is for `enforce`.
pub(super) fn is(shape: &Shape, value: &Value, fuel: &mut u32) -> bool {
    match (shape.kind, value) {
        (Kind::Any | Kind::Foreign(_) | Kind::Missing(_), _) | (Kind::Null | Kind::Nullable(_), Value::Null) => true,
        (Kind::Bool, Value::Bool(_)) | (Kind::Number, Value::Number(_)) => true,
        (Kind::Integer { min, max, zero }, Value::Number(number)) => {
            number.as_i128().is_some_and(|number| min <= number && number <= max && (zero || number != 0))
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
