//! What a service refuses, and what goes out instead.

use fcall::{
    message::{
        CacheMark, Media, Message, Origin, Part, Request, RequestOptions, ResponseFormat, ResponseSchema, Role, Text,
        ToolCall, ToolChoice, ToolResult, ToolSpec, ToolSpecs,
    },
    protocol::{Dialect, Protocol, Translator},
};
use serde_json::{Value, json};

use crate::{read, sent};

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
fn a_status_of_null_is_received_and_not_sent() {
    let item = json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "now", "arguments": "{}", "status": null});
    let reply = json!({"object": "response", "status": "completed", "output": [item]});
    let reply = read(Protocol::OpenAiResponses, &reply);
    let body = sent(Protocol::OpenAiResponses, "gpt-4.1", &[Message::user("Hi"), reply.message], false);
    let called = &body["input"][1];
    assert_eq!((&called["type"], &called["id"]), (&json!("function_call"), &json!("fc_1")), "{body}");
    assert!(called.get("status").is_none(), "{body}");
}

#[test]
fn thinking_without_words_goes_back_too() {
    let content = json!([{"type": "thinking", "thinking": "", "signature": "c2ln"},
        {"type": "redacted_thinking", "data": "c2VhbA=="}, {"type": "text", "text": "Hello."}]);
    let reply = json!({"id": "m", "type": "message", "role": "assistant", "model": "m", "content": content,
        "stop_reason": "end_turn", "usage": {}});
    let reply = read(Protocol::Anthropic, &reply);
    let messages = [Message::user("Hi"), reply.message, Message::user("And?")];
    let body = sent(Protocol::Anthropic, "claude-sonnet-4-5", &messages, false);
    assert_eq!(body["messages"][1]["content"], content);
}

#[test]
fn a_file_without_a_name_gets_one_where_one_is_demanded() {
    let asked = [Message::new(Role::User, vec![Part::Media(Media::base64("application/pdf", "JVBERi0="))])];
    let chat = sent(Protocol::OpenAiChat, "gpt-4.1", &asked, false);
    assert_eq!(chat["messages"][0]["content"][0]["file"]["filename"], "file", "{chat}");
    let responses = sent(Protocol::OpenAiResponses, "gpt-4.1", &asked, false);
    assert_eq!(responses["input"][0]["content"][0]["filename"], "file", "{responses}");
}

/// DeepSeek's Responses refuses a text between calls: it stands before them.
#[test]
fn a_text_between_calls_stands_before_them_where_it_must() {
    let call = |n: u8| ToolCall::new(format!("call_{n}"), "now", "{}");
    let parts = vec![Part::ToolCall(call(1)), Part::text("And"), Part::ToolCall(call(2))];
    let results = [1, 2].map(|n| ToolResult::text(&call(n), "noon"));
    let messages = [Message::user("Hi"), Message::new(Role::Assistant, parts), Message::tool_results(results)];
    let (tools, options) = (ToolSpecs::default(), RequestOptions::default());
    for (base, kinds) in [
        ("https://api.deepseek.com", ["message", "function_call", "function_call"]),
        ("https://api.openai.com/v1", ["function_call", "message", "function_call"]),
    ] {
        let dialect = Dialect::of(Protocol::OpenAiResponses, base, "m");
        let encoded = Protocol::OpenAiResponses.encode("m", &dialect, &Request::new(&messages, &tools, &options));
        let body: Value = serde_json::from_slice(&encoded.expect("a request").body).expect("JSON");
        let kind = |item: &Value| item["type"].as_str().unwrap_or("message").to_owned();
        let written: Vec<_> = body["input"].as_array().expect("items")[1..4].iter().map(kind).collect();
        assert_eq!(written, kinds, "{base}: {body}");
    }
}
