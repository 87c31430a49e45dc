//! Where a value does not have the shape it should have, in words a model can act on.

use serde_json::{Map, Value};

use super::{
    Field, Kind, Shape,
    choose::{Meant, among, meant},
    keep::{inmost, keeps},
    keys::{are_any, of_key, value_of},
    problem::{FUEL, MOST, Problem, conceal, expected_with, missing, one_of, shown},
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
    let (inner, asked) = inmost(shape);
    match (inner.kind, value) {
        (Kind::Any | Kind::Foreign(_) | Kind::Missing(_), _) => {}
        (_, Value::Null) if matches!(shape.kind, Kind::Nullable(_)) => {}
        (Kind::Recursive(later), value) => diagnose(later(), value, path, problems, fuel),
        (Kind::Array { items, .. }, Value::Array(values)) if counts(inner, values.len()) => {
            for (at, value) in values.iter().enumerate() {
                diagnose(items, value, &format!("{path}[{at}]"), problems, fuel);
            }
        }
        (Kind::Tuple { items, .. }, Value::Array(values)) if counts(inner, values.len()) => {
            for (at, (shape, value)) in items.iter().zip(values).enumerate() {
                diagnose(shape, value, &format!("{path}[{at}]"), problems, fuel);
            }
        }
        (Kind::Map { keys, values }, Value::Object(members)) => {
            for (key, value) in members {
                entry(keys, values, (key, value), path, problems, fuel);
            }
            if is_secret(keys) {
                conceal(shape, path, before, problems);
            }
        }
        (Kind::Object { fields, closed }, Value::Object(members)) => {
            object(fields, closed, members, path, problems, fuel);
        }
        (_, value) if is(inner, value, fuel) => {}
        (Kind::AnyOf(shapes), value) => {
            alternative(shapes, value, path, problems, fuel);
            if problems.len() == before {
                problems.push(misfit(inner, &asked, value, path));
            }
        }
        (_, value) => problems.push(misfit(inner, &asked, value, path)),
    }
    if asked.secret {
        conceal(shape, path, before, problems);
    }
    if problems.len() == before {
        keeps(inner, &asked, value, path, problems);
    }
}

fn misfit(shape: &Shape, asked: &Asked, value: &Value, path: &str) -> Problem {
    let got = if asked.secret || is_secret(shape) { HIDDEN.to_owned() } else { shown(value) };
    Problem::new(path, format!("expected {}, got {got}", expected_with(shape, asked)))
}

/// The same for the alternative that is meant, where that is clear.
fn alternative(shapes: &[&Shape], value: &Value, path: &str, problems: &mut Vec<Problem>, fuel: &mut u32) {
    match (meant(shapes, value), value) {
        (Meant::One(shape), value) if !elsewhere_secret(shapes, shape, value) => {
            diagnose(shape, value, path, problems, fuel);
        }
        (Meant::Tag { key, names }, Value::Object(members)) => problems.push(bad_tag(key, &names, members, path)),
        _ => {}
    }
}

/// Whether another alternative has a secret under one of the keys of the value: then it is not shown.
fn elsewhere_secret(shapes: &[&Shape], meant: &Shape, value: &Value) -> bool {
    let Value::Object(members) = value else { return shapes.iter().any(|shape| is_secret(shape)) };
    let others = shapes.iter().filter(|shape| !std::ptr::eq(**shape, meant) && is_secret(shape));
    others.into_iter().any(|shape| match shape.plain().kind {
        Kind::Object { fields, .. } => {
            fields.iter().any(|field| field.flat)
                || members.keys().any(|key| Field::find(fields, key).is_some_and(|field| is_secret(field.shape)))
        }
        _ => true,
    })
}

fn bad_tag(key: &str, names: &[&str], members: &Map<String, Value>, path: &str) -> Problem {
    let (path, names) = (format!("{path}.{key}"), one_of(names.iter().copied()));
    match members.get(key) {
        Some(given) => Problem::new(path, format!("expected {names}, got {}", shown(given))),
        None => Problem::new(path, format!("missing; send {names}")),
    }
}

fn object(
    fields: &[Field],
    closed: bool,
    members: &Map<String, Value>,
    path: &str,
    problems: &mut Vec<Problem>,
    fuel: &mut u32,
) {
    places(fields, fields, members, path, problems, fuel);
    let unknown = members.keys().filter(|key| closed && !claims(fields, key));
    for key in unknown.take(MOST.saturating_sub(problems.len())) {
        let what = format!("no such key; known are {}", Field::names(fields).join(", "));
        problems.push(Problem::new(format!("{path}.{key}"), what));
    }
}

/// The fields of an object, or of what is flattened into the object that has `all` of these.
fn places(
    fields: &[Field],
    all: &[Field],
    members: &Map<String, Value>,
    path: &str,
    problems: &mut Vec<Problem>,
    fuel: &mut u32,
) {
    for field in fields {
        if field.flat {
            flat(field.shape, all, members, path, problems, fuel);
            continue;
        }
        let given = members.iter().find(|(key, _)| field.answers_to(key));
        match given {
            Some((key, value)) => diagnose(field.shape, value, &format!("{path}.{key}"), problems, fuel),
            None if field.is_required() => problems.push(missing(field, &format!("{path}.{}", field.name))),
            None => {}
        }
    }
}

/// What is flattened; of an `Option` serde makes `None` where it does not fit.
fn flat(
    shape: &Shape,
    all: &[Field],
    members: &Map<String, Value>,
    path: &str,
    problems: &mut Vec<Problem>,
    fuel: &mut u32,
) {
    let before = problems.len();
    match shape.kind {
        Kind::Object { fields, .. } => places(fields, all, members, path, problems, fuel),
        Kind::Map { keys, values } => {
            for member in members.iter().filter(|(key, _)| !claims(all, key)) {
                entry(keys, values, member, path, problems, fuel);
            }
        }
        Kind::AnyOf(shapes) if !is_among(shape, members, fuel) => match among(shapes, members) {
            Meant::One(one) if !is_secret(shape) => flat(one, all, members, path, problems, fuel),
            Meant::Tag { key, names } => problems.push(bad_tag(key, &names, members, path)),
            _ => {}
        },
        _ => {}
    }
    if Asked::of(shape.rules).secret {
        conceal(shape, path, before, problems);
    }
}

/// A key of a map, and what stands under it.
fn entry(
    keys: &Shape,
    values: &Shape,
    (key, value): (&String, &Value),
    path: &str,
    problems: &mut Vec<Problem>,
    fuel: &mut u32,
) {
    let (path, before) = (format!("{path}.{key}"), problems.len());
    if !are_any(keys) {
        diagnose(keys, &value_of(keys, key), &path, problems, fuel);
        of_key(&mut problems[before..]);
    }
    diagnose(values, value, &path, problems, fuel);
}

/// Whether a key is that of a field, or of a field of what is flattened.
pub(super) fn claims(fields: &[Field], key: &str) -> bool {
    fn of_shape(shape: &Shape, key: &str) -> bool {
        match shape.plain().kind {
            Kind::Object { fields, .. } => claims(fields, key),
            Kind::AnyOf(shapes) => shapes.iter().any(|shape| of_shape(shape, key)),
            _ => false,
        }
    }
    fields.iter().any(|field| if field.flat { of_shape(field.shape, key) } else { field.answers_to(key) })
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
        | (Kind::Map { .. } | Kind::Object { .. }, Value::Object(_))
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
pub(super) fn is_among(shape: &Shape, members: &Map<String, Value>, fuel: &mut u32) -> bool {
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
        Kind::Any | Kind::Null | Kind::Map { .. } => true,
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
