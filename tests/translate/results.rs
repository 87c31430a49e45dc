//! What a protocol puts into a tool's answer and no other has.

use fcall::{
    message::{Content, Message, Origin, Part, Request, RequestOptions, ToolCall, ToolResult, ToolSpecs},
    protocol::{Dialect, Protocol},
};

use crate::PROTOCOLS;

/// It goes back to its own protocol, and is told where it is left out.
#[test]
fn a_piece_that_only_one_protocol_has_is_kept_there() {
    let json = r#"{"type":"house_piece","of":[1]}"#;
    for from in PROTOCOLS {
        let call = ToolCall::new("call_1", "look_up", "{}");
        let pieces = vec![Content::Text("found".to_owned()), Content::Opaque(Origin::new(from.name(), json))];
        let result = ToolResult::new(&call, pieces, false);
        let mut asked = Message::assistant("");
        asked.parts = vec![Part::ToolCall(call)];
        let messages = [Message::user("Look it up."), asked, Message::tool_results([result])];
        let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
        for to in PROTOCOLS {
            let request = Request::new(&messages, &tools, &options);
            let encoded = to.encode("m", &Dialect::official(to, "m"), &request).expect("a request");
            let body = String::from_utf8_lossy(&encoded.body).into_owned();
            assert!(body.contains("found"), "{from} to {to}: {body}");
            assert_eq!(body.contains(json), from == to, "{from} to {to}: {body}");
            let told = encoded.losses.iter().any(|loss| loss.why.contains("`house_piece`"));
            assert_eq!(told, from != to, "{from} to {to}: {:?}", encoded.losses);
            if from == to && from == Protocol::Gemini {
                let read = to.read_request(&encoded.body).expect("what was written");
                let again = to.encode("m", &Dialect::official(to, "m"), &read.request()).expect("a request");
                assert!(String::from_utf8_lossy(&again.body).contains(json), "{from}: read and written");
            }
        }
    }
}
