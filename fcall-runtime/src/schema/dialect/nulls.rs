//! The nulls that a strict form makes a model send for what it leaves out, taken back.

use serde_json::{Map, Value};

use super::pointer::reference;

/// Deeper values are left as they are.
const DEPTH: usize = 64;

/// Which keys of a value stand for nothing when they are `null`, by a JSON Schema: what may be left out and may not be
/// `null`.
#[derive(Debug)]
pub(crate) struct Nulls<'s>(&'s Value);

impl<'s> Nulls<'s> {
    /// By this schema, whose references point into itself.
    pub(crate) fn of(schema: &'s Value) -> Self {
        Self(schema)
    }

    /// Takes such keys out of a value; whether there were any.
    pub(crate) fn remove(&self, value: &mut Value) -> bool {
        self.walk(self.0, value, 0)
    }

    fn walk(&self, schema: &Value, value: &mut Value, depth: usize) -> bool {
        let (Value::Object(schema), true) = (schema, depth < DEPTH) else { return false };
        let mut removed = false;
        match value {
            Value::Object(members) => {
                let properties = schema.get("properties").and_then(Value::as_object);
                for (name, property) in properties.into_iter().flatten() {
                    let Some(inner) = members.get_mut(name) else { continue };
                    if inner.is_null() && !is_required(schema, name) && !self.takes_null(property, 0) {
                        members.shift_remove(name);
                        removed = true;
                    } else {
                        removed |= self.walk(property, inner, depth + 1);
                    }
                }
                if let Some(others @ Value::Object(_)) = schema.get("additionalProperties") {
                    let known = |name: &str| properties.is_some_and(|all| all.contains_key(name));
                    for (_, inner) in members.iter_mut().filter(|(name, _)| !known(name)) {
                        removed |= self.walk(others, inner, depth + 1);
                    }
                }
            }
            Value::Array(items) => {
                if let Some(schema) = schema.get("items") {
                    for item in items {
                        removed |= self.walk(schema, item, depth + 1);
                    }
                }
            }
            _ => return false,
        }
        if let Some(target) = reference(schema).and_then(|target| self.0.pointer(target.strip_prefix('#')?)) {
            removed |= self.walk(target, value, depth + 1);
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            let branches = schema.get(key).and_then(Value::as_array);
            let fitting = branches.into_iter().flatten().filter(|branch| could_be(branch, value));
            for branch in fitting.collect::<Vec<_>>() {
                removed |= self.walk(branch, value, depth + 1);
            }
        }
        removed
    }

    /// Whether `null` is a value of the schema, as far as can be seen.
    fn takes_null(&self, schema: &Value, depth: usize) -> bool {
        let (Value::Object(schema), true) = (schema, depth < DEPTH) else { return true };
        if schema.get("nullable") == Some(&Value::Bool(true)) {
            return true;
        }
        if let Some(target) = reference(schema).and_then(|target| self.0.pointer(target.strip_prefix('#')?)) {
            return self.takes_null(target, depth + 1);
        }
        for key in ["anyOf", "oneOf"] {
            if let Some(Value::Array(branches)) = schema.get(key) {
                return branches.iter().any(|branch| self.takes_null(branch, depth + 1));
            }
        }
        if let Some(Value::Array(all)) = schema.get("allOf") {
            return all.iter().all(|branch| self.takes_null(branch, depth + 1));
        }
        match (schema.get("type"), schema.get("enum"), schema.get("const")) {
            (Some(Value::String(kind)), ..) => kind == "null",
            (Some(Value::Array(kinds)), ..) => kinds.iter().any(|kind| kind == "null"),
            (_, Some(Value::Array(values)), _) => values.contains(&Value::Null),
            (.., Some(only)) => only.is_null(),
            _ => true,
        }
    }
}

fn is_required(schema: &Map<String, Value>, name: &str) -> bool {
    schema.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|known| known == name))
}

/// Whether a branch can be meant: the keys that tell branches apart are those that it wants.
fn could_be(branch: &Value, value: &Value) -> bool {
    let (Some(properties), Value::Object(members)) = (branch.get("properties").and_then(Value::as_object), value)
    else {
        return true;
    };
    properties.iter().all(|(name, property)| match (property.get("const"), members.get(name)) {
        (Some(only), Some(given)) => only == given,
        _ => true,
    })
}
