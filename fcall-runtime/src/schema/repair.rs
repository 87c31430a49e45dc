//! The few liberties that models take with JSON, put right where the declared shape leaves no doubt.
//!
//! Tried only after the strict reading failed. Nothing is ever invented: what a value meant stays what it means.

use std::fmt;

use serde_json::{Map, Number, Value};

use super::{
    Field, Kind, Nulls, Shape,
    choose::{Meant, meant},
    diagnose::{claims, fits},
    twice,
};

/// How many alternatives, and single items for lists, are tried for one argument: those inside others would else multiply.
const MOST_TRIES: u32 = 200;

/// So many lists and objects may stand inside each other: the parser reads no more, and what stands in a text of JSON
/// is not held to that by the parser of the whole.
const DEEPEST: u32 = 120;

/// What may be tried yet for one argument.
struct Tries {
    left: u32,
    /// So many levels deeper.
    deeper: u32,
}

const AS_TEXT: &str = "JSON was sent as a text";

const LEFT_OUT: &str = "null was sent for what may be left out";

/// Something in the arguments of a call that was read although it was not written as it should have been.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Repair {
    /// Where, as a JSON path: `stops[2].nights`.
    pub path: String,
    /// What was put right.
    pub what: &'static str,
}

impl Repair {
    /// `null` stood for something that may be left out.
    pub(super) fn left_out(path: &str) -> Self {
        Self { path: path.to_owned(), what: LEFT_OUT }
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// The value as its shape wants it, with a note of every liberty taken; what can't be put right stays as it is.
pub(super) fn repair(shape: &Shape, value: Value, path: &str, repairs: &mut Vec<Repair>) -> Value {
    mend(shape, value, path, repairs, &mut Tries { left: MOST_TRIES, deeper: DEEPEST })
}

fn mend(shape: &Shape, value: Value, path: &str, repairs: &mut Vec<Repair>, tries: &mut Tries) -> Value {
    if tries.deeper == 0 {
        return value;
    }
    match (shape.kind, value) {
        (Kind::Foreign(make), mut value) => {
            if Nulls::of(&make().schema).remove(&mut value) {
                note(repairs, path, LEFT_OUT);
            }
            value
        }
        (Kind::Recursive(later), value) => mend(later(), value, path, repairs, tries),
        (Kind::Nullable(_), Value::Null) => Value::Null,
        (Kind::Nullable(inner), value) => mend(inner, value, path, repairs, tries),
        (Kind::Integer { .. } | Kind::Number | Kind::Bool, Value::String(text)) => scalar(shape, text, path, repairs),
        (Kind::Integer { .. }, Value::Number(number)) => whole(shape, number, path, repairs),
        (Kind::Array { .. } | Kind::Tuple { .. } | Kind::Map { .. } | Kind::Object { .. }, Value::String(text)) => {
            let inner = within(&text).filter(|inner| match shape.kind {
                Kind::Array { .. } | Kind::Tuple { .. } => inner.is_array(),
                _ => inner.is_object(),
            });
            match inner {
                Some(inner) => {
                    note(repairs, path, AS_TEXT);
                    mend(shape, inner, path, repairs, tries)
                }
                None => single(shape, Value::String(text), path, repairs, tries),
            }
        }
        (Kind::Array { items, .. }, Value::Array(values)) => {
            tries.deeper -= 1;
            let values = values.into_iter().enumerate();
            let mended =
                values.map(|(at, value)| mend(items, value, &format!("{path}[{at}]"), repairs, tries)).collect();
            tries.deeper += 1;
            mended
        }
        (Kind::Tuple { items, min }, Value::Array(values)) if (min..=items.len()).contains(&values.len()) => {
            tries.deeper -= 1;
            let both = items.iter().zip(values).enumerate();
            let mended = both.map(|(at, (shape, value))| mend(shape, value, &format!("{path}[{at}]"), repairs, tries));
            let mended = mended.collect();
            tries.deeper += 1;
            mended
        }
        (Kind::Array { .. }, value) => single(shape, value, path, repairs, tries),
        (Kind::Map { values, .. }, Value::Object(members)) => {
            tries.deeper -= 1;
            let repaired = members.into_iter().map(|(key, value)| {
                let value = mend(values, value, &format!("{path}.{key}"), repairs, tries);
                (key, value)
            });
            let repaired = repaired.collect();
            tries.deeper += 1;
            Value::Object(repaired)
        }
        (Kind::Object { fields, .. }, Value::Object(members)) => object(fields, members, path, repairs, tries),
        (Kind::AnyOf(shapes), value) if !fits(shape, &value) => alternative(shapes, value, path, repairs, tries),
        (_, value) => value,
    }
}

/// The value as the first of the shapes wants it that it can be put right for; else as the one that is meant does,
/// so that only what can't be put right is spoken of.
fn alternative(shapes: &[&Shape], value: Value, path: &str, repairs: &mut Vec<Repair>, tries: &mut Tries) -> Value {
    for shape in shapes.iter().filter(|shape| could_be(shape, &value)) {
        if tries.left == 0 {
            break;
        }
        tries.left -= 1;
        let mut more = Vec::new();
        let mended = mend(shape, value.clone(), path, &mut more, tries);
        if fits(shape, &mended) {
            repairs.append(&mut more);
            return mended;
        }
    }
    let inner = value.as_str().and_then(within);
    let found = meant(shapes, inner.as_ref().unwrap_or(&value));
    if matches!(found, Meant::Unclear) || tries.left == 0 {
        return value;
    }
    tries.left -= 1;
    if inner.is_some() {
        note(repairs, path, AS_TEXT);
    }
    let value = inner.unwrap_or(value);
    match found {
        Meant::One(shape) => mend(shape, value, path, repairs, tries),
        _ => value,
    }
}

/// The object or list that was written as JSON inside a text.
fn within(text: &str) -> Option<Value> {
    let inner = serde_json::from_str::<Value>(text).ok().filter(|inner| inner.is_object() || inner.is_array())?;
    // of two values of one key, which is meant can't be known
    twice(text, "").is_empty().then_some(inner)
}

/// Whether an object has the keys and the tag of this shape; anything else is to be tried.
fn could_be(shape: &Shape, value: &Value) -> bool {
    let (Kind::Object { fields, .. }, Value::Object(members)) = (shape.kind, value) else { return true };
    has_keys_of(fields, members)
}

fn has_keys_of(fields: &[Field], members: &Map<String, Value>) -> bool {
    fields.iter().all(|field| match (members.iter().find(|(key, _)| field.answers_to(key)), field.shape.kind) {
        (Some((_, given)), Kind::Const(tag)) => given == tag,
        (Some(_), _) => true,
        (None, _) => !field.is_required(),
    })
}

fn object(
    fields: &[Field],
    members: Map<String, Value>,
    path: &str,
    repairs: &mut Vec<Repair>,
    tries: &mut Tries,
) -> Value {
    tries.deeper -= 1;
    let mut groups = vec![fields];
    chosen(fields, &members, &mut groups);
    let mut repaired = Map::with_capacity(members.len());
    for (key, value) in members {
        let path = format!("{path}.{key}");
        let Some(field) = groups.iter().find_map(|fields| Field::find(fields, &key)) else {
            let value = match rest(fields).filter(|_| !claims(fields, &key)) {
                Some(shape) => mend(shape, value, &path, repairs, tries),
                None => value,
            };
            repaired.insert(key, value);
            continue;
        };
        if value.is_null() && field.defaulted && !fits(field.shape, &value) {
            note(repairs, &path, LEFT_OUT);
        } else {
            repaired.insert(key, mend(field.shape, value, &path, repairs, tries));
        }
    }
    tries.deeper += 1;
    Value::Object(repaired)
}

/// The fields of the alternatives that stand among these members: those of flattened enums.
fn chosen<'s>(fields: &'s [Field], members: &Map<String, Value>, groups: &mut Vec<&'s [Field]>) {
    for field in fields.iter().filter(|field| field.flat) {
        match field.shape.plain().kind {
            Kind::Object { fields, .. } => chosen(fields, members, groups),
            Kind::AnyOf(shapes) => {
                let objects = shapes.iter().filter_map(|shape| match shape.plain().kind {
                    Kind::Object { fields, .. } => Some(fields),
                    _ => None,
                });
                if let Some(fields) = objects.into_iter().find(|fields| has_keys_of(fields, members)) {
                    groups.push(fields);
                    chosen(fields, members, groups);
                }
            }
            _ => {}
        }
    }
}

/// What stands under all other keys: in a map that is flattened.
fn rest(fields: &[Field]) -> Option<&'static Shape> {
    fields.iter().filter(|field| field.flat).find_map(|field| match field.shape.plain().kind {
        Kind::Map { values, .. } => Some(values),
        Kind::Object { fields, .. } => rest(fields),
        _ => None,
    })
}

