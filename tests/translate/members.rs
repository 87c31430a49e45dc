//! What a client of Chat Completions says of a message besides its text and its calls.

use fcall::{
    message::Part,
    protocol::{Dialect, Protocol, Translator},
};
use serde_json::{Value, json};

use crate::openai::{CHAT, RESPONSES, said, sent};

/// To the service of another company that speaks Chat Completions, which takes thinking back.
#[track_caller]
fn said_to_gateway(messages: &Value) -> (Value, Vec<String>) {
    let dialect = Dialect::of(CHAT, "https://openrouter.ai/api/v1", "m");
    let body = json!({"model": "m", "messages": messages}).to_string();
    let translated = Translator::new(CHAT, CHAT).dialect(dialect).request(body.as_bytes(), None).expect("a request");
    let body: Value = serde_json::from_slice(&translated.body).expect("JSON");
    (body["messages"].clone(), translated.losses.iter().map(ToString::to_string).collect())
}

#[test]
fn what_is_said_of_a_message_is_kept_for_its_own_wire_and_told_to_others() {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "look", "arguments": "{}"}});
    let (user, answer) = (json!({"role": "user", "content": "Hi"}), json!("18 C"));
    let signed = json!({"google": {"thought_signature": "c2ln"}});
    let details = json!([{"type": "reasoning.encrypted", "data": "ZGF0YQ==", "index": 0}]);
    let cases = [
        ("name", json!([{"role": "system", "content": "Be brief.", "name": "boss"}, user])),
        ("name", json!([{"role": "user", "content": "Hi", "name": "ann"}])),
        (
            "name",
            json!([{"role": "user", "content": [{"type": "text", "text": "Hi"}, {"type": "text", "text": "!"}],
            "name": "ann"}]),
        ),
        ("name", json!([user, {"role": "assistant", "content": "Hello", "name": "bob"}, user])),
        (
            "reasoning_details",
            json!([user, {"role": "assistant", "content": "Hello", "reasoning_details": details}, user]),
        ),
        ("extra_content", json!([user, {"role": "assistant", "content": "Hello", "extra_content": signed}, user])),
        ("audio", json!([user, {"role": "assistant", "content": "", "audio": {"id": "audio_1"}}, user])),
        ("prefix", json!([user, {"role": "assistant", "content": "Once upon", "prefix": true}])),
        ("house_key", json!([user, {"role": "assistant", "content": "Hello", "house_key": {"name": 1}}, user])),
        (
            "thinking",
            json!([user, {"role": "assistant", "content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": "Hm."}]}, {"type": "text", "text": "Hello"}]}, user]),
        ),
        (
            "house_key",
            json!([user, {"role": "assistant", "content": null, "tool_calls": [call("call_1")]},
            {"role": "tool", "tool_call_id": "call_1", "content": answer, "house_key": 1}]),
        ),
    ];
    for (key, messages) in &cases {
        let (same, losses) = said_to_gateway(messages);
        assert_eq!((&same, losses), (messages, vec![]), "{key}");
        for service in [RESPONSES, Protocol::Anthropic, Protocol::Gemini] {
            let (body, losses) = said(service, messages);
            assert!(losses.iter().any(|loss| loss.contains(&format!("`{key}`"))), "{service}: {key}: {losses:?}");
            assert!(!body.to_string().contains(&format!("\"{key}\"")), "{service}: {key}: {body}");
        }
    }
    // The name of a function goes with its result, and other wires have it of the call.
    let named = json!([user, {"role": "assistant", "content": null, "tool_calls": [call("call_1")]},
        {"role": "tool", "tool_call_id": "call_1", "content": answer, "name": "look"}]);
    assert_eq!(said_to_gateway(&named), (named.clone(), vec![]));
    for service in [RESPONSES, Protocol::Anthropic, Protocol::Gemini] {
        assert_eq!(said(service, &named).1, [""; 0], "{service}");
    }
}

/// OpenAI's own service refuses what others put there; that is told.
#[test]
fn a_service_that_takes_no_thinking_back_is_not_sent_any() {
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "look", "arguments": "{}"},
        "extra_content": {"google": {"thought_signature": "c2ln"}}});
    let messages = json!([{"role": "user", "content": "Hi"},
        {"role": "assistant", "content": null, "tool_calls": [call], "reasoning_details": [{"type": "x"}], "name": "bob"},
        {"role": "tool", "tool_call_id": "call_1", "content": "18 C"}]);
    let (body, losses) = said(CHAT, &messages);
    assert_eq!(body["messages"][1]["name"], "bob");
    for key in ["extra_content", "reasoning_details"] {
        assert!(!body.to_string().contains(key), "{body}");
        assert!(losses.iter().any(|loss| loss.contains(key)), "{key}: {losses:?}");
    }
}

