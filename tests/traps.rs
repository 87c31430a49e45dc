//! The traps of the four wires: each is held by a test, and those that no other test holds by one here.

#[path = "traps/requests.rs"]
mod requests;
#[path = "traps/table.rs"]
mod table;

use std::{fs, path::Path};

use fcall::{
    message::{
        Assembler, FinishReason, Media, Message, Origin, Part, Request, RequestOptions, Response, Role, Sink, Text,
        ToolCall, ToolResult, ToolSpec, ToolSpecs,
    },
    protocol::{Dialect, Protocol},
};
use serde_json::{Value, json};
use table::TRAPS;

#[test]
fn every_trap_is_held_by_a_test_that_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (number, what, held) in TRAPS {
        let there = match held.split_once(':') {
            Some(("wire", case)) => root.join("tests/wire").join(format!("{case}.json")).exists(),
            Some(("test", place)) => {
                let (file, name) = place.split_once(' ').expect("a file and a function");
                let places = [root.join("tests").join(file), root.join("fcall-runtime/tests").join(file)];
                let text = places.iter().find_map(|place| fs::read_to_string(place).ok()).unwrap_or_default();
                text.contains(&format!("fn {name}("))
            }
            _ => false,
        };
        assert!(there, "trap {number}, {what}: {held} is not there");
    }
    let numbers: Vec<u8> = TRAPS.iter().map(|(number, ..)| *number).collect();
    assert_eq!(numbers, (1..=101).collect::<Vec<u8>>());
}

fn sent(protocol: Protocol, model: &str, messages: &[Message], stream: bool) -> Value {
    let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
    let request = Request::new(messages, &tools, &options).stream(stream);
    let encoded = protocol.encode(model, &Dialect::official(protocol, model), &request).expect("a request");
    serde_json::from_slice(&encoded.body).expect("JSON")
}

fn read(protocol: Protocol, body: &Value) -> Response {
    let mut reply = Assembler::new(1);
    protocol.decode(body.to_string().as_bytes(), &mut reply).expect("a reply");
    reply.finish()
}

#[test]
fn options_of_a_stream_go_with_a_stream_alone() {
    let asked = [Message::user("Hi")];
    assert_eq!(sent(Protocol::OpenAiChat, "gpt-4o", &asked, false)["stream_options"], Value::Null);
    assert_eq!(sent(Protocol::OpenAiChat, "gpt-4o", &asked, true)["stream_options"]["include_usage"], true);
}

#[test]
fn names_begin_with_a_letter_at_gemini() {
    let options = RequestOptions::default();
    let dialect = Dialect::official(Protocol::Gemini, "m");
    let tools = ToolSpecs::new(vec![ToolSpec::new("1st", "", "{}")]);
    let asked = [Message::user("Hi")];
    let refused = Protocol::Gemini.encode("m", &dialect, &Request::new(&asked, &tools, &options));
    assert!(refused.expect_err("a digit").to_string().contains("`1st`"));
    // A call that was made elsewhere is no reason to give up.
    let call = ToolCall::new("call_1", "1st", "{}");
    let called = Message::new(Role::Assistant, vec![Part::ToolCall(call.clone())]);
    let messages = [Message::user("Hi"), called, Message::tool_results([ToolResult::text(&call, "noon")])];
    let body = sent(Protocol::Gemini, "m", &messages, false);
    assert_eq!(body["contents"][1]["parts"][0]["functionCall"]["name"], "_1st");
    assert_eq!(body["contents"][2]["parts"][0]["functionResponse"]["name"], "_1st");
}

#[test]
fn documents_and_citations_stand_where_they_are_taken() {
    let mut said = Message::assistant("Here it is.");
    said.parts.push(Part::Media(Media::base64("application/pdf", "AAAA")));
    let cited = r#"{"type":"text","text":"Cited.","citations":[{"type":"char_location"}]}"#;
    let mut text = Text::new("Cited.");
    text.origin = Some(Origin::new("anthropic", cited));
    let asked = Message::new(Role::User, vec![Part::Text(text)]);
    let body = sent(Protocol::Anthropic, "claude-sonnet-4-5", &[Message::user("Hi"), said, asked], false);
    assert_eq!(body["messages"][1]["content"], json!([{"type": "text", "text": "Here it is."}]));
    assert_eq!(body["messages"][2]["content"], json!([{"type": "text", "text": "Cited."}]));
}

#[test]
fn a_paused_turn_goes_back_unchanged() {
    let content = json!([{"type": "text", "text": "Searching."},
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "q"}}]);
    let reply = read(
        Protocol::Anthropic,
        &json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "content": content,
            "stop_reason": "pause_turn", "usage": {}}),
    );
    assert_eq!(reply.finish, Some(FinishReason::Paused));
    let body = sent(Protocol::Anthropic, "claude-sonnet-4-5", &[Message::user("Hi"), reply.message], false);
    assert_eq!(body["messages"].as_array().map(Vec::len), Some(2), "nothing is added: {body}");
    assert_eq!(body["messages"][1]["content"], content);
}

