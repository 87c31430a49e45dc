//! What an Anthropic service refuses of an Anthropic client's request.

use fcall::protocol::Protocol;
use serde_json::{Value, json};

use crate::{PROTOCOLS, sent};

fn asked(messages: &Value) -> Value {
    json!({"model": "m", "max_tokens": 9, "messages": messages})
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
