//! What a schema asks for, in words a model can act on.

use serde_json::{Map, Value};

use super::{Judge, bound, count, types};
use crate::schema::rules::Count;

/// What a schema asks for; a reference is followed once.
pub(super) fn of(judge: &Judge, schema: &Value) -> String {
    let Value::Object(members) = schema else { return "a JSON value".to_owned() };
    match members.get("$ref").and_then(Value::as_str).and_then(|target| judge.resolve(target)) {
        Some(Value::Object(target)) => expected(judge, target),
        _ => expected(judge, members),
    }
}

pub(super) fn expected(judge: &Judge, schema: &Map<String, Value>) -> String {
    if let Some(only) = schema.get("const") {
        return only.to_string();
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        let values: Vec<String> = values.iter().map(Value::to_string).collect();
        return format!("one of {}", values.join(", "));
    }
    let kinds: Vec<String> = types(schema).into_iter().map(|kind| typed(schema, kind)).collect();
    if !kinds.is_empty() {
        return kinds.join(" or ");
    }
    let branches = ["anyOf", "oneOf"].into_iter().find_map(|key| schema.get(key)?.as_array());
    let kinds = branches.into_iter().flatten().map(|branch| match branch {
        // alternatives inside alternatives would be told without end
        Value::Object(inner) if inner.contains_key("anyOf") || inner.contains_key("oneOf") => "a JSON value".to_owned(),
        branch => of_plain(judge, branch),
    });
    match kinds.collect::<Vec<_>>().join(", or ") {
        none if none.is_empty() => "a JSON value".to_owned(),
        kinds => kinds,
    }
}

fn of_plain(judge: &Judge, schema: &Value) -> String {
    let Value::Object(members) = schema else { return "a JSON value".to_owned() };
    let target = members.get("$ref").and_then(Value::as_str).and_then(|target| judge.resolve(target));
    let plain = target.and_then(Value::as_object).unwrap_or(members);
    let kinds: Vec<String> = types(plain).into_iter().map(|kind| typed(plain, kind)).collect();
    match (plain.get("const"), kinds.is_empty()) {
        (Some(only), _) => only.to_string(),
        (None, true) => "a JSON value".to_owned(),
        (None, false) => kinds.join(" or "),
    }
}

fn typed(schema: &Map<String, Value>, kind: &str) -> String {
    let counted = |least: &str, most: &str, one: &str, many: &str| match (count(schema, least), count(schema, most)) {
        (None, None) => String::new(),
        (least, most) => format!(" of {}", Count::new(least.unwrap_or_default(), most).of(one, many)),
    };
    match kind {
        "string" => {
            let length = counted("minLength", "maxLength", "character", "characters");
            match (schema.get("pattern").and_then(Value::as_str), schema.get("format").and_then(Value::as_str)) {
                (Some(pattern), _) => format!("a text{length} that matches the regular expression `{pattern}`"),
                (None, Some(format)) => format!("a text{length} ({format})"),
                (None, None) => format!("a text{length}"),
            }
        }
        "integer" => format!("a whole number{}", bounds(schema)),
        "number" => format!("a number{}", bounds(schema)),
        "boolean" => "true or false".to_owned(),
        "array" => {
            let twice = if schema.get("uniqueItems") == Some(&Value::Bool(true)) { ", none of them twice" } else { "" };
            format!("a list{}{twice}", counted("minItems", "maxItems", "item", "items"))
        }
        "object" => {
            let names = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
            match names.map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ") {
                none if none.is_empty() => "an object".to_owned(),
                names => format!("an object with {names}"),
            }
        }
        other => other.to_owned(),
    }
}

fn bounds(schema: &Map<String, Value>) -> String {
    let words = [
        ("minimum", "at least"),
        ("exclusiveMinimum", "above"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "below"),
        ("multipleOf", "a multiple of"),
    ];
    let told = words.into_iter().filter(|(key, _)| bound(schema, key).is_some());
    let told: Vec<String> = told.filter_map(|(key, word)| Some(format!("{word} {}", schema.get(key)?))).collect();
    if told.is_empty() { String::new() } else { format!(", {}", told.join(" and ")) }
}