#[test]
fn keys_of_replies_are_not_echoed() {
    let reply = read(
        Protocol::OpenAiChat,
        &json!({"id": "c", "model": "m", "choices": [{"index": 0, "finish_reason": "tool_calls", "message": {
            "role": "assistant", "content": null, "annotations": [], "audio": null, "function_call": null,
            "tool_calls": [{"index": 0, "id": "call_1", "type": "function",
                "function": {"name": "now", "arguments": "{}"}}]}}]}),
    );
    let answer = ToolResult::text(&ToolCall::new("call_1", "now", "{}"), "noon");
    let messages = [Message::user("Hi"), reply.message, Message::tool_results([answer])];
    let body = sent(Protocol::OpenAiChat, "gpt-4o", &messages, false);
    let call = json!({"id": "call_1", "type": "function", "function": {"name": "now", "arguments": "{}"}});
    assert_eq!(body["messages"][1], json!({"role": "assistant", "content": null, "tool_calls": [call]}));
}

#[test]
fn a_call_that_wraps_others_is_a_call_of_its_own() {
    let arguments = r#"{"tool_uses":[{"recipient_name":"functions.now","parameters":{}}]}"#;
    let reply = read(
        Protocol::OpenAiResponses,
        &json!({"id": "r", "object": "response", "status": "completed", "model": "m", "output": [
            {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "parallel", "arguments": arguments,
             "status": "completed"}]}),
    );
    let calls: Vec<_> = reply.message.tool_calls().map(|call| (call.name.as_str(), call.arguments.as_str())).collect();
    assert_eq!(calls, [("parallel", arguments)]);
}

#[test]
fn unknown_keys_and_missing_ones_are_normal() {
    let chat = read(
        Protocol::OpenAiChat,
        &json!({"obfuscation": "x", "provider": "p", "choices": [{"native_finish_reason": "x",
            "finish_reason": "tool_calls", "message": {"role": "assistant", "kv_transfer_params": null,
            "tool_calls": [{"id": "call_1", "function": {"name": "now", "arguments": "{}"}}]}}],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2}}),
    );
    assert_eq!(chat.message.tool_calls().count(), 1);
    let counts = |reply: &Response| reply.usage.map(|usage| (usage.input, usage.output, usage.cached, usage.reasoning));
    assert_eq!(counts(&chat), Some((Some(3), Some(2), None, None)));
    let responses = read(
        Protocol::OpenAiResponses,
        &json!({"id": "r", "object": "response", "status": "completed", "model": "m", "house": 1, "output": [
            {"type": "message", "id": "msg_1", "role": "assistant", "x": 1,
             "content": [{"type": "output_text", "text": "Hi"}]}],
            "usage": {"input_tokens": 3, "output_tokens": 2}}),
    );
    assert_eq!(responses.message.text(), "Hi");
    assert_eq!(counts(&responses), Some((Some(3), Some(2), None, None)));
}

#[test]
fn reasoning_that_is_counted_apart_is_added() {
    let usage = json!({"prompt_tokens": 291, "completion_tokens": 26, "total_tokens": 513,
        "completion_tokens_details": {"reasoning_tokens": 196}});
    let reply = read(
        Protocol::OpenAiChat,
        &json!({"choices": [{"finish_reason": "stop", "message": {"content": "Hi"}}], "usage": usage}),
    );
    let usage = reply.usage.expect("counts");
    assert_eq!((usage.input, usage.output, usage.reasoning, usage.total()), (Some(291), Some(222), Some(196), 513));
}

