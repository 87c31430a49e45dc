//! The nulls that a strict form makes a model send for what it leaves out, taken back.

use std::cell::Cell;

use serde_json::{Map, Value};

use super::pointer::reference;

/// Deeper values are left as they are.
const DEPTH: usize = 64;
/// So many schemas are held against one value: alternatives inside alternatives would else multiply.
const FUEL: u32 = 100_000;

/// Which keys of a value stand for nothing when they are `null`, by a JSON Schema: what may be left out and may not be
/// `null`.
#[derive(Debug)]
pub(crate) struct Nulls<'s> {
    root: &'s Value,
    fuel: Cell<u32>,
}

impl<'s> Nulls<'s> {
    /// By this schema, whose references point into itself.
    pub(crate) fn of(schema: &'s Value) -> Self {
        Self { root: schema, fuel: Cell::new(FUEL) }
    }

    /// Takes such keys out of a value; whether there were any.
    pub(crate) fn remove(&self, value: &mut Value) -> bool {
        self.fuel.set(FUEL);
        self.walk(self.root, value, 0)
    }

    /// Whether there is fuel for one more schema, which is then spent.
    fn spends(&self) -> bool {
        let left = self.fuel.get();
        self.fuel.set(left.saturating_sub(1));
        left > 0
    }

    fn target(&self, schema: &Map<String, Value>) -> Option<&'s Value> {
        self.root.pointer(reference(schema)?.strip_prefix('#')?)
    }

    fn walk(&self, schema: &Value, value: &mut Value, depth: usize) -> bool {
        let (Value::Object(schema), true) = (schema, depth < DEPTH && self.spends()) else { return false };
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
        if let Some(target) = self.target(schema) {
            removed |= self.walk(target, value, depth + 1);
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            let branches = schema.get(key).and_then(Value::as_array);
            let fitting = branches.into_iter().flatten().filter(|branch| self.could_be(branch, value, 0));
            for branch in fitting.collect::<Vec<_>>() {
                removed |= self.walk(branch, value, depth + 1);
            }
        }
        removed
    }

    /// Whether `null` is a value of the schema, as far as can be seen.
    fn takes_null(&self, schema: &Value, depth: usize) -> bool {
        let (Value::Object(schema), true) = (schema, depth < DEPTH && self.spends()) else { return true };
        if schema.get("nullable") == Some(&Value::Bool(true)) {
            return true;
        }
        if let Some(target) = self.target(schema) {
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

    /// Whether a branch can be meant: the keys that tell branches apart are those that it wants.
    fn could_be(&self, branch: &Value, value: &Value, depth: usize) -> bool {
        let Value::Object(branch) = branch else { return true };
        if let Some(target) = self.target(branch).filter(|_| depth < DEPTH) {
            return self.could_be(target, value, depth + 1);
        }
        let (Some(properties), Value::Object(members)) = (branch.get("properties").and_then(Value::as_object), value)
        else {
            return true;
        };
        properties.iter().all(|(name, property)| match (property.get("const"), members.get(name)) {
            (Some(only), Some(given)) => only == given,
            _ => true,
        })
    }
}

fn is_required(schema: &Map<String, Value>, name: &str) -> bool {
    schema.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|known| known == name))
}
