//! Whether a value that could be read keeps what `#[arg(...)]` asks of it, in words a model can act on.

use serde_json::{Map, Value};

use super::{
    Field, Kind, Shape,
    diagnose::{claims, is, is_among},
    keep::{inmost, keeps},
    keys::{of_key, value_of},
    problem::{MOST, Problem, conceal},
    secret::is_secret,
};

/// What is told of what was not looked at any more.
const TOO_LARGE: &str = "too large to be checked; send less";

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
        (Kind::Map { keys, values }, Value::Object(members)) => {
            for (key, value) in members {
                enforce_entry(keys, values, (key, value), path, problems, fuel);
            }
            if is_secret(keys) {
                conceal(inner, path, before, problems);
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

/// The same for a key of a map, and what stands under it.
fn enforce_entry(
    keys: &'static Shape,
    values: &'static Shape,
    (key, value): (&String, &Value),
    path: &str,
    problems: &mut Vec<Problem>,
    fuel: &mut u32,
) {
    let (path, before) = (format!("{path}.{key}"), problems.len());
    if keys.holds.ruled {
        enforce(keys, &value_of(keys, key), &path, problems, fuel);
        of_key(&mut problems[before..]);
    }
    enforce(values, value, &path, problems, fuel);
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
            Kind::Map { keys, values } => {
                for member in members.iter().filter(|(key, _)| unclaimed(key)) {
                    enforce_entry(keys, values, member, path, problems, fuel);
                }
            }
            _ => {}
        }
    }
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
