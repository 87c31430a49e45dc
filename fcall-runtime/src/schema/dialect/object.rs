//! One value of a known type in a narrow form: its keywords, its properties, its items.

use serde_json::{Map, Value};

use super::{Illegal, Loss, merge::is_annotation, narrow::Narrow, notes::described, pattern};

const DROPPED: &str = "has no form here; kept in the description";

impl Narrow<'_> {
    /// A schema without references and alternatives.
    pub(super) fn typed(&mut self, schema: &Map<String, Value>, path: &str, depth: usize) -> Result<Value, Illegal> {
        let types = types(schema);
        if types.is_empty() && !self.rules.free {
            let why = "any value at all has no form here; say what it is: a text, a number, a list of something, an \
                       object with named properties";
            return Err(Illegal::new(path, why));
        }
        let mut out = Map::new();
        if !types.is_empty() && !schema.contains_key("type") {
            out.insert("type".to_owned(), kind(&types));
        }
        let mut notes = Vec::new();
        for (key, value) in schema {
            match key.as_str() {
                // what is said of lists does not concern texts
                key if !types.is_empty()
                    && about(key).is_some_and(|about| !about.iter().any(|t| types.contains(t))) => {}
                "type" => {
                    out.insert("type".to_owned(), kind(&types));
                }
                "description" => {
                    out.insert("description".to_owned(), value.clone());
                }
                "enum" if value.as_array().is_some_and(Vec::is_empty) => {
                    return Err(Illegal::new(path, "`enum` lists nothing, so no value fits; write one, or drop it"));
                }
                "enum" | "const" if !self.rules.lists_any && !of_primitives(key, value) => {
                    self.note(key, value, DROPPED, path, &mut notes);
                }
                "enum" | "const" => {
                    out.insert(key.clone(), value.clone());
                }
                "properties" => {
                    let properties = self.properties(schema, value, path, depth)?;
                    out.insert("properties".to_owned(), properties);
                }
                "items" | "prefixItems" if out.contains_key("items") => {}
                "items" | "prefixItems" => {
                    self.items(schema, path, depth, &mut out, &mut notes)?;
                }
                "pattern" => self.pattern(value, path, &mut out, &mut notes),
                "format" => self.format(value, &types, path, &mut out, &mut notes),
                "minItems" => match value.as_u64() {
                    Some(0) if !self.rules.keywords.contains(&"minItems") => {}
                    Some(least) if self.rules.keywords.contains(&"minItems") => {
                        if least > self.rules.most_min_items {
                            self.note(key, value, DROPPED, path, &mut notes);
                        } else {
                            out.insert(key.clone(), value.clone());
                        }
                    }
                    _ => self.note(key, value, DROPPED, path, &mut notes),
                },
                key if self.rules.keywords.contains(&key) => {
                    out.insert(key.to_owned(), value.clone());
                }
                // how the object is closed is decided below; the place is kept
                "required" => {
                    out.insert("required".to_owned(), Value::Null);
                }
                "additionalProperties" if self.rules.closed && types.contains(&"object") => {
                    out.insert("additionalProperties".to_owned(), Value::Bool(false));
                }
                "additionalProperties" | "unevaluatedProperties" | "additionalItems" | "nullable" => {}
                key if is_annotation(key) => {}
                "uniqueItems" if value == &Value::Bool(false) => {}
                "minLength" | "maxLength" | "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum"
                | "multipleOf" | "maxItems" | "uniqueItems" | "contains" | "minContains" | "maxContains"
                | "patternProperties" | "propertyNames" | "minProperties" | "maxProperties" | "not" | "if" | "then"
                | "else" | "dependentRequired" | "dependentSchemas" | "dependencies" | "unevaluatedItems" => {
                    self.note(key, value, DROPPED, path, &mut notes);
                }
                // what no reader of schemas knows says nothing
                _ => {}
            }
        }
        if types.contains(&"object") {
            self.close(schema, path, depth, &mut out, &mut notes)?;
        }
        if out.get("required").is_some_and(Value::is_null) {
            out.shift_remove("required");
        }
        if types.contains(&"array") && !out.contains_key("items") {
            self.items(schema, path, depth, &mut out, &mut notes)?;
        }
        let mut more = Vec::new();
        self.annotations(schema, path, &mut out, &mut more);
        notes.append(&mut more);
        if let Some(text) = described(schema.get("description"), &notes) {
            out.insert("description".to_owned(), text.into());
        }
        Ok(Value::Object(out))
    }

    fn properties(
        &mut self,
        schema: &Map<String, Value>,
        properties: &Value,
        path: &str,
        depth: usize,
    ) -> Result<Value, Illegal> {
        let mut out = Map::new();
        for (name, property) in properties.as_object().into_iter().flatten() {
            let path = self.child(path, &format!(".{name}"));
            if property == &Value::Bool(false) && !is_required(schema, name) {
                continue;
            }
            let mut made = self.node(property, &path, depth + 1)?;
            if self.rules.all_required && !is_required(schema, name) {
                nullable(&mut made);
            }
            out.insert(name.clone(), made);
        }
        Ok(Value::Object(out))
    }

    /// The list of what is required, and whether other keys may come.
    fn close(
        &mut self,
        schema: &Map<String, Value>,
        path: &str,
        depth: usize,
        out: &mut Map<String, Value>,
        notes: &mut Vec<String>,
    ) -> Result<(), Illegal> {
        if !out.contains_key("properties") {
            out.insert("properties".to_owned(), Value::Object(Map::new()));
        }
        let names: Vec<String> = out
            .get("properties")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .map(|(name, _)| name.clone())
            .collect();
        let listed = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let mut required: Vec<&str> = Vec::new();
        for name in listed {
            match names.iter().any(|known| known == name) {
                true if required.contains(&name) => {}
                true => required.push(name),
                false => {
                    self.losses.push(Loss::new(path, "required", format!("`{name}` is no property; left out")));
                }
            }
        }
        if self.rules.all_required && required.len() < names.len() {
            required = names.iter().map(String::as_str).collect();
        }
        if !required.is_empty() {
            out.insert("required".to_owned(), Value::from(required));
        }
        let others = schema.get("additionalProperties").or_else(|| schema.get("unevaluatedProperties"));
        let open = match others {
            Some(Value::Bool(false)) => false,
            Some(_) => true,
            // an object that lists its properties means these, though others are allowed
            None => names.is_empty() && !path.is_empty() && !schema.contains_key("properties"),
        };
        if self.rules.closed {
            if open && names.is_empty() && !path.is_empty() {
                let why = "an object with any keys has no form here; take a list of objects with a key and a value, or \
                           name the properties";
                return Err(Illegal::new(path, why));
            }
            if let (true, Some(others)) = (open, others) {
                self.note("additionalProperties", others, "other keys have no form here", path, notes);
            }
            out.insert("additionalProperties".to_owned(), Value::Bool(false));
        } else if let Some(others @ Value::Object(_)) = others {
            let key = self.child(path, ".*");
            let others = self.node(others, &key, depth + 1)?;
            self.note("additionalProperties", &others, DROPPED, path, notes);
        } else if others == Some(&Value::Bool(false)) && !self.rules.free {
            self.losses.push(Loss::new(path, "additionalProperties", "has no form here"));
        }
        Ok(())
    }

    /// What a list holds: one schema for all of its items.
    fn items(
        &mut self,
        schema: &Map<String, Value>,
        path: &str,
        depth: usize,
        out: &mut Map<String, Value>,
        notes: &mut Vec<String>,
    ) -> Result<(), Illegal> {
        let at = self.child(path, "[]");
        let (first, rest) = match (schema.get("prefixItems"), schema.get("items")) {
            (Some(Value::Array(first)), rest) => (first.as_slice(), rest),
            (_, Some(Value::Array(first))) => (first.as_slice(), schema.get("additionalItems")),
            (_, rest) => (&[][..], rest),
        };
        if first.is_empty() {
            let items = rest.unwrap_or(&Value::Bool(true));
            let made = match items {
                Value::Bool(false) if self.rules.free => Value::Object(Map::new()),
                items => self.node(items, &at, depth + 1)?,
            };
            out.insert("items".to_owned(), made);
            return Ok(());
        }
        let full = schema.get("maxItems").and_then(Value::as_u64).is_some_and(|most| most <= first.len() as u64);
        let mut kinds: Vec<Value> = Vec::new();
        let others = match rest {
            _ if full => None,
            Some(Value::Bool(false)) => None,
            Some(rest) => Some(rest),
            None => Some(&Value::Bool(true)),
        };
        let mut in_order = Vec::new();
        for item in first.iter().chain(others) {
            let made = self.node(item, &at, depth + 1)?;
            in_order.push(made.clone());
            if !kinds.contains(&made) {
                kinds.push(made);
            }
        }
        let items = match kinds.as_slice() {
            [only] => only.clone(),
            _ => {
                let why = "which item has which type has no form here; kept in the description";
                self.note("items in this order", &Value::Array(in_order), why, path, notes);
                Value::Object(Map::from_iter([("anyOf".to_owned(), Value::Array(kinds))]))
            }
        };
        out.insert("items".to_owned(), items);
        Ok(())
    }

    fn pattern(&mut self, value: &Value, path: &str, out: &mut Map<String, Value>, notes: &mut Vec<String>) {
        match value.as_str() {
            Some(text) if !pattern::uses(text, self.rules.refused_in_patterns) => {
                out.insert("pattern".to_owned(), value.clone());
            }
            _ => self.note("pattern", value, DROPPED, path, notes),
        }
    }

    fn format(
        &mut self,
        value: &Value,
        types: &[&str],
        path: &str,
        out: &mut Map<String, Value>,
        notes: &mut Vec<String>,
    ) {
        match value.as_str() {
            Some(name) if self.rules.formats.contains(&name) => {
                out.insert("format".to_owned(), value.clone());
            }
            // how wide a number is: its bounds say it better
            Some(_) if !types.contains(&"string") => {}
            _ => self.note("format", value, DROPPED, path, notes),
        }
    }
}

