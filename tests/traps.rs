//! The traps of the four wires: each is held by a test, and those that no other test holds by one here.

#[path = "traps/table.rs"]
mod table;

use std::{fs, path::Path};

use fcall::{
    message::{
        Assembler, CacheMark, FinishReason, Media, Message, Origin, Part, Request, RequestOptions, Response,
        ResponseFormat, ResponseSchema, Role, Text, ToolCall, ToolChoice, ToolResult, ToolSpec, ToolSpecs,
    },
    protocol::{Dialect, Protocol, Translator},
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

/// What is written last of all must not end in a blank; all that stands before it goes back as it came.
#[test]
fn only_the_last_text_of_all_is_cut_at_its_end() {
    let cited = json!({"type": "text", "text": "Cited. ", "citations": [{"type": "char_location"}]});
    let paused = json!([{"type": "text", "text": "Let me look. "}, cited.clone(),
        {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}}]);
    let ended = json!([{"type": "text", "text": "Let me look. "}, {"type": "text", "text": "It is "}]);
    for (content, last) in [(&paused, &paused[2]), (&ended, &json!({"type": "text", "text": "It is"}))] {
        let reply = read(
            Protocol::Anthropic,
            &json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "content": content,
                "stop_reason": "pause_turn", "usage": {}}),
        );
        // A word of the user that leaves nothing on the wire is none.
        for rest in [Vec::new(), vec![Message::user(" ")]] {
            let messages = [vec![Message::user("Hi"), reply.message.clone()], rest].concat();
            let body = sent(Protocol::Anthropic, "claude-sonnet-4-5", &messages, false);
            let (written, came) = (body["messages"][1]["content"].as_array(), content.as_array());
            let (written, came) = (written.expect("blocks"), came.expect("blocks"));
            assert_eq!(written.len(), came.len(), "{body}");
            assert_eq!(written[..came.len() - 1], came[..came.len() - 1], "{body}");
            assert_eq!(written.last(), Some(last), "{body}");
        }
    }
}

