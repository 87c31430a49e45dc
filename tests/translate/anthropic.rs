//! What an Anthropic service refuses of an Anthropic client's request.

use fcall::protocol::{Dialect, Protocol, Translator};
use serde_json::{Value, json};

use crate::{PROTOCOLS, sent};

fn asked(messages: &Value) -> Value {
    json!({"model": "m", "max_tokens": 9, "messages": messages})
}

#[test]
fn thinking_without_a_signature_does_not_go_back() {
    let said = |thinking: &Value| {
        let content = json!([thinking, {"type": "text", "text": "Hello."}]);
        let user = |text: &str| json!({"role": "user", "content": [{"type": "text", "text": text}]});
        asked(&json!([user("Hi"), {"role": "assistant", "content": content}, user("And?")]))
    };
    for unsigned in [
        json!({"type": "thinking", "thinking": "th", "signature": ""}),
        json!({"type": "thinking", "thinking": "th"}),
        json!({"type": "thinking", "thinking": "th", "signature": null}),
    ] {
        let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &said(&unsigned));
        assert_eq!(there["messages"][1]["content"], json!([{"type": "text", "text": "Hello."}]), "{there}");
        assert_eq!(losses.len(), 1, "{losses:?}");
        assert!(losses[0].contains("signed thinking"), "{losses:?}");
    }
    let signed = said(&json!({"type": "thinking", "thinking": "", "signature": "c2ln"}));
    let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &signed);
    assert_eq!((&there["messages"], losses.len()), (&signed["messages"], 0));
}

#[test]
fn the_mark_of_a_whole_request_is_one_of_four() {
    let mark = || json!({"type": "ephemeral"});
    let text = |n: usize| json!({"type": "text", "text": format!("t{n}"), "cache_control": mark()});
    let tool = json!({"name": "now", "input_schema": {"type": "object"}, "cache_control": mark()});
    let hosted = json!({"type": "web_search_20250305", "name": "web_search", "cache_control": mark()});
    for tools in [json!([]), json!([tool]), json!([tool, hosted])] {
        let mut body = asked(&json!([{"role": "user", "content": (0..5).map(text).collect::<Value>()}]));
        body["system"] = json!([text(9)]);
        body["cache_control"] = mark();
        body["tools"] = tools;
        let all = body.to_string().matches("cache_control").count();
        let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &body);
        assert_eq!(there["cache_control"], mark(), "{there}");
        assert_eq!(there.to_string().matches("cache_control").count(), 4, "{there}");
        assert_eq!(losses.len(), all - 4, "{losses:?}");
    }
    // One more than there is room for where nothing has another to give up.
    let mut body = asked(&json!([{"role": "user", "content": [text(0)]}]));
    body["system"] = json!([text(9)]);
    body["cache_control"] = mark();
    body["tools"] = json!([tool, hosted]);
    let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &body);
    assert_eq!((there.to_string().matches("cache_control").count(), losses.len()), (4, 1), "{there}: {losses:?}");
}

#[test]
fn a_turn_of_the_user_without_words_is_told() {
    let blank = json!([{"type": "text", "text": ""}]);
    for messages in [
        json!([{"role": "user", "content": blank}]),
        json!([{"role": "user", "content": " "}]),
        json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}, {"role": "user", "content": blank}]),
    ] {
        let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &asked(&messages));
        let written = there["messages"].as_array().map(Vec::len);
        assert_eq!(written, messages.as_array().map(|messages| messages.len() - 1), "{there}");
        assert_eq!(losses.len(), 1, "{losses:?}");
        assert!(losses[0].contains("text"), "{losses:?}");
    }
    // Beside other parts nothing is missing.
    let beside =
        asked(&json!([{"role": "user", "content": [{"type": "text", "text": ""}, {"type": "text", "text": "Hi"}]}]));
    assert_eq!(sent(Protocol::Anthropic, Protocol::Anthropic, &beside).1, Vec::<String>::new());
}

#[test]
fn a_result_that_says_nothing_of_errors_is_none() {
    let call = json!({"type": "tool_use", "id": "t1", "name": "now", "input": {}});
    let result = json!({"type": "tool_result", "tool_use_id": "t1", "is_error": null, "content": "noon"});
    let body = asked(&json!([{"role": "user", "content": "Hi"}, {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result]}]));
    for service in PROTOCOLS {
        let (there, losses) = sent(Protocol::Anthropic, service, &body);
        assert!(there.to_string().contains("noon") && losses.is_empty(), "{service}: {there}: {losses:?}");
    }
}

/// The service refuses calls and results of tools that a request does not name: the client declares them, and who only writes
/// says no more than was asked.
#[test]
fn tools_that_were_called_before_are_declared() {
    let call = |id: &str| json!({"id": id, "type": "function", "function": {"name": "now", "arguments": "{}"}});
    let called = json!({"model": "m", "messages": [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": null, "tool_calls": [call("c1"), call("c2")]},
        {"role": "tool", "tool_call_id": "c1", "content": "noon"},
        {"role": "tool", "tool_call_id": "c2", "content": "noon"},
        {"role": "user", "content": "And?"},
    ]});
    let plain = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
    let of_client = Dialect::of(Protocol::Anthropic, "https://example.com", "m");
    for (body, dialect, declared) in [
        (&called, of_client.clone(), json!([{"name": "now", "input_schema": {"type": "object"}}])),
        (&called, Dialect::official(Protocol::Anthropic, "m"), Value::Null),
        (&plain, of_client, Value::Null),
    ] {
        let translator = Translator::new(Protocol::OpenAiChat, Protocol::Anthropic).dialect(dialect);
        let there = translator.request(body.to_string().as_bytes(), Some("m")).expect("a request");
        let sent: Value = serde_json::from_slice(&there.body).expect("JSON");
        assert_eq!(sent["tools"], declared, "{sent}");
        let choice = if declared.is_null() { Value::Null } else { json!({"type": "none"}) };
        assert_eq!(sent["tool_choice"], choice, "{sent}");
        assert!(there.losses.is_empty(), "{:?}", there.losses);
    }
}
