//! The schemas that were sent to providers, and whether they were taken.

use std::{env, fs, path::Path};

use fcall::{
    schema::Form,
    serde_json::{self, Value},
};

use super::rules::broken;

/// The tools that a service refused: what it said, and what is said here before it can.
const REFUSED: &[(&str, &str, &str)] = &[
    (
        "record_unconstrained_value",
        "For 'object' type, property 'properties' is not supported",
        "`value`: any value at all has no form here",
    ),
    ("record_cyclic_alias", "input_schema.type: Field required", "the root refers to itself"),
    ("record_dangling_ref", "input_schema.type: Field required", "refers to `#/$defs/Missing`, which is not there"),
    (
        "record_external_ref",
        "input_schema.type: Field required",
        "refers to `https://example.com/schemas/input.json`, outside the schema",
    ),
    ("record_linked_node", "Circular reference detected", "`next`: a type that contains itself has no form here"),
    (
        "record_scalar_ref",
        "input_schema.type: Input should be 'object'",
        "the root must be `\"type\": \"object\"`, not",
    ),
    (
        "record_scalar_root",
        "input_schema.type: Input should be 'object'",
        "the root must be `\"type\": \"object\"`, not",
    ),
    ("record_root_any_of", "input_schema.type: Field required", "anyOf: refused at the root of a tool's parameters"),
];

#[test]
fn what_providers_took_is_sendable_and_what_they_refused_is_refused_for_their_reason() {
    let Some(corpus) = env::var_os("FCALL_CORPUS") else {
        println!("skipped: FCALL_CORPUS names no corpus");
        return;
    };
    let text = fs::read_to_string(Path::new(&corpus).join("schemas/recorded.jsonl")).expect("the corpus has schemas");
    let (mut taken, mut refused) = (0, 0);
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a line of JSON");
        let strict = case["strict"] == true;
        let form = match case["protocol"].as_str() {
            Some("anthropic") if strict => Form::AnthropicStrict,
            Some("anthropic") => Form::Anthropic,
            Some("gemini") => Form::GeminiJson,
            _ if strict => Form::OpenAiStrict,
            _ => Form::OpenAi,
        };
        let fitted = form.fit(&case["schema"].to_string());
        if case["accepted"] == true {
            let fitted = fitted.unwrap_or_else(|fault| panic!("{}: {fault}", case["id"]));
            let sent = serde_json::from_str(&fitted.json).expect("JSON");
            assert_eq!(broken(form, &sent), [""; 0], "{}: {sent}", case["id"]);
            taken += 1;
        } else {
            let id = case["id"].as_str().unwrap_or_default();
            let (_, theirs, ours) = REFUSED
                .iter()
                .find(|(tool, ..)| id.ends_with(tool))
                .unwrap_or_else(|| panic!("{id} has no reason here: {}", case["message"]));
            assert!(case["message"].as_str().is_some_and(|message| message.contains(theirs)), "{id}: {case}");
            let why = match &fitted {
                Err(fault) => fault.to_string(),
                // what can be said otherwise is, and that is told
                Ok(fitted) => {
                    let sent = serde_json::from_str(&fitted.json).expect("JSON");
                    assert_eq!(broken(form, &sent), [""; 0], "{id}: {sent}");
                    fitted.losses.iter().map(|loss| format!("{loss}\n")).collect()
                }
            };
            assert!(why.contains(ours), "{id}: expected {ours:?}, for which the service said {theirs:?}; got {why:?}");
            refused += 1;
        }
    }
    assert_eq!((taken, refused), (309, 8));
}
