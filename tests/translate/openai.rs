//! What OpenAI's two wires say and the others don't, or say otherwise: kept where it can be, told where not.

use fcall::protocol::{Protocol, Translator};
use serde_json::{Value, json};

const CHAT: Protocol = Protocol::OpenAiChat;
const RESPONSES: Protocol = Protocol::OpenAiResponses;

/// A client's request as the service gets it, and what is told of it.
#[track_caller]
fn sent(client: Protocol, service: Protocol, body: &Value) -> (Value, Vec<String>) {
    let translated = Translator::new(client, service).request(body.to_string().as_bytes(), Some("m"));
    let translated = translated.unwrap_or_else(|e| panic!("{client} to {service}: {e}"));
    let losses = translated.losses.iter().map(ToString::to_string).collect();
    (serde_json::from_slice(&translated.body).expect("JSON"), losses)
}

/// The same of a request of Chat Completions with these messages.
#[track_caller]
fn said(service: Protocol, messages: Value) -> (Value, Vec<String>) {
    sent(CHAT, service, &json!({"model": "m", "messages": messages}))
}

const CALLED: &str = "ls -l | wc";

#[test]
fn a_call_of_a_free_text_tool_stays_one() {
    let call = json!({"id": "call_1", "type": "custom", "custom": {"name": "sh", "input": CALLED}});
    let chat = json!([{"role": "user", "content": "Count"},
        {"role": "assistant", "content": null, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "3"}]);
    let (same, losses) = said(CHAT, chat.clone());
    assert_eq!((&same["messages"], losses), (&chat, vec![]));

    let (other, losses) = said(RESPONSES, chat.clone());
    let items = json!([{"role": "user", "content": "Count"},
        {"type": "custom_tool_call", "call_id": "call_1", "name": "sh", "input": CALLED},
        {"type": "custom_tool_call_output", "call_id": "call_1", "output": "3"}]);
    assert_eq!((&other["input"], losses), (&items, vec![]));
    let (back, losses) = sent(RESPONSES, CHAT, &json!({"model": "m", "input": items}));
    assert_eq!((&back["messages"], losses), (&chat, vec![]));

    // The others know no such call: what the model wrote stands in the result.
    for service in [Protocol::Anthropic, Protocol::Gemini] {
        let (body, losses) = said(service, chat.clone());
        assert!(body.to_string().contains(CALLED), "{service}: {body}");
        assert!(losses.iter().any(|loss| loss.contains("arguments")), "{service}: {losses:?}");
    }
}