#[test]
fn a_mark_never_stands_on_thinking() {
    let sealed = r#"{"type":"thinking","thinking":"t","signature":"c2ln"}"#;
    let mut thought = Text::new("t");
    thought.origin = Some(Origin::new("anthropic", sealed));
    let call = ToolCall::new("toolu_1", "now", "{}");
    for between in [Part::text(""), Part::Opaque(Origin::new("gemini", r#"{"other":1}"#))] {
        let mark = Part::CacheMark(CacheMark::default());
        let parts = vec![Part::Reasoning(thought.clone()), between, mark, Part::ToolCall(call.clone())];
        let messages = [
            Message::user("Hi"),
            Message::new(Role::Assistant, parts),
            Message::tool_results([ToolResult::text(&call, "noon")]),
        ];
        let body = sent(Protocol::Anthropic, "claude-sonnet-4-5", &messages, false);
        assert_eq!(
            body["messages"][1]["content"][0],
            json!({"type": "thinking", "thinking": "t", "signature": "c2ln"})
        );
        assert_eq!(body["messages"][1]["content"][1]["type"], "tool_use", "{body}");
        assert!(!body.to_string().contains("cache_control"), "{body}");
    }
}

#[test]
fn the_newest_version_takes_no_document_of_an_assistant() {
    let document = r#"{"type":"document","source":{"type":"content","content":"c"}}"#;
    let parts = vec![Part::text("Here."), Part::Opaque(Origin::new("anthropic", document))];
    let messages = [Message::user("Hi"), Message::new(Role::Assistant, parts), Message::user("And?")];
    let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
    let mut dialect = Dialect::official(Protocol::Anthropic, "m");
    for (version, blocks, losses) in [("2023-06-01", 2, 0), ("2026-10-21", 1, 1)] {
        dialect.anthropic_version = version;
        let request = Request::new(&messages, &tools, &options);
        let encoded = Protocol::Anthropic.encode("m", &dialect, &request).expect("a request");
        let body: Value = serde_json::from_slice(&encoded.body).expect("JSON");
        assert_eq!(body["messages"][1]["content"].as_array().map(Vec::len), Some(blocks), "{version}: {body}");
        assert_eq!(encoded.losses.len(), losses, "{version}: {:?}", encoded.losses);
    }
}

#[test]
fn no_call_is_forced_while_the_callers_own_keys_ask_for_thinking() {
    let (messages, tools) = ([Message::user("Hi")], ToolSpecs::new(vec![ToolSpec::new("now", "", "{}")]));
    let choice = ToolChoice::Required;
    for (thinking, kind, losses) in [("enabled", "auto", 1), ("disabled", "any", 0), ("adaptive", "any", 0)] {
        let mut options = RequestOptions::default();
        options.extra.insert("thinking".to_owned(), json!({"type": thinking, "budget_tokens": 1024}));
        let request = Request::new(&messages, &tools, &options).tool_choice(&choice);
        let dialect = Dialect::official(Protocol::Anthropic, "claude-sonnet-4-5");
        let encoded = Protocol::Anthropic.encode("claude-sonnet-4-5", &dialect, &request).expect("a request");
        let body: Value = serde_json::from_slice(&encoded.body).expect("JSON");
        assert_eq!(body["tool_choice"]["type"], kind, "{body}");
        assert_eq!(encoded.losses.iter().filter(|loss| loss.path == "tool_choice").count(), losses);
    }
}

/// Wherever the words of the user went, one stands before each call.
#[test]
fn a_call_follows_a_turn_of_the_user_at_gemini() {
    let call = ToolCall::new("call_1", "now", "{}");
    let called = Message::new(Role::Assistant, vec![Part::ToolCall(call.clone())]);
    let answered = Message::tool_results([ToolResult::text(&call, "noon")]);
    let blank = || Message::new(Role::User, vec![Part::CacheMark(CacheMark::default()), Part::text("")]);
    let begins = vec![blank(), called.clone(), answered.clone()];
    let amid = vec![Message::user("Hi"), Message::assistant("Hello"), blank(), called.clone(), answered.clone()];
    let plain = vec![Message::user("Hi"), called, answered];
    for (messages, roles) in [
        (begins, &["user", "model", "user"][..]),
        (amid, &["user", "model", "user", "model", "user"]),
        (plain, &["user", "model", "user"]),
    ] {
        let body = sent(Protocol::Gemini, "gemini-2.5-flash", &messages, false);
        let written = body["contents"].as_array().expect("contents").iter().map(|content| content["role"].clone());
        assert_eq!(written.collect::<Vec<_>>(), roles, "{body}");
    }
}

/// The ids of what reasoning led to ask for it; and reasoning goes only with something that it led to.
#[test]
fn reasoning_and_what_it_led_to_go_together() {
    let sealed = r#"{"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"c2VhbA=="}"#;
    let mut thought = Text::new("");
    thought.origin = Some(Origin::new("openai-responses", sealed));
    let mut call = ToolCall::new("call_1", "now", "{}");
    call.origin = Some(Origin::new("openai-responses", r#"{"id":"fc_1","status":"completed"}"#));
    let answered = Message::tool_results([ToolResult::text(&call, "noon")]);
    let said = |parts: Vec<Part>| Message::new(Role::Assistant, parts);
    let thought = Part::Reasoning(thought);
    for nothing in [Part::text(""), Part::Opaque(Origin::new("gemini", r#"{"other":1}"#))] {
        let messages = [Message::user("Hi"), said(vec![thought.clone(), nothing]), Message::user("And?")];
        let body = sent(Protocol::OpenAiResponses, "gpt-5.1", &messages, false);
        assert!(!body["input"].to_string().contains("rs_1"), "{body}");
    }
    for (model, parts, id) in [
        ("gpt-5.1", vec![Part::ToolCall(call.clone())], Value::Null),
        ("gpt-5.1", vec![thought.clone(), Part::ToolCall(call.clone())], json!("fc_1")),
        ("gpt-4.1", vec![Part::ToolCall(call.clone())], json!("fc_1")),
    ] {
        let messages = [Message::user("Hi"), said(parts), answered.clone()];
        let body = sent(Protocol::OpenAiResponses, model, &messages, false);
        let items = body["input"].as_array().expect("items").iter();
        let called = items.filter(|item| item["type"] == "function_call").collect::<Vec<_>>();
        assert_eq!(called[0]["id"], id, "{model}: {body}");
    }
}

/// Left out it means that the service makes strict what it can; `false` means that it does not.
#[test]
fn strictness_that_is_not_said_stays_unsaid() {
    let tool = |strict: Option<Value>| {
        let mut tool = json!({"type": "function", "name": "now", "parameters": {"type": "object", "properties": {}}});
        if let Some(strict) = strict {
            tool["strict"] = strict;
        }
        json!({"model": "gpt-4.1", "input": "Hi", "tools": [tool]}).to_string()
    };
    let there = Translator::new(Protocol::OpenAiResponses, Protocol::OpenAiResponses);
    for (said, sent) in [(None, Value::Null), (Some(Value::Null), Value::Null), (Some(json!(false)), json!(false))] {
        let translated = there.request(tool(said.clone()).as_bytes(), None).expect("a request");
        let body: Value = serde_json::from_slice(&translated.body).expect("JSON");
        assert_eq!(body["tools"][0]["strict"], sent, "{said:?}: {body}");
        let elsewhere = Translator::new(Protocol::OpenAiResponses, Protocol::Anthropic);
        let losses = elsewhere.request(tool(said).as_bytes(), None).expect("a request").losses;
        assert!(losses.is_empty(), "{losses:?}");
    }
}

#[test]
fn gemini_takes_points_and_colons_in_names() {
    let body = json!({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}],
        "tools": [{"functionDeclarations": [{"name": "mcp.search:v2", "description": "Searches"}]}]});
    let request = |service| Translator::new(Protocol::Gemini, service).request(body.to_string().as_bytes(), Some("m"));
    let sent = request(Protocol::Gemini).expect("a request");
    assert!(String::from_utf8_lossy(&sent.body).contains(r#""name":"mcp.search:v2""#));
    let error = request(Protocol::OpenAiChat).expect_err("a name that the others refuse");
    assert!(error.to_string().contains("mcp.search:v2"), "{error}");
}

/// What may be left out is counted over all schemas of a request, that of the answer too.
#[test]
fn the_answer_counts_beside_strict_tools() {
    let schema = |count: usize| {
        let names = (0..count).map(|n| (format!("p{n}"), json!({"type": "string"})));
        json!({"type": "object", "properties": names.collect::<serde_json::Map<_, _>>(), "additionalProperties": false})
    };
    let mut tool = ToolSpec::new("now", "Tells", schema(20).to_string());
    tool.strict = true;
    let (messages, tools, options) = ([Message::user("Hi")], ToolSpecs::new(vec![tool]), RequestOptions::default());
    let dialect = Dialect::official(Protocol::Anthropic, "claude-sonnet-4-5");
    for (count, strict) in [(4, true), (10, false)] {
        let format = ResponseFormat::Schema(ResponseSchema::new("a", schema(count).to_string()));
        let request = Request::new(&messages, &tools, &options).format(&format);
        let encoded = Protocol::Anthropic.encode("claude-sonnet-4-5", &dialect, &request).expect("a request");
        let body: Value = serde_json::from_slice(&encoded.body).expect("JSON");
        assert_eq!(body["tools"][0]["strict"] == true, strict, "{body}");
        assert_eq!(encoded.losses.iter().any(|loss| loss.keyword == "strict"), !strict, "{:?}", encoded.losses);
        assert!(body["output_config"]["format"].is_object(), "{body}");
    }
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