fn scalar(shape: &Shape, text: String, path: &str, repairs: &mut Vec<Repair>) -> Value {
    match serde_json::from_str::<Value>(text.trim()) {
        Ok(value) if !value.is_string() && fits(shape, &value) => {
            note(
                repairs,
                path,
                if value.is_boolean() { "a truth value was sent as a text" } else { "a number was sent as a text" },
            );
            value
        }
        _ => Value::String(text),
    }
}

/// `3.0` is the whole number 3 to JSON Schema, but not to serde.
fn whole(shape: &Shape, number: Number, path: &str, repairs: &mut Vec<Repair>) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() <= EXACT);
    match float.map(|float| Value::from(float as i64)) {
        Some(value) if fits(shape, &value) => {
            note(repairs, path, "a whole number was sent with a fraction");
            value
        }
        _ => Value::Number(number),
    }
}

fn single(shape: &Shape, value: Value, path: &str, repairs: &mut Vec<Repair>, tries: &mut Tries) -> Value {
    let Kind::Array { items, .. } = shape.kind else { return value };
    // a list of itself would be made of one item for ever
    if value.is_null() || tries.left == 0 {
        return value;
    }
    tries.left -= 1;
    let mut more = Vec::new();
    tries.deeper -= 1;
    let item = mend(items, value.clone(), path, &mut more, tries);
    tries.deeper += 1;
    if !fits(items, &item) {
        return value;
    }
    repairs.append(&mut more);
    note(repairs, path, "a single item was sent for a list");
    Value::Array(vec![item])
}

fn note(repairs: &mut Vec<Repair>, path: &str, what: &'static str) {
    repairs.push(Repair { path: path.to_owned(), what });
}