#[test]
fn how_closely_an_image_is_to_be_looked_at_is_said_on_both_wires() {
    let address = "https://example.com/a.png";
    for detail in ["low", "high"] {
        let chat = json!([{"role": "user", "content": [{"type": "text", "text": "Look"},
            {"type": "image_url", "image_url": {"url": address, "detail": detail}}]}]);
        let input = json!([{"role": "user", "content": [{"type": "input_text", "text": "Look"},
            {"type": "input_image", "image_url": address, "detail": detail}]}]);
        for (client, key, asked) in [(CHAT, "messages", &chat), (RESPONSES, "input", &input)] {
            for (service, key_there, expected) in [(CHAT, "messages", &chat), (RESPONSES, "input", &input)] {
                let (body, losses) = sent(client, service, &json!({"model": "m", key: asked}));
                assert_eq!((&body[key_there], losses), (expected, vec![]), "{client} to {service}");
            }
            let (_, losses) = sent(client, Protocol::Anthropic, &json!({"model": "m", key: asked}));
            assert!(losses.iter().any(|loss| loss.contains("detail")), "{client}: {losses:?}");
        }
    }
}

#[test]
fn a_sound_keeps_its_format() {
    for format in ["flac", "wav", "mp3"] {
        let sound = json!({"type": "input_audio", "input_audio": {"data": "aGk=", "format": format}});
        let messages = json!([{"role": "user", "content": [{"type": "text", "text": "Listen"}, sound]}]);
        let (body, losses) = said(CHAT, &messages);
        assert_eq!((&body["messages"], losses), (&messages, vec![]));
    }
}

/// Without ids an answer is known by the name of the function.
#[test]
fn the_old_form_of_a_call_is_a_call() {
    let messages = json!([{"role": "user", "content": "Weather?"},
        {"role": "assistant", "content": null, "function_call": {"name": "look", "arguments": "{\"city\":\"Oslo\"}"}},
        {"role": "function", "name": "look", "content": "18 C"},
        {"role": "assistant", "content": null, "function_call": {"name": "look", "arguments": "{\"city\":\"Rome\"}"}},
        {"role": "function", "name": "look", "content": "30 C"}, {"role": "user", "content": "Thanks"}]);
    let (body, losses) = said(CHAT, &messages);
    assert_eq!((&body["messages"], losses), (&messages, vec![]));
    for service in [RESPONSES, Protocol::Anthropic, Protocol::Gemini] {
        let (body, losses) = said(service, &messages);
        assert_eq!(losses, [""; 0], "{service}: {body}");
        let read = service.read_request(body.to_string().as_bytes()).expect("a request");
        let calls: Vec<_> = read.messages.iter().flat_map(|said| said.tool_calls()).collect();
        let results = read.messages.iter().flat_map(|said| &said.parts).filter_map(|part| match part {
            Part::ToolResult(result) => Some(result),
            _ => None,
        });
        let pairs: Vec<_> = calls
            .iter()
            .zip(results)
            .map(|(call, result)| {
                assert_eq!(call.id, result.call_id, "{service}: {body}");
                (call.arguments.as_str(), result.to_text())
            })
            .collect();
        assert_eq!(pairs, [(r#"{"city":"Oslo"}"#, "18 C".to_owned()), (r#"{"city":"Rome"}"#, "30 C".to_owned())]);
    }
}

/// An answer without a call says at least whose it is.
#[test]
fn a_result_without_its_call_keeps_the_name() {
    for result in [
        json!({"role": "function", "name": "look", "content": "18 C"}),
        json!({"role": "tool", "tool_call_id": "call_9", "name": "look", "content": "18 C"}),
    ] {
        let (body, losses) = said(CHAT, &json!([{"role": "user", "content": "Hi"}, result]));
        assert_eq!(body["messages"][0]["content"], "[result of an earlier call of look] 18 C", "{body}");
        assert_eq!(losses.len(), 1, "{losses:?}");
    }
}
