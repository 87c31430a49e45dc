//! Gemini's older spelling, both ways: one type in upper case, `nullable`, and enums of texts only.

use serde_json::{Map, Value};

use super::{Illegal, Loss, notes::described, pointer::join};

/// A schema in this spelling as plain JSON Schema; one that is in no such spelling is nothing to do.
pub(super) fn read(schema: &Value) -> Option<Value> {
    let upper = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase());
    let own = schema.get("type").and_then(Value::as_str).is_some_and(upper);
    own.then(|| plain(schema))
}

fn plain(schema: &Value) -> Value {
    let Value::Object(members) = schema else { return schema.clone() };
    let null = members.get("nullable") == Some(&Value::Bool(true));
    let mut out = Map::new();
    for (key, value) in members {
        let value = match (key.as_str(), value) {
            ("nullable", _) => continue,
            ("type", Value::String(word)) if null => Value::from(vec![word.to_ascii_lowercase(), "null".to_owned()]),
            ("type", Value::String(word)) => word.to_ascii_lowercase().into(),
            ("enum", Value::Array(values)) if null => values.iter().cloned().chain([Value::Null]).collect(),
            ("properties" | "defs" | "$defs", Value::Object(all)) => {
                Value::Object(all.iter().map(|(name, child)| (name.clone(), plain(child))).collect())
            }
            ("items" | "additionalProperties", child) => plain(child),
            ("anyOf", Value::Array(all)) => all.iter().map(plain).collect(),
            (_, value) => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    Value::Object(out)
}

/// The whole schema in this spelling.
pub(super) fn write(schema: Value, losses: &mut Vec<Loss>) -> Result<Value, Illegal> {
    node(schema, "", losses)
}

fn node(schema: Value, path: &str, losses: &mut Vec<Loss>) -> Result<Value, Illegal> {
    let Value::Object(mut members) = schema else { return Ok(Value::Object(Map::new())) };
    // the message has no field for it: null is what stands where nothing does
    if members.get("default").is_some_and(Value::is_null) {
        members.shift_remove("default");
    }
    let mut null = false;
    if let Some(Value::Array(branches)) = members.remove("anyOf") {
        let mut kept = Vec::new();
        for branch in branches {
            if branch.get("type").is_some_and(|kind| kind == "null") {
                null = true;
            } else {
                kept.push(node(branch, path, losses)?);
            }
        }
        return Ok(Value::Object(alternatives(members, kept, null)));
    }
    let types: Vec<String> = match members.get("type") {
        Some(Value::String(word)) => vec![word.clone()],
        Some(Value::Array(words)) => words.iter().filter_map(|word| word.as_str().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    let null = types.iter().any(|word| word == "null");
    let real: Vec<&String> = types.iter().filter(|word| *word != "null").collect();
    match real.as_slice() {
        // nothing but null: no type says it, and no value is asked for
        [] if null => {
            members.retain(|key, _| key == "description" || key == "title");
            members.insert("type".to_owned(), "STRING".into());
            members.insert("nullable".to_owned(), Value::Bool(true));
            losses.push(Loss::new(path, "type", "null alone has no form here; said as a text that may be null"));
            Ok(Value::Object(members))
        }
        [] => Ok(Value::Object(members)),
        [only] => single(members, only, null, path, losses),
        several => {
            let words: Map<String, Value> =
                ["title", "description"].iter().filter_map(|key| members.remove_entry(*key)).collect();
            let mut kept = Vec::new();
            for kind in several {
                let own: Map<String, Value> =
                    members.iter().filter(|(key, _)| fits(key, kind)).map(|(k, v)| (k.clone(), v.clone())).collect();
                kept.push(single(own, kind, false, path, losses)?);
            }
            Ok(Value::Object(alternatives(words, kept, null)))
        }
    }
}

fn alternatives(mut words: Map<String, Value>, mut kept: Vec<Value>, null: bool) -> Map<String, Value> {
    let mut out = match (kept.len(), kept.pop()) {
        (1, Some(Value::Object(only))) => {
            for (key, value) in only {
                words.entry(key).or_insert(value);
            }
            words
        }
        (_, last) => {
            kept.extend(last);
            words.insert("anyOf".to_owned(), Value::Array(kept));
            words
        }
    };
    if null {
        out.insert("nullable".to_owned(), Value::Bool(true));
    }
    out
}

/// Whether a keyword speaks of values of this type.
fn fits(key: &str, kind: &str) -> bool {
    match key {
        "properties" | "required" | "minProperties" | "maxProperties" => kind == "object",
        "items" | "minItems" | "maxItems" => kind == "array",
        "pattern" | "minLength" | "maxLength" | "format" => kind == "string",
        "minimum" | "maximum" => matches!(kind, "integer" | "number"),
        _ => true,
    }
}

fn single(
    members: Map<String, Value>,
    kind: &str,
    null: bool,
    path: &str,
    losses: &mut Vec<Loss>,
) -> Result<Value, Illegal> {
    let mut out = Map::new();
    let mut notes = Vec::new();
    let words = members.get("description").cloned();
    for (key, value) in members {
        match (key.as_str(), value) {
            ("type", _) => {
                out.insert("type".to_owned(), kind.to_ascii_uppercase().into());
            }
            ("const", Value::String(only)) if kind == "string" => {
                out.insert("enum".to_owned(), Value::Array(vec![only.into()]));
            }
            ("enum", Value::Array(values)) if kind == "string" => {
                out.insert("enum".to_owned(), values.into_iter().filter(Value::is_string).collect());
            }
            ("const" | "enum", value) => {
                losses.push(Loss::new(path, key.as_str(), "only texts can be listed here; kept in the description"));
                notes.push(format!("{key}: {value}"));
            }
            // an object without properties says so by having none: an empty list of them is refused
            ("properties", Value::Object(properties)) if properties.is_empty() => {}
            ("properties", Value::Object(properties)) => {
                let mut all = Map::new();
                for (name, property) in properties {
                    let path = join(path, &format!(".{name}"));
                    if name.is_empty()
                        || name.len() > 64
                        || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
                    {
                        let why = "a name here is 1 to 64 letters, digits and `_`; rename the property";
                        return Err(Illegal::new(&path, why));
                    }
                    all.insert(name, node(property, &path, losses)?);
                }
                out.insert("properties".to_owned(), Value::Object(all));
            }
            ("items", items) => {
                out.insert("items".to_owned(), node(items, &join(path, "[]"), losses)?);
            }
            (_, value) => {
                out.insert(key, value);
            }
        }
    }
    if let (Some(text), false) = (described(words.as_ref(), &notes), notes.is_empty()) {
        out.insert("description".to_owned(), text.into());
    }
    if null {
        out.insert("nullable".to_owned(), Value::Bool(true));
    }
    Ok(Value::Object(out))
}
