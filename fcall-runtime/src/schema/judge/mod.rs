//! Arguments held against JSON Schema itself, where there is no shape: tools made at run time.
//!
//! Keywords that nothing is known of pass, and so does what a form of JSON Schema leaves open: formats, `not`, `if`.

mod doubts;
mod mend;
mod read;
mod words;

use std::{cell::Cell, collections::HashMap};

use regex_lite::Regex;
use serde_json::{Map, Number, Value};

use words::expected;

use super::problem::{FUEL, Problem, shown};

/// More would not help the model.
const MOST: usize = 20;
/// Schemas inside schemas that are followed for one value.
const DEPTH: u32 = 400;

/// A JSON Schema that values are held against.
#[derive(Debug)]
pub(crate) struct Judge {
    root: Value,
    /// The patterns that can be read.
    patterns: HashMap<String, Regex>,
}

/// One value after the other, until the fuel is spent.
struct Walk<'j> {
    judge: &'j Judge,
    fuel: Cell<u32>,
    depth: Cell<u32>,
}

impl Judge {
    /// By this schema, whose references point into itself.
    pub(crate) fn new(root: Value) -> Self {
        let mut patterns = HashMap::new();
        collect(&root, &mut patterns);
        Self { root, patterns }
    }

    fn problems(&self, value: &Value) -> Vec<Problem> {
        let mut problems = Vec::new();
        self.walk().judge(&self.root, value, "", &mut problems);
        problems
    }

    fn walk(&self) -> Walk<'_> {
        Walk { judge: self, fuel: Cell::new(FUEL), depth: Cell::new(0) }
    }

    fn resolve(&self, target: &str) -> Option<&Value> {
        self.root.pointer(target.strip_prefix('#')?)
    }
}

fn collect(schema: &Value, patterns: &mut HashMap<String, Regex>) {
    let mut keep = |text: &str| {
        if let Ok(regex) = Regex::new(text) {
            patterns.insert(text.to_owned(), regex);
        }
    };
    match schema {
        Value::Object(members) => {
            if let Some(Value::String(text)) = members.get("pattern") {
                keep(text);
            }
            if let Some(Value::Object(all)) = members.get("patternProperties") {
                all.keys().for_each(|text| keep(text));
            }
            members.values().for_each(|inner| collect(inner, patterns));
        }
        Value::Array(items) => items.iter().for_each(|inner| collect(inner, patterns)),
        _ => {}
    }
}

/// What stands in a schema under a key, as a number.
fn bound(schema: &Map<String, Value>, key: &str) -> Option<f64> {
    schema.get(key).and_then(Value::as_f64)
}

fn count(schema: &Map<String, Value>, key: &str) -> Option<usize> {
    schema.get(key).and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok())
}

/// The types that a schema names; none where any will do.
fn types(schema: &Map<String, Value>) -> Vec<&str> {
    let mut types: Vec<&str> = match schema.get("type") {
        Some(Value::String(word)) => vec![word],
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        _ => return Vec::new(),
    };
    if schema.get("nullable") == Some(&Value::Bool(true)) {
        types.push("null");
    }
    types
}

fn is_of(value: &Value, kind: &str) -> bool {
    match (kind, value) {
        ("string", Value::String(_))
        | ("boolean", Value::Bool(_))
        | ("number", Value::Number(_))
        | ("array", Value::Array(_))
        | ("object", Value::Object(_))
        | ("null", Value::Null) => true,
        ("integer", Value::Number(number)) => is_whole(number),
        ("string" | "boolean" | "number" | "array" | "object" | "null" | "integer", _) => false,
        // a word that is no type says nothing
        _ => true,
    }
}

fn is_whole(number: &Number) -> bool {
    !number.is_f64() || number.as_f64().is_some_and(|float| float.fract() == 0.0)
}

/// Equal as JSON Schema sees it: `1.0` is `1`.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => x == y || (x.is_f64() || y.is_f64()) && x.as_f64() == y.as_f64(),
        (a, b) => a == b,
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

