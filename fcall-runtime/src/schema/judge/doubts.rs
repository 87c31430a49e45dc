//! What in a schema contradicts itself: the rules that the compiler holds a shape to, for schemas from elsewhere.

use serde_json::{Map, Value};

use super::{Judge, bound, is_of, join, types};

/// Schemas inside schemas that are looked at.
const DEPTH: usize = 100;

const RANGES: [(&str, &str); 6] = [
    ("minimum", "maximum"),
    ("exclusiveMinimum", "maximum"),
    ("minimum", "exclusiveMaximum"),
    ("minLength", "maxLength"),
    ("minItems", "maxItems"),
    ("minProperties", "maxProperties"),
];

const CONCERNS: [(&str, &[&str]); 4] = [
    ("string", &["minLength", "maxLength", "pattern"]),
    ("number", &["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"]),
    ("array", &["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"]),
    ("object", &["properties", "required", "additionalProperties", "patternProperties", "minProperties"]),
];

impl Judge {
    /// What contradicts itself, each with the path where it stands.
    pub(crate) fn doubts(&self) -> Vec<(String, String)> {
        let mut doubts = Vec::new();
        self.doubt(&self.root, "", 0, &mut doubts);
        for key in ["$defs", "definitions"] {
            for (name, def) in self.root.get(key).and_then(Value::as_object).into_iter().flatten() {
                self.doubt(def, &format!("$defs.{name}"), 0, &mut doubts);
            }
        }
        doubts
    }

    fn doubt(&self, schema: &Value, path: &str, depth: usize, doubts: &mut Vec<(String, String)>) {
        let (Value::Object(members), true) = (schema, depth < DEPTH) else { return };
        let mut found = |what: String| doubts.push((path.to_owned(), what));
        for (least, most) in RANGES {
            if let (Some(low), Some(high)) = (bound(members, least), bound(members, most))
                && (low > high || low == high && (least.starts_with("ex") || most.starts_with("ex")))
            {
                found(format!(
                    "no value is in the range of `{least}` {low} and `{most}` {high}; write the lesser first"
                ));
            }
        }
        if let Some(Value::String(text)) = members.get("pattern")
            && !self.patterns.contains_key(text)
        {
            found(format!("arguments are not held to the pattern `{text}`, which can't be read here"));
        }
        misfits(members).into_iter().for_each(&mut found);
        of_older_drafts(members).into_iter().for_each(&mut found);
        if let Some(default) = members.get("default").filter(|default| !default.is_null()) {
            let mut problems = Vec::new();
            self.walk().judge(schema, default, "default", &mut problems);
            problems.iter().for_each(|problem| found(format!("the default is no value of the schema: {problem}")));
        }
        for (piece, inner) in inside(members) {
            self.doubt(inner, &join_piece(path, &piece), depth + 1, doubts);
        }
    }
}

/// Keywords that say nothing of any value that the schema takes.
fn misfits(members: &Map<String, Value>) -> Vec<String> {
    let types = types(members);
    if types.is_empty() {
        return Vec::new();
    }
    let wants = |kind: &str| types.iter().any(|own| *own == kind || kind == "number" && *own == "integer");
    let all = CONCERNS.iter().filter(|(kind, _)| !wants(kind));
    let keys = all.flat_map(|(kind, keys)| keys.iter().map(move |key| (*kind, *key)));
    let mut told: Vec<String> = keys
        .filter(|(_, key)| members.contains_key(*key))
        .map(|(kind, key)| format!("`{key}` is for {kind}s, but the type is {}; drop it", types.join(" or ")))
        .collect();
    for value in members.get("enum").and_then(Value::as_array).into_iter().flatten() {
        if !types.iter().any(|kind| is_of(value, kind)) {
            told.push(format!("{value} in `enum` is not of the type {}; drop it", types.join(" or ")));
        }
    }
    told
}

/// Forms that only older drafts of JSON Schema have, which some services refuse.
fn of_older_drafts(members: &Map<String, Value>) -> Vec<String> {
    let mut told = Vec::new();
    for (key, bound) in [("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")] {
        if members.get(key).is_some_and(Value::is_boolean) {
            told.push(format!("`{key}` is a number since draft 6; write the bound under it, and drop `{bound}`"));
        }
    }
    if members.get("items").is_some_and(Value::is_array) {
        told.push("a list under `items` is of older drafts; write it under `prefixItems`".to_owned());
    }
    told
}

fn inside(members: &Map<String, Value>) -> Vec<(String, &Value)> {
    let mut inner: Vec<(String, &Value)> = Vec::new();
    if let Some(Value::Object(properties)) = members.get("properties") {
        inner.extend(properties.iter().map(|(name, property)| (name.clone(), property)));
    }
    for (key, piece) in [("items", "[]"), ("additionalProperties", "*")] {
        inner.extend(members.get(key).filter(|inner| inner.is_object()).map(|schema| (piece.to_owned(), schema)));
    }
    for key in ["anyOf", "oneOf", "allOf", "prefixItems"] {
        let branches = members.get(key).and_then(Value::as_array);
        inner.extend(branches.into_iter().flatten().map(|branch| (String::new(), branch)));
    }
    inner
}

fn join_piece(path: &str, piece: &str) -> String {
    match piece {
        "" => path.to_owned(),
        "[]" => format!("{path}[]"),
        name => join(path, name),
    }
}
