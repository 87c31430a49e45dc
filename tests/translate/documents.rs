//! Documents, results of searches and other parts of an Anthropic client's request: back to Anthropic as they came, and
//! elsewhere as far as the wire can say them.

use fcall::protocol::Protocol;
use serde_json::{Value, json};

use crate::{PROTOCOLS, sent};

/// A request of a client of Anthropic's: these parts of a user, or of the result of a call.
fn of_user(content: &Value) -> Value {
    json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": content}]})
}

fn of_result(content: &Value) -> Value {
    let call = json!({"type": "tool_use", "id": "t1", "name": "now", "input": {}});
    let result = json!({"type": "tool_result", "tool_use_id": "t1", "content": content});
    json!({"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"},
        {"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]})
}

/// Anthropic gets the parts as they were, wherever they stand, and nothing is told as lost.
#[track_caller]
fn check_kept(content: &Value) {
    for body in [of_user(content), of_result(content)] {
        let (there, losses) = sent(Protocol::Anthropic, Protocol::Anthropic, &body);
        let last = body["messages"].as_array().map_or(0, Vec::len) - 1;
        let (came, goes) = (&body["messages"][last]["content"], &there["messages"][last]["content"]);
        let list =
            |content: &Value| content[0].get("tool_use_id").map_or(content.clone(), |_| content[0]["content"].clone());
        assert_eq!(list(came), list(goes));
        assert_eq!(losses, Vec::<String>::new());
    }
}

fn elsewhere() -> impl Iterator<Item = Protocol> {
    PROTOCOLS.into_iter().filter(|service| *service != Protocol::Anthropic)
}

#[test]
fn a_document_keeps_what_is_said_beside_it() {
    let pdf = json!({"type": "base64", "media_type": "application/pdf", "data": "JVBERi0="});
    let cited =
        json!([{"type": "document", "title": "T", "source": pdf, "citations": {"enabled": true}, "context": "c"}]);
    let not = json!([{"type": "document", "source": pdf, "citations": {"enabled": false}}]);
    check_kept(&cited);
    check_kept(&not);
    for service in elsewhere() {
        for body in [of_user, of_result] {
            let (there, losses) = sent(Protocol::Anthropic, service, &body(&cited));
            assert!(there.to_string().contains("JVBERi0="), "{service}: {there}");
            for key in ["citations", "context"] {
                assert!(losses.iter().any(|loss| loss.contains(&format!(" {key}: "))), "{service}: {losses:?}");
            }
            // That nothing is cited is what all others do.
            let losses = sent(Protocol::Anthropic, service, &body(&not)).1;
            assert!(!losses.iter().any(|loss| loss.contains("citations")), "{service}: {losses:?}");
        }
    }
}
