//! What fuzzing and made-up conversations have found, each as the smallest reply or request that shows it.

use fcall::{message::Part, protocol::Protocol};

use crate::invariants::{assemble, hear, stream};

/// An item of reasoning may say as content what its events said as a summary: a stream written from such an item does.
#[test]
fn reasoning_is_not_heard_twice() {
    let item = r#"{"id":"rs_1","type":"reasoning","summary":[],"content":[{"type":"reasoning_text","text":"Hm."}]}"#;
    let reply = format!(r#"{{"id":"r","object":"response","status":"completed","output":[{item}]}}"#);
    let whole = hear(Protocol::OpenAiResponses, reply.as_bytes(), usize::MAX);
    let events = stream(Protocol::OpenAiResponses, &whole.deltas);
    let streamed = hear(Protocol::OpenAiResponses, &events, usize::MAX);
    for heard in [whole, streamed] {
        let [Part::Reasoning(thought)] = &assemble(&heard.deltas).message.parts[..] else { panic!("{heard:?}") };
        assert_eq!(thought.text, "Hm.");
        assert_eq!(thought.origin.as_ref().map(|origin| origin.json.as_str()), Some(item));
    }
}
