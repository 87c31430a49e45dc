//! The recorded conversations that a provider refused: what is wrong with them is found before anything is sent.
//!
//! Of those that were accepted nothing of the kind may be said. Reads the corpus at `FCALL_CORPUS`, and says so where
//! there is none.

use std::{fs, path::PathBuf};

use fcall::{
    message::{Part, ToolResult},
    protocol::{Dialect, Encoded, Protocol},
    schema::Loss,
};
use serde_json::Value;

/// Where a provider of the corpus is, as far as its dialect is known by that.
fn base_url(provider: &str) -> &'static str {
    match provider {
        "anthropic" => "https://api.anthropic.com",
        "openai" => "https://api.openai.com/v1",
        "azure" => "https://house.openai.azure.com/openai/v1",
        "deepseek" => "https://api.deepseek.com",
        "groq" => "https://api.groq.com/openai/v1",
        "mistral" => "https://api.mistral.ai/v1",
        "xai" => "https://api.x.ai/v1",
        "openrouter" => "https://openrouter.ai/api/v1",
        "chatgpt" => "https://chatgpt.com/backend-api/codex",
        "copilot" => "https://api.githubcopilot.com",
        "gemini-openai" => "https://generativelanguage.googleapis.com/v1beta/openai",
        _ => "https://compatible.example/v1",
    }
}

/// The body of a record, read by a server and written for the provider that it was sent to.
fn sent_again(case: &Value) -> fcall::Result<Encoded> {
    let protocol: Protocol = case["protocol"].as_str().expect("a protocol").parse().expect("a known one");
    let read = protocol.read_request(case["native"].to_string().as_bytes())?;
    let model = case["body"]["model"].as_str().unwrap_or_default();
    let provider = case["provider"].as_str().expect("a provider");
    protocol.encode(model, &Dialect::of(protocol, base_url(provider), model), &read.request())
}

/// What is told of a request that the provider would refuse: not what is only said in another way.
fn is_finding(loss: &Loss) -> bool {
    let harmless = ["kept in the description", "takes none of this origin back"];
    !harmless.iter().any(|way| loss.why.contains(way))
}

/// What stands in the way, by record; the words in which it must be told.
const REFUSED: &[(&str, &str)] = &[
    ("pydantic-ai/1caf65ebb4/0/req", "a text between calls"),
    ("rig/6c9fbd773c/0/req", "any value at all, where arguments are an object"),
    ("rig/c8cec199f0/0/req", "`value`: any value at all has no form here"),
    ("rig/6f882d00d4/0/req", "the root refers to itself"),
    ("rig/dac15c122c/0/req", "refers to `#/$defs/Missing`, which is not there"),
    ("rig/2979fa003a/0/req", "outside the schema"),
    ("rig/2fb60a2030/0/req", "`next`: a type that contains itself has no form here"),
    ("rig/9e942d2d12/0/req", "the root must be `\"type\": \"object\"`"),
    ("rig/dbc000f1dc/0/req", "the root must be `\"type\": \"object\"`"),
    ("rig/e79f8de4a4/0/req", "refused at the root of a tool's parameters"),
    ("rig/3b970b43c3/0/req", "refused at the root of a tool's parameters"),
];
/// Nothing is wrong with this one: the model's call was, and the service says so in its reply.
const FAULT_OF_THE_MODEL: &str = "pydantic-ai/515ed21bf3/0/req";

#[test]
fn refused_conversations_are_told_of_and_accepted_ones_are_not() {
    let Some(corpus) = std::env::var_os("FCALL_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: FCALL_CORPUS does not say where the corpus is");
        return;
    };
    let text = fs::read_to_string(corpus.join("requests.jsonl")).expect("the recorded conversations");
    let (mut accepted, mut refused, mut wrong) = (0, 0, Vec::new());
    for line in text.lines() {
        let case: Value = serde_json::from_str(line).expect("a record");
        let id = case["id"].as_str().expect("an id");
        let told = match sent_again(&case) {
            Ok(encoded) => encoded.losses.into_iter().filter(is_finding).map(|loss| loss.to_string()).collect(),
            Err(error) => vec![error.to_string()],
        };
        if case["accepted"] == true {
            accepted += 1;
            if !told.is_empty() {
                wrong.push(format!("{id} was accepted: {told:?}"));
            }
            continue;
        }
        refused += 1;
        match REFUSED.iter().find(|(known, _)| *known == id) {
            Some((_, words)) if told.iter().any(|finding| finding.contains(words)) => {}
            None if id == FAULT_OF_THE_MODEL && told.is_empty() => {}
            _ => wrong.push(format!("{id} was refused: {told:?}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!((accepted, refused), (768, 12));
}

#[test]
fn a_call_that_the_service_refused_is_told_by_its_name() {
    let body = br#"{"error":{"message":"Tool call validation failed","type":"invalid_request_error",
        "code":"tool_use_failed","failed_generation":"{\"name\": \"now\"}"}}"#;
    let error = Protocol::OpenAiChat.decode_error(400, body);
    assert_eq!(error.code(), Some("tool_use_failed"));
}

#[test]
fn conversations_that_every_provider_refuses_are_told_of() {
    // An unanswered call is answered, an answer to nothing becomes a text, a doubled id is made another: each is told
    // or leaves nothing to refuse.
    let text = |id: &str, text: &str| {
        Part::ToolResult(ToolResult::text(&fcall::message::ToolCall::new(id, "now", "{}"), text))
    };
    let stray = fcall::Message::new(fcall::message::Role::Tool, vec![text("call_9", "noon")]);
    let messages = [fcall::Message::user("Hi"), stray];
    let (tools, options) = (fcall::message::ToolSpecs::default(), fcall::message::RequestOptions::default());
    let request = fcall::message::Request::new(&messages, &tools, &options);
    for protocol in Protocol::ALL {
        let encoded = protocol.encode("m", &Dialect::official(protocol, "m"), &request).expect("a request");
        assert_eq!(encoded.losses.len(), 1, "{protocol}");
        assert_eq!(encoded.losses[0].keyword, "tool_result", "{protocol}");
    }
}
