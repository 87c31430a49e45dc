//! References inside a schema, and the schemas that stand inside one.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::{Illegal, Loss};

/// More levels are not followed when a schema is written anew.
pub(super) const DEPTH: usize = 100;
/// More levels of schemas inside schemas are refused: those of a type that compiles, and the object around it.
const LEVELS: usize = 65;

/// The schema that a reference means.
pub(super) fn resolve<'r>(root: &'r Value, target: &str, path: &str) -> Result<&'r Value, Illegal> {
    if !target.starts_with('#') {
        return Err(Illegal::new(
            path,
            format!("refers to `{target}`, outside the schema; put that schema under `$defs`"),
        ));
    }
    let found = target_of(root, target).filter(|found| found.is_object() || found.is_boolean());
    found.ok_or_else(|| Illegal::new(path, format!("refers to `{target}`, which is not there; add it under `$defs`")))
}

/// What stands where a reference points to, inside the schema.
pub(super) fn target_of<'r>(root: &'r Value, target: &str) -> Option<&'r Value> {
    root.pointer(&decoded(target.strip_prefix('#')?))
}

/// A pointer in an address has its characters escaped in the way of addresses.
fn decoded(fragment: &str) -> Cow<'_, str> {
    if !fragment.contains('%') {
        return Cow::Borrowed(fragment);
    }
    let (bytes, mut out, mut at) = (fragment.as_bytes(), Vec::with_capacity(fragment.len()), 0);
    while let Some(&byte) = bytes.get(at) {
        let escaped = fragment.get(at + 1..at + 3).filter(|_| byte == b'%');
        match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// The reference of a schema.
pub(super) fn reference(schema: &Map<String, Value>) -> Option<&str> {
    schema.get("$ref").and_then(Value::as_str)
}

/// The schemas that stand directly inside a schema, each with the piece that it adds to a path.
pub(super) fn children(schema: &Map<String, Value>) -> impl Iterator<Item = (String, &Value)> {
    schema.iter().flat_map(|(key, value)| {
        let inner: Vec<(String, &Value)> = match (key.as_str(), value) {
            ("properties" | "patternProperties" | "dependentSchemas", Value::Object(members)) => {
                members.iter().map(|(name, child)| (format!(".{name}"), child)).collect()
            }
            ("items", Value::Array(items)) | ("prefixItems", Value::Array(items)) => {
                items.iter().enumerate().map(|(at, child)| (format!("[{at}]"), child)).collect()
            }
            ("items" | "contains" | "additionalItems" | "unevaluatedItems", child) => vec![("[]".to_owned(), child)],
            ("additionalProperties" | "unevaluatedProperties", child) => vec![(".*".to_owned(), child)],
            ("not" | "if" | "then" | "else" | "propertyNames", child) => vec![(String::new(), child)],
            ("anyOf" | "oneOf" | "allOf", Value::Array(branches)) => {
                branches.iter().map(|child| (String::new(), child)).collect()
            }
            _ => Vec::new(),
        };
        inner
    })
}

/// Refuses references that lead nowhere and lists of nothing, and tells of those that lead out of the schema.
pub(super) fn check(root: &Value, losses: &mut Vec<Loss>) -> Result<(), Illegal> {
    let mut waiting = vec![(String::new(), root, 0)];
    let defs = ["$defs", "definitions"].into_iter().filter_map(|key| root.get(key)?.as_object());
    for (name, def) in defs.flatten() {
        waiting.push((format!("$defs.{name}"), def, 0));
    }
    while let Some((path, schema, depth)) = waiting.pop() {
        let Value::Object(members) = schema else { continue };
        if depth > LEVELS {
            let why = "nested deeper than 64 levels, which no provider takes; make it flatter";
            return Err(Illegal::new(&path, why));
        }
        if let Some(key) = ["enum", "anyOf", "oneOf"].into_iter().find(|key| is_empty_list(members, key)) {
            return Err(Illegal::new(&path, format!("`{key}` lists nothing, so no value fits; write one, or drop it")));
        }
        if let Some(target) = reference(members) {
            if target.starts_with('#') {
                // a name that is not a pointer is an anchor, which only the service's own reader finds
                if target == "#" || target.starts_with("#/") {
                    resolve(root, target, &path)?;
                }
            } else {
                losses.push(Loss::new(&path, "$ref", format!("`{target}` is outside the schema; no model sees it")));
            }
        }
        waiting.extend(children(members).map(|(piece, child)| (join(&path, &piece), child, depth + 1)));
    }
    Ok(())
}

fn is_empty_list(members: &Map<String, Value>, key: &str) -> bool {
    members.get(key).and_then(Value::as_array).is_some_and(Vec::is_empty)
}

/// A path with a piece more.
pub(super) fn join(path: &str, piece: &str) -> String {
    if path.is_empty() { piece.trim_start_matches('.').to_owned() } else { format!("{path}{piece}") }
}
