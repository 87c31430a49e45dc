//! The few liberties that models take with JSON, put right where the schema leaves no doubt.

use serde_json::{Map, Value};

use super::{Walk, join, types};
use crate::schema::{Repair, twice};

impl Walk<'_> {
    /// The value as its schema wants it; what can't be put right stays as it is.
    pub(super) fn mend(&self, schema: &Value, value: Value, path: &str, repairs: &mut Vec<Repair>) -> Value {
        let Value::Object(schema) = schema else { return value };
        if self.fuel.get() == 0 || self.depth.get() >= super::DEPTH {
            return value;
        }
        self.fuel.set(self.fuel.get() - 1);
        self.depth.set(self.depth.get() + 1);
        let mut value = self.mend_here(schema, value, path, repairs);
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|target| self.judge.resolve(target)) {
            value = self.mend(target, value, path, repairs);
        }
        for branch in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            value = self.mend(branch, value, path, repairs);
        }
        for key in ["anyOf", "oneOf"] {
            let Some(Value::Array(branches)) = schema.get(key) else { continue };
            if branches.iter().any(|branch| self.fits(branch, &value)) {
                continue;
            }
            let mended = branches.iter().find_map(|branch| {
                let mut more = Vec::new();
                let mended = self.mend(branch, value.clone(), path, &mut more);
                self.fits(branch, &mended).then_some((mended, more))
            });
            if let Some((mended, more)) = mended {
                value = mended;
                repairs.extend(more);
            }
        }
        self.depth.set(self.depth.get() - 1);
        value
    }

    fn mend_here(&self, schema: &Map<String, Value>, value: Value, path: &str, repairs: &mut Vec<Repair>) -> Value {
        let types = types(schema);
        let wants = |kind: &str| types.contains(&kind);
        let mut note = |what| repairs.push(Repair { path: path.to_owned(), what });
        match value {
            Value::String(text) if !types.is_empty() && !wants("string") => {
                let parsed = serde_json::from_str::<Value>(text.trim()).ok();
                let Some(inner) = parsed.filter(|_| twice(&text, "").is_empty()) else {
                    return self.single(schema, Value::String(text), path, repairs);
                };
                let fits = !inner.is_null() && types.iter().any(|kind| super::is_of(&inner, kind));
                match inner {
                    Value::Bool(_) if fits => note("a truth value was sent as a text"),
                    Value::Number(_) if fits => note("a number was sent as a text"),
                    Value::Array(_) | Value::Object(_) if fits => note("JSON was sent as a text"),
                    Value::Object(_) if wants("array") => {
                        let text = Value::String(text);
                        let listed = self.single(schema, inner, path, repairs);
                        if listed.is_array() {
                            repairs.push(Repair { path: path.to_owned(), what: "JSON was sent as a text" });
                            return listed;
                        }
                        return text;
                    }
                    _ => return self.single(schema, Value::String(text), path, repairs),
                }
                self.mend_here(schema, inner, path, repairs)
            }
            Value::Number(number) if wants("integer") && !wants("number") && number.is_f64() => {
                const EXACT: f64 = 9_007_199_254_740_992.0;
                match number.as_f64().filter(|float| float.fract() == 0.0 && float.abs() <= EXACT) {
                    Some(float) => {
                        note("a whole number was sent with a fraction");
                        Value::from(float as i64)
                    }
                    None => Value::Number(number),
                }
            }
            Value::Object(members) if types.is_empty() || wants("object") => {
                let properties = schema.get("properties").and_then(Value::as_object);
                let others = schema.get("additionalProperties");
                let mended = members.into_iter().map(|(name, inner)| {
                    match properties.and_then(|all| all.get(&name)).or(others) {
                        Some(property) => {
                            let inner = self.mend(property, inner, &join(path, &name), repairs);
                            (name, inner)
                        }
                        None => (name, inner),
                    }
                });
                Value::Object(mended.collect())
            }
            Value::Array(items) => match schema.get("items") {
                Some(schema @ Value::Object(_)) => {
                    let items = items.into_iter().enumerate();
                    items.map(|(at, item)| self.mend(schema, item, &format!("{path}[{at}]"), repairs)).collect()
                }
                _ => Value::Array(items),
            },
            Value::Null => Value::Null,
            other if !types.is_empty() && !types.iter().any(|kind| super::is_of(&other, kind)) => {
                self.single(schema, other, path, repairs)
            }
            other => other,
        }
    }

    /// A list of the only item, where a list is wanted.
    fn single(&self, schema: &Map<String, Value>, value: Value, path: &str, repairs: &mut Vec<Repair>) -> Value {
        let (true, Some(items)) = (types(schema).contains(&"array"), schema.get("items")) else { return value };
        let mut more = Vec::new();
        let item = self.mend(items, value.clone(), path, &mut more);
        if !self.fits(items, &item) {
            return value;
        }
        repairs.append(&mut more);
        repairs.push(Repair { path: path.to_owned(), what: "a single item was sent for a list" });
        Value::Array(vec![item])
    }
}