/// Whether no list and no object is listed.
fn of_primitives(key: &str, value: &Value) -> bool {
    let primitive = |value: &Value| !value.is_array() && !value.is_object();
    match value {
        Value::Array(values) if key == "enum" => values.iter().all(primitive),
        only => primitive(only),
    }
}

fn is_required(schema: &Map<String, Value>, name: &str) -> bool {
    schema.get("required").and_then(Value::as_array).is_some_and(|names| names.iter().any(|known| known == name))
}

/// The types a value may have, by the keyword or by what else is said.
fn types(schema: &Map<String, Value>) -> Vec<&str> {
    let mut types: Vec<&str> = match schema.get("type") {
        Some(Value::String(word)) => vec![word.as_str()],
        Some(Value::Array(words)) => words.iter().filter_map(Value::as_str).collect(),
        _ => inferred(schema),
    };
    if schema.get("nullable") == Some(&Value::Bool(true)) && !types.is_empty() && !types.contains(&"null") {
        types.push("null");
    }
    types
}

/// The types whose values a keyword speaks of.
fn about(key: &str) -> Option<&'static [&'static str]> {
    match key {
        "properties"
        | "required"
        | "additionalProperties"
        | "unevaluatedProperties"
        | "patternProperties"
        | "propertyNames"
        | "minProperties"
        | "maxProperties"
        | "dependentRequired"
        | "dependentSchemas" => Some(&["object"]),
        "items" | "prefixItems" | "additionalItems" | "unevaluatedItems" | "minItems" | "maxItems" | "uniqueItems"
        | "contains" | "minContains" | "maxContains" => Some(&["array"]),
        "pattern" | "minLength" | "maxLength" => Some(&["string"]),
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => Some(&["number", "integer"]),
        _ => None,
    }
}

