//! Every function of the Berkeley Function-Calling Leaderboard, written as Rust: it compiles, its schema means what was
//! recorded, and every recorded call arrives with exactly its arguments.
//!
//! The corpus is not part of the repository: `FCALL_CORPUS` says where it is, and without it there is nothing to test.
//! The program that `generate` writes is built below `target/` with the workspace's own target directory.

mod generate;
#[path = "../program/mod.rs"]
mod program;

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
};

use serde_json::{Map, Value, json};

fn read(corpus: &Path, file: &str) -> Vec<Value> {
    let path = corpus.join("bfcl").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What the program says of itself, and of each call.
fn answers(binary: &Path, calls: &[(usize, &Value)]) -> Vec<Value> {
    let line = |(tool, call): &(usize, &Value)| json!([tool, call["arguments"].to_string()]).to_string();
    let lines: Vec<String> = calls.iter().map(line).collect();
    let answers = program::answers(binary, &lines);
    answers.iter().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn every_function_and_every_call() {
    let Some(corpus) = env::var_os("FCALL_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: FCALL_CORPUS does not say where the functions are");
        return;
    };
    let (tools, calls) = (read(&corpus, "tools.json"), read(&corpus, "calls.json"));
    let places: HashMap<&str, usize> =
        tools.iter().enumerate().filter_map(|(at, tool)| Some((tool["id"].as_str()?, at))).collect();
    let asked: Vec<(usize, &Value)> =
        calls.iter().map(|call| (places[call["tool_id"].as_str().expect("the id of a tool")], call)).collect();
    let binary = program::build("bfcl", &generate::program(&tools));
    let said = answers(&binary, &asked);
    let (specs, results) = said.split_at(tools.len());
    let mut failures = Vec::new();
    for (tool, spec) in tools.iter().zip(specs) {
        let (ours, recorded) = (meaning(&spec["schema"], true), meaning(&tool["schema"], true));
        if ours != recorded
            || spec["name"] != tool["name"]
            || words(&spec["description"]) != words(&tool["description"])
        {
            failures.push(format!("{}: schema\n  ours {ours}\n  recorded {recorded}", tool["id"]));
        }
    }
    for ((_, call), result) in asked.iter().zip(results) {
        if number_alike(result) != number_alike(&call["returns"]) {
            failures.push(format!("{}: got {result}\n  sent {}", call["id"], call["arguments"]));
        }
    }
    let (shown, all) = (failures.iter().take(20).cloned().collect::<Vec<_>>().join("\n"), failures.len());
    assert!(all == 0, "{all} of {} functions and {} calls:\n{shown}", tools.len(), calls.len());
    assert_eq!(results.len(), calls.len());
    println!("{} functions, {} calls", tools.len(), calls.len());
}

fn words(text: &Value) -> Vec<&str> {
    text.as_str().unwrap_or_default().split_whitespace().collect()
}

/// A schema without what makes no difference: the spacing of descriptions, the order of keys, that a nested field which
/// may be left out may also be null (serde takes both), and that a free object's values are anything.
fn meaning(schema: &Value, required: bool) -> Value {
    let Value::Object(members) = schema else { return schema.clone() };
    let is_required = |name: &str| {
        members.get("required").and_then(Value::as_array).is_some_and(|names| names.contains(&json!(name)))
    };
    let mut same: Map<String, Value> = Map::new();
    let mut keys: Vec<&String> = members.keys().collect();
    keys.sort_unstable();
    for key in keys {
        let value = &members[key];
        let value = match (key.as_str(), value) {
            ("description", text) if words(text).is_empty() => continue,
            ("description", text) => json!(words(text).join(" ")),
            ("type", Value::Array(types)) if !required => {
                json!(types.iter().find(|kind| **kind != json!("null")))
            }
            ("enum", Value::Array(values)) if !required => {
                values.iter().filter(|value| !value.is_null()).cloned().collect()
            }
            ("required", Value::Array(names)) if names.is_empty() => continue,
            ("required", Value::Array(names)) => {
                let mut names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
                names.sort_unstable();
                json!(names)
            }
            ("properties", Value::Object(fields)) if fields.is_empty() => continue,
            ("properties", Value::Object(fields)) => {
                let mut fields: Vec<_> =
                    fields.iter().map(|(name, field)| (name.clone(), meaning(field, is_required(name)))).collect();
                fields.sort_by(|a, b| a.0.cmp(&b.0));
                Value::Object(fields.into_iter().collect())
            }
            ("additionalProperties", Value::Object(any)) if any.is_empty() => continue,
            ("items", items) => meaning(items, true),
            (_, value) => value.clone(),
        };
        same.insert(key.clone(), value);
    }
    Value::Object(same)
}

/// 5 and 5.0 are the same number; the order of keys means nothing.
fn number_alike(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(values) => values.iter().map(number_alike).collect(),
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().map(|(key, value)| (key.clone(), number_alike(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        other => other.clone(),
    }
}
