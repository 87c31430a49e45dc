//! Two schemas that hold at the same time, as one.
//!
//! Where both say something of which only one can be kept, the other is dropped and told: what is accepted only grows.

use serde_json::{Map, Value};

use super::Loss;

/// What says nothing of the value.
pub(super) const ANNOTATIONS: [&str; 16] = [
    "title",
    "description",
    "default",
    "examples",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "$comment",
    "$schema",
    "$id",
    "$anchor",
    "$defs",
    "definitions",
    "externalDocs",
    "xml",
];

pub(super) fn is_annotation(key: &str) -> bool {
    ANNOTATIONS.contains(&key) || key.starts_with("x-")
}

/// `first` and also `second`; the words of the first win.
pub(super) fn both(
    mut first: Map<String, Value>,
    second: &Map<String, Value>,
    path: &str,
    losses: &mut Vec<Loss>,
) -> Map<String, Value> {
    for (key, theirs) in second {
        let Some(ours) = first.get_mut(key) else {
            first.insert(key.clone(), theirs.clone());
            continue;
        };
        if ours == theirs || is_annotation(key) {
            continue;
        }
        let kept = match key.as_str() {
            "type" => common_types(ours, theirs),
            "required" => union(ours, theirs),
            "enum" => common(ours, theirs),
            "anyOf" => alternatives(ours, theirs),
            "properties" => properties(ours, theirs, path, losses),
            "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties" => {
                bound(ours, theirs, f64::max)
            }
            "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties" => {
                bound(ours, theirs, f64::min)
            }
            "additionalProperties" | "unevaluatedProperties" => match (&*ours, theirs) {
                (Value::Bool(false), _) | (_, Value::Bool(true)) => continue,
                (Value::Bool(true), _) | (_, Value::Bool(false)) => Some(theirs.clone()),
                _ => None,
            },
            "items" => match (&*ours, theirs) {
                (Value::Object(a), Value::Object(b)) => Some(Value::Object(both(a.clone(), b, path, losses))),
                _ => None,
            },
            _ => None,
        };
        match kept {
            Some(kept) => *ours = kept,
            None => {
                losses.push(Loss::new(path, key.as_str(), "two of them hold for one value; the second was dropped"));
            }
        }
    }
    first
}