fn inferred(schema: &Map<String, Value>) -> Vec<&'static str> {
    let of = |value: &Value| match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if let Some(only) = schema.get("const") {
        return vec![of(only)];
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        let mut types = Vec::new();
        for kind in values.iter().map(of) {
            if !types.contains(&kind) {
                types.push(kind);
            }
        }
        return types;
    }
    let has = |keys: &[&str]| keys.iter().any(|key| schema.contains_key(*key));
    if has(&["properties", "required", "additionalProperties", "patternProperties", "propertyNames"]) {
        vec!["object"]
    } else if has(&["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"]) {
        vec!["array"]
    } else if has(&["pattern", "minLength", "maxLength", "format"]) {
        vec!["string"]
    } else if has(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]) {
        vec!["number"]
    } else {
        Vec::new()
    }
}

fn kind(types: &[&str]) -> Value {
    match types {
        [only] => Value::from(*only),
        more => Value::from(more.to_vec()),
    }
}

/// Lets a schema take `null` too.
fn nullable(schema: &mut Value) {
    let Value::Object(members) = schema else { return };
    if let Some(Value::Array(branches)) = members.get_mut("anyOf") {
        let null = |branch: &Value| {
            let kind = match branch.get("type") {
                Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "null"),
                Some(kind) => kind == "null",
                None => false,
            };
            let listed = |values: &Value| values.as_array().is_some_and(|values| values.contains(&Value::Null));
            kind && branch.get("enum").is_none_or(listed) && branch.get("const").is_none_or(Value::is_null)
        };
        if !branches.iter().any(null) {
            branches.push(Value::Object(Map::from_iter([("type".to_owned(), "null".into())])));
        }
        return;
    }
    if members.contains_key("$ref") || members.contains_key("const") {
        if members.get("const") == Some(&Value::Null) {
            return;
        }
        let words = members.remove("description");
        let null = Value::Object(Map::from_iter([("type".to_owned(), "null".into())]));
        let both = Value::Array(vec![Value::Object(std::mem::take(members)), null]);
        members.insert("anyOf".to_owned(), both);
        if let Some(words) = words {
            members.insert("description".to_owned(), words);
        }
        return;
    }
    match members.get_mut("type") {
        Some(kind @ Value::String(_)) if kind != "null" => *kind = Value::Array(vec![kind.clone(), "null".into()]),
        Some(Value::Array(kinds)) if !kinds.iter().any(|kind| kind == "null") => kinds.push("null".into()),
        _ => {}
    }
    if let Some(Value::Array(values)) = members.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
}