/// An index of null is none; content of null beside a call is none; an empty reason is none.
#[test]
fn null_and_empty_are_nothing_said() {
    let chunk = |delta: Value, reason: Value| {
        format!("data: {}\n\n", json!({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}))
    };
    let fragment = |id: Value, name: &str, arguments: &str| {
        json!({"content": null, "tool_calls": [{"index": null, "id": id, "type": "function",
            "function": {"name": name, "arguments": arguments}}]})
    };
    let events = [
        chunk(fragment(json!("call_1"), "now", "{\"a\""), json!("")),
        chunk(fragment(Value::Null, "", ":1}"), Value::Null),
        chunk(fragment(json!("call_2"), "now", "{}"), Value::Null),
        chunk(json!({}), json!("tool_calls")),
        "data: [DONE]\n\n".to_owned(),
    ];
    let mut reply = Assembler::new(1);
    Protocol::OpenAiChat.decode(events.concat().as_bytes(), &mut reply).expect("a reply");
    let reply = reply.finish();
    let calls: Vec<_> = reply.message.tool_calls().map(|call| (call.id.as_str(), call.arguments.as_str())).collect();
    assert_eq!(calls, [("call_1", r#"{"a":1}"#), ("call_2", "{}")]);
    assert_eq!((reply.message.text().as_str(), reply.message.parts.len()), ("", 2));

    let nameless = json!({"name": "", "arguments": "{}"});
    let message = json!({"role": "assistant", "content": "Hello.", "function_call": nameless,
        "tool_calls": [{"id": "", "type": "function", "function": nameless}]});
    let whole = json!({"choices": [{"index": 0, "message": message, "finish_reason": ""}]});
    let reply = read(Protocol::OpenAiChat, &whole);
    assert_eq!((reply.message.text().as_str(), reply.message.parts.len(), reply.finish), ("Hello.", 1, None));
}

/// Where Anthropic runs code for the model is kept, told to its own clients, and goes back while the turn is in progress.
#[test]
fn a_container_survives_the_turn() {
    let container = json!({"id": "container_1", "expires_at": "2026-11-28T10:00:00Z"});
    let content = json!([{"type": "text", "text": "Running."}, {"type": "tool_use", "id": "toolu_1", "name": "now", "input": {}}]);
    let whole = json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "content": content,
        "stop_reason": "tool_use", "container": container, "usage": {}});
    let events = [
        json!({"type": "message_start", "message": {"id": "m", "type": "message", "role": "assistant", "model": "m",
            "content": [], "container": null, "usage": {}}}),
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "Running."}}),
        json!({"type": "content_block_stop", "index": 0}),
        json!({"type": "content_block_start", "index": 1, "content_block": content[1]}),
        json!({"type": "content_block_stop", "index": 1}),
        json!({"type": "message_delta", "delta": {"stop_reason": "tool_use", "container": container}, "usage": {}}),
        json!({"type": "message_stop"}),
    ];
    let events: String = events.iter().map(|event| format!("data: {event}\n\n")).collect();
    for reply in [whole.to_string(), events] {
        let (mut deltas, mut heard) = (Vec::new(), Assembler::new(1));
        Protocol::Anthropic.decode(reply.as_bytes(), &mut deltas).expect("a reply");
        deltas.iter().for_each(|delta| heard.push(delta.clone()));
        let heard = heard.finish();

        let written: Value = serde_json::from_slice(&Protocol::Anthropic.write_response(&heard)).expect("JSON");
        assert_eq!((&written["container"], &written["content"]), (&container, &content));
        let (mut stream, mut writer) = (Vec::new(), Protocol::Anthropic.stream_writer("m"));
        deltas.iter().for_each(|delta| writer.push(delta, &mut stream));
        writer.finish(&mut stream);
        let mut again = Assembler::new(1);
        Protocol::Anthropic.decode(&stream, &mut again).expect("a reply");
        assert_eq!(again.finish().message, heard.message);

        let call = heard.message.tool_calls().next().expect("a call").clone();
        let answered = Message::tool_results([ToolResult::text(&call, "noon")]);
        let mut messages = vec![Message::user("Hi"), heard.message, answered];
        let body = sent(Protocol::Anthropic, "claude-sonnet-4-5", &messages, false);
        assert_eq!((&body["container"], &body["messages"][1]["content"]), (&json!("container_1"), &content));
        messages.extend([Message::assistant("Noon."), Message::user("And?")]);
        let body = sent(Protocol::Anthropic, "claude-sonnet-4-5", &messages, false);
        assert_eq!((&body["container"], &body["messages"][1]["content"]), (&Value::Null, &content));
    }
}

/// A part of a content that nobody knows is kept, and told to the program; no request has a place for it.
#[test]
fn unknown_parts_of_a_content_are_kept() {
    let reference = json!({"type": "reference", "reference_ids": [1]});
    let content = json!([{"type": "text", "text": "As said"}, reference, {"type": "text", "text": " there."}]);
    let whole = json!({"choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": "stop"}]});
    let chunk =
        |delta: Value, reason: Value| json!({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]});
    let stream = [chunk(json!({"content": content}), Value::Null), chunk(json!({}), json!("stop"))];
    let stream: String = stream.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    for body in [whole.to_string(), stream + "data: [DONE]\n\n"] {
        let mut reply = Assembler::new(1);
        Protocol::OpenAiChat.decode(body.as_bytes(), &mut reply).expect("a reply");
        let reply = reply.finish();
        assert_eq!(reply.message.text(), "As said there.");
        let kept = reply.message.parts.iter().find_map(|part| match part {
            Part::Opaque(origin) => serde_json::from_str::<Value>(&origin.json).ok(),
            _ => None,
        });
        assert_eq!(kept, Some(json!({"content_parts": [reference]})), "{:?}", reply.message);
        let messages = [Message::user("Hi"), reply.message, Message::user("And?")];
        let body = sent(Protocol::OpenAiChat, "mistral-large", &messages, false);
        assert_eq!(body["messages"][1], json!({"role": "assistant", "content": "As said there."}));
    }
}