fn words(value: &Value) -> Vec<&str> {
    match value {
        Value::String(word) => vec![word],
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn common_types(ours: &Value, theirs: &Value) -> Option<Value> {
    let theirs = words(theirs);
    let mut kept: Vec<&str> = Vec::new();
    for word in words(ours) {
        if theirs.contains(&word) || (word == "integer" && theirs.contains(&"number")) {
            kept.push(word);
        } else if word == "number" && theirs.contains(&"integer") {
            kept.push("integer");
        }
    }
    match kept.as_slice() {
        [] => None,
        [only] => Some(Value::from(*only)),
        more => Some(Value::from(more.to_vec())),
    }
}

fn union(ours: &Value, theirs: &Value) -> Option<Value> {
    let mut all = ours.as_array()?.clone();
    for name in theirs.as_array()? {
        if !all.contains(name) {
            all.push(name.clone());
        }
    }
    Some(Value::Array(all))
}

fn common(ours: &Value, theirs: &Value) -> Option<Value> {
    let theirs = theirs.as_array()?;
    let kept: Vec<Value> = ours.as_array()?.iter().filter(|value| theirs.contains(value)).cloned().collect();
    (!kept.is_empty()).then_some(Value::Array(kept))
}

fn bound(ours: &Value, theirs: &Value, choose: fn(f64, f64) -> f64) -> Option<Value> {
    let (a, b) = (ours.as_f64()?, theirs.as_f64()?);
    Some(if choose(a, b) == a { ours.clone() } else { theirs.clone() })
}

fn properties(ours: &Value, theirs: &Value, path: &str, losses: &mut Vec<Loss>) -> Option<Value> {
    let mut all = ours.as_object()?.clone();
    for (name, theirs) in theirs.as_object()? {
        match (all.get_mut(name), theirs) {
            (None, theirs) => {
                all.insert(name.clone(), theirs.clone());
            }
            (Some(ours), theirs) if ours == theirs => {}
            (Some(Value::Object(ours)), Value::Object(theirs)) => {
                let path = super::pointer::join(path, &format!(".{name}"));
                *ours = if ours.contains_key("$ref") || theirs.contains_key("$ref") {
                    let pair = vec![Value::Object(std::mem::take(ours)), Value::Object(theirs.clone())];
                    Map::from_iter([("allOf".to_owned(), Value::Array(pair))])
                } else {
                    both(std::mem::take(ours), theirs, &path, losses)
                };
            }
            (Some(ours @ Value::Bool(true)), theirs) => *ours = theirs.clone(),
            (Some(ours), Value::Bool(false)) => *ours = Value::Bool(false),
            _ => {}
        }
    }
    Some(Value::Object(all))
}

/// One of ours and also one of theirs: every pair of them, as long as they are few.
pub(super) fn alternatives(ours: &Value, theirs: &Value) -> Option<Value> {
    const MOST_PAIRS: usize = 64;
    let (ours, theirs) = (ours.as_array()?, theirs.as_array()?);
    let pair = |a: &Value, b: &Value| {
        Value::Object(Map::from_iter([("allOf".to_owned(), Value::Array(vec![a.clone(), b.clone()]))]))
    };
    let pairs = ours.iter().flat_map(|a| theirs.iter().map(move |b| pair(a, b)));
    (ours.len().saturating_mul(theirs.len()) <= MOST_PAIRS).then(|| pairs.collect())
}

/// No value has both, as far as can be seen: then one of them and any of them is the same.
pub(super) fn disjoint(branches: &[Value]) -> bool {
    let apart = |a: &Value, b: &Value| -> bool {
        let (Some(a), Some(b)) = (a.as_object(), b.as_object()) else { return false };
        values_apart(a, b) || objects_apart(a, b)
    };
    branches.iter().enumerate().all(|(at, a)| branches.iter().skip(at + 1).all(|b| apart(a, b)))
}

fn values_apart(a: &Map<String, Value>, b: &Map<String, Value>) -> bool {
    if let (Some(a), Some(b)) = (only(a), only(b)) {
        return a.iter().all(|value| !b.contains(value));
    }
    let (Some(a), Some(b)) = (a.get("type"), b.get("type")) else { return false };
    let (a, b) = (words(a), words(b));
    let wide = |words: &[&str], other: &[&str]| words.contains(&"integer") && other.contains(&"number");
    !a.is_empty() && a.iter().all(|word| !b.contains(word)) && !wide(&a, &b) && !wide(&b, &a)
}

/// The values that a schema lists.
fn only(schema: &Map<String, Value>) -> Option<Vec<&Value>> {
    match (schema.get("const"), schema.get("enum")) {
        (Some(value), _) => Some(vec![value]),
        (None, Some(Value::Array(values))) => Some(values.iter().collect()),
        _ => None,
    }
}

/// A key that both must have tells them apart, or one must have a key that the other can't have.
fn objects_apart(a: &Map<String, Value>, b: &Map<String, Value>) -> bool {
    let required = |of: &Map<String, Value>| -> Vec<String> {
        let names = of.get("required").and_then(Value::as_array).into_iter().flatten();
        names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let property = |of: &Map<String, Value>, name: &str| of.get("properties").and_then(|all| all.get(name)).cloned();
    let closed = |of: &Map<String, Value>| of.get("additionalProperties") == Some(&Value::Bool(false));
    let (ra, rb) = (required(a), required(b));
    let told = ra.iter().filter(|name| rb.contains(name)).any(|name| match (property(a, name), property(b, name)) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => values_apart(&a, &b),
        _ => false,
    });
    told || (closed(b) && ra.iter().any(|name| property(b, name).is_none()))
        || (closed(a) && rb.iter().any(|name| property(a, name).is_none()))
}
