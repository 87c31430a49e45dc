//! What an Anthropic service refuses of an Anthropic client's request.

use fcall::protocol::Protocol;
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