impl Walk<'_> {
    fn fits(&self, schema: &Value, value: &Value) -> bool {
        let mut problems = Vec::new();
        self.judge(schema, value, "", &mut problems);
        problems.is_empty()
    }

    /// Says for every part of `value` that does not fit what was expected there and what came.
    fn judge(&self, schema: &Value, value: &Value, path: &str, problems: &mut Vec<Problem>) {
        if problems.len() >= MOST || self.fuel.get() == 0 || self.depth.get() >= DEPTH {
            return;
        }
        self.fuel.set(self.fuel.get() - 1);
        self.depth.set(self.depth.get() + 1);
        match schema {
            Value::Object(schema) => self.object(schema, value, path, problems),
            Value::Bool(false) => problems.push(Problem::new(path, "nothing may stand here; leave it out")),
            _ => {}
        }
        self.depth.set(self.depth.get() - 1);
    }

    fn object(&self, schema: &Map<String, Value>, value: &Value, path: &str, problems: &mut Vec<Problem>) {
        let before = problems.len();
        let types = types(schema);
        let typed = types.is_empty() || types.iter().any(|kind| is_of(value, kind));
        let listed = match (schema.get("enum"), schema.get("const")) {
            (Some(Value::Array(values)), _) => values.iter().any(|known| same(known, value)),
            (_, Some(only)) => same(only, value),
            _ => true,
        };
        if !typed || !listed || !self.simple(schema, value) {
            let what = format!("expected {}, got {}", expected(self.judge, schema), shown(value));
            return problems.push(Problem::new(path, what));
        }
        match value {
            Value::Object(members) => self.members(schema, members, path, problems),
            Value::Array(items) => self.items(schema, items, path, problems),
            _ => {}
        }
        if let Some(target) = schema.get("$ref").and_then(Value::as_str).and_then(|target| self.judge.resolve(target)) {
            self.judge(target, value, path, problems);
        }
        for branch in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.judge(branch, value, path, problems);
        }
        for key in ["anyOf", "oneOf"] {
            if let (Some(Value::Array(branches)), true) = (schema.get(key), problems.len() == before) {
                self.alternatives(branches, key == "oneOf", value, path, problems);
            }
        }
    }

    fn alternatives(&self, branches: &[Value], one: bool, value: &Value, path: &str, problems: &mut Vec<Problem>) {
        match branches.iter().filter(|branch| self.fits(branch, value)).count() {
            0 => {
                let mut meant = branches.iter().filter(|branch| self.could_be(branch, value));
                if let (Some(only), None) = (meant.next(), meant.next()) {
                    return self.judge(only, value, path, problems);
                }
                let kinds: Vec<String> = branches.iter().map(|branch| words::of(self.judge, branch)).collect();
                let what = format!("expected {}, got {}", kinds.join(", or "), shown(value));
                problems.push(Problem::new(path, what));
            }
            1 => {}
            several if one => {
                let what =
                    format!("expected one of {} forms and no other, got what fits {several} of them", branches.len());
                problems.push(Problem::new(path, what));
            }
            _ => {}
        }
    }

    /// Whether a branch may have been meant: by its type, and by the keys that have one value only.
    fn could_be(&self, branch: &Value, value: &Value) -> bool {
        let Some(mut schema) = branch.as_object() else { return false };
        if let Some(Value::Object(target)) =
            schema.get("$ref").and_then(Value::as_str).and_then(|target| self.judge.resolve(target))
        {
            schema = target;
        }
        let types = types(schema);
        let properties = schema.get("properties").and_then(Value::as_object);
        let told =
            properties.into_iter().flatten().all(|(name, property)| match (property.get("const"), value.get(name)) {
                (Some(only), Some(given)) => same(only, given),
                _ => true,
            });
        told && (types.is_empty() || types.iter().any(|kind| is_of(value, kind)))
    }

    /// What can be said of a text or a number by itself, and of how many there are of anything.
    fn simple(&self, schema: &Map<String, Value>, value: &Value) -> bool {
        let between = |len: usize, least: &str, most: &str| {
            count(schema, least).is_none_or(|least| least <= len) && count(schema, most).is_none_or(|most| len <= most)
        };
        match value {
            Value::Number(number) => {
                let Some(float) = number.as_f64() else { return true };
                bound(schema, "minimum").is_none_or(|least| least <= float)
                    && bound(schema, "maximum").is_none_or(|most| float <= most)
                    && bound(schema, "exclusiveMinimum").is_none_or(|least| least < float)
                    && bound(schema, "exclusiveMaximum").is_none_or(|most| float < most)
                    && bound(schema, "multipleOf").is_none_or(|step| step <= 0.0 || is_multiple(float, step))
            }
            Value::String(text) => {
                let pattern = schema.get("pattern").and_then(Value::as_str);
                let pattern = pattern.and_then(|text| self.judge.patterns.get(text));
                (!schema.contains_key("minLength") && !schema.contains_key("maxLength")
                    || between(text.chars().count(), "minLength", "maxLength"))
                    && pattern.is_none_or(|pattern| pattern.is_match(text))
            }
            Value::Array(items) => {
                let unique = schema.get("uniqueItems") == Some(&Value::Bool(true));
                // beyond that comparing all with all takes too long
                let twice = |items: &[Value]| {
                    items.len() <= 1000
                        && items
                            .iter()
                            .enumerate()
                            .any(|(at, item)| items.iter().take(at).any(|other| same(item, other)))
                };
                between(items.len(), "minItems", "maxItems") && !(unique && twice(items))
            }
            Value::Object(members) => between(members.len(), "minProperties", "maxProperties"),
            _ => true,
        }
    }

    fn members(
        &self,
        schema: &Map<String, Value>,
        members: &Map<String, Value>,
        path: &str,
        problems: &mut Vec<Problem>,
    ) {
        let properties = schema.get("properties").and_then(Value::as_object);
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            if !members.contains_key(name) {
                let property = properties.and_then(|all| all.get(name));
                let kind = property.map_or_else(|| "a JSON value".to_owned(), |kind| words::of(self.judge, kind));
                problems.push(Problem::new(join(path, name), format!("missing; send {kind}")));
            }
        }
        let by_pattern = schema.get("patternProperties").and_then(Value::as_object);
        for (name, value) in members {
            let property = properties.and_then(|all| all.get(name));
            if let Some(property) = property {
                self.judge(property, value, &join(path, name), problems);
            }
            let mut known = property.is_some();
            for (pattern, inner) in by_pattern.into_iter().flatten() {
                match self.judge.patterns.get(pattern) {
                    Some(regex) if regex.is_match(name) => self.judge(inner, value, &join(path, name), problems),
                    Some(_) => continue,
                    // what can't be read may be meant
                    None => {}
                }
                known = true;
            }
            match schema.get("additionalProperties") {
                Some(Value::Bool(false)) if !known && problems.len() < MOST => {
                    let names = properties.into_iter().flatten().map(|(name, _)| format!("`{name}`"));
                    let what = match names.collect::<Vec<_>>().join(", ") {
                        none if none.is_empty() => "no such key; leave it out".to_owned(),
                        names => format!("no such key; known are {names}"),
                    };
                    problems.push(Problem::new(join(path, name), what));
                }
                Some(others) if !known => self.judge(others, value, &join(path, name), problems),
                _ => {}
            }
        }
    }

    fn items(&self, schema: &Map<String, Value>, items: &[Value], path: &str, problems: &mut Vec<Problem>) {
        let (first, rest) = match (schema.get("prefixItems"), schema.get("items")) {
            (Some(Value::Array(first)), rest) => (first.as_slice(), rest),
            (_, Some(Value::Array(first))) => (first.as_slice(), schema.get("additionalItems")),
            (_, rest) => (&[][..], rest),
        };
        for (at, item) in items.iter().enumerate() {
            if let Some(schema) = first.get(at).or(rest) {
                self.judge(schema, item, &format!("{path}[{at}]"), problems);
            }
        }
    }
}

/// Within what floating point numbers can tell.
fn is_multiple(number: f64, step: f64) -> bool {
    let times = number / step;
    !times.is_finite() || (times - times.round()).abs() <= 1e-9 * times.abs().max(1.0)
}
